// A frontier as a Document: who is on it with what probability, the cheapest way to a quality, the best at a
// cost, and what a dollar, a joule and an hour solve. Members are published in
// docs/schema/frontier.schema.json.
#pragma once

#include "analysis/frontier.h"
#include "core/document.h"

namespace costwar::reports {

Document frontier_document(const analysis::Frontier& frontier);

}  // namespace costwar::reports
