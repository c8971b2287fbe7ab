// OpenAI's own Chat Completions, Ollama's copy of it, and servers of which no more is known than that they
// speak it. Sources: OpenAI API reference (create chat completion: service_tier, prompt_cache_key, at most 4
// stop sequences, stream_options.include_obfuscation), Ollama's documentation of its OpenAI compatibility.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"

namespace costwar {
namespace {
constexpr std::array<std::string_view, 3> kOpenAiClasses{"standard", "flex", "priority"};
}

std::unique_ptr<Dialect> make_openai_dialect() {
  return make_openai_chat_dialect(
      {.api = "OpenAI",
       .efforts = kOpenAiEfforts,
       .max_completion_tokens = true,
       .can_hide_obfuscation = true,
       .cache_key_member = "prompt_cache_key",
       .largest_seed = INT64_MAX,
       .most_stops = 4,
       .service_classes = kOpenAiClasses,
       .cold_cache_hint = "OpenAI caches long prompts by itself: vary the prompts"});
}

// It leaves the tool choice to the model and has no switch of its prompt cache; seeds are 32 bits wide.
std::unique_ptr<Dialect> make_ollama_chat_dialect() {
  return make_openai_chat_dialect({.api = "Ollama's OpenAI API",
                                   .efforts = kOllamaChatEfforts,
                                   .largest_seed = UINT32_MAX,
                                   .tool_choices = ToolChoices::automatic,
                                   .parallel_tool_calls = false});
}

std::unique_ptr<Dialect> make_compatible_dialect() {
  return make_openai_chat_dialect({.api = "a server with OpenAI's API"});
}

}  // namespace costwar
