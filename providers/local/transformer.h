// A whole model ready to compute: embeddings, layers, output. It holds the weights, the cache of one text,
// scratch memory and threads of its own, and is used by one thread at a time; a text begins anew whenever
// position 0 is computed. Weights in place refer to the file's bytes; without them nothing does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "providers/local/layers.h"

namespace costwar::local {

struct TransformerOptions {
  std::size_t capacity = 4096;  // the longest text, where the model allows as much
  std::uint64_t memory_limit = std::uint64_t{4} << 30;
  std::size_t threads = 0;  // 0: what default_threads() says
  bool in_place = false;    // weights stay in the file's bytes, which then outlive the Transformer
};

// Threads that help: one where a token's weights are read faster than threads meet, else all of this
// machine's.
std::size_t default_threads(std::uint64_t weight_bytes_per_token);

class Transformer {
 public:
  // Error{input} for a file that cannot be computed or that needs more than memory_limit.
  Transformer(const Gguf& file, const TransformerOptions& options);

  std::size_t vocabulary() const { return model_.vocabulary; }
  std::size_t capacity() const { return capacity_; }
  std::size_t threads() const { return workspace_->compute.threads(); }

  // Computes tokens at positions first_position.. and, of the last `logit_rows` of them, `vocabulary()`
  // logits each. Tokens are in range, positions below capacity(), and what lies before first_position was
  // computed before.
  void run(std::span<const std::int32_t> tokens, std::size_t first_position, std::size_t logit_rows,
           float* logits);

  // Exact operations of run(), a multiply and an add counted as two; see model_shape.h.
  std::uint64_t flops(std::size_t tokens, std::size_t first_position, std::size_t logit_rows) const;

  // [layer][expert]: how often each was chosen since the last reset; empty for layers without experts.
  std::vector<std::vector<std::uint64_t>> expert_use() const;
  void reset_expert_use();

 private:
  struct Layer {
    Floats attention_norm, feed_forward_norm;
    std::unique_ptr<Attention> attention;
    std::unique_ptr<FeedForward> feed_forward;
  };
  void read_layers(WeightReader& weights);
  void normalise(const Floats& weight, std::size_t first, std::size_t tokens);
  void run_chunk(std::span<const std::int32_t> tokens, std::size_t first_position);

  HyperParameters model_;
  std::size_t capacity_;
  RopeTable rope_;
  std::unique_ptr<Workspace> workspace_;
  RowTable embedding_;
  std::vector<Layer> layers_;
  Floats output_norm_;
  Matrix output_;
  ModelShape shape_;                // for counting operations
  Floats state_, normed_, change_;  // kChunk rows
};

}  // namespace costwar::local
