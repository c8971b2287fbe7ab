// Turns a dialect's events into the bytes of a reply: lines, HTTP chunks, and when each is due. Every fault
// of framing lives here, so that a dialect only says what its events are. Lives as long as one reply is
// composed.
#pragma once

#include <string>
#include <string_view>

#include "mock/generation.h"

namespace costwar::mock {

// named: each event has an event: line, as in Responses and Messages.
enum class Framing { sse, named_sse, ndjson };

class StreamWriter {
 public:
  // Writes the head of the reply, and under the fault `comments` what comes before the first event.
  StreamWriter(const Generation& generation, FaultMode mode, Framing framing, Reply& reply);

  // One event whose data is a JSON object. tokens: completion tokens in it.
  void event(std::string_view name, std::string_view json, Nanos after, unsigned tokens = 0);
  // An event with data that is no JSON; `tail` ends it.
  void marker(std::string_view text, Nanos after, std::string_view tail);
  void marker(std::string_view text, Nanos after) { marker(text, after, tail_); }
  // Bytes that are no event of their own.
  void raw(std::string_view text, Nanos after) { send(text, after, 0); }

  // Under the fault malformed_frame: the last event once more, cut off within its JSON.
  void repeat_malformed(Nanos after);

  // The next event is the last JSON; under the fault unfinished_json it ends with its line.
  void last_event();

  // The end half way, by a fault; the error is the dialect's own event, sent where the fault is one of
  // errors.
  void break_off(std::string_view name, std::string_view error, Nanos after);
  // The end as it should be.
  void close();

 private:
  void end(bool finished, Ending ending);
  void decorate(std::string_view json, unsigned tokens);
  void frame(std::string_view name, std::string_view data, std::string_view tail);
  void send(std::string_view bytes, Nanos after, unsigned tokens);
  void append_chunk(std::string_view bytes);

  const Generation& generation_;
  FaultMode mode_;
  Framing framing_;
  Reply& reply_;
  std::string_view end_;  // of a line
  std::string tail_;      // of an event
  std::string json_;
  std::string name_;
  std::string frame_;
  std::string held_;  // what is sent in one write
  unsigned held_tokens_ = 0;
  unsigned events_ = 0;
  bool padded_ = false;
};

// Under the fault line_separators each object gets a member with U+2028, U+2029 and U+0085 unescaped.
inline constexpr std::string_view kSeparatorMember = ",\"note\":\"\xE2\x80\xA8\xE2\x80\xA9\xC2\x85\"";

}  // namespace costwar::mock
