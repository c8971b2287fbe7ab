// llama.cpp's llama-server. It keeps the prompt of a slot by default, so that a repeated prompt measures the
// cache; cache_prompt turns that off. Its own counts (`timings`) come in the last chunk beside the usage, and
// are compared with it. Progress of a long prompt is not asked for (return_progress); chunks that tell it
// hold no token. Seeds are 32 bits wide, and the largest means "choose one". Source: tools/server/README.md
// of ggml-org/llama.cpp.
#include "providers/dialects/chat_family.h"
#include "providers/dialects/openai_chat.h"

namespace costwar {

std::unique_ptr<Dialect> make_llama_server_dialect() {
  return make_openai_chat_dialect({.api = "llama-server",
                                   .cache_switch_member = "cache_prompt",
                                   .reasoning_member = "reasoning_content",
                                   .largest_seed = UINT32_MAX - 1});
}

}  // namespace costwar
