// Which models really answered for one model of a run. Internal to analysis; the types are in comparison.h.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/trial_tally.h"

namespace costwar::analysis {

// The model's completed trials, by the served model and service class of the attempt that decided each: its
// last. In the order of their first instant. `attempts` are indices into run.attempts, all of one model.
std::vector<ServedModel> find_served(const RunColumns& run, std::span<const std::size_t> attempts,
                                     std::span<const TrialTally> tallies, double level);

}  // namespace costwar::analysis
