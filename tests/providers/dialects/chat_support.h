// Reading answers of Chat Completions written by hand: each is read whole and in pieces of one byte, with one
// result.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"
#include "tests/providers/dialects/read_answer.h"

namespace costwar::chat {

inline Read read(const Dialect& dialect, const Answer& answer) {
  return read_answer([&] { return dialect.reader(); }, answer);
}

inline Read read(const Dialect& dialect, const std::string& body, End end = End::ok) {
  return read(dialect, Answer{200, {{"content-type", "text/event-stream; charset=utf-8"}}, body, end});
}

// Of a server of which nothing else is known.
inline Read read(const Answer& answer) {
  return read(*make_compatible_dialect(), answer);
}
inline Read read(const std::string& body, End end = End::ok) {
  return read(*make_compatible_dialect(), body, end);
}

inline std::string frame(const std::string& json) {
  return "data: " + json + "\n\n";
}
inline std::string delta(const std::string& members) {
  return frame(
      R"({"id":"c1","object":"chat.completion.chunk","model":"m-1","choices":[{"index":0,"delta":{)" +
      members + R"(},"finish_reason":null}]})");
}
inline const std::string kRole = delta(R"("role":"assistant","content":"")");
inline const std::string kHi = delta(R"("content":"Hi")");
inline const std::string kStop =
    frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})");
inline const std::string kUsage = frame(
    R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})");
inline const std::string kDone = "data: [DONE]\n\n";

inline std::optional<std::int64_t> count(const Read& got, Meter meter) {
  return got.count(meter);
}

inline void check_hi(const Read& got) {
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.finish_reason == "stop");
  CHECK(got.deltas == "v:Hi");
}

// Requests.
inline ChatRequest chat_question() {
  ChatRequest request;
  request.model = "m-1";
  request.messages = {{Role::user, "hello"}};
  return request;
}

// The body of a request that the dialect accepts.
inline std::string chat_body(const Dialect& dialect, const ChatRequest& request) {
  const auto refusal = dialect.check(request);
  CHECK_MESSAGE(!refusal, (refusal ? refusal->message : std::string()));
  const EncodedRequest encoded = dialect.encode(request);
  CHECK(encoded.path == "/chat/completions");
  return encoded.body;
}

// "message; hint", or "accepted".
inline std::string chat_refusal(const Dialect& dialect, const ChatRequest& request) {
  const auto refusal = dialect.check(request);
  if (!refusal) return "accepted";
  return refusal->hint.empty() ? refusal->message : refusal->message + "; " + refusal->hint;
}

}  // namespace costwar::chat
