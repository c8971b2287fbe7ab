// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434) in its absorbed form: what is cached of a
// position is the normalised latent and one rotated key part for all heads; queries are carried into the
// latent space through attn_k_b and results out of it through attn_v_b. The cache is then that of one head of
// latent_size + rope_size values, as the architecture intends, and its cost per position is what a DeepSeek
// server pays.
#include <algorithm>
#include <cmath>

#include "providers/local/layers.h"

namespace costwar::local {

namespace {

class LatentAttention final : public Attention {
 public:
  LatentAttention(WeightReader& weights, const HyperParameters& model, std::size_t layer,
                  std::size_t capacity, const RopeTable& rope, Workspace& workspace)
      : model_(model), rope_(rope), work_(workspace), capacity_(capacity) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    const std::size_t queries = model.heads * (model.nope_size + model.rope_size);
    if (model.query_rank > 0) {
      query_a_ = weights.matrix(prefix + "attn_q_a.weight", model.width, model.query_rank);
      query_a_norm_ = weights.vector(prefix + "attn_q_a_norm.weight", model.query_rank);
      query_ = weights.matrix(prefix + "attn_q_b.weight", model.query_rank, queries);
    } else {
      query_ = weights.matrix(prefix + "attn_q.weight", model.width, queries);
    }
    const std::size_t key_size = model.latent_size + model.rope_size;
    latent_ = weights.matrix(prefix + "attn_kv_a_mqa.weight", model.width, key_size);
    latent_norm_ = weights.vector(prefix + "attn_kv_a_norm.weight", model.latent_size);
    if (model.merged_kv) {
      read_merged(weights, prefix + "attn_kv_b.weight");
    } else {
      key_ = weights.matrices(prefix + "attn_k_b.weight", model.nope_size, model.latent_size, model.heads);
      value_ = weights.matrices(prefix + "attn_v_b.weight", model.latent_size, model.value_size, model.heads);
    }
    output_ = weights.matrix(prefix + "attn_output.weight", model.heads * model.value_size, model.width);
    weights.reserve(KvCache::bytes_for(key_size, model.latent_size, capacity));
    cache_ = KvCache(key_size, model.latent_size, capacity);
    weights.enlarge(work_.low_queries, kChunk * model.query_rank);
    weights.enlarge(work_.queries, kChunk * queries);
    weights.enlarge(work_.keys, kChunk * key_size);
    weights.enlarge(work_.absorbed, kChunk * model.heads * key_size);
    weights.enlarge(work_.attended, kChunk * model.heads * model.latent_size);
    weights.enlarge(work_.values, kChunk * model.heads * model.value_size);
  }

  void run(Operand& x, MutableRows out, std::size_t first_position) override {
    const std::size_t tokens = x.rows(), latent = model_.latent_size, heads = model_.heads;
    project(x, first_position);
    const AttentionTask task{&cache_,
                             {work_.absorbed.data(), cache_.key_size()},
                             {work_.attended.data(), latent},
                             tokens * heads,
                             heads};
    attend(work_, {&task, 1}, first_position, capacity_);
    work_.second.set({work_.attended.data(), latent}, latent, tokens * heads);
    products_.clear();
    for (std::size_t h = 0; h < heads; ++h)
      products_.push_back({&value_[h],
                           &work_.second,
                           {work_.values.data() + h * model_.value_size, heads * model_.value_size},
                           tokens,
                           h,
                           heads});
    work_.compute.multiply(products_);
    work_.third.set({work_.values.data(), heads * model_.value_size}, heads * model_.value_size, tokens);
    work_.compute.multiply(output_, work_.third, out);
  }

 private:
  // Older files hold, per head, nope_size rows for keys and value_size rows for values, each over the latent.
  void read_merged(WeightReader& weights, const std::string& name) {
    const std::size_t per_head = model_.nope_size + model_.value_size, latent = model_.latent_size;
    constexpr auto kFloats = TensorType::f32;
    weights.reserve(model_.heads * (Matrix::repacked_bytes(kFloats, model_.nope_size, latent) +
                                    Matrix::repacked_bytes(kFloats, latent, model_.value_size)));
    const Floats rows = weights.rows(name, latent, model_.heads * per_head);
    for (std::size_t h = 0; h < model_.heads; ++h) {
      const float* const head = rows.data() + h * per_head * latent;
      Matrix& key = key_.emplace_back(model_.nope_size, latent);
      for (std::size_t i = 0; i < model_.nope_size; ++i)
        for (std::size_t l = 0; l < latent; ++l) key.set(l, i, head[i * latent + l]);
      Matrix& value = value_.emplace_back(latent, model_.value_size);
      for (std::size_t v = 0; v < model_.value_size; ++v)
        value.set_row(v, head + (model_.nope_size + v) * latent);
    }
  }

  // Queries into the latent space, and the keys of these tokens into the cache.
  void project(Operand& x, std::size_t first_position) {
    const std::size_t tokens = x.rows(), key = cache_.key_size();
    const std::size_t head = model_.nope_size + model_.rope_size, all = model_.heads * head;
    const bool compressed = model_.query_rank > 0;
    const MutableRows queries{work_.queries.data(), all}, low{work_.low_queries.data(), model_.query_rank};
    const Product first[2] = {{&latent_, &x, {work_.keys.data(), key}, tokens},
                              {compressed ? &query_a_ : &query_, &x, compressed ? low : queries, tokens}};
    work_.compute.multiply(first);
    remember(tokens, first_position);
    if (compressed) {
      for (std::size_t t = 0; t < tokens; ++t) {
        float* const row = low.data + t * low.stride;
        kernels().rms_norm(row, query_a_norm_.data(), row, low.stride, model_.epsilon);
      }
      work_.second.set({low.data, low.stride}, low.stride, tokens);
      work_.compute.multiply(query_, work_.second, queries);
    }
    absorb(tokens, first_position);
  }

  void remember(std::size_t tokens, std::size_t first_position) {
    for (std::size_t t = 0; t < tokens; ++t) {
      float* const key = work_.keys.data() + t * cache_.key_size();
      kernels().rms_norm(key, latent_norm_.data(), key, model_.latent_size, model_.epsilon);
      rope_.apply(key + model_.latent_size, first_position + t);
      cache_.store(first_position + t, key, key);
    }
  }

  void absorb(std::size_t tokens, std::size_t first_position) {
    const std::size_t head = model_.nope_size + model_.rope_size, heads = model_.heads;
    const std::size_t key = cache_.key_size();
    const float scale = 1.0f / std::sqrt(static_cast<float>(head));
    for (std::size_t i = 0; i < tokens * heads * head; ++i) work_.queries[i] *= scale;
    work_.third.set({work_.queries.data(), head}, model_.nope_size, tokens * heads);
    products_.clear();
    for (std::size_t h = 0; h < heads; ++h)
      products_.push_back(
          {&key_[h], &work_.third, {work_.absorbed.data() + h * key, heads * key}, tokens, h, heads});
    work_.compute.multiply(products_);
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t h = 0; h < heads; ++h) {
        float* const rotated = work_.queries.data() + (t * heads + h) * head + model_.nope_size;
        rope_.apply(rotated, first_position + t);
        std::copy_n(rotated, model_.rope_size,
                    work_.absorbed.data() + (t * heads + h) * key + model_.latent_size);
      }
    }
  }

  const HyperParameters& model_;
  const RopeTable& rope_;
  Workspace& work_;
  std::size_t capacity_;
  KvCache cache_;
  Matrix query_a_, query_, latent_, output_;
  Floats query_a_norm_, latent_norm_;
  std::vector<Matrix> key_, value_;  // per head
  std::vector<Product> products_;
};

}  // namespace

std::unique_ptr<Attention> make_latent_attention(WeightReader& weights, const HyperParameters& model,
                                                 std::size_t layer, std::size_t capacity,
                                                 const RopeTable& rope, Workspace& workspace) {
  return std::make_unique<LatentAttention>(weights, model, layer, capacity, rope, workspace);
}

}  // namespace costwar::local
