#include "core/attempt.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace costwar {
namespace {

constexpr std::array kOutcomes{
    OutcomeRow{Outcome::ok, "ok", "", false, false},
    OutcomeRow{Outcome::truncated, "truncated",
               "the stream broke before its end; the tokens so far may be billed", true, false},
    OutcomeRow{Outcome::stream_error, "stream_error", "the server reported an error inside its answer", true,
               false},
    OutcomeRow{Outcome::refused, "refused", "the vendor or the model declined to answer", false, false},
    OutcomeRow{Outcome::content_filter, "content_filter", "a content filter stopped the answer", false,
               false},
    OutcomeRow{Outcome::timed_out, "timed_out", "raise --timeout or lower the concurrency", true, false},
    OutcomeRow{Outcome::queued_never_started, "queued_never_started",
               "the server queued the request and gave up: try off-peak", true, false},
    OutcomeRow{Outcome::capacity, "capacity", "the server is at its limit: lower --concurrency", true, false},
    OutcomeRow{Outcome::money, "money", "the account has no balance or quota left: top it up and run again",
               false, true},
    OutcomeRow{Outcome::auth, "auth", "the key was refused: check the variable that holds it", false, true},
    OutcomeRow{Outcome::config, "config",
               "the server rejects the request: check the model's name and settings", false, false},
    OutcomeRow{Outcome::server_error, "server_error", "the server failed: try again later", true, false},
    OutcomeRow{Outcome::network, "network", "no connection: check the address and that the server runs", true,
               false},
    OutcomeRow{Outcome::protocol, "protocol", "the answer is no chat completion: check the address", false,
               false},
    OutcomeRow{Outcome::engine, "engine", "the built-in engine could not compute this request", false, false},
    OutcomeRow{Outcome::cancelled, "cancelled", "stopped by the user", false, false},
    OutcomeRow{Outcome::in_doubt, "in_doubt", "it left and never ended: repeated on the next run", true,
               false},
};

}  // namespace

std::span<const OutcomeRow> outcomes() {
  return kOutcomes;
}

const OutcomeRow& outcome_row(Outcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> outcome_by_name(std::string_view name) {
  const auto* found = std::find_if(kOutcomes.begin(), kOutcomes.end(),
                                   [&](const OutcomeRow& row) { return row.name == name; });
  return found == kOutcomes.end() ? std::nullopt : std::optional(found->outcome);
}

bool is_answered(Outcome outcome) {
  return outcome == Outcome::ok || outcome == Outcome::refused || outcome == Outcome::content_filter;
}

void append_event(Timeline& timeline, Mono at, Mono previous) {
  // Differences of whole microseconds since the start, so that rounding does not add up over a long stream.
  const std::int64_t now = (at - timeline.issued).count / 1000;
  const std::int64_t before = (previous - timeline.issued).count / 1000;
  auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - before));
  do {
    const auto low = static_cast<unsigned char>(micros & 0x7f);
    micros >>= 7;
    timeline.events.push_back(static_cast<char>(micros != 0 ? low | 0x80 : low));
  } while (micros != 0);
  ++timeline.event_count;
}

std::vector<Mono> decode_events(const Timeline& timeline) {
  std::vector<Mono> stamps;
  stamps.reserve(std::min<std::size_t>(timeline.event_count, timeline.events.size()));
  walk_events(timeline,
              [&](std::int64_t micros) { stamps.push_back(timeline.issued + microseconds(micros)); });
  return stamps;
}

std::vector<std::string*> texts_of(Attempt& attempt) {
  std::vector<std::string*> texts{&attempt.finish_reason,
                                  &attempt.text,
                                  &attempt.reasoning_text,
                                  &attempt.error_code,
                                  &attempt.error_message,
                                  &attempt.request_id,
                                  &attempt.endpoint,
                                  &attempt.served_provider,
                                  &attempt.system_fingerprint,
                                  &attempt.raw_usage,
                                  &attempt.billing.served_model,
                                  &attempt.billing.service_class,
                                  &attempt.billing.region,
                                  &attempt.extra};
  for (std::string& note : attempt.notes) texts.push_back(&note);
  for (ToolCall& call : attempt.tool_calls)
    texts.insert(texts.end(), {&call.id, &call.name, &call.arguments});
  return texts;
}

}  // namespace costwar
