// The JSON forms of the values inside a run, shared by JSON Lines and the store. Members that are empty or
// unknown are left out; unknown is never zero.
#pragma once

#include "core/json.h"
#include "core/run.h"

namespace costwar {

// {"fresh_input": {"value": 12, "provenance": "reported"}, ...}
Json usage_to_json(const Usage& usage);
Usage usage_from_json(const JsonIn& in);

// Empty texts are left out; instants in nanoseconds since 1970.
Json billing_to_json(const BillingFacts& billing);
BillingFacts billing_from_json(const JsonIn& in);

// Monotonic stamps in nanoseconds; events as lower-case hexadecimal of the blob.
Json timeline_to_json(const Timeline& timeline);
Timeline timeline_from_json(const JsonIn& in);

// [{"id": ..., "name": ..., "arguments": "..."}]
Json tool_calls_to_json(const std::vector<ToolCall>& calls);
std::vector<ToolCall> tool_calls_from_json(const JsonIn& in);

Json attempt_to_json(const Attempt& attempt);
Attempt attempt_from_json(const JsonIn& in);

Json model_card_to_json(const ModelCard& card);
ModelCard model_card_from_json(const JsonIn& in);

Json run_header_to_json(const RunHeader& header);
RunHeader run_header_from_json(const JsonIn& in);

}  // namespace costwar
