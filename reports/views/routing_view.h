// Routes between two models as a Document: what the oracle, the random mix and each rule reach, what a rule
// gains over the mix, and the threshold to use. Members are published in docs/schema/routing.schema.json.
#pragma once

#include <string>

#include "analysis/routing.h"
#include "core/document.h"
#include "core/json.h"

namespace costwar::reports {

Document routing_document(const analysis::Routing& routing);

// "below 0.52", "never", "always"
std::string threshold_words(const std::optional<double>& below);

// What a policy's evidence predicts, as a sentence; empty where it has no such figures. Evidence comes from a
// file and may be anything.
std::string predicted_words(const Json& evidence);

}  // namespace costwar::reports
