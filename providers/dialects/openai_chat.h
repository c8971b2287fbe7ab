// The dialect of OpenAI's Chat Completions, which most servers speak. One encoder writes the requests of all
// of them; an OpenAiChatOptions says where an API differs, what it lacks (which `check` refuses, naming it)
// and what it adds. One file per API fills the options: deepseek.cpp, llama_server.cpp, ... Asks for a stream
// with usage; reads streams, whole answers where a server does not stream, and errors. Sources: OpenAI API
// reference (chat, streaming, errors), WHATWG HTML (event streams); of the other APIs: in their files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "providers/dialect.h"

namespace costwar {

// An effort that is sent under another name.
struct EffortAlias {
  std::string_view asked, sent;
};

enum class EffortStyle : std::uint8_t {
  reasoning_effort,  // "reasoning_effort": "high"
  thinking,          // DeepSeek: "thinking": {"type": ...} as well; "none" turns it off
  reasoning,         // OpenRouter: "reasoning": {"effort": "high"}
  unknown,           // the API has none: any is refused
};

enum class JsonAnswers : std::uint8_t { none, object, schema };  // what response_format may ask for
enum class ToolChoices : std::uint8_t { automatic, automatic_or_none, any };  // which tool_choice is honoured

struct OpenAiChatOptions {
  std::string_view api = "the API";  // as refusals call it

  EffortStyle effort_style = EffortStyle::reasoning_effort;
  std::span<const std::string_view> efforts{};  // what may be asked for; empty: not known to us, any is sent
  std::span<const EffortAlias> effort_aliases{};

  // Members that not all servers know, or not under one name. An empty name: the API has none.
  bool max_completion_tokens = false;      // else max_tokens, the name that older servers know
  bool can_hide_obfuscation = false;       // OpenAI pads chunks with random text unless told not to
  bool continuous_usage = false;           // vLLM, SGLang: the count so far on every chunk
  bool ask_for_cost = false;               // OpenRouter: "usage": {"include": true}
  std::string_view cache_key_member{};     // "prompt_cache_key"
  std::string_view cache_switch_member{};  // "cache_prompt": false keeps a prompt out of the cache
  std::string_view reasoning_member{};     // of assistant messages; empty: reasoning is not sent back
  bool reasoning_even_if_empty = false;    // in messages that call tools

  // What the API can express. An API without service classes takes "standard", which is what it has.
  std::optional<std::uint64_t> largest_seed = UINT64_MAX;  // nullopt: it takes none
  std::size_t most_stops = SIZE_MAX;
  JsonAnswers json_answers = JsonAnswers::schema;
  ToolChoices tool_choices = ToolChoices::any;
  bool parallel_tool_calls = true;  // whether it can be asked for or forbidden
  std::span<const std::string_view> service_classes{};
  std::string_view cold_cache_hint = "leave it out, or vary the prompts";  // where there is no switch

  // A further refusal that only this API has.
  std::optional<Refusal> (*refuse)(const ChatRequest& request) = nullptr;

  bool names_provider = false;         // gateways: "provider" names who answered
  std::string_view provider_header{};  // gateways: so does this header of the answer
};

std::unique_ptr<Dialect> make_openai_chat_dialect(OpenAiChatOptions options);

}  // namespace costwar
