// The reply to a chat request that asked for a stream: server-sent events in HTTP chunks, one event a chunk
// unless a fault says otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mock/reply.h"

namespace costwar::mock {
namespace {

constexpr std::size_t kLongLine = 128 * 1024;
constexpr std::size_t kHugeLine = 10 * 1024 * 1024;
constexpr std::size_t kStampDigits = 20;

std::string_view line_end(FaultMode mode) {
  if (mode == FaultMode::crlf) return "\r\n";
  return mode == FaultMode::cr ? "\r" : "\n";
}

// Frames events, puts them into HTTP chunks and notes when they are due. Buffers live as long as one reply.
class StreamWriter {
 public:
  StreamWriter(const Generation& generation, FaultMode mode, Reply& reply);

  // A chat.completion.chunk. choices: the JSON of that member. usage: the JSON of it, "" where it has none.
  // extra: further members, each with a comma before it.
  void chunk(std::string_view choices, std::string_view usage, Nanos after, unsigned tokens,
             std::string_view extra = {});
  // One event; `tail` ends it.
  void event(std::string_view json, Nanos after, unsigned tokens, std::string_view tail);
  void event(std::string_view json, Nanos after) { event(json, after, 0, tail_); }
  // Bytes that are no event of their own.
  void raw(std::string_view text, Nanos after) { send(text, after, 0); }
  // finished: the chunked body gets its end.
  void close(bool finished, Ending ending);

  // The next event ends with its line: no blank line after it.
  void unfinished() { tail_.assign(end_); }

 private:
  void frame(std::string_view json);
  void send(std::string_view bytes, Nanos after, unsigned tokens);
  void append_chunk(std::string_view bytes);

  const Generation& generation_;
  FaultMode mode_;
  Reply& reply_;
  std::string_view end_;
  std::string tail_;
  std::string prefix_;  // of every chunk's JSON, up to the value of choices
  std::string json_;
  std::string frame_;
  std::string held_;  // one-write: everything so far
  unsigned held_tokens_ = 0;
  unsigned events_ = 0;
};

StreamWriter::StreamWriter(const Generation& g, FaultMode mode, Reply& reply)
    : generation_(g), mode_(mode), reply_(reply), end_(line_end(mode)), tail_(end_) {
  tail_ += end_;
  prefix_ =
      fmt::format(R"({{"id":"chatcmpl-mock-{:016x}","object":"chat.completion.chunk","created":{},"model":)",
                  g.id.serial, g.id.created);
  append_json_string(prefix_, g.model);
  prefix_ += R"(,"service_tier":)";
  append_json_string(prefix_, g.service_tier);
  prefix_ += R"(,"system_fingerprint":"fp_mock)";
  if (mode == FaultMode::line_separators) prefix_ += "\xE2\x80\xA8\xE2\x80\xA9\xC2\x85";
  prefix_ += R"(","choices":)";
  append_head(reply.bytes, g.id, 200, "text/event-stream; charset=utf-8",
              "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n");
  reply.bytes += "\r\n";
  add_piece(reply, {}, 0);
}

void StreamWriter::chunk(std::string_view choices, std::string_view usage, Nanos after, unsigned tokens,
                         std::string_view extra) {
  json_.assign(prefix_).append(choices).append(extra);
  if (!usage.empty()) json_.append(R"(,"usage":)").append(usage);
  if (generation_.stamps)
    fmt::format_to(std::back_inserter(json_), R"(,"mock":{{"due_ns":{0:>{1}},"sent_ns":{0:>{1}}}})", 0,
                   kStampDigits);
  json_ += '}';
  event(json_, after, tokens, tail_);
}

void StreamWriter::frame(std::string_view json) {
  frame_.clear();
  if (mode_ == FaultMode::comments) frame_.append(": keep-alive").append(tail_);
  if (mode_ == FaultMode::bom_and_fields) {
    if (events_ == 0) frame_ += "\xEF\xBB\xBFretry: 1000\n";
    fmt::format_to(std::back_inserter(frame_), "event: message\nid: {}\n", events_);
    const std::size_t comma = json.find(',');  // the id before it has none
    if (comma != std::string_view::npos) {
      frame_.append("data: ").append(json.substr(0, comma + 1)).append("\n");
      json.remove_prefix(comma + 1);
    }
  }
  frame_.append(mode_ == FaultMode::no_space ? "data:" : "data: ").append(json);
}

void StreamWriter::event(std::string_view json, Nanos after, unsigned tokens, std::string_view tail) {
  frame(json);
  frame_ += tail;
  ++events_;
  send(frame_, after, tokens);
}

void StreamWriter::send(std::string_view bytes, Nanos after, unsigned tokens) {
  if (mode_ == FaultMode::one_write) {
    held_ += bytes;
    held_tokens_ += tokens;
    return;
  }
  const std::size_t begin = reply_.bytes.size();
  append_chunk(bytes);
  add_piece(reply_, after, tokens);
  if (!generation_.stamps || mode_ == FaultMode::one_byte) return;
  // The quotes of a text within JSON are escaped, so the first match is the member itself.
  static constexpr std::string_view kDue = R"("due_ns":)";
  const std::size_t stamp = std::string_view(reply_.bytes).substr(begin).find(kDue);
  if (stamp != std::string_view::npos) reply_.pieces.back().stamp = begin + stamp + kDue.size();
}

void StreamWriter::append_chunk(std::string_view bytes) {
  std::string& out = reply_.bytes;
  if (mode_ == FaultMode::one_byte) {
    for (const char c : bytes) out.append("1\r\n").append(1, c).append("\r\n");
    return;
  }
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", bytes.size());
  out.append(bytes).append("\r\n");
}

void StreamWriter::close(bool finished, Ending ending) {
  if (mode_ == FaultMode::one_write) {
    append_chunk(held_);
    add_piece(reply_, Timeline(generation_).next(), held_tokens_);
  }
  if (finished) {
    reply_.bytes += "0\r\n\r\n";
    reply_.pieces.back().end = reply_.bytes.size();
  }
  reply_.ending = ending;
}

// One stream, from its role chunk to its end.
class ChatStream {
 public:
  ChatStream(const Generation& generation, FaultMode mode, Reply& reply);
  void compose();

 private:
  void opening();
  void reasoning();
  void content();
  void break_off();
  void finish();
  void done();
  void delta(std::string_view members, unsigned tokens, std::string_view extra = {});
  std::string_view usage_now();
  bool broken() const;

  const Generation& g_;
  FaultMode mode_;
  StreamWriter out_;
  Timeline timeline_;
  std::uint64_t reasoning_sent_ = 0;
  std::uint64_t visible_sent_ = 0;
  bool include_usage_;
  Ending ending_;
  std::string choices_;
  std::string usage_;
  std::string members_;
};

ChatStream::ChatStream(const Generation& g, FaultMode mode, Reply& reply)
    : g_(g),
      mode_(mode),
      out_(g, mode, reply),
      timeline_(g),
      include_usage_(g.include_usage || mode == FaultMode::usage_chunk),
      ending_(g.id.keep_alive ? Ending::keep : Ending::close) {}

bool ChatStream::broken() const {
  return mode_ == FaultMode::error_in_stream || mode_ == FaultMode::error_event ||
         mode_ == FaultMode::no_finish || mode_ == FaultMode::reset || mode_ == FaultMode::half_close;
}

void ChatStream::compose() {
  opening();
  reasoning();
  content();
  if (broken()) return break_off();
  finish();
  done();
  out_.close(true, mode_ == FaultMode::stale_connection ? Ending::close_on_next : ending_);
}

std::string_view ChatStream::usage_now() {
  if (mode_ == FaultMode::usage_on_every_chunk) {
    usage_.clear();
    append_usage(usage_, g_, reasoning_sent_, visible_sent_);
    return usage_;
  }
  return include_usage_ && mode_ != FaultMode::usage_on_finish ? "null" : "";
}

// The same delta for every choice, in an event each.
void ChatStream::delta(std::string_view members, unsigned tokens, std::string_view extra) {
  const std::string_view nulls = mode_ == FaultMode::null_fields ? R"(,"tool_calls":null)" : "";
  for (std::size_t choice = 0; choice < g_.choices; ++choice) {
    choices_.clear();
    fmt::format_to(std::back_inserter(choices_),
                   R"([{{"index":{},"delta":{{{}{}}},"logprobs":null,"finish_reason":null}}])", choice,
                   members, nulls);
    out_.chunk(choices_, usage_now(), timeline_.now(), tokens, extra);
  }
}

void ChatStream::opening() {
  if (mode_ == FaultMode::comments) out_.raw(": keep-alive\n\n\n", {});
  if (mode_ == FaultMode::role_first) {
    out_.chunk(R"([{"index":0,"delta":{"role":"assistant"},"finish_reason":null}])", usage_now(), {}, 0);
    out_.chunk(R"([{"index":0,"delta":{"content":""},"finish_reason":null}])", usage_now(), {}, 0);
    return;
  }
  delta(R"("role":"assistant","content":"","refusal":null)", 0);
  if (mode_ != FaultMode::null_fields) return;
  out_.chunk(R"([{"index":0,"delta":{},"finish_reason":null}])", usage_now(), timeline_.now(), 0);
  out_.chunk("null", usage_now(), timeline_.now(), 0);
}

void ChatStream::reasoning() {
  const ShownReasoning shown = shown_reasoning(g_, mode_);
  members_.clear();
  if (shown.content)
    fmt::format_to(std::back_inserter(members_), R"("reasoning_content":"{}")", kReasoningToken);
  if (shown.plain)
    fmt::format_to(std::back_inserter(members_), R"({}"reasoning":"{}")", shown.content ? "," : "",
                   kReasoningToken);
  for (std::uint64_t token = 0; token < g_.reasoning_tokens; ++token) {
    timeline_.next();
    ++reasoning_sent_;
    if (!members_.empty()) delta(members_, 1);
  }
}

void ChatStream::content() {
  const std::size_t group = mode_ == FaultMode::several_tokens ? 4 : 1;
  const std::uint64_t half = (g_.visible_tokens + 1) / 2;
  std::string padding;
  if (mode_ == FaultMode::long_line || mode_ == FaultMode::huge_line)
    padding = fmt::format(R"(,"obfuscation":"{}")",
                          std::string(mode_ == FaultMode::long_line ? kLongLine : kHugeLine, 'x'));
  for (std::size_t at = 0; at < g_.text.size();) {
    if (broken() && visible_sent_ == half) return;
    std::size_t length = 0;
    unsigned tokens = 0;
    while (tokens < group && at + length < g_.text.size()) {
      length += token_bytes(g_.text, at + length);
      timeline_.next();
      ++tokens;
    }
    visible_sent_ += tokens;
    members_.assign(R"("content":)");
    append_json_string(members_, g_.text.substr(at, length));
    delta(members_, tokens, padding);
    padding.clear();
    at += length;
    if (mode_ == FaultMode::malformed_frame && visible_sent_ == half)
      out_.event(R"({"id":"chatcmpl-mock","choices":[{"index":0,"delta":{"content":")", timeline_.now());
  }
}

void ChatStream::break_off() {
  if (mode_ == FaultMode::error_in_stream) out_.event(kStreamError, timeline_.now());
  if (mode_ == FaultMode::error_event)
    out_.raw(fmt::format("event: error\ndata: {}\n\n", kStreamError), timeline_.now());
  const bool finished = mode_ != FaultMode::reset && mode_ != FaultMode::half_close;
  const Ending cut = mode_ == FaultMode::reset ? Ending::reset : Ending::close;
  out_.close(finished, finished ? ending_ : cut);
}

void ChatStream::finish() {
  const bool only_line_end = mode_ == FaultMode::unfinished_json;
  for (std::size_t choice = 0; choice < g_.choices; ++choice) {
    choices_.clear();
    fmt::format_to(std::back_inserter(choices_),
                   R"([{{"index":{},"delta":{{}},"logprobs":null,"finish_reason":"{}"}}])", choice,
                   g_.cut ? "length" : "stop");
    std::string_view usage = usage_now();
    if (mode_ == FaultMode::usage_on_finish) {
      usage_.clear();
      append_usage(usage_, g_, reasoning_sent_, visible_sent_);
      usage = usage_;
    }
    const bool last = !include_usage_ && choice + 1 == g_.choices;
    if (only_line_end && last) out_.unfinished();
    out_.chunk(choices_, usage, timeline_.now(), 0);
  }
  if (!include_usage_ || mode_ == FaultMode::usage_on_finish) return;
  usage_.clear();
  append_usage(usage_, g_, reasoning_sent_, visible_sent_);
  if (only_line_end) out_.unfinished();
  out_.chunk("[]", usage_, timeline_.now(), 0);
}

void ChatStream::done() {
  static constexpr std::string_view kDone = "[DONE]";
  switch (mode_) {
    case FaultMode::no_done:
    case FaultMode::unfinished_json:
      return;
    case FaultMode::unfinished_done:
      return out_.event(kDone, timeline_.now(), 0, "");
    case FaultMode::done_space:
      return out_.event("[DONE] ", timeline_.now());
    case FaultMode::done_no_space:
      return out_.raw("data:[DONE]\n\n", timeline_.now());
    default:
      return out_.event(kDone, timeline_.now());
  }
}

}  // namespace

void compose_stream(const Generation& g, FaultMode mode, Reply& reply) {
  reply.generates = true;
  if (mode == FaultMode::silence) {
    StreamWriter(g, mode, reply).close(false, Ending::close);
    reply.end_after = g.silence;
    return;
  }
  ChatStream(g, mode, reply).compose();
  if (mode == FaultMode::all_at_end)
    for (std::size_t i = 1; i < reply.pieces.size(); ++i) reply.pieces[i].after = reply.pieces.back().after;
  if (mode == FaultMode::reset || mode == FaultMode::half_close)
    reply.end_after = reply.end_after + kBeforeReset;
}

}  // namespace costwar::mock
