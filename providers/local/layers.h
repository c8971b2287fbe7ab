// The parts of a transformer layer: rotary positions, attention over a cache, and the two kinds of
// feed-forward network (dense, and routed experts with a shared one). Each owns its weights; threads and
// scratch memory for kChunk tokens are a Workspace that all layers share, one layer at a time. Rows are
// tokens; every function gives bit for bit the same values for a token whether it is computed alone or among
// others, by one thread or by several.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "providers/local/compute.h"
#include "providers/local/kv_cache.h"
#include "providers/local/model_shape.h"
#include "providers/local/router.h"
#include "providers/local/tensor.h"

namespace costwar::local {

inline constexpr std::size_t kChunk = 96;  // tokens computed at once in a prompt

// What layers compute with; outlives them. The names say what attention keeps there.
struct Workspace {
  explicit Workspace(std::size_t threads) : compute(threads) {}

  Compute compute;
  Operand input, second, third, fourth;
  Floats low_queries, queries, keys, values, absorbed, attended, scores;
  Floats router, gathered, hidden, results;
};

// Rotates adjacent pairs (2i, 2i + 1) by position * base^(-2i / size) (RoFormer, arXiv:2104.09864).
class RopeTable {
 public:
  RopeTable() = default;
  RopeTable(std::size_t size, float base, std::size_t positions);
  void apply(float* x, std::size_t position) const;

 private:
  std::size_t size_ = 0;
  std::vector<float> cosines_, sines_;
};

// Causal attention of `rows` query rows, `heads_per_token` consecutive ones of each token from
// `first_position` on, over the cache, which already holds those tokens. Queries are scaled by the caller.
struct AttentionTask {
  const KvCache* cache = nullptr;
  Rows queries{nullptr, 0};
  MutableRows out{nullptr, 0};
  std::size_t rows = 0;
  std::size_t heads_per_token = 1;
};
void attend(Workspace& workspace, std::span<const AttentionTask> tasks, std::size_t first_position,
            std::size_t capacity);
std::size_t score_floats(std::size_t capacity, std::size_t threads);  // of Workspace::scores

// Attention of one layer, with its projections. x and out have `width` floats a row. The table is only
// referred to until the first run().
class Attention {
 public:
  virtual ~Attention() = default;
  virtual void run(Operand& x, MutableRows out, std::size_t first_position) = 0;
};
std::unique_ptr<Attention> make_latent_attention(WeightReader& weights, const HyperParameters& model,
                                                 std::size_t layer, std::size_t capacity,
                                                 const RopeTable& rope, Workspace& workspace);
std::unique_ptr<Attention> make_grouped_attention(WeightReader& weights, const HyperParameters& model,
                                                  std::size_t layer, std::size_t capacity,
                                                  const RopeTable& rope, Workspace& workspace);

class FeedForward {
 public:
  virtual ~FeedForward() = default;
  virtual void run(Operand& x, MutableRows out) = 0;
  // How often each expert was chosen since the last reset; empty for a dense network.
  virtual const std::vector<std::uint64_t>& expert_use() const = 0;
  virtual void reset_expert_use() = 0;
};

std::unique_ptr<FeedForward> make_dense(WeightReader& weights, const HyperParameters& model,
                                        std::size_t layer, Workspace& workspace);
std::unique_ptr<FeedForward> make_experts(WeightReader& weights, const HyperParameters& model,
                                          std::size_t layer, Workspace& workspace);

}  // namespace costwar::local
