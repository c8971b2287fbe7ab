#include "mock/stream_writer.h"

#include <fmt/format.h>

#include <iterator>

namespace costwar::mock {
namespace {

constexpr std::size_t kLongLine = 128 * 1024;
constexpr std::size_t kHugeLine = 10 * 1024 * 1024;
std::string_view line_end(FaultMode mode) {
  if (mode == FaultMode::crlf) return "\r\n";
  return mode == FaultMode::cr ? "\r" : "\n";
}

}  // namespace

StreamWriter::StreamWriter(const Generation& g, FaultMode mode, Framing framing, Reply& reply)
    : generation_(g), mode_(mode), framing_(framing), reply_(reply), end_(line_end(mode)), tail_(end_) {
  if (framing != Framing::ndjson) tail_ += end_;
  append_head(reply.bytes, g.id, 200,
              framing == Framing::ndjson ? "application/x-ndjson" : "text/event-stream; charset=utf-8",
              "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n");
  reply.bytes += "\r\n";
  add_piece(reply, {}, 0);
  if (mode == FaultMode::comments) raw(": keep-alive\n\n\n", {});
}

void StreamWriter::event(std::string_view name, std::string_view json, Nanos after, unsigned tokens) {
  decorate(json, tokens);
  name_.assign(name);
  frame(name_, json_, tail_);
  send(frame_, after, tokens);
}

void StreamWriter::marker(std::string_view text, Nanos after, std::string_view tail) {
  frame({}, text, tail);
  send(frame_, after, 0);
}

void StreamWriter::repeat_malformed(Nanos after) {
  if (mode_ != FaultMode::malformed_frame) return;
  frame(name_, std::string_view(json_).substr(0, json_.size() / 2), tail_);
  send(frame_, after, 0);
}

void StreamWriter::last_event() {
  if (mode_ == FaultMode::unfinished_json) tail_ = framing_ == Framing::ndjson ? "" : end_;
}

// The members that faults and stamps add at the end of an event's object.
void StreamWriter::decorate(std::string_view json, unsigned tokens) {
  json_.assign(json.substr(0, json.size() - 1));
  if (mode_ == FaultMode::line_separators) json_ += kSeparatorMember;
  if ((mode_ == FaultMode::long_line || mode_ == FaultMode::huge_line) && tokens > 0 && !padded_) {
    padded_ = true;
    json_.append(R"(,"obfuscation":")");
    json_.append(mode_ == FaultMode::long_line ? kLongLine : kHugeLine, 'x').append("\"");
  }
  if (generation_.stamps)
    fmt::format_to(std::back_inserter(json_), R"(,"mock":{{"due_ns":{0:>{1}},"sent_ns":{0:>{1}}}})", 0,
                   kStampDigits);
  json_ += '}';
}

void StreamWriter::frame(std::string_view name, std::string_view data, std::string_view tail) {
  frame_.clear();
  if (framing_ == Framing::ndjson) {
    frame_.append(data).append(tail);
    return;
  }
  if (mode_ == FaultMode::comments) frame_.append(": keep-alive").append(tail_);
  if (mode_ == FaultMode::bom_and_fields) {
    if (events_ == 0) frame_ += "\xEF\xBB\xBFretry: 1000\n";
    fmt::format_to(std::back_inserter(frame_), "event: {}\nid: {}\n", name.empty() ? "message" : name,
                   events_);
    const std::size_t comma = data.find(',');  // what comes before it, an id or a type, has none
    if (comma != std::string_view::npos) {
      frame_.append("data: ").append(data.substr(0, comma + 1)).append("\n");
      data.remove_prefix(comma + 1);
    }
  } else if (!name.empty()) {
    frame_.append(mode_ == FaultMode::no_space ? "event:" : "event: ").append(name).append(end_);
  }
  frame_.append(mode_ == FaultMode::no_space ? "data:" : "data: ").append(data).append(tail);
  ++events_;
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

void StreamWriter::break_off(std::string_view name, std::string_view error, Nanos after) {
  if (mode_ == FaultMode::error_in_stream || mode_ == FaultMode::error_event) event(name, error, after);
  const bool finished = mode_ != FaultMode::reset && mode_ != FaultMode::half_close;
  const Ending kept = generation_.id.keep_alive ? Ending::keep : Ending::close;
  end(finished, finished ? kept : mode_ == FaultMode::reset ? Ending::reset : Ending::close);
}

void StreamWriter::close() {
  const Ending kept = generation_.id.keep_alive ? Ending::keep : Ending::close;
  end(true, mode_ == FaultMode::stale_connection ? Ending::close_on_next : kept);
}

void StreamWriter::end(bool finished, Ending ending) {
  if (mode_ == FaultMode::one_write) {
    append_chunk(held_);
    add_piece(reply_, first_token(generation_), held_tokens_);
  }
  if (finished) {
    reply_.bytes += "0\r\n\r\n";
    reply_.pieces.back().end = reply_.bytes.size();
  }
  reply_.ending = ending;
}

}  // namespace costwar::mock
