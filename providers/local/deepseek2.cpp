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
                  std::size_t capacity, const RopeTable& rope, AttentionOver& over)
      : model_(model), rope_(rope), over_(over) {
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
    query_low_ = weights.scratch(kChunk * model.query_rank);
    queries_ = weights.scratch(kChunk * queries);
    keys_ = weights.scratch(kChunk * key_size);
    absorbed_ = weights.scratch(kChunk * model.heads * key_size);
    attended_ = weights.scratch(kChunk * model.heads * model.latent_size);
    values_ = weights.scratch(kChunk * model.heads * model.value_size);
  }

  void run(Rows x, MutableRows out, std::size_t tokens, std::size_t first_position) override {
    remember(x, tokens, first_position);
    project_queries(x, tokens, first_position);
    const std::size_t latent = model_.latent_size, heads = model_.heads;
    over_.run(cache_, {absorbed_.data(), cache_.key_size()}, {attended_.data(), latent}, tokens * heads,
              heads, first_position);
    for (std::size_t h = 0; h < heads; ++h)
      multiply(value_[h], {attended_.data() + h * latent, heads * latent},
               {values_.data() + h * model_.value_size, heads * model_.value_size}, tokens);
    multiply(output_, {values_.data(), heads * model_.value_size}, out, tokens);
  }

 private:
  // Older files hold, per head, nope_size rows for keys and value_size rows for values, each over the latent.
  void read_merged(WeightReader& weights, const std::string& name) {
    const std::size_t per_head = model_.nope_size + model_.value_size, latent = model_.latent_size;
    weights.reserve(model_.heads * (PackedMatrix::bytes_for(model_.nope_size, latent) +
                                    PackedMatrix::bytes_for(latent, model_.value_size)));
    const Floats rows = weights.rows(name, latent, model_.heads * per_head);
    for (std::size_t h = 0; h < model_.heads; ++h) {
      const float* const head = rows.data() + h * per_head * latent;
      PackedMatrix& key = key_.emplace_back(model_.nope_size, latent);
      for (std::size_t i = 0; i < model_.nope_size; ++i)
        for (std::size_t l = 0; l < latent; ++l) key.set(l, i, head[i * latent + l]);
      PackedMatrix& value = value_.emplace_back(latent, model_.value_size);
      for (std::size_t v = 0; v < model_.value_size; ++v)
        value.set_row(v, head + (model_.nope_size + v) * latent);
    }
  }

  void remember(Rows x, std::size_t tokens, std::size_t first_position) {
    multiply(latent_, x, {keys_.data(), cache_.key_size()}, tokens);
    for (std::size_t t = 0; t < tokens; ++t) {
      float* const key = keys_.data() + t * cache_.key_size();
      kernels().rms_norm(key, latent_norm_.data(), key, model_.latent_size, model_.epsilon);
      rope_.apply(key + model_.latent_size, first_position + t);
      cache_.store(first_position + t, key, key);
    }
  }

  void project_queries(Rows x, std::size_t tokens, std::size_t first_position) {
    const std::size_t head = model_.nope_size + model_.rope_size, all = model_.heads * head;
    if (model_.query_rank > 0) {
      multiply(query_a_, x, {query_low_.data(), model_.query_rank}, tokens);
      for (std::size_t t = 0; t < tokens; ++t) {
        float* const low = query_low_.data() + t * model_.query_rank;
        kernels().rms_norm(low, query_a_norm_.data(), low, model_.query_rank, model_.epsilon);
      }
      x = {query_low_.data(), model_.query_rank};
    }
    multiply(query_, x, {queries_.data(), all}, tokens);
    const float scale = 1.0f / std::sqrt(static_cast<float>(head));
    for (std::size_t i = 0; i < tokens * all; ++i) queries_[i] *= scale;
    const std::size_t key = cache_.key_size();
    for (std::size_t h = 0; h < model_.heads; ++h) {
      multiply(key_[h], {queries_.data() + h * head, all}, {absorbed_.data() + h * key, model_.heads * key},
               tokens);
      for (std::size_t t = 0; t < tokens; ++t) {
        float* const rotated = queries_.data() + t * all + h * head + model_.nope_size;
        rope_.apply(rotated, first_position + t);
        std::copy_n(rotated, model_.rope_size,
                    absorbed_.data() + (t * model_.heads + h) * key + model_.latent_size);
      }
    }
  }

  const HyperParameters& model_;
  const RopeTable& rope_;
  AttentionOver& over_;
  KvCache cache_;
  PackedMatrix query_a_, query_, latent_, output_;
  Floats query_a_norm_, latent_norm_;
  std::vector<PackedMatrix> key_, value_;  // per head
  Floats query_low_, queries_, keys_, absorbed_, attended_, values_;
};

}  // namespace

std::unique_ptr<Attention> make_latent_attention(WeightReader& weights, const HyperParameters& model,
                                                 std::size_t layer, std::size_t capacity,
                                                 const RopeTable& rope, AttentionOver& shared) {
  return std::make_unique<LatentAttention>(weights, model, layer, capacity, rope, shared);
}

}  // namespace costwar::local
