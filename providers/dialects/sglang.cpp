// SGLang. As vLLM, but reasoning is `reasoning_content`, and an answer that the server gave up has the finish
// reason "abort". Cached tokens are only told where it was started with --enable-cache-report. Source:
// python/sglang/srt/entrypoints/openai/protocol.py of sgl-project/sglang.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"

namespace costwar {

std::unique_ptr<Dialect> make_sglang_dialect() {
  return make_openai_chat_dialect({.api = "SGLang",
                                   .efforts = kEngineEfforts,
                                   .max_completion_tokens = true,
                                   .continuous_usage = true,
                                   .cache_key_member = "cache_salt",
                                   .reasoning_member = "reasoning_content",
                                   .largest_seed = INT64_MAX,
                                   .cold_cache_hint = "a fresh cache key has a cold cache"});
}

}  // namespace costwar
