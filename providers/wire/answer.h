// How any dialect's answer is read. The reader that make_answer_reader gives does what all of them share: it
// finds the frames in the bytes (server-sent events, lines of JSON, or one JSON value), reads refusals and
// their advice, and judges at the end how the exchange ended. What the frames mean is the dialect's
// AnswerDecoder.
//
// Success needs no error and two of three signs: the dialect's end marker, its word that the answer is
// finished, an orderly close. Everything else is one of the other outcomes of core/attempt.h.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "providers/dialect.h"
#include "providers/wire/fields.h"

namespace costwar::wire {

// Bytes of one frame, or of a whole answer; longer ones end the reading as a protocol failure.
inline constexpr std::size_t kFrameLimit = std::size_t{64} << 20;

// The note on an answer that did not stream.
inline constexpr std::string_view kWholeAnswerNote =
    "answered with one JSON value although a stream was asked for";

enum class Framing {
  sse,     // server-sent events; a body that begins with a brace is one whole answer
  ndjson,  // one JSON object a line; one object alone is a whole answer, and the same
};

struct Frame {
  std::string_view event;  // the name that an event stream gave it; empty: none
  std::string_view data;   // without blanks around it, never empty
};

// Something other than ok that an answer which came to its end says of itself.
struct Verdict {
  Outcome outcome = Outcome::refused;
  std::string code{};
  std::string message{};
};

class AnswerDecoder {
 public:
  virtual ~AnswerDecoder() = default;

  // Of a successful status, before all frames.
  virtual void head(const HttpHead& /*head*/) {}

  // One frame. False when it is malformed: it is counted and skipped. Frames after the terminal one are not
  // given.
  virtual bool take(const Frame& frame, const OnDelta& on_delta) = 0;

  // An answer that came as one JSON value. False when it is no JSON.
  virtual bool take_whole(std::string_view json, const OnDelta& on_delta) {
    return take({{}, json}, on_delta);
  }

  virtual const std::optional<ApiError>& error() const = 0;  // that a frame carried
  virtual bool any_answer() const = 0;                       // at least one frame has the shape of an answer
  virtual bool terminal() const = 0;                         // the end marker was seen
  virtual bool finished() const = 0;                         // the answer itself says that it is finished
  virtual std::string_view end_marker() const = 0;  // what terminal() waits for, for people: "[DONE]"
  virtual std::string_view what() const = 0;        // what an answer is called: "chat completion"

  // Fills text, reasoning, tool calls, finish reason, usage, billing facts, fingerprint, extra, and notes
  // about what did not add up.
  virtual void describe(Attempt& attempt) const = 0;
  virtual std::optional<Verdict> verdict() const = 0;  // nullopt: ok
};

std::unique_ptr<AnswerReader> make_answer_reader(Framing framing, std::unique_ptr<AnswerDecoder> decoder);

// What an exchange without an answer says, with the remedy where there is one.
std::string told_end(const HttpEnd& end);

// The outcome of an error status. quota_gone: the body says that the account's money or quota is used up.
Outcome outcome_of_status(int status, bool quota_gone);

}  // namespace costwar::wire
