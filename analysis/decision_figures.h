// The candidates that a run offers: its models, with the figures that a policy speaks of, each with its
// interval as gates and comparisons have it, and the scores of joint resamples of the items, by which figures
// of models on the same items move together. Facts are the caller's to add. Pure.
#pragma once

#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/decision.h"
#include "core/columns.h"

namespace costwar::analysis {

// One candidate per model, in the order of the run. `costs`: one per attempt. Figures that the policy does
// not speak of are left out, but for quality and the cost of 1,000 tasks, which every decision shows.
std::vector<Candidate> candidates_of_run(const RunColumns& run, const CostColumns& costs,
                                         const Policy& policy, const DecisionOptions& options);

// The figures that a policy speaks of, without repetition, and those that every decision shows first.
std::vector<std::string> figures_of_policy(const Policy& policy);

}  // namespace costwar::analysis
