// What would change a decision: one figure of the runner-up getting better, one of the recommendation getting
// worse, or limits being relaxed for those that do not keep them. Each is exact for an additive utility.
// Pure; internal to analysis.
#pragma once

#include <vector>

#include "analysis/decision.h"

namespace costwar::analysis {

// Of a decision with its order and recommendation.
std::vector<Change> find_changes(const Decision& decision);

}  // namespace costwar::analysis
