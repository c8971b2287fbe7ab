#include "mock/dialects/chat_stream.h"

#include <fmt/format.h>

#include <iterator>

#include "mock/dialects/openai_family.h"

namespace costwar::mock {
namespace {

// One stream, from its role chunk to its end.
class ChatStream {
 public:
  ChatStream(const Generation& generation, FaultMode mode, StreamWriter& out);
  void compose();

 private:
  void opening();
  void reasoning();
  void content();
  void break_off();
  void finish();
  void done();
  void chunk(std::string_view choices, std::string_view usage, Nanos after, unsigned tokens);
  void delta(std::string_view members, unsigned tokens);
  void finish_choice(std::size_t choice, bool last);
  void tool_delta(std::string_view call, unsigned tokens);
  std::string_view usage_member();
  std::string_view usage_now();
  bool usage_rides() const;  // on the chunk that carries finish_reason

  const Generation& g_;
  FaultMode mode_;
  StreamWriter& out_;
  Speech speech_;
  bool include_usage_;
  std::string prefix_;  // of every chunk's JSON, up to the value of choices
  std::string json_;
  std::string choices_;
  std::string usage_;
  std::string members_;
};

ChatStream::ChatStream(const Generation& g, FaultMode mode, StreamWriter& out)
    : g_(g),
      mode_(mode),
      out_(out),
      speech_(g, mode),
      include_usage_(g.include_usage || mode == FaultMode::usage_chunk || g.flavour == Flavour::openrouter) {
  prefix_ = fmt::format(R"({{"id":"{}",)", chat_id(g));
  append_chat_members(prefix_, g, "chat.completion.chunk");
  prefix_ += R"(,"choices":)";
}

// A chat.completion.chunk. choices: the JSON of that member. usage: the JSON of it, "" where it has none.
void ChatStream::chunk(std::string_view choices, std::string_view usage, Nanos after, unsigned tokens) {
  json_.assign(prefix_).append(choices);
  if (!usage.empty()) json_.append(R"(,"usage":)").append(usage);
  json_ += '}';
  out_.event({}, json_, after, tokens);
}

void ChatStream::compose() {
  opening();
  reasoning();
  content();
  if (speech_.broken()) return break_off();
  finish();
  done();
  out_.close();
}

std::string_view ChatStream::usage_now() {
  usage_.clear();
  append_usage(usage_, g_, speech_.reasoning(), speech_.visible());
  return usage_;
}

// DeepSeek's too.
bool ChatStream::usage_rides() const {
  return mode_ == FaultMode::usage_on_finish ||
         (g_.flavour == Flavour::deepseek && mode_ != FaultMode::usage_chunk);
}

std::string_view ChatStream::usage_member() {
  if (mode_ == FaultMode::usage_on_every_chunk || g_.continuous_usage) return usage_now();
  return include_usage_ && !usage_rides() ? "null" : "";
}

// The same delta for every choice, in an event each.
void ChatStream::delta(std::string_view members, unsigned tokens) {
  const std::string_view nulls = mode_ == FaultMode::null_fields ? R"(,"tool_calls":null)" : "";
  for (std::size_t choice = 0; choice < g_.choices; ++choice) {
    choices_.clear();
    fmt::format_to(std::back_inserter(choices_),
                   R"([{{"index":{},"delta":{{{}{}}},"logprobs":null,"finish_reason":null}}])", choice,
                   members, nulls);
    chunk(choices_, usage_member(), speech_.now(), tokens);
  }
}

void ChatStream::opening() {
  if (g_.flavour == Flavour::openrouter) out_.raw(": OPENROUTER PROCESSING\n\n", {});
  if (mode_ == FaultMode::role_first) {
    chunk(R"([{"index":0,"delta":{"role":"assistant"},"finish_reason":null}])", usage_member(), {}, 0);
    chunk(R"([{"index":0,"delta":{"content":""},"finish_reason":null}])", usage_member(), {}, 0);
    return;
  }
  delta(g_.tool.empty() ? R"("role":"assistant","content":"","refusal":null)"
                        : R"("role":"assistant","content":null,"refusal":null)",
        0);
  if (mode_ != FaultMode::null_fields) return;
  chunk(R"([{"index":0,"delta":{},"finish_reason":null}])", usage_member(), speech_.now(), 0);
  chunk("null", usage_member(), speech_.now(), 0);
}

void ChatStream::reasoning() {
  const ShownReasoning shown = chat_reasoning(g_, mode_);
  members_.clear();
  if (shown.content)
    fmt::format_to(std::back_inserter(members_), R"("reasoning_content":"{}")", kReasoningToken);
  if (shown.plain)
    fmt::format_to(std::back_inserter(members_), R"({}"reasoning":"{}")", shown.content ? "," : "",
                   kReasoningToken);
  while (speech_.think())
    if (!members_.empty()) delta(members_, 1);
}

// A call's first fragment has its id and name; one event for each choice, whose ids differ.
void ChatStream::tool_delta(std::string_view function, unsigned tokens) {
  const bool first = speech_.visible() == 0;
  for (std::size_t choice = 0; choice < g_.choices; ++choice) {
    choices_.clear();
    fmt::format_to(std::back_inserter(choices_), R"([{{"index":{},"delta":{{"tool_calls":[{{"index":0,)",
                   choice);
    if (first)
      fmt::format_to(std::back_inserter(choices_), R"("id":"{}","type":"function",)", call_id(g_, choice));
    fmt::format_to(std::back_inserter(choices_),
                   R"("function":{{{}}}}}]}},"logprobs":null,"finish_reason":null}}])", function);
    chunk(choices_, usage_member(), speech_.now(), tokens);
  }
}

void ChatStream::content() {
  const bool call = !g_.tool.empty();
  if (call) {
    members_.assign(R"("name":)");
    append_json_string(members_, g_.tool);
    members_ += R"(,"arguments":"")";
    tool_delta(members_, 0);
  }
  while (const auto part = speech_.speak()) {
    members_.assign(call ? R"("arguments":)" : R"("content":)");
    append_json_string(members_, part->text);
    if (call)
      tool_delta(members_, part->tokens);
    else
      delta(members_, part->tokens);
    if (speech_.at_half()) out_.repeat_malformed(speech_.now());
  }
}

void ChatStream::break_off() {
  const std::string error = openai_error({500, kStreamErrorMessage, {}, kStreamErrorCode});
  out_.break_off(mode_ == FaultMode::error_event ? "error" : "", error, speech_.now());
}

void ChatStream::finish_choice(std::size_t choice, bool last) {
  choices_.clear();
  fmt::format_to(std::back_inserter(choices_),
                 R"([{{"index":{},"delta":{{}},"logprobs":null,"finish_reason":"{}"}}])", choice,
                 finish_reason(g_));
  const bool timed = g_.flavour == Flavour::llama_server && last;
  if (timed) {
    choices_ += R"(,"timings":)";
    append_timings(choices_, g_);
  }
  if (last) out_.last_event();
  chunk(choices_, usage_rides() ? usage_now() : usage_member(), speech_.now(), 0);
}

void ChatStream::finish() {
  const bool own_chunk = include_usage_ && !usage_rides();
  for (std::size_t choice = 0; choice < g_.choices; ++choice)
    finish_choice(choice, !own_chunk && choice + 1 == g_.choices);
  if (!own_chunk) return;
  choices_.assign("[]");
  if (g_.flavour == Flavour::llama_server) {
    choices_ += R"(,"timings":)";
    append_timings(choices_, g_);
  }
  out_.last_event();
  chunk(choices_, usage_now(), speech_.now(), 0);
}

void ChatStream::done() {
  static constexpr std::string_view kDone = "[DONE]";
  switch (mode_) {
    case FaultMode::no_done:
    case FaultMode::unfinished_json:
      return;
    case FaultMode::unfinished_done:
      return out_.marker(kDone, speech_.now(), "");
    case FaultMode::done_space:
      return out_.marker("[DONE] ", speech_.now());
    case FaultMode::done_no_space:
      return out_.raw("data:[DONE]\n\n", speech_.now());
    default:
      return out_.marker(kDone, speech_.now());
  }
}

}  // namespace

void stream_chat(const Generation& generation, FaultMode mode, StreamWriter& out) {
  ChatStream(generation, mode, out).compose();
}

}  // namespace costwar::mock
