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
                   std::size_t capacity, const RopeTable& rope, Workspace& workspace)
      : model_(model), rope_(rope), work_(workspace), capacity_(capacity) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    query_ = weights.matrix(prefix + "attn_q.weight", model.width, model.heads * model.head_size);
    key_ = weights.matrix(prefix + "attn_k.weight", model.width, model.kv_heads * model.head_size);
    value_ = weights.matrix(prefix + "attn_v.weight", model.width, model.kv_heads * model.value_size);
    output_ = weights.matrix(prefix + "attn_output.weight", model.heads * model.value_size, model.width);
    weights.reserve(model.kv_heads * KvCache::bytes_for(model.head_size, model.value_size, capacity));
    for (std::size_t h = 0; h < model.kv_heads; ++h)
      caches_.emplace_back(model.head_size, model.value_size, capacity);
    weights.enlarge(work_.queries, kChunk * model.heads * model.head_size);
    weights.enlarge(work_.keys, kChunk * model.kv_heads * model.head_size);
    weights.enlarge(work_.values, kChunk * model.kv_heads * model.value_size);
    weights.enlarge(work_.attended, kChunk * model.heads * model.value_size);
  }

  void run(Operand& x, MutableRows out, std::size_t first_position) override {
    const std::size_t tokens = x.rows(), head = model_.head_size, queries = model_.heads * head;
    const std::size_t values = model_.heads * model_.value_size;
    const Product projections[3] = {
        {&query_, &x, {work_.queries.data(), queries}, tokens},
        {&key_, &x, {work_.keys.data(), model_.kv_heads * head}, tokens},
        {&value_, &x, {work_.values.data(), model_.kv_heads * model_.value_size}, tokens}};
    work_.compute.multiply(projections);
    remember(tokens, first_position);
    const float scale = 1.0f / std::sqrt(static_cast<float>(head));
    for (std::size_t i = 0; i < tokens * queries; ++i) work_.queries[i] *= scale;
    for (std::size_t t = 0; t < tokens; ++t)
      for (std::size_t h = 0; h < model_.heads; ++h)
        rope_.apply(work_.queries.data() + t * queries + h * head, first_position + t);
    plan(tokens);
    attend(work_, tasks_, first_position, capacity_);
    work_.second.set({work_.attended.data(), values}, values, tokens);
    work_.compute.multiply(output_, work_.second, out);
  }

 private:
  // Of one token all heads that share keys are one task; of several, rows of a task must be equally far
  // apart, so each head is one.
  void plan(std::size_t tokens) {
    const std::size_t shared = tokens == 1 ? model_.heads / model_.kv_heads : 1;
    const std::size_t head = model_.head_size, value = model_.value_size;
    tasks_.clear();
    for (std::size_t h = 0; h < model_.heads; h += shared)
      tasks_.push_back({&caches_[h / (model_.heads / model_.kv_heads)],
                        {work_.queries.data() + h * head, tokens == 1 ? head : model_.heads * head},
                        {work_.attended.data() + h * value, tokens == 1 ? value : model_.heads * value},
                        tokens * shared,
                        shared});
  }

  void remember(std::size_t tokens, std::size_t first_position) {
    const std::size_t keys = model_.kv_heads * model_.head_size, values = model_.kv_heads * model_.value_size;
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t h = 0; h < model_.kv_heads; ++h) {
        float* const key = work_.keys.data() + t * keys + h * model_.head_size;
        rope_.apply(key, first_position + t);
        caches_[h].store(first_position + t, key, work_.values.data() + t * values + h * model_.value_size);
      }
    }
  }

  const HyperParameters& model_;
  const RopeTable& rope_;
  Workspace& work_;
  std::size_t capacity_;
  Matrix query_, key_, value_, output_;
  std::vector<KvCache> caches_;  // per head of keys
  std::vector<AttentionTask> tasks_;
};

}  // namespace

std::unique_ptr<Attention> make_grouped_attention(WeightReader& weights, const HyperParameters& model,
                                                  std::size_t layer, std::size_t capacity,
                                                  const RopeTable& rope, Workspace& workspace) {
  return std::make_unique<GroupedAttention>(weights, model, layer, capacity, rope, workspace);
}

}  // namespace costwar::local
