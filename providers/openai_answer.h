// How an OpenAI-shaped answer is read: OpenAiFrames collects what the JSON frames say; the reader around it
// finds the frames in the bytes and judges the outcome at the end. Internal to the dialect.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/usage/normalise.h"
#include "providers/dialect.h"

namespace costwar {

std::unique_ptr<AnswerReader> make_openai_answer_reader();

// An error as servers print it; empty strings where they do not say.
struct ApiError {
  std::string code;  // "code", else "type"
  std::string message;
};

class OpenAiFrames {
 public:
  // One JSON frame: a chunk of a stream or a whole answer. is_error: the stream called the event an error.
  // False when it is not JSON.
  bool take(std::string_view json, bool is_error, const OnDelta& on_delta);

  // The body of an answer with an error status. nullopt when it is not JSON or says nothing known.
  std::optional<ApiError> take_error_body(std::string_view json);

  struct Choice {
    std::string text, reasoning, refusal, finish_reason;
  };
  const Choice& answer() const;  // choice 0, or the only one
  std::size_t choices() const { return choices_.size(); }
  bool any_payload() const { return any_payload_; }
  bool any_chunk() const { return any_chunk_; }  // at least one frame that has the shape of an answer
  bool all_finished() const;                     // every choice named its finish reason
  const std::optional<ApiError>& error() const { return error_; }

  // Fills usage, raw_usage, billing facts, fingerprint, extra, and notes about what did not add up.
  void describe(Attempt& attempt) const;

 private:
  using Object = simdjson::dom::object;
  using Element = simdjson::dom::element;

  void take_choices(const Element& value, const OnDelta& on_delta);
  void take_payload(std::int64_t index, const Object& delta, const OnDelta& on_delta);
  void take_tools(std::int64_t index, const Object& delta, const OnDelta& on_delta);
  void payload(std::int64_t index, CallEvent::Kind kind, std::string_view text, const OnDelta& on_delta);
  void take_usage(const Object& usage);
  void take_timings(const Object& timings);

  simdjson::dom::parser parser_;
  std::map<std::int64_t, Choice> choices_;
  bool any_payload_ = false;
  bool any_chunk_ = false;
  std::optional<ApiError> error_;
  std::optional<RawUsage> usage_;
  bool usage_fell_ = false;
  std::string raw_usage_;
  std::optional<RawUsage> timed_;
  std::string raw_timings_;
  std::string model_, tier_, fingerprint_;
};

}  // namespace costwar
