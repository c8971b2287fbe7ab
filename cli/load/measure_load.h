// Measuring load: from a plan to a run in the store.
#pragma once

#include <optional>
#include <string>

#include "cli/environment.h"
#include "cli/load/load_flags.h"
#include "core/error.h"

namespace costwar::cli {

struct LoadMeasurement {
  std::string run;                 // its id
  std::optional<Error> stopped{};  // why it did not come to its end; what was measured stands
  std::string conclusion{};        // where a search ended, and why; empty: nothing to say
};

// Runs the plan stage by stage, or what is missing of the run whose id is `resume`. Throws Error when nothing
// could be begun.
LoadMeasurement measure_load(const LoadFlags& flags, const Environment& environment,
                             const std::string& resume = {});

}  // namespace costwar::cli
