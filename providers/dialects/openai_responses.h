// The dialect of OpenAI's Responses API (POST /responses), which DeepSeek and other servers speak as well.
// Asks for a stream and for nothing to be stored. The first system message travels as `instructions`, later
// ones as items in their place. Reasoning goes back only where an API takes it as text: OpenAI takes its own
// encrypted items alone, which a request here does not hold, so it is left out there. Sources: OpenAI API
// reference (Responses, its streaming events), DeepSeek API documentation.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>

#include "providers/dialect.h"

namespace costwar {

// Where servers of this dialect differ.
struct OpenAiResponsesOptions {
  std::string_view api = "OpenAI Responses";            // in refusals
  std::span<const std::string_view> efforts{};          // those that the API knows; empty: any is sent
  std::span<const std::string_view> service_classes{};  // for service_tier; empty: all is standard
  bool takes_cache_key = false;                         // prompt_cache_key
  bool takes_reasoning = false;                         // reasoning items with plain text
  bool takes_schemas = true;                            // text.format of the type json_schema
  bool takes_parallel_calls = true;                     // parallel_tool_calls
  bool samples_while_thinking = true;  // else temperature and top_p count for the effort "none" alone
  bool can_hide_obfuscation = false;   // OpenAI pads events with random text unless told not to
};

std::unique_ptr<Dialect> make_responses_dialect(OpenAiResponsesOptions options);

inline constexpr std::array<std::string_view, 7> kOpenAiResponsesEfforts{"none", "minimal", "low", "medium",
                                                                         "high", "xhigh",   "max"};
inline constexpr std::array<std::string_view, 4> kDeepSeekResponsesEfforts{"none", "low", "high", "max"};

std::unique_ptr<Dialect> make_openai_responses_dialect();    // at OpenAI
std::unique_ptr<Dialect> make_deepseek_responses_dialect();  // at DeepSeek

}  // namespace costwar
