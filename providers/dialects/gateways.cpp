// Gateways: Chat Completions in front of other vendors' APIs.
//
// OpenRouter says which provider answered, what it charged (`usage.cost`, in its credits) and the finish
// reason as that provider gave it; an error of the provider comes in a chunk, at the top or inside its
// choice. Sources: openrouter.ai/docs, the pages on streaming, errors, usage accounting and provider routing,
// and the request schema of OpenRouterTeam/typescript-sdk.
//
// The LiteLLM proxy passes on what the model behind it understands. It prints Anthropic's names of cached
// tokens beside prompt_tokens, which includes them. The address of the API that answered stands in a header.
// Source: docs.litellm.ai (the pages on the proxy's response headers), and its issues on cached tokens.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"

namespace costwar {
namespace {
constexpr std::array<std::string_view, 3> kClasses{"standard", "flex", "priority"};
constexpr std::string_view kColdCache = "the provider behind it caches as it likes: vary the prompts";
}  // namespace

std::unique_ptr<Dialect> make_openrouter_dialect() {
  return make_openai_chat_dialect({.api = "OpenRouter",
                                   .effort_style = EffortStyle::reasoning,
                                   .efforts = kOpenAiEfforts,
                                   .max_completion_tokens = true,
                                   .ask_for_cost = true,
                                   .reasoning_member = "reasoning",
                                   .largest_seed = INT64_MAX,
                                   .most_stops = 4,
                                   .service_classes = kClasses,
                                   .cold_cache_hint = kColdCache,
                                   .names_provider = true});
}

std::unique_ptr<Dialect> make_litellm_dialect() {
  return make_openai_chat_dialect({.api = "the LiteLLM proxy",
                                   .cache_key_member = "prompt_cache_key",
                                   .reasoning_member = "reasoning_content",
                                   .service_classes = kClasses,
                                   .cold_cache_hint = kColdCache,
                                   .names_provider = true,
                                   .provider_header = "x-litellm-model-api-base"});
}

}  // namespace costwar
