// vLLM. continuous_usage_stats puts the count so far on every chunk, so that the tokens of a chunk are known
// where speculation or an interval puts several into one. A cache salt keeps prefix caches apart. Reasoning
// comes as `reasoning`, earlier as `reasoning_content`; both are read. An error after the headers is a frame
// with `error` and then [DONE]. Source: vllm/entrypoints/openai/chat_completion/protocol.py of
// vllm-project/vllm.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"

namespace costwar {

std::unique_ptr<Dialect> make_vllm_dialect() {
  return make_openai_chat_dialect({.api = "vLLM",
                                   .efforts = kEngineEfforts,
                                   .max_completion_tokens = true,
                                   .continuous_usage = true,
                                   .cache_key_member = "cache_salt",
                                   .reasoning_member = "reasoning",
                                   .largest_seed = INT64_MAX,
                                   .cold_cache_hint = "a fresh cache key has a cold cache"});
}

}  // namespace costwar
