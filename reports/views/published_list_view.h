// Published scores as documents: the benchmarks there are, records by a filter, and one record whole.
#pragma once

#include <string>
#include <vector>

#include "analysis/published/published_scores.h"
#include "core/document.h"

namespace costwar::reports {

// One line per benchmark, variant and metric family: how many models, who measured, the best score.
Document score_benchmarks_document(const analysis::PublishedScores& scores);

// `filter`: what was asked for, in words; may be empty.
Document score_list_document(const analysis::PublishedScores& scores,
                             const std::vector<const analysis::PublishedScore*>& rows,
                             const std::string& filter);

Document score_record_document(const analysis::PublishedScores& scores, const analysis::PublishedScore& it);

}  // namespace costwar::reports
