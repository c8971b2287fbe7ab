// Every pair of models on the items that both completed. Internal to analysis; the types are in comparison.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/trial_tally.h"

namespace costwar::analysis {

std::vector<PairFinding> find_pairs(const RunColumns& run, std::span<const TrialTally> tallies,
                                    const ComparisonOptions& options);

}  // namespace costwar::analysis
