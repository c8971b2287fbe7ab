// The built-in inference engine: a GGUF model of the architecture deepseek2 or llama, its vocabulary and its
// chat form, loaded from bytes or a mapped file. An Engine remembers one text at a time, so it is used by one
// thread at a time; it may compute with further threads of its own. Loaded from bytes it keeps no reference
// to them; opened from a file it may keep the mapping and use weights in place, and a file that is truncated
// meanwhile ends the process as any mapping does.
//
// Results are the same for every run on one machine and every number of threads. Processors of another kind,
// and weights in place instead of repacked, may round differently in the last bits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/model_card.h"
#include "providers/local/sampler.h"
#include "providers/local/tokenizer.h"
#include "providers/local/transformer.h"
#include "system/files.h"

namespace costwar::local {

struct EngineOptions {
  std::size_t context = 4096;  // longest text in tokens, where the model allows as much
  std::uint64_t memory_limit = std::uint64_t{4} << 30;  // bytes allocated; weights in place cost none
  std::size_t threads = 0;                        // 0: one for small models, all of the machine's for others
  WeightLayout layout = WeightLayout::automatic;  // of open(); load() always repacks
};

enum class StopReason : std::uint8_t {
  end,       // the model ended its answer
  length,    // max_tokens, or the end of the context
  callback,  // on_token said so
  cancelled,
};

struct GenerateRequest {
  std::vector<std::int32_t> prompt;  // not empty, shorter than Engine::context()
  std::size_t max_tokens = 256;      // 0: compute the prompt only
  SamplerSettings sampling;
  bool past_end = false;  // goes on where the model would end its answer
  // After each token, also the one that ends the answer; false stops.
  std::function<bool(std::int32_t token)> on_token;
  const std::atomic<bool>* cancel =
      nullptr;  // looked at before each token and between parts of a long prompt
};

// What one generation used, exactly. Times are of the engine's work alone, in nanoseconds of the monotonic
// clock. As in llama.cpp the first token belongs to the prompt phase: prefill_ns ends when it is chosen, and
// decode_ns is from there to the choice of the last one, so it is the time of tokens.size() - 1 tokens.
struct Generation {
  StopReason stop = StopReason::length;
  std::vector<std::int32_t> tokens;  // with the one that ended the answer: it was computed like the others
  std::size_t prompt_tokens = 0;     // computed ones: fewer than asked for after a cancellation
  std::int64_t prefill_ns = 0;
  std::int64_t decode_ns = 0;
  std::uint64_t flops = 0;
  std::vector<std::vector<std::uint64_t>> expert_use;  // [layer][expert]; empty for layers without experts
};

class Engine {
 public:
  // Error{input} that begins with `name` for anything that is not a complete model of a supported kind.
  static std::unique_ptr<Engine> load(std::span<const std::byte> bytes, const std::string& name,
                                      const EngineOptions& options = {});
  static std::unique_ptr<Engine> open(const std::filesystem::path& path, const EngineOptions& options = {});
  static std::unique_ptr<Engine> open(std::shared_ptr<const MappedFile> file, const std::string& name,
                                      const EngineOptions& options = {});

  const ModelFacts& shape() const { return shape_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  std::size_t context() const { return transformer_.capacity(); }
  std::size_t threads() const { return transformer_.threads(); }
  bool weights_in_place() const { return file_ != nullptr; }

  // Error{input} for a prompt that is empty, too long or has unknown tokens, and for a model whose weights
  // give values that are not finite.
  Generation generate(const GenerateRequest& request);

  // Logits of every position of a text, one row of the vocabulary each, in order.
  std::vector<float> logits(std::span<const std::int32_t> tokens);

 private:
  Engine(const Gguf& file, const EngineOptions& options, std::shared_ptr<const MappedFile> in_place);
  static std::unique_ptr<Engine> make(const Gguf& file, const EngineOptions& options,
                                      std::shared_ptr<const MappedFile> in_place);
  void check_tokens(std::span<const std::int32_t> tokens) const;
  bool prefill(const GenerateRequest& request, Generation& result, std::span<float> logits);

  std::shared_ptr<const MappedFile> file_;  // where weights are in place
  std::string name_;
  ModelFacts shape_;
  Tokenizer tokenizer_;
  Transformer transformer_;
};

}  // namespace costwar::local
