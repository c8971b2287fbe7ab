// Findings of stored load runs.
#pragma once

#include <string>

#include "analysis/load/load_run.h"
#include "cli/environment.h"
#include "cli/load/load_flags.h"
#include "harness/store/load_store.h"

namespace costwar::cli {

// Opens the store to read it. Error{usage} where there is none.
std::unique_ptr<harness::LoadStore> open_loads(const Environment& environment, const std::string& store);

// The findings of one run by its label or id, read with these objectives and prices; without --slo with those
// that it was measured with. One stage's calls are in memory at a time.
analysis::LoadFindings read_load(const harness::LoadStore& store, const std::string& run,
                                 LoadReadingFlags flags, const Environment& environment);

}  // namespace costwar::cli
