// Published scores as candidates of a decision (analysis/decision.h): each figure with who published it. A
// share of items solved is the quality, with an interval where one is published or follows from the number of
// items (score_doubt.h); without one it decides no limit. Costs are what the source printed, a mean without
// an interval: they decide no limit either, and stand in the utility as they are. Pure.
#pragma once

#include <string>
#include <vector>

#include "analysis/decision.h"
#include "analysis/published/published_score.h"

namespace costwar::analysis {

// Who published it: the vendor, an independent party, or one who repeats it (imported).
EvidenceKind kind_of_origin(ScoreOrigin origin);

// One candidate per score, under these labels, with the figures that the policy speaks of; what nobody
// published is not known. The scores have to be comparable (published_frontier.h: require_comparable).
// "quality/NAME" is the score where NAME is its benchmark.
std::vector<Candidate> published_candidates(const std::vector<const PublishedScore*>& scores,
                                            const std::vector<std::string>& labels, const Policy& policy,
                                            const DecisionOptions& options);

}  // namespace costwar::analysis
