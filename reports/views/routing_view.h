// Routes between two models as a Document: what the oracle, the random mix and each rule reach, what a rule
// gains over the mix, and the threshold to use. Members are published in docs/schema/routing.schema.json.
#pragma once

#include <string>

#include "analysis/routing.h"
#include "core/document.h"

namespace costwar::reports {

Document routing_document(const analysis::Routing& routing);

// "below 0.52: deepseek-v4-flash first, gpt-5.5 for 31 % of the tasks"
std::string threshold_words(const std::optional<double>& below);

}  // namespace costwar::reports
