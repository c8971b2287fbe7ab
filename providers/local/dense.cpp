// Grouped-query attention of the llama architecture (GQA, arXiv:2305.13245): several heads of queries share
// one head of keys and values. GGUF files of this architecture hold queries and keys permuted so that
// rotation is over adjacent pairs.
#include <cmath>

#include "providers/local/layers.h"

namespace costwar::local {

namespace {

class GroupedAttention final : public Attention {
 public:
  GroupedAttention(WeightReader& weights, const HyperParameters& model, std::size_t layer,
                   std::size_t capacity, const RopeTable& rope, AttentionOver& over)
      : model_(model), rope_(rope), over_(over) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    query_ = weights.matrix(prefix + "attn_q.weight", model.width, model.heads * model.head_size);
    key_ = weights.matrix(prefix + "attn_k.weight", model.width, model.kv_heads * model.head_size);
    value_ = weights.matrix(prefix + "attn_v.weight", model.width, model.kv_heads * model.value_size);
    output_ = weights.matrix(prefix + "attn_output.weight", model.heads * model.value_size, model.width);
    weights.reserve(model.kv_heads * KvCache::bytes_for(model.head_size, model.value_size, capacity));
    for (std::size_t h = 0; h < model.kv_heads; ++h)
      caches_.emplace_back(model.head_size, model.value_size, capacity);
    queries_ = weights.scratch(kChunk * model.heads * model.head_size);
    keys_ = weights.scratch(kChunk * model.kv_heads * model.head_size);
    values_ = weights.scratch(kChunk * model.kv_heads * model.value_size);
    attended_ = weights.scratch(kChunk * model.heads * model.value_size);
  }

  void run(Rows x, MutableRows out, std::size_t tokens, std::size_t first_position) override {
    remember(x, tokens, first_position);
    const std::size_t head = model_.head_size, queries = model_.heads * head,
                      values = model_.heads * model_.value_size;
    multiply(query_, x, {queries_.data(), queries}, tokens);
    const float scale = 1.0f / std::sqrt(static_cast<float>(head));
    for (std::size_t i = 0; i < tokens * queries; ++i) queries_[i] *= scale;
    for (std::size_t h = 0; h < model_.heads; ++h) {
      for (std::size_t t = 0; t < tokens; ++t)
        rope_.apply(queries_.data() + t * queries + h * head, first_position + t);
      over_.run(caches_[h / (model_.heads / model_.kv_heads)], {queries_.data() + h * head, queries},
                {attended_.data() + h * model_.value_size, values}, tokens, 1, first_position);
    }
    multiply(output_, {attended_.data(), values}, out, tokens);
  }

 private:
  void remember(Rows x, std::size_t tokens, std::size_t first_position) {
    const std::size_t keys = model_.kv_heads * model_.head_size, values = model_.kv_heads * model_.value_size;
    multiply(key_, x, {keys_.data(), keys}, tokens);
    multiply(value_, x, {values_.data(), values}, tokens);
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t h = 0; h < model_.kv_heads; ++h) {
        float* const key = keys_.data() + t * keys + h * model_.head_size;
        rope_.apply(key, first_position + t);
        caches_[h].store(first_position + t, key, values_.data() + t * values + h * model_.value_size);
      }
    }
  }

  const HyperParameters& model_;
  const RopeTable& rope_;
  AttentionOver& over_;
  PackedMatrix query_, key_, value_, output_;
  std::vector<KvCache> caches_;  // per head of keys
  Floats queries_, keys_, values_, attended_;
};

}  // namespace

std::unique_ptr<Attention> make_grouped_attention(WeightReader& weights, const HyperParameters& model,
                                                  std::size_t layer, std::size_t capacity,
                                                  const RopeTable& rope, AttentionOver& shared) {
  return std::make_unique<GroupedAttention>(weights, model, layer, capacity, rope, shared);
}

}  // namespace costwar::local
