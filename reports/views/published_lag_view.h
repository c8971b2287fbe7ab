// Months behind the frontier by published scores, a row per benchmark.
#pragma once

#include <string>
#include <vector>

#include "analysis/published/lag.h"
#include "core/document.h"

namespace costwar::reports {

// "at least 1.6", "at most −3.0", "0.0 to 1.2", "no evidence"; negative where the model was first.
std::string lag_text(const analysis::LagRow& row);

// The rows as a table with the key "rows", for documents of other verbs too.
Table lag_table(const analysis::PublishedScores& scores, const std::vector<analysis::LagRow>& rows);

// `model`: as the user named it.
Document score_lag_document(const analysis::PublishedScores& scores, const std::string& model,
                            const std::vector<analysis::LagRow>& rows);

}  // namespace costwar::reports
