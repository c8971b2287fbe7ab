// Short names for published scores that stand together, all different. Pure.
#pragma once

#include <string>
#include <vector>

#include "analysis/published/published_score.h"

namespace costwar::analysis {

// "gpt-5.5", and where that is not enough the version, "@xhigh", the weights, the harness, who measured and
// the date, as far as they differ; the record's id at last. One per score, in their order.
std::vector<std::string> score_labels(const std::vector<const PublishedScore*>& scores);

}  // namespace costwar::analysis
