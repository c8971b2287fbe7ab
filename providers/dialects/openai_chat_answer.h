// How an answer of Chat Completions is read: chunks of a stream, or one whole answer.
#pragma once

#include <memory>
#include <string_view>

#include "providers/dialect.h"

namespace costwar {

// What some servers of this dialect print beside OpenAI's own members.
struct OpenAiChatExtras {
  bool provider = false;               // gateways: "provider" names who answered
  std::string_view provider_header{};  // gateways: so does this header
  bool continuous_usage = false;       // the usage of each chunk counts what was sent so far
};

std::unique_ptr<AnswerReader> make_openai_chat_reader(OpenAiChatExtras extras = {});

}  // namespace costwar
