#include "harness/wire_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace costwar::harness {
namespace {

std::string describe(const Attempt& attempt) {
  std::string text(outcome_row(attempt.outcome).name);
  if (attempt.http_status != 0) text += fmt::format(", HTTP {}", attempt.http_status);
  if (!attempt.error_code.empty()) text += fmt::format(" ({})", attempt.error_code);
  if (!attempt.error_message.empty()) text += ": " + attempt.error_message.substr(0, 120);
  return text;
}

const std::string* find_note(const Attempt& attempt, std::string_view words) {
  const auto found = std::find_if(attempt.notes.begin(), attempt.notes.end(), [&](const std::string& note) {
    return note.find(words) != std::string::npos;
  });
  return found == attempt.notes.end() ? nullptr : &*found;
}

bool answered(const WireEvidence& evidence) {
  return evidence.plain.outcome == Outcome::ok;
}

// Kept unless one of the notes says otherwise; not seen where there is no answer to look at.
WireFinding unless_noted(const WireEvidence& evidence, std::initializer_list<std::string_view> words,
                         std::string good) {
  for (const std::string_view each : words)
    if (const std::string* note = find_note(evidence.plain, each)) return {Kept::no, *note};
  if (!answered(evidence)) return {Kept::unknown, "there was no answer"};
  return {Kept::yes, std::move(good)};
}

WireFinding names(const WireEvidence& evidence, const std::string& value) {
  if (!value.empty()) return {Kept::yes, value};
  return {answered(evidence) ? Kept::no : Kept::unknown, "not told"};
}

WireFinding check_answers(const WireEvidence& e) {
  return {answered(e) ? Kept::yes : Kept::no, describe(e.plain)};
}

WireFinding check_streams(const WireEvidence& e) {
  if (answered(e) && e.plain.timeline.event_count == 1 && !find_note(e.plain, "one JSON value"))
    return {Kept::unknown, "the answer was one piece, too short to tell"};
  return unless_noted(e, {"not streaming", "one JSON value"},
                      fmt::format("{} pieces", e.plain.timeline.event_count));
}

WireFinding check_end(const WireEvidence& e) {
  if (e.plain.outcome == Outcome::truncated) return {Kept::no, describe(e.plain)};
  return unless_noted(e, {"the stream ended without"}, "there");
}

WireFinding check_framing(const WireEvidence& e) {
  return unless_noted(e, {"malformed", "without its blank line", "after the answer's end"}, "clean");
}

WireFinding check_finish_reason(const WireEvidence& e) {
  return names(e, e.plain.finish_reason);
}

WireFinding check_usage(const WireEvidence& e) {
  if (!answered(e)) return {Kept::unknown, "there was no answer"};
  if (e.plain.raw_usage.empty())
    return {Kept::no, "asked for and not sent: tokens, and so costs, stay unknown"};
  return {Kept::yes, e.plain.raw_usage.substr(0, 160)};
}

WireFinding check_sums(const WireEvidence& e) {
  if (e.plain.raw_usage.empty()) return {Kept::unknown, "no usage came"};
  const auto input = e.plain.usage.prompt_tokens();
  const auto output = e.plain.usage.output_tokens();
  const WireFinding noted = unless_noted(e, {"usage rejected", "usage says 0", "usage fell"}, {});
  if (noted.kept != Kept::yes) return noted;
  if (!input || !output) return {Kept::no, "its counts are no whole numbers, or are missing"};
  return {Kept::yes, fmt::format("{} in, {} out", *input, *output)};
}

WireFinding check_model(const WireEvidence& e) {
  return names(e, e.plain.billing.served_model);
}

WireFinding check_request_id(const WireEvidence& e) {
  return names(e, e.plain.request_id);
}

WireFinding check_limit(const WireEvidence& e) {
  if (e.limited.outcome != Outcome::ok) return {Kept::no, describe(e.limited)};
  const auto output = e.limited.usage.output_tokens();
  if (output && *output > kWireLimit)
    return {Kept::no, fmt::format("{} tokens at a limit of {}", *output, kWireLimit)};
  const std::string& reason = e.limited.finish_reason;
  if (e.plain.timeline.event_count <= kWireLimit && e.limited.text == e.plain.text)
    return {Kept::unknown, "the answer is no longer than the limit"};
  if (reason != "length" && reason != "max_tokens" && reason != "max_output_tokens")
    return {Kept::no, fmt::format("the finish reason is '{}'", reason)};
  return {Kept::yes, output ? fmt::format("{} tokens, {}", *output, reason) : reason};
}

WireFinding check_unknown_model(const WireEvidence& e) {
  const Attempt& got = e.unknown_model;
  if (got.outcome == Outcome::ok)
    return {Kept::no, fmt::format("answered all the same, as '{}'", got.billing.served_model)};
  const bool refused = got.outcome == Outcome::config || got.outcome == Outcome::auth;
  return {refused ? Kept::yes : Kept::no, describe(got)};
}

WireFinding check_repeat(const WireEvidence& e) {
  if (!answered(e) || e.again.outcome != Outcome::ok) return {Kept::unknown, "there were no two answers"};
  const bool same = e.plain.text == e.again.text;
  return {same ? Kept::yes : Kept::no,
          same ? "the same text twice" : "two texts to one request at temperature 0"};
}

constexpr std::array kWireRules{
    WireRule{"answers", "Answers a chat request", "nothing can be measured", check_answers},
    WireRule{"streams", "Streams as it generates", "times to the first token mean nothing", check_streams},
    WireRule{"end_marker", "Marks the end of the stream", "a broken answer looks like a whole one",
             check_end},
    WireRule{"framing", "Frames every event whole", "text gets lost on the way", check_framing},
    WireRule{"finish_reason", "Says why it stopped", "an answer that was cut looks whole",
             check_finish_reason},
    WireRule{"usage", "Sends usage with a stream", "tokens and costs stay unknown", check_usage},
    WireRule{"usage_sums", "Sends usage that adds up", "costs are wrong", check_sums},
    WireRule{"served_model", "Names the model that answered", "a change of model goes unseen", check_model},
    WireRule{"request_id", "Sends a request id", "a bill cannot be traced to a request", check_request_id},
    WireRule{"output_limit", "Keeps to the limit of output tokens, and says so",
             "answers cost more than planned", check_limit},
    WireRule{"unknown_model", "Refuses a model that it does not have",
             "a misspelt name measures another model", check_unknown_model},
    WireRule{"repeatable", "Gives the same text twice at temperature 0", "runs cannot be repeated exactly",
             check_repeat},
};

}  // namespace

ChatRequest plain_question(std::string model) {
  ChatRequest request;
  request.model = std::move(model);
  request.messages = {{Role::user, "Count from 1 to 20, with a blank between the numbers."}};
  request.max_output_tokens = 2048;
  request.temperature = 0;
  return request;
}

ChatRequest limited_question(std::string model) {
  ChatRequest request = plain_question(std::move(model));
  request.max_output_tokens = kWireLimit;
  return request;
}

std::span<const WireRule> wire_rules() {
  return kWireRules;
}

}  // namespace costwar::harness
