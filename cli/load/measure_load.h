// Measuring load: from a plan to a run in the store.
#pragma once

#include <string>

#include "cli/environment.h"
#include "cli/load/load_flags.h"

namespace costwar::cli {

// Runs the plan stage by stage and returns the run's id. Throws Error when it cannot go on; what was measured
// is in the store then, and its id stands in the message.
std::string measure_load(const LoadFlags& flags, const Environment& environment);

}  // namespace costwar::cli
