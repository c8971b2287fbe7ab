// A candidate against the hard limits of a policy, one by one, with what is missing. Pure; internal to
// analysis.
#pragma once

#include "analysis/decision.h"

namespace costwar::analysis {

LimitResult judge_limit(const PolicyLimit& limit, const Candidate& candidate);

// What an unresolved limit counts as. What is not known never passes.
RuleState counted_limit(const LimitResult& result, OnUnresolved on_unresolved);

Standing standing_of(const std::vector<LimitResult>& limits, OnUnresolved on_unresolved);

}  // namespace costwar::analysis
