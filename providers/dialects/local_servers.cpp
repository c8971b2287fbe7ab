// Two servers of mixture-of-experts models on one machine that speak a part of Chat Completions and skip the
// members that they do not know, which is why those are refused here.
//
// KTransformers' own server reads messages, sampling, tools and the limit of tokens; a KTransformers that
// serves through SGLang is asked as sglang+http://... . Sources: doc/en/balance-serve.md and
// ktransformers/server/schemas of kvcache-ai/ktransformers.
//
// ds4 serves DeepSeek V4 and thinks by default, at two efforts; other words for them mean one of the two. It
// honours the tool choice "none" alone and reads no response format. Sources: docs/SERVER.md and ds4_server.c
// of antirez/ds4.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"

namespace costwar {

std::unique_ptr<Dialect> make_ktransformers_dialect() {
  return make_openai_chat_dialect({.api = "KTransformers",
                                   .effort_style = EffortStyle::unknown,
                                   .largest_seed = std::nullopt,
                                   .most_stops = 0,
                                   .json_answers = JsonAnswers::none,
                                   .tool_choices = ToolChoices::automatic,
                                   .parallel_tool_calls = false});
}

std::unique_ptr<Dialect> make_ds4_dialect() {
  return make_openai_chat_dialect({.api = "ds4",
                                   .effort_style = EffortStyle::thinking,
                                   .efforts = kDs4Efforts,
                                   .reasoning_member = "reasoning_content",
                                   .largest_seed = INT64_MAX,
                                   .json_answers = JsonAnswers::none,
                                   .tool_choices = ToolChoices::automatic_or_none,
                                   .parallel_tool_calls = false});
}

}  // namespace costwar
