// Two candidates that share the calls: a base for the bulk and a stronger one for the rest, call by call at
// random, so that quality, cost and failures are averages of both. A quantile of the time lies between those
// of both, and counts as the slower one's. Nobody chooses which calls the strong one gets; a router that
// chooses well does better. Pure; internal to analysis.
#pragma once

#include <optional>
#include <vector>

#include "analysis/decision.h"

namespace costwar::analysis {

// Mixes of the pairs in which the strong one keeps the limits on shares and the base does not: with the
// smallest share of calls to the strong one, in whole percent, with which the mix keeps them. The candidates
// have their scores.
std::vector<Candidate> find_mixes(const Policy& policy, const std::vector<Candidate>& candidates);

// One mix; `share` of the calls go to the strong one.
Candidate mix_of(const std::vector<Candidate>& candidates, const MixOf& mix);

}  // namespace costwar::analysis
