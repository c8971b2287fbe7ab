// Models side by side by their published scores, and what makers reported against what others measured.
#pragma once

#include <string>
#include <vector>

#include "analysis/published/origins.h"
#include "analysis/published/published_scores.h"
#include "analysis/published/side_by_side.h"
#include "core/document.h"

namespace costwar::reports {

struct PublishedComparison {
  std::vector<std::string> models;                // as the user named them
  analysis::SideBySide sides;                     // without lines for one model
  std::vector<analysis::OriginFindings> origins;  // one per model
};

Document score_comparison_document(const analysis::PublishedScores& scores, const PublishedComparison& it);

}  // namespace costwar::reports
