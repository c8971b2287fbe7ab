// One attempt at one call: what came back, what it used, what decides its bill, and when everything happened.
// A call that is retried has several attempts, each with its own time and cost.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/chat.h"
#include "core/error.h"
#include "core/money.h"
#include "core/time.h"
#include "core/usage.h"

namespace costwar {

// A closed set. ok needs a terminal marker and no error.
enum class Outcome : std::uint8_t {
  ok,
  truncated,     // the stream ended without its terminal marker
  stream_error,  // an error object inside a successful answer
  refused,       // the model or the vendor refused to answer
  content_filter,
  timed_out,
  queued_never_started,  // a successful status, then silence, then close
  capacity,              // 429, 503, 529: come back later
  money,                 // 402, quota used up: stop
  auth,                  // 401, 403: stop
  config,                // 400, 404, 413, 422: the request is wrong
  server_error,          // 408, 409, 500, 502, 504
  network,               // no connection, or it broke before any answer
  protocol,              // bytes that no dialect explains
  engine,                // the built-in engine could not compute it
  cancelled,
  in_doubt,  // left and never seen to end: shown, of unknown cost, repeated
};
struct OutcomeRow {
  Outcome outcome;
  std::string_view name;    // stable, used in the store and in JSON
  std::string_view advice;  // what a person can do about it
  bool retryable;           // worth another attempt of the same request
  bool stops_run;           // every further request would fail the same way
};
std::span<const OutcomeRow> outcomes();
const OutcomeRow& outcome_row(Outcome outcome);
std::optional<Outcome> outcome_by_name(std::string_view name);

// A word from the model or the vendor, even if not the one that was hoped for.
bool is_answered(Outcome outcome);

// What decides the price besides usage. Empty strings: not told.
struct BillingFacts {
  std::string served_model;   // the model that answered, as it named itself
  std::string service_class;  // "standard", "batch", "flex", "priority": the one really used
  std::string region;
  Wall requested;  // the wall instant of the request
  std::optional<Wall> completed;
};

// Monotonic stamps of one attempt. due <= issued <= sent <= headers <= first_any <= first_visible <= end,
// where known.
struct Timeline {
  Mono due;                           // when it would have been issued but for limits
  Mono issued;                        // handed to the transport or engine
  std::optional<Mono> sent;           // last byte of the request written
  std::optional<Mono> headers;        // status line read
  std::optional<Mono> first_any;      // first non-empty payload: content, reasoning, refusal, tool call
  std::optional<Mono> first_visible;  // first payload that is not reasoning
  std::optional<Mono> end;
  std::string events;  // arrival of each payload, delta-coded: see append_event
  std::uint32_t event_count = 0;
};

// Adds one payload arrival to the event blob: LEB128 of the microseconds since the previous event (the first:
// since issued, and then `previous` is issued).
void append_event(Timeline& timeline, Mono at, Mono previous);
// Error{input} on a blob that no attempt can have.
std::vector<Mono> decode_events(const Timeline& timeline);

// The same without a list, for tens of millions: calls visit(microseconds since issued) for each, in order.
template <typename Visit>
void walk_events(const Timeline& timeline, Visit visit) {
  constexpr std::uint64_t kLongest = std::uint64_t{100} * 366 * 24 * 3600 * 1'000'000;
  std::uint64_t total = 0;
  std::uint64_t micros = 0;
  int shift = 0;
  for (const char c : timeline.events) {
    const auto byte = static_cast<unsigned char>(c);
    if (shift > 56) throw Error(ErrorKind::input, "an event blob holds a number of more than 63 bits");
    micros |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    if (micros > kLongest - total) throw Error(ErrorKind::input, "an event blob spans more than 100 years");
    total += micros;
    visit(static_cast<std::int64_t>(total));
    micros = 0;
    shift = 0;
  }
}

// One of the limits that a server counts requests or tokens against, as its headers told it.
struct RateLimit {
  std::optional<std::int64_t> limit{};      // per window
  std::optional<std::int64_t> remaining{};  // of it
  std::optional<Nanos> reset{};             // until it is whole again
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct RateLimits {
  RateLimit requests{};
  RateLimit tokens{};
  RateLimit input_tokens{};
  RateLimit output_tokens{};
  friend bool operator==(const RateLimits&, const RateLimits&) = default;
};

// What the server said about trying again; reported, never acted on by a provider.
struct RetryAdvice {
  std::optional<Nanos> wait;
  std::optional<bool> should_retry;  // an explicit word from the server overrides the status
  bool quota_gone = false;
  bool overloaded = false;  // an error inside a stream that means too much at once; not stored
  RateLimits limits{};      // of answers too; not stored
};

struct Attempt {
  Outcome outcome = Outcome::protocol;
  std::string finish_reason;  // as the API said it: "stop", "length", ...
  std::string text;           // visible answer
  std::string reasoning_text;
  std::vector<ToolCall> tool_calls;
  std::string error_code;     // the API's own code or type, if any
  std::string error_message;  // one line, at most 2 KB, without secrets
  int http_status = 0;        // 0: none
  std::string request_id;
  std::string endpoint;         // the address that was asked, without secrets; empty: none
  std::string served_provider;  // behind a gateway: who answered, as it says; else empty
  std::string system_fingerprint;
  Usage usage;
  std::string raw_usage;  // the usage object as printed, empty when none came
  BillingFacts billing;
  Timeline timeline;
  RetryAdvice advice;
  std::vector<std::string> notes;  // "not streaming", "3 malformed frames skipped", ...
  std::string extra;               // JSON object of provider-specific facts (timings, expert use), or empty
  std::optional<Money> reported_cost{};  // of an imported attempt: what its source says it cost
};

// Every text of the attempt, notes and calls of tools included, where a secret could stand.
std::vector<std::string*> texts_of(Attempt& attempt);

}  // namespace costwar
