#include "providers/dialects/ollama_answer.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "providers/wire/answer.h"
#include "providers/wire/usage.h"

namespace costwar {
namespace {

using wire::ApiError;
using wire::Array;
using wire::Element;
using wire::member;
using wire::Object;
using wire::text_of;

class OllamaDecoder final : public wire::AnswerDecoder {
 public:
  explicit OllamaDecoder(std::optional<std::int64_t> context_window) : context_window_(context_window) {}

  bool take(const wire::Frame& frame, const OnDelta& on_delta) override;
  const std::optional<ApiError>& error() const override { return error_; }
  bool any_answer() const override { return any_line_; }
  bool terminal() const override { return done_; }
  bool finished() const override { return terminal(); }  // "done" is both
  std::string_view end_marker() const override { return "\"done\": true"; }
  std::string_view what() const override { return "chat line"; }
  void describe(Attempt& attempt) const override;
  std::optional<wire::Verdict> verdict() const override;

 private:
  void take_message(const Object& message, const OnDelta& on_delta);
  void take_call(const Object& call, const OnDelta& on_delta);
  void take_end(const Object& line);
  void payload(CallEvent::Kind kind, std::string_view piece, const OnDelta& on_delta);
  void note_counts(Attempt& attempt) const;

  std::optional<std::int64_t> context_window_;
  simdjson::dom::parser parser_;
  std::string text_, reasoning_;
  std::vector<ToolCall> calls_;
  bool any_line_ = false;
  bool any_payload_ = false;
  bool done_ = false;
  std::optional<ApiError> error_;
  std::optional<RawUsage> usage_;
  std::optional<std::int64_t> load_ns_, cached_;
  std::string counts_, durations_;  // members of JSON objects, as printed
  std::string model_, done_reason_;
};

bool OllamaDecoder::take(const wire::Frame& frame, const OnDelta& on_delta) {
  Element root;
  if (parser_.parse(frame.data.data(), frame.data.size()).get(root) != simdjson::SUCCESS) return false;
  Object line;
  if (root.get(line) != simdjson::SUCCESS) return false;
  const auto error = member<Element>(line, "error");
  if (error && wire::truthy(*error)) {
    if (!error_) error_ = wire::read_error(*error);
    return true;
  }
  if (const auto model = text_of(line, "model"); !model.empty()) model_ = model;
  if (const auto message = member<Object>(line, "message")) {
    any_line_ = true;
    take_message(*message, on_delta);
  }
  if (member<bool>(line, "done") == true) take_end(line);
  return true;
}

void OllamaDecoder::take_message(const Object& message, const OnDelta& on_delta) {
  const std::string_view thinking = text_of(message, "thinking");
  reasoning_ += thinking;
  payload(CallEvent::Kind::reasoning, thinking, on_delta);
  const std::string_view content = text_of(message, "content");
  text_ += content;
  payload(CallEvent::Kind::visible, content, on_delta);
  const auto calls = member<Array>(message, "tool_calls");
  if (!calls) return;
  for (const Element& entry : *calls) {
    Object call;
    if (entry.get(call) == simdjson::SUCCESS) take_call(call, on_delta);
  }
}

// Calls come whole, several lines' calls one after the other; older servers give them no id.
void OllamaDecoder::take_call(const Object& call, const OnDelta& on_delta) {
  const auto function = member<Object>(call, "function");
  if (!function) return;
  ToolCall made{std::string(text_of(call, "id")), std::string(text_of(*function, "name")), {}};
  if (const auto arguments = member<Object>(*function, "arguments"))
    made.arguments = simdjson::minify(*arguments);
  else
    made.arguments = text_of(*function, "arguments");
  payload(CallEvent::Kind::tool, made.name, on_delta);
  payload(CallEvent::Kind::tool, made.arguments, on_delta);
  calls_.push_back(std::move(made));
}

void OllamaDecoder::take_end(const Object& line) {
  any_line_ = true;
  done_ = true;
  done_reason_ = text_of(line, "done_reason");
  RawUsage raw;
  wire::fill_usage(raw, UsageDialect::ollama, line);
  const auto keep = [](std::string& to, std::string_view key, std::int64_t number) {
    to += fmt::format("{}\"{}\":{}", to.empty() ? "" : ",", key, number);
  };
  for (const auto& [key, value] : line) {
    const auto number = wire::whole_number(value);
    if (!number) continue;
    if (key.ends_with("_count")) keep(counts_, key, *number);
    if (key.ends_with("_duration")) keep(durations_, key, *number);
  }
  if (raw != RawUsage{}) usage_ = raw;
  load_ns_ = wire::whole_number(line, "load_duration");
  cached_ = wire::whole_number(line, "prompt_eval_cached_count");
}

void OllamaDecoder::payload(CallEvent::Kind kind, std::string_view piece, const OnDelta& on_delta) {
  if (piece.empty()) return;
  any_payload_ = true;
  on_delta(kind, piece);
}

void OllamaDecoder::describe(Attempt& attempt) const {
  attempt.text = text_;
  attempt.reasoning_text = reasoning_;
  attempt.tool_calls = calls_;
  attempt.finish_reason = done_reason_;
  attempt.billing.served_model = model_;
  if (!counts_.empty()) attempt.raw_usage = "{" + counts_ + "}";
  if (!durations_.empty()) attempt.extra = "{\"durations_ns\":{" + durations_ + "}}";
  if (load_ns_ && *load_ns_ >= kOllamaColdLoad.count)
    attempt.notes.push_back(
        fmt::format("cold: the model was loaded first, {} ms", *load_ns_ / milliseconds(1).count));
  note_counts(attempt);
}

void OllamaDecoder::note_counts(Attempt& attempt) const {
  if (!usage_) return;
  if (cached_.value_or(0) > 0)
    attempt.notes.emplace_back(
        "prompt_eval_cached_count is told, which prompt_eval_count may or may not include");
  // Both counts are checked by the normaliser first, so that the sum is one.
  wire::count_usage(attempt, UsageDialect::ollama, *usage_, any_payload_);
  const auto prompt = attempt.usage.prompt_tokens();
  const auto output = attempt.usage.output_tokens();
  if (context_window_ && prompt && *prompt + output.value_or(0) >= *context_window_)
    attempt.notes.push_back(fmt::format(
        "the context of {} tokens is full: the server may have cut the prompt", *context_window_));
}

std::optional<wire::Verdict> OllamaDecoder::verdict() const {
  if (done_reason_ != "load" && done_reason_ != "unload") return std::nullopt;
  return wire::Verdict{Outcome::stream_error, done_reason_,
                       fmt::format("the server did nothing but {} the model", done_reason_)};
}

}  // namespace

std::unique_ptr<AnswerReader> make_ollama_reader(std::optional<std::int64_t> context_window) {
  return wire::make_answer_reader(wire::Framing::ndjson, std::make_unique<OllamaDecoder>(context_window));
}

}  // namespace costwar
