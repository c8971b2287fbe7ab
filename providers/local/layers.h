// The parts of a transformer layer: rotary positions, attention over a cache, and the two kinds of
// feed-forward network (dense, and routed experts with a shared one). Each owns its weights and scratch
// memory, sized once for kChunk tokens, so one thread at a time. Rows are tokens; every function gives bit
// for bit the same values for a token whether it is computed alone or among others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "providers/local/kv_cache.h"
#include "providers/local/model_shape.h"
#include "providers/local/router.h"
#include "providers/local/tensor.h"

namespace costwar::local {

inline constexpr std::size_t kChunk = 64;  // tokens computed at once in a prompt

inline void multiply(const PackedMatrix& w, Rows x, MutableRows y, std::size_t rows) {
  kernels().matmul(w.view(), x, y, rows);
}

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
class AttentionOver {
 public:
  AttentionOver() = default;
  explicit AttentionOver(std::size_t capacity);
  void run(const KvCache& cache, Rows queries, MutableRows out, std::size_t rows, std::size_t heads_per_token,
           std::size_t first_position);
  static std::uint64_t bytes_for(std::size_t capacity);

 private:
  std::size_t stride_ = 0;
  Floats scores_;
};

// Attention of one layer, with its projections. x and out have `width` floats a row. The table and the scores
// that all layers share are only referred to until the first run().
class Attention {
 public:
  virtual ~Attention() = default;
  virtual void run(Rows x, MutableRows out, std::size_t tokens, std::size_t first_position) = 0;
};
std::unique_ptr<Attention> make_latent_attention(WeightReader& weights, const HyperParameters& model,
                                                 std::size_t layer, std::size_t capacity,
                                                 const RopeTable& rope, AttentionOver& shared);
std::unique_ptr<Attention> make_grouped_attention(WeightReader& weights, const HyperParameters& model,
                                                  std::size_t layer, std::size_t capacity,
                                                  const RopeTable& rope, AttentionOver& shared);

class FeedForward {
 public:
  virtual ~FeedForward() = default;
  virtual void run(Rows x, MutableRows out, std::size_t tokens) = 0;
  // How often each expert was chosen since the last reset; empty for a dense network.
  virtual const std::vector<std::uint64_t>& expert_use() const = 0;
  virtual void reset_expert_use() = 0;
};

// silu(gate x) * (up x), projected down.
class GatedNetwork {
 public:
  GatedNetwork(PackedMatrix gate, PackedMatrix up, PackedMatrix down);
  void run(Rows x, MutableRows out, std::size_t tokens, Floats& scratch) const;
  std::size_t hidden() const { return gate_.outputs(); }

 private:
  PackedMatrix gate_, up_, down_;
};

std::unique_ptr<FeedForward> make_dense(WeightReader& weights, const HyperParameters& model,
                                        std::size_t layer);
std::unique_ptr<FeedForward> make_experts(WeightReader& weights, const HyperParameters& model,
                                          std::size_t layer);

}  // namespace costwar::local
