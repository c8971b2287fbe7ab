#include "providers/dialects/openai_chat_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "core/json.h"
#include "providers/wire/answer.h"
#include "providers/wire/redact.h"
#include "providers/wire/usage.h"

namespace costwar {
namespace {

using wire::ApiError;
using wire::Array;
using wire::Element;
using wire::member;
using wire::Object;
using wire::text_of;

// Finish reasons that mean that the server gave up.
struct Failure {
  std::string_view reason, message;
};
constexpr std::array kFailures{
    Failure{"insufficient_system_resource", "the server ran out of resources"},  // DeepSeek
    Failure{"abort", "the server gave up the answer"},                           // SGLang, vLLM
    Failure{"error", "the server failed while it answered"},                     // vLLM, OpenRouter
};

class OpenAiChatDecoder final : public wire::AnswerDecoder {
 public:
  explicit OpenAiChatDecoder(OpenAiChatExtras extras) : extras_(extras) {}

  void head(const HttpHead& head) override;
  bool take(const wire::Frame& frame, const OnDelta& on_delta) override;
  const std::optional<ApiError>& error() const override { return error_; }
  bool any_answer() const override { return any_chunk_; }
  bool terminal() const override { return done_; }
  bool finished() const override;
  std::string_view end_marker() const override { return "[DONE]"; }
  std::string_view what() const override { return "chat completion"; }
  void describe(Attempt& attempt) const override;
  std::optional<wire::Verdict> verdict() const override;

 private:
  struct Choice {
    std::string text, reasoning, refusal, finish_reason, native_finish_reason;
    std::map<std::int64_t, ToolCall> tools;  // by their index
  };

  void take_facts(const Object& chunk);
  bool take_error(const Object& frame, bool is_error);
  void take_choices(const Element& value, const OnDelta& on_delta);
  void take_payload(std::int64_t index, const Object& delta, const OnDelta& on_delta);
  void take_tools(std::int64_t index, const Object& delta, const OnDelta& on_delta);
  void payload(std::int64_t index, CallEvent::Kind kind, std::string_view text, const OnDelta& on_delta);
  void take_usage(const Object& usage, bool with_payload);
  void take_timings(const Object& timings);
  void describe_usage(Attempt& attempt) const;
  void describe_counts(Attempt& attempt) const;
  std::string extra() const;
  const Choice& answer() const;  // choice 0, or the only one

  OpenAiChatExtras extras_;
  simdjson::dom::parser parser_;
  std::map<std::int64_t, Choice> choices_;
  bool done_ = false;
  std::size_t pieces_ = 0;  // of payload, over all choices
  bool any_chunk_ = false;
  std::optional<ApiError> error_;
  std::optional<RawUsage> usage_;
  bool usage_fell_ = false;
  std::string raw_usage_;
  std::optional<RawUsage> timed_;
  std::string raw_timings_;
  std::string cost_, cost_details_;  // of a gateway, as printed
  struct ChunkTokens {
    std::int64_t chunks = 0, tokens = 0, most = 0, so_far = 0;
  } chunk_tokens_;
  std::string model_, service_class_, fingerprint_, served_provider_;
};

// An address may hold a key after '?' and a user before '@', which are not kept.
void OpenAiChatDecoder::head(const HttpHead& head) {
  if (extras_.provider_header.empty()) return;
  std::string_view who = head.find(extras_.provider_header).value_or("");
  who = who.substr(0, who.find_first_of("?#"));
  if (who.find('@') == std::string_view::npos) served_provider_ = one_line(who, 256);
}

bool OpenAiChatDecoder::take(const wire::Frame& frame, const OnDelta& on_delta) {
  if (frame.data.starts_with("[DONE]")) {
    done_ = true;
    return true;
  }
  const bool is_error = frame.event == "error";
  Element root;
  if (parser_.parse(frame.data.data(), frame.data.size()).get(root) != simdjson::SUCCESS) return false;
  Object chunk;
  if (root.get(chunk) != simdjson::SUCCESS) {
    if (is_error && !error_) error_ = wire::read_error(root);
    return is_error;
  }
  take_facts(chunk);
  const std::size_t pieces_before = pieces_;
  if (!take_error(chunk, is_error)) {
    Element choices;
    if (chunk["choices"].get(choices) == simdjson::SUCCESS) {
      any_chunk_ = true;
      take_choices(choices, on_delta);
    }
  }
  // Also of a frame that tells an error: what was spent is spent.
  if (const auto usage = member<Object>(chunk, "usage")) take_usage(*usage, pieces_ > pieces_before);
  if (const auto timings = member<Object>(chunk, "timings")) take_timings(*timings);
  return true;
}

void OpenAiChatDecoder::take_facts(const Object& chunk) {
  if (const auto model = text_of(chunk, "model"); !model.empty()) model_ = model;
  if (const auto tier = wire::service_class_of(text_of(chunk, "service_tier")); !tier.empty())
    service_class_ = tier;
  if (const auto print = text_of(chunk, "system_fingerprint"); !print.empty()) fingerprint_ = print;
  if (const auto who = text_of(chunk, "provider"); extras_.provider && !who.empty()) served_provider_ = who;
}

bool OpenAiChatDecoder::take_error(const Object& frame, bool is_error) {
  const auto error = member<Element>(frame, "error");
  if (error && wire::truthy(*error)) {
    if (!error_) error_ = wire::read_error(*error);
    return true;
  }
  if (!is_error && text_of(frame, "object") != "error") return false;
  if (!error_) error_ = wire::read_error_object(frame);
  return true;
}

void OpenAiChatDecoder::take_choices(const Element& value, const OnDelta& on_delta) {
  Array choices;
  if (value.get(choices) != simdjson::SUCCESS) return;  // null
  for (const Element& entry : choices) {
    Object choice;
    if (entry.get(choice) != simdjson::SUCCESS) continue;
    const std::int64_t index = wire::whole_number(choice, "index").value_or(0);
    if (index < 0 || index > 1000) continue;
    choices_.try_emplace(index);
    // A chunk has a delta, a whole answer a message; an empty or null one says nothing.
    for (const char* name : {"delta", "message"})
      if (const auto delta = member<Object>(choice, name)) take_payload(index, *delta, on_delta);
    if (const auto reason = text_of(choice, "finish_reason"); !reason.empty())
      choices_[index].finish_reason = reason;
    if (const auto reason = text_of(choice, "native_finish_reason"); !reason.empty())
      choices_[index].native_finish_reason = reason;
    const auto error = member<Element>(choice, "error");  // a gateway's, of the provider behind it
    if (error && wire::truthy(*error) && !error_) error_ = wire::read_error(*error);
  }
}

void OpenAiChatDecoder::take_payload(std::int64_t index, const Object& delta, const OnDelta& on_delta) {
  // Two names for one thing; servers in transition send both.
  const std::string_view older = text_of(delta, "reasoning_content");
  const std::string_view newer = text_of(delta, "reasoning");
  payload(index, CallEvent::Kind::reasoning, older, on_delta);
  if (newer != older) payload(index, CallEvent::Kind::reasoning, newer, on_delta);
  payload(index, CallEvent::Kind::visible, text_of(delta, "content"), on_delta);
  if (const std::string_view refusal = text_of(delta, "refusal"); !refusal.empty()) {
    choices_[index].refusal += refusal;
    ++pieces_;
    if (index == 0) on_delta(CallEvent::Kind::visible, refusal);
  }
  take_tools(index, delta, on_delta);
}

// Arguments come in pieces, by the index of their call; a function_call is the form before there were
// several.
void OpenAiChatDecoder::take_tools(std::int64_t index, const Object& delta, const OnDelta& on_delta) {
  const auto take_function = [&](const Object& function, std::int64_t number) {
    const std::string_view name = text_of(function, "name");
    const std::string_view arguments = text_of(function, "arguments");
    ToolCall& call = choices_[index].tools[number];
    call.name += name;
    call.arguments += arguments;
    payload(index, CallEvent::Kind::tool, name, on_delta);
    payload(index, CallEvent::Kind::tool, arguments, on_delta);
  };
  if (const auto function = member<Object>(delta, "function_call")) take_function(*function, 0);
  const auto calls = member<Array>(delta, "tool_calls");
  if (!calls) return;
  std::int64_t place = 0;
  for (const Element& entry : *calls) {
    const std::int64_t here = place++;
    Object call;
    if (entry.get(call) != simdjson::SUCCESS) continue;
    const std::int64_t number = wire::whole_number(call, "index").value_or(here);
    if (number < 0 || number > 1000) continue;
    if (const auto id = text_of(call, "id"); !id.empty()) choices_[index].tools[number].id = id;
    if (const auto function = member<Object>(call, "function")) take_function(*function, number);
  }
}

// Callers hear choice 0 alone: they asked for one answer, and the others must not be mixed into it.
void OpenAiChatDecoder::payload(std::int64_t index, CallEvent::Kind kind, std::string_view text,
                                const OnDelta& on_delta) {
  if (text.empty()) return;
  ++pieces_;
  Choice& choice = choices_[index];
  if (kind == CallEvent::Kind::visible) choice.text += text;
  if (kind == CallEvent::Kind::reasoning) choice.reasoning += text;
  if (index == 0) on_delta(kind, text);
}

// Usage may come on any chunk, and on each: then it is cumulative, and the last one counts.
void OpenAiChatDecoder::take_usage(const Object& usage, bool with_payload) {
  RawUsage raw;
  wire::fill_usage(raw, UsageDialect::openai, usage);
  if (raw == RawUsage{} && usage_) return;  // it counts nothing, so what was counted stays
  usage_fell_ = usage_fell_ || (usage_ && raw.output.value_or(0) < usage_->output.value_or(0));
  usage_ = raw;
  raw_usage_ = simdjson::minify(usage);
  if (const auto cost = member<Element>(usage, "cost"); cost && cost->is_number())
    cost_ = simdjson::minify(*cost);
  if (const auto details = member<Object>(usage, "cost_details")) cost_details_ = simdjson::minify(*details);
  if (!extras_.continuous_usage || !raw.output) return;
  // A count that rises on a chunk without payload (half a character, the end) is no token of a later chunk.
  const std::int64_t tokens = *raw.output - chunk_tokens_.so_far;
  chunk_tokens_.so_far = *raw.output;
  if (!with_payload || tokens < 0) return;
  ++chunk_tokens_.chunks;
  chunk_tokens_.tokens += tokens;
  chunk_tokens_.most = std::max(chunk_tokens_.most, tokens);
}

// llama-server's own counts.
void OpenAiChatDecoder::take_timings(const Object& timings) {
  RawUsage raw;
  wire::fill_usage(raw, UsageDialect::llama_server, timings);
  timed_ = raw;
  raw_timings_ = simdjson::minify(timings);
}

const OpenAiChatDecoder::Choice& OpenAiChatDecoder::answer() const {
  static const Choice kNone;
  if (choices_.empty()) return kNone;
  return choices_.begin()->second;
}

bool OpenAiChatDecoder::finished() const {
  for (const auto& [index, choice] : choices_)
    if (choice.finish_reason.empty()) return false;
  return !choices_.empty();
}

void OpenAiChatDecoder::describe(Attempt& attempt) const {
  const Choice& choice = answer();
  attempt.text = choice.text.empty() ? choice.refusal : choice.text;
  attempt.reasoning_text = choice.reasoning;
  attempt.finish_reason = choice.finish_reason;
  for (const auto& [number, call] : choice.tools) attempt.tool_calls.push_back(call);
  attempt.served_provider = served_provider_;
  attempt.billing.served_model = model_;
  attempt.billing.service_class = service_class_;
  attempt.system_fingerprint = fingerprint_;
  attempt.raw_usage = raw_usage_;
  attempt.extra = extra();
  if (choices_.size() > 1)
    attempt.notes.push_back(fmt::format("{} choices; the first is kept", choices_.size()));
  if (usage_fell_) attempt.notes.emplace_back("usage fell from one chunk to a later one; the last counts");

  describe_usage(attempt);
  describe_counts(attempt);
}

std::string OpenAiChatDecoder::extra() const {
  std::string members;
  const auto add = [&](std::string_view name, std::string_view json) {
    if (json.empty()) return;
    fmt::format_to(std::back_inserter(members), "{}\"{}\":{}", members.empty() ? "" : ",", name, json);
  };
  add("timings", raw_timings_);
  add("cost", cost_);
  add("cost_details", cost_details_);
  if (const std::string& reason = answer().native_finish_reason; !reason.empty())
    add("native_finish_reason", Json(reason).dump());
  if (chunk_tokens_.chunks > 0)
    add("chunk_tokens", fmt::format(R"({{"chunks":{},"tokens":{},"most":{}}})", chunk_tokens_.chunks,
                                    chunk_tokens_.tokens, chunk_tokens_.most));
  return members.empty() ? members : "{" + members + "}";
}

void OpenAiChatDecoder::describe_counts(Attempt& attempt) const {
  if (usage_ && timed_ && usage_->output && timed_->output && *usage_->output != *timed_->output)
    attempt.notes.push_back(
        fmt::format("the timings count {} output tokens, the usage {}", *timed_->output, *usage_->output));
  if (chunk_tokens_.most > 1)
    attempt.notes.push_back(fmt::format("several tokens a chunk: {} in {} chunks, at most {} in one",
                                        chunk_tokens_.tokens, chunk_tokens_.chunks, chunk_tokens_.most));
}

void OpenAiChatDecoder::describe_usage(Attempt& attempt) const {
  if (usage_)
    wire::count_usage(attempt, UsageDialect::openai, *usage_, pieces_ > 0);
  else if (timed_)
    wire::count_usage(attempt, UsageDialect::llama_server, *timed_, pieces_ > 0, Provenance::timings);
}

std::optional<wire::Verdict> OpenAiChatDecoder::verdict() const {
  const Choice& choice = answer();
  const auto* const failure = std::find_if(kFailures.begin(), kFailures.end(), [&](const Failure& row) {
    return row.reason == choice.finish_reason;
  });
  if (failure != kFailures.end())
    return wire::Verdict{Outcome::stream_error, choice.finish_reason, std::string(failure->message)};
  if (choice.finish_reason == "content_filter") return wire::Verdict{Outcome::content_filter};
  if (!choice.refusal.empty()) return wire::Verdict{Outcome::refused};
  if (choices_.empty()) return wire::Verdict{Outcome::protocol, {}, "the answer holds no choice"};
  return std::nullopt;
}

}  // namespace

std::unique_ptr<AnswerReader> make_openai_chat_reader(OpenAiChatExtras extras) {
  return wire::make_answer_reader(wire::Framing::sse, std::make_unique<OpenAiChatDecoder>(extras));
}

}  // namespace costwar
