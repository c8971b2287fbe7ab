// The columns of attempts and answers, in the order in which rows.cpp binds and rows_reading.cpp reads them.
#pragma once

#include <array>
#include <string_view>

namespace costwar::harness {

// The columns of `attempts` in the order in which they are bound and read: the key, what pricing and analysis
// read, and the rest.
inline constexpr std::array<std::string_view, 5> kAttemptKey = {"run", "trial", "role", "turn", "number"};
inline constexpr std::array<std::string_view, 28> kAttemptColumns = {
    "ended",          "outcome",           "fresh_input",
    "cache_read",     "cache_write_5m",    "cache_write_1h",
    "visible_output", "reasoning",         "requests",
    "tool_calls",     "cache_token_hours", "machine_ns",
    "microjoules",    "web_searches",      "provenance",
    "served_model",   "service_class",     "region",
    "requested_ns",   "completed_ns",      "due_ns",
    "issued_ns",      "sent_ns",           "headers_ns",
    "first_any_ns",   "first_visible_ns",  "end_ns",
    "reported_cost"};
inline constexpr std::array<std::string_view, 9> kAttemptDetails = {
    "finish_reason", "http_status", "error_code",      "retry_wait_ns", "should_retry",
    "quota_gone",    "endpoint",    "served_provider", "request_key"};
inline constexpr std::array<std::string_view, 11> kAnswerColumns = {
    "text",   "reasoning_text", "error_message", "request_id", "system_fingerprint", "raw_usage",
    "events", "event_count",    "notes",         "extra",      "function_calls"};

inline constexpr std::string_view kProvenanceLetters = "rmte";  // by Provenance; see the schema
inline constexpr char kNoCount = '-';

}  // namespace costwar::harness
