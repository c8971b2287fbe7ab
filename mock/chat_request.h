// A chat completion request as the mock understands it: what decides its reply, nothing else. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace costwar::mock {

struct ChatAsk {
  std::string model;
  std::string prompt;               // text of the last user message; empty when there is none
  std::uint64_t prompt_tokens = 0;  // over the text of all messages, at least 1
  bool stream = false;
  bool include_usage = false;
  bool reasoning = true;                  // reasoning_effort is not "none"
  std::size_t choices = 1;                // 1..8
  std::uint64_t max_tokens = UINT64_MAX;  // max_completion_tokens, else max_tokens
  std::string service_tier = "default";   // as asked for; "auto" is "default"
};

struct ChatProblem {
  std::string message;
  std::string param;  // empty: null
};

std::variant<ChatAsk, ChatProblem> read_chat_request(std::string_view body);

}  // namespace costwar::mock
