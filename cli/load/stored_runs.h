// The load runs of the store: what there is, and away with one.
#pragma once

#include <string>

#include "cli/environment.h"
#include "core/document.h"
#include "harness/store/load_store.h"

namespace costwar::cli {

// A row for every load run, oldest first.
Document load_runs_document(const std::vector<harness::LoadRunSummary>& runs);

// Deletes the run of this label, id, or beginning of an id, and says on `environment.err` what stays of it.
// Error{usage} where there is none, Error{input} while a process works on it.
void delete_load_run(harness::LoadStore& store, const std::string& run, const Environment& environment);

}  // namespace costwar::cli
