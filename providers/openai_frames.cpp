#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <variant>

#include "core/json.h"
#include "providers/openai_answer.h"

namespace costwar {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

// A member that has the type; nullopt when it is missing, null or anything else. Hostile input is no
// exception.
template <typename T>
std::optional<T> member(const object& parent, std::string_view name) {
  T value;
  if (parent[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::string_view text_of(const object& parent, std::string_view name) {
  return member<std::string_view>(parent, name).value_or(std::string_view{});
}

// A whole number, also when it is printed as 12.0.
std::optional<std::int64_t> whole_number(const element& value) {
  std::int64_t whole;
  if (value.get(whole) == simdjson::SUCCESS) return whole;
  double number;
  if (value.get(number) != simdjson::SUCCESS) return std::nullopt;
  if (std::trunc(number) != number || std::abs(number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> whole_number(const object& parent, std::string_view name) {
  const auto value = member<element>(parent, name);
  return value ? whole_number(*value) : std::nullopt;
}

// The counts of a usage object and of its details. Gateways print a count under two names, with 0 under the
// one that they do not use, so the larger stays.
void fill(RawUsage& raw, UsageDialect dialect, const object& counts) {
  for (const auto& [key, value] : counts) {
    object details;
    if (raw_usage_group(key) && value.get(details) == simdjson::SUCCESS) fill(raw, dialect, details);
    const RawUsageField* field = raw_usage_field(key);
    if (field == nullptr || (field->dialect && *field->dialect != dialect)) continue;
    const auto count = whole_number(value);
    auto& known = raw.*field->member;
    if (count && (!known || *known < *count)) known = count;
  }
}

// As JavaScript and Python see it: null, false, 0, "" and {} are no error.
bool truthy(const element& value) {
  if (value.is_null()) return false;
  if (value.is_bool()) return bool(value);
  if (value.is_string()) return !std::string_view(value).empty();
  if (value.is_number()) return double(value) != 0;
  if (value.is_object()) return object(value).size() > 0;
  return array(value).size() > 0;
}

std::string code_text(const object& parent, std::string_view name) {
  if (const auto text = member<std::string_view>(parent, name)) return std::string(*text);
  if (const auto number = whole_number(parent, name)) return fmt::format("{}", *number);
  return {};
}

ApiError read_error_object(const object& error) {
  ApiError out{code_text(error, "code"), std::string(text_of(error, "message"))};
  if (out.code.empty()) out.code = text_of(error, "type");
  if (out.message.empty()) out.message = simdjson::minify(error);
  return out;
}

ApiError read_error(const element& error) {
  if (error.is_object()) return read_error_object(object(error));
  if (error.is_string()) return {{}, std::string(std::string_view(error))};
  return {{}, simdjson::minify(error)};
}

}  // namespace

bool OpenAiFrames::take(std::string_view json, bool is_error, const OnDelta& on_delta) {
  element root;
  if (parser_.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return false;
  object frame;
  if (root.get(frame) != simdjson::SUCCESS) {
    if (is_error && !error_) error_ = read_error(root);
    return is_error;
  }
  const auto error = member<element>(frame, "error");
  if (error && truthy(*error)) {
    if (!error_) error_ = read_error(*error);
    return true;
  }
  if (is_error || text_of(frame, "object") == "error") {
    if (!error_) error_ = read_error_object(frame);
    return true;
  }
  if (const auto model = text_of(frame, "model"); !model.empty()) model_ = model;
  if (const auto tier = text_of(frame, "service_tier"); !tier.empty()) tier_ = tier;
  if (const auto print = text_of(frame, "system_fingerprint"); !print.empty()) fingerprint_ = print;
  element choices;
  if (frame["choices"].get(choices) == simdjson::SUCCESS) {
    any_chunk_ = true;
    take_choices(choices, on_delta);
  }
  if (const auto usage = member<object>(frame, "usage")) take_usage(*usage);
  if (const auto timings = member<object>(frame, "timings")) take_timings(*timings);
  return true;
}

std::optional<ApiError> OpenAiFrames::take_error_body(std::string_view json) {
  object root;
  if (parser_.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  if (const auto error = member<element>(root, "error"); error && truthy(*error)) return read_error(*error);
  if (const auto detail = member<element>(root, "detail")) return read_error(*detail);
  if (!text_of(root, "message").empty()) return read_error_object(root);
  return std::nullopt;
}

void OpenAiFrames::take_choices(const element& value, const OnDelta& on_delta) {
  array choices;
  if (value.get(choices) != simdjson::SUCCESS) return;  // null
  for (const element& entry : choices) {
    object choice;
    if (entry.get(choice) != simdjson::SUCCESS) continue;
    const std::int64_t index = whole_number(choice, "index").value_or(0);
    if (index < 0 || index > 1000) continue;
    choices_.try_emplace(index);
    // A chunk has a delta, a whole answer a message; an empty or null one says nothing.
    for (const char* name : {"delta", "message"})
      if (const auto delta = member<object>(choice, name)) take_payload(index, *delta, on_delta);
    if (const auto reason = text_of(choice, "finish_reason"); !reason.empty())
      choices_[index].finish_reason = reason;
  }
}

void OpenAiFrames::take_payload(std::int64_t index, const object& delta, const OnDelta& on_delta) {
  // Two names for one thing; servers in transition send both.
  const std::string_view older = text_of(delta, "reasoning_content");
  const std::string_view newer = text_of(delta, "reasoning");
  payload(index, CallEvent::Kind::reasoning, older, on_delta);
  if (newer != older) payload(index, CallEvent::Kind::reasoning, newer, on_delta);
  payload(index, CallEvent::Kind::visible, text_of(delta, "content"), on_delta);
  if (const std::string_view refusal = text_of(delta, "refusal"); !refusal.empty()) {
    choices_[index].refusal += refusal;
    any_payload_ = true;
    if (index == 0) on_delta(CallEvent::Kind::visible, refusal);
  }
  take_tools(index, delta, on_delta);
}

void OpenAiFrames::take_tools(std::int64_t index, const object& delta, const OnDelta& on_delta) {
  const auto tell = [&](const object& function) {
    payload(index, CallEvent::Kind::tool, text_of(function, "name"), on_delta);
    payload(index, CallEvent::Kind::tool, text_of(function, "arguments"), on_delta);
  };
  if (const auto function = member<object>(delta, "function_call")) tell(*function);
  const auto calls = member<array>(delta, "tool_calls");
  if (!calls) return;
  for (const element& entry : *calls) {
    object call;
    if (entry.get(call) != simdjson::SUCCESS) continue;
    if (const auto function = member<object>(call, "function")) tell(*function);
  }
}

// Callers hear choice 0 alone: they asked for one answer, and the others must not be mixed into it.
void OpenAiFrames::payload(std::int64_t index, CallEvent::Kind kind, std::string_view text,
                           const OnDelta& on_delta) {
  if (text.empty()) return;
  any_payload_ = true;
  Choice& choice = choices_[index];
  if (kind == CallEvent::Kind::visible) choice.text += text;
  if (kind == CallEvent::Kind::reasoning) choice.reasoning += text;
  if (index == 0) on_delta(kind, text);
}

// Usage may come on any chunk, and on each: then it is cumulative, and the last one counts.
void OpenAiFrames::take_usage(const object& usage) {
  RawUsage raw;
  fill(raw, UsageDialect::openai, usage);
  usage_fell_ = usage_fell_ || (usage_ && raw.output.value_or(0) < usage_->output.value_or(0));
  usage_ = raw;
  raw_usage_ = simdjson::minify(usage);
}

// llama-server's own counts.
void OpenAiFrames::take_timings(const object& timings) {
  RawUsage raw;
  fill(raw, UsageDialect::llama_server, timings);
  timed_ = raw;
  raw_timings_ = simdjson::minify(timings);
}

const OpenAiFrames::Choice& OpenAiFrames::answer() const {
  static const Choice kNone;
  if (choices_.empty()) return kNone;
  return choices_.begin()->second;
}

bool OpenAiFrames::all_finished() const {
  for (const auto& [index, choice] : choices_)
    if (choice.finish_reason.empty()) return false;
  return !choices_.empty();
}

void OpenAiFrames::describe(Attempt& attempt) const {
  const Choice& choice = answer();
  attempt.text = choice.text.empty() ? choice.refusal : choice.text;
  attempt.reasoning_text = choice.reasoning;
  attempt.finish_reason = choice.finish_reason;
  attempt.billing.served_model = model_;
  attempt.billing.service_class = tier_ == "default" ? "standard" : tier_;
  attempt.system_fingerprint = fingerprint_;
  attempt.raw_usage = raw_usage_;
  if (!raw_timings_.empty()) attempt.extra = "{\"timings\":" + raw_timings_ + "}";
  if (choices_.size() > 1)
    attempt.notes.push_back(fmt::format("{} choices; the first is kept", choices_.size()));
  if (usage_fell_) attempt.notes.emplace_back("usage fell from one chunk to a later one; the last counts");

  if (!usage_ && !timed_) return;
  const auto counted = usage_ ? normalise_usage(UsageDialect::openai, *usage_)
                              : normalise_usage(UsageDialect::llama_server, *timed_, Provenance::timings);
  if (const auto* mismatch = std::get_if<UsageMismatch>(&counted)) {
    attempt.notes.push_back("usage rejected: " + mismatch->message);
    return;
  }
  attempt.usage = std::get<Usage>(counted);
  if (any_payload_ && attempt.usage.output_tokens() == 0)
    attempt.notes.emplace_back("usage says 0 output tokens although text came");
}

}  // namespace costwar
