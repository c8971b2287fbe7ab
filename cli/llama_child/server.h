// The child of this program that computes a weight file with llama.cpp's library, behind the part of
// llama-server's API that costwar asks: /health, /props, /metrics, /v1/models, /v1/chat/completions (streams,
// with usage and timings), and /bits of its own. A process and nothing else: threads block, one request
// computes at a time, and whatever the library does to it, its parent sees as the end of a child.
#pragma once

#include <string>

#include "cli/llama_child/model.h"

namespace costwar::cli {

struct LlamaChildSettings {
  LlamaSettings model;
  std::string socket;  // path of the UNIX socket to listen at
};

// Listens, loads, and serves until the process is ended. Error{input} for what cannot be listened at or
// loaded.
[[noreturn]] void serve_llama(const LlamaChildSettings& settings);

}  // namespace costwar::cli
