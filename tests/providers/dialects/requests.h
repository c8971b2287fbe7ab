// Requests to try a dialect with, and what it makes of one.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "providers/dialect.h"

namespace costwar {

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
