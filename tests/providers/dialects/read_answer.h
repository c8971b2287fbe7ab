// Reads an answer of any dialect whole and in pieces of one byte, and checks that both come to the same.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "providers/dialect.h"

namespace costwar {

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body;
  HttpEnd::Kind end = HttpEnd::Kind::ok;
};

struct Read {
  Attempt attempt;
  std::string deltas;  // r:..., v:..., t:... of each piece, joined with ' '

  std::optional<std::int64_t> count(Meter meter) const {
    const auto& value = attempt.usage[meter];
    return value ? std::optional(value->value) : std::nullopt;
  }
};

inline Read read_in(std::unique_ptr<AnswerReader> reader, const Answer& answer, std::size_t piece) {
  Read out;
  const auto hear = [&](CallEvent::Kind kind, std::string_view text) {
    if (!out.deltas.empty()) out.deltas += ' ';
    out.deltas += std::array{'r', 'v', 't'}[static_cast<std::size_t>(kind)];
    out.deltas += ':';
    out.deltas += text;
  };
  if (answer.status != 0) reader->head(HttpHead{answer.status, answer.headers}, Wall{});
  const std::string_view bytes = answer.body;
  for (std::size_t at = 0; at < bytes.size(); at += piece) reader->bytes(bytes.substr(at, piece), hear);
  const std::string message = answer.end == HttpEnd::Kind::ok ? "" : "connection reset by peer";
  out.attempt = reader->finish(HttpEnd{answer.end, message, 100, false}, hear);
  return out;
}

template <typename MakeReader>
Read read_answer(const MakeReader& make_reader, const Answer& answer) {
  Read whole = read_in(make_reader(), answer, answer.body.size() + 1);
  const Read bytewise = read_in(make_reader(), answer, 1);
  CHECK(whole.deltas == bytewise.deltas);
  CHECK(whole.attempt.outcome == bytewise.attempt.outcome);
  CHECK(whole.attempt.text == bytewise.attempt.text);
  CHECK(whole.attempt.reasoning_text == bytewise.attempt.reasoning_text);
  CHECK(whole.attempt.tool_calls == bytewise.attempt.tool_calls);
  CHECK(whole.attempt.usage == bytewise.attempt.usage);
  CHECK(whole.attempt.notes == bytewise.attempt.notes);
  CHECK(whole.attempt.error_message == bytewise.attempt.error_message);
  return whole;
}

// The body of a request that the dialect accepts.
inline std::string body_of(const Dialect& dialect, const ChatRequest& request) {
  if (const auto refusal = dialect.check(request)) FAIL(refusal->message);
  return dialect.encode(request).body;
}

// What the dialect says of a request that it does not accept, with its hint after " | ".
inline std::string refusal_of(const Dialect& dialect, const ChatRequest& request) {
  const auto refusal = dialect.check(request);
  if (!refusal) return "";
  return refusal->hint.empty() ? refusal->message : refusal->message + " | " + refusal->hint;
}

// A request that every dialect can express.
inline ChatRequest plain_request() {
  ChatRequest request;
  request.model = "m-1";
  request.messages = {{Role::user, "2+2?"}};
  request.max_output_tokens = 64;
  return request;
}

// A turn with two calls of a tool and their results, then a question.
inline ChatRequest tool_request() {
  ChatRequest request = plain_request();
  Message calls{Role::assistant, "Let me see."};
  calls.reasoning = "two sums";
  calls.tool_calls = {{"c1", "add", R"({"a":1})"}, {"c2", "add", ""}};
  Message first{Role::tool, "3"};
  first.tool_call_id = "c1";
  Message second{Role::tool, "4"};
  second.tool_call_id = "c2";
  request.messages = {{Role::system, "be short"}, {Role::user, "add"}, calls, first, second};
  request.tools = {{"add", "adds", R"({"type":"object","properties":{"a":{"type":"integer"}}})"},
                   {"now", "", ""}};
  return request;
}

}  // namespace costwar
