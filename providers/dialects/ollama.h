// The dialect of Ollama's own API (POST /api/chat), which tells what its API in OpenAI's shape does not: how
// long the model took to load, to read and to write. Settings travel in `options`, to whose members
// extra_body may add ({"options":{"num_ctx":8192}}); how long the model stays loaded is left to the server.
// An effort is `think`: "none" is false, "on" is true, the others are levels. Sources: Ollama API
// documentation, api/types.go of its source.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "providers/dialect.h"

namespace costwar {

inline constexpr std::array<std::string_view, 6> kOllamaEfforts{"none", "on", "low", "medium", "high", "max"};

std::unique_ptr<Dialect> make_ollama_dialect();

}  // namespace costwar
