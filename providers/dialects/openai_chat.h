// The dialect of OpenAI's Chat Completions, which most servers speak: DeepSeek, Ollama's /v1, vLLM, SGLang,
// llama-server. Asks for a stream with usage; reads streams, whole answers where a server does not stream,
// and errors. Sources: OpenAI API reference (chat, streaming, errors), DeepSeek API documentation, WHATWG
// HTML (event streams).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "providers/dialect.h"
#include "providers/dialects/openai_chat_answer.h"

namespace costwar {

// Where servers of this dialect differ.
struct OpenAiChatOptions {
  enum class EffortStyle {
    reasoning_effort,  // "reasoning_effort": "high"
    thinking,          // DeepSeek: "thinking": {"type": ...} as well; "none" turns it off
  };
  EffortStyle effort_style = EffortStyle::reasoning_effort;
  std::span<const std::string_view>
      efforts{};                       // those that the API knows; empty: not known to us, any is sent
  bool max_completion_tokens = false;  // else max_tokens, the name that older servers know
  bool can_hide_obfuscation = false;   // OpenAI pads chunks with random text unless told not to
  OpenAiChatExtras extras{};
  bool takes_seed = true;  // else the request's seed is left out: it is a hint everywhere
};

std::unique_ptr<Dialect> make_openai_chat_dialect(OpenAiChatOptions options);

}  // namespace costwar
