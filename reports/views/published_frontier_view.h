// Published scores on cost against quality as a Document (docs/published-scores.md). Members are published in
// docs/schema/published_frontier.schema.json.
#pragma once

#include "analysis/published/published_frontier.h"
#include "analysis/published/published_scores.h"
#include "core/document.h"

namespace costwar::reports {

Document published_frontier_document(const analysis::PublishedScores& scores,
                                     const analysis::PublishedFrontier& frontier);

// What differs between the scores besides the models, a sentence per field; harnesses make it a comparison of
// systems.
std::vector<std::string> varying_words(const std::vector<analysis::VaryingField>& varying);

}  // namespace costwar::reports
