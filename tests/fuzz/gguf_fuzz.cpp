// Any bytes given to the reader of GGUF files, to the reader of model shapes and to the engine's loader give
// a model or an Error, nothing else. A model that loads computes a few tokens too. Seeds:
// tests/golden/engine/*.gguf.
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/error.h"
#include "providers/local/engine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace costwar;
  using namespace costwar::local;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    read_model_shape(Gguf::parse(bytes, "fuzz"));
  } catch (const Error&) {
  }
  try {
    EngineOptions options;
    options.context = 64;
    options.memory_limit = std::uint64_t{1} << 26;
    const auto engine = Engine::load(bytes, "fuzz", options);
    GenerateRequest request;
    request.prompt = {1, 2, 3};
    request.max_tokens = 2;
    engine->generate(request);
  } catch (const Error&) {
  }
  return 0;
}
