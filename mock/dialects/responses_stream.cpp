#include <fmt/format.h>

#include <iterator>

#include "mock/dialects/openai_family.h"
#include "mock/dialects/responses.h"

namespace costwar::mock {
namespace {

// One stream, from response.created to its terminal event. What comes before the first token leaves at once.
class ResponsesStream {
 public:
  ResponsesStream(const Generation& generation, FaultMode mode, StreamWriter& out)
      : g_(generation), mode_(mode), out_(out), speech_(generation, mode) {}
  void compose();

 private:
  void reasoning();
  void message();
  void call();
  void finish();
  void break_off();
  // An event: its type and number, then `members`, each with a comma before it.
  void event(std::string_view type, std::string_view members, Nanos after, unsigned tokens = 0);
  void item(std::string_view type, const std::string& json);
  void delta(std::string_view type, std::string_view where, std::string_view text, unsigned tokens);
  // The members that say to which item and part of it an event belongs.
  std::string place(std::string_view kind, std::string_view part = {}) const;

  const Generation& g_;
  FaultMode mode_;
  StreamWriter& out_;
  Speech speech_;
  unsigned sequence_ = 0;
  unsigned index_ = 0;  // of the output item
  std::string items_;   // that are done
  std::string json_;
};

void ResponsesStream::event(std::string_view type, std::string_view members, Nanos after, unsigned tokens) {
  json_.clear();
  fmt::format_to(std::back_inserter(json_), R"({{"type":"{}","sequence_number":{}{}}})", type, sequence_++,
                 members);
  out_.event(type, json_, after, tokens);
}

void ResponsesStream::item(std::string_view type, const std::string& json) {
  event(type, fmt::format(R"(,"output_index":{},"item":{})", index_, json), speech_.now());
  if (type != "response.output_item.done") return;
  if (!items_.empty()) items_ += ',';
  items_ += json;
  ++index_;
}

std::string ResponsesStream::place(std::string_view kind, std::string_view part) const {
  std::string out = fmt::format(R"(,"item_id":"{}","output_index":{})", item_id(g_, kind), index_);
  if (!part.empty()) out += fmt::format(R"(,"{}":0)", part);
  return out;
}

void ResponsesStream::delta(std::string_view type, std::string_view where, std::string_view text,
                            unsigned tokens) {
  std::string members(where);
  members += R"(,"delta":)";
  append_json_string(members, text);
  if (type == "response.output_text.delta") members += R"(,"logprobs":[])";
  event(type, members, speech_.now(), tokens);
}

void ResponsesStream::reasoning() {
  if (g_.reasoning_tokens == 0) return;
  item("response.output_item.added", reasoning_item(g_, false));
  const std::string where = place("rs", "summary_index");
  if (g_.show_reasoning)
    event("response.reasoning_summary_part.added", where + R"(,"part":)" + summary_part(""), speech_.now());
  while (speech_.think())
    if (g_.show_reasoning) delta("response.reasoning_summary_text.delta", where, kReasoningToken, 1);
  if (g_.show_reasoning) {
    const std::string text = reasoning_text(g_.reasoning_tokens);
    std::string quoted;
    append_json_string(quoted, text);
    event("response.reasoning_summary_text.done", where + R"(,"text":)" + quoted, speech_.now());
    event("response.reasoning_summary_part.done", where + R"(,"part":)" + summary_part(text), speech_.now());
  }
  item("response.output_item.done", reasoning_item(g_, true));
}

void ResponsesStream::message() {
  item("response.output_item.added", message_item(g_, false));
  const std::string where = place("msg", "content_index");
  event("response.content_part.added", where + R"(,"part":)" + text_part(""), speech_.now());
  while (const auto part = speech_.speak()) {
    delta("response.output_text.delta", where, part->text, part->tokens);
    if (speech_.at_half()) out_.repeat_malformed(speech_.now());
  }
  if (speech_.broken()) return;
  std::string quoted;
  append_json_string(quoted, g_.text);
  event("response.output_text.done", where + R"(,"text":)" + quoted + R"(,"logprobs":[])", speech_.now());
  event("response.content_part.done", where + R"(,"part":)" + text_part(g_.text), speech_.now());
  item("response.output_item.done", message_item(g_, true));
}

void ResponsesStream::call() {
  item("response.output_item.added", call_item(g_, false));
  const std::string where = place("fc");
  while (const auto part = speech_.speak()) {
    delta("response.function_call_arguments.delta", where, part->text, part->tokens);
    if (speech_.at_half()) out_.repeat_malformed(speech_.now());
  }
  if (speech_.broken()) return;
  std::string members = where + R"(,"name":)";
  append_json_string(members, g_.tool);
  members += R"(,"arguments":)";
  append_json_string(members, g_.text);
  event("response.function_call_arguments.done", members, speech_.now());
  item("response.output_item.done", call_item(g_, true));
}

void ResponsesStream::finish() {
  if (mode_ == FaultMode::no_done) return;
  out_.last_event();
  event(g_.cut ? "response.incomplete" : "response.completed",
        R"(,"response":)" + response_object(g_, items_, true), speech_.now());
}

void ResponsesStream::break_off() {
  const std::string error =
      fmt::format(R"({{"type":"error","sequence_number":{},"code":"{}","message":"{}","param":null}})",
                  sequence_, kStreamErrorCode, kStreamErrorMessage);
  out_.break_off("error", error, speech_.now());
}

void ResponsesStream::compose() {
  const std::string begun = R"(,"response":)" + response_object(g_, "", false);
  event("response.created", begun, {});
  event("response.in_progress", begun, {});
  reasoning();
  if (g_.tool.empty())
    message();
  else
    call();
  if (speech_.broken()) return break_off();
  finish();
  out_.close();
}

}  // namespace

void stream_responses(const Generation& generation, FaultMode mode, StreamWriter& out) {
  ResponsesStream(generation, mode, out).compose();
}

}  // namespace costwar::mock
