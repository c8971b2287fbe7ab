// Short names of a run's models. Internal to analysis.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model_card.h"

namespace costwar::analysis {

// "local/tiny-moe" becomes "tiny-moe" where no other model of the run is called so; an address becomes its
// model's name.
std::vector<std::string> model_labels(std::span<const ModelCard> models);

}  // namespace costwar::analysis
