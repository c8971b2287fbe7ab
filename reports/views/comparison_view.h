// The comparison as a Document: a headline in words, tables keyed `models` and `pairs` whose JSON members are
// published in docs/schema/comparison.schema.json, tables for people, and the notes that change how to read
// them. The caller may add notes of its own, such as the run's number or a command to type next.
#pragma once

#include <optional>

#include "analysis/comparison.h"
#include "core/document.h"

namespace costwar::reports {

// `prices`: what the models' tokens cost over time (price_timeline), drawn behind the comparison's own
// charts.
Document comparison_document(const analysis::Comparison& comparison,
                             std::optional<StepChart> prices = std::nullopt);

}  // namespace costwar::reports
