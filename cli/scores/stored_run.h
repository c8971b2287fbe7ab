// What the subcommands of costwar scores need of a run in the store: the run itself, its items made again,
// and a scorer by its name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "core/columns.h"
#include "harness/plan.h"
#include "harness/scoring/scorers.h"
#include "harness/store/store.h"

namespace costwar::cli {

// Error{usage} with a suggestion.
const harness::ScorerRow& require_scorer(const std::string& name);

// Error{usage} where there is no store or no such run. `store`: as given with --store.
std::filesystem::path require_store(const Environment& environment, const std::string& store,
                                    const std::string& run);
RunHeader require_run(const harness::Store& store, const std::string& run);

// The place of a model in the run, by its name or its end ("gpt-5.5"); Error{usage} lists those there are.
std::size_t require_model(const RunHeader& header, const std::string& name);

// The run's items, out of the tasks that it names, in the run's own order. Error{input} where the replies are
// not in the store (an import), or the tasks give other items now than they gave then: what a trial was asked
// is known by its item's identity alone, and nothing is scored by a guess. judge: whom the plan has as judge.
harness::PlanInput input_of_run(const RunColumns& run, const Environment& environment);
// ids: of the trials' items.
std::vector<harness::PlannedTrial> trials_of_run(const RunColumns& run, const std::vector<std::string>& ids,
                                                 const harness::PlanInput& input);

// The id of each trial's item, by trial.
std::vector<std::string> item_ids(const harness::Store& store, const std::string& run);

}  // namespace costwar::cli
