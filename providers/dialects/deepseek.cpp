// DeepSeek's Chat Completions. Thinking is on unless the effort is "none", and then has an effort of its own;
// the model's reasoning goes back with the messages that called tools, without which the server answers 400.
// `user_id` keeps caches apart, so it carries the cache key. Sources: api-docs.deepseek.com, the guides on
// thinking mode, context caching, JSON output and rate limits, and the reference of the chat completion.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"
#include "providers/wire/request_json.h"

namespace costwar {
namespace {

constexpr std::string_view kDeepSeekApi = "DeepSeek";

// What the server would make of them; sent as what they are, so that the request says what is measured.
constexpr std::array kAliases{EffortAlias{"minimal", "low"}, EffortAlias{"medium", "high"},
                              EffortAlias{"xhigh", "high"}, EffortAlias{"ultra", "max"}};

// Both are taken and ignored while the model thinks, so a run "at temperature 0" would not be one.
std::optional<Refusal> refuse_sampling_of_thought(const ChatRequest& request) {
  if (request.effort == "none") return std::nullopt;
  constexpr std::string_view kHint = "leave it out, or turn thinking off with @none";
  if (request.temperature) return wire::cannot_express(kDeepSeekApi, "a temperature in thinking mode", kHint);
  if (request.top_p) return wire::cannot_express(kDeepSeekApi, "top_p in thinking mode", kHint);
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Dialect> make_deepseek_dialect() {
  return make_openai_chat_dialect({.api = kDeepSeekApi,
                                   .effort_style = EffortStyle::thinking,
                                   .efforts = kDeepSeekEfforts,
                                   .effort_aliases = kAliases,
                                   .cache_key_member = "user_id",
                                   .reasoning_member = "reasoning_content",
                                   .reasoning_even_if_empty = true,
                                   .largest_seed = std::nullopt,
                                   .most_stops = 16,
                                   .json_answers = JsonAnswers::object,
                                   .parallel_tool_calls = false,
                                   .cold_cache_hint = "a fresh cache key has a cold cache",
                                   .refuse = refuse_sampling_of_thought});
}

std::size_t deepseek_account_limit(std::string_view model) {
  return model.find("flash") != std::string_view::npos ? 2500 : 500;  // pro, and what we do not know
}

}  // namespace costwar
