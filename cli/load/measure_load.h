// Measuring load: from a plan to a run in the store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/load/load_findings.h"
#include "cli/environment.h"
#include "cli/load/load_flags.h"
#include "core/error.h"
#include "core/load.h"

namespace costwar::cli {

struct LoadMeasurement {
  LoadHeader header;
  std::vector<analysis::LoadStageFindings> stages;
  std::optional<Error> stopped{};  // why it did not come to its end; what was measured stands
  std::string conclusion{};        // where a search ended, and why; empty: nothing to say
};

// Runs the plan stage by stage. Throws Error when nothing could be begun.
LoadMeasurement measure_load(const LoadFlags& flags, const Environment& environment);

}  // namespace costwar::cli
