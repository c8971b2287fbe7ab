#include "providers/local/transformer.h"

#include <algorithm>
#include <string>

namespace costwar::local {

Transformer::Transformer(const Gguf& file, std::size_t capacity, std::uint64_t memory_limit)
    : model_(HyperParameters::read(file)), capacity_(std::min(capacity, model_.context)) {
  WeightReader weights(file, memory_limit);
  weights.reserve(AttentionOver::bytes_for(capacity_) +
                  std::uint64_t{capacity_} * model_.rope_size * sizeof(float));
  embedding_ = weights.rows("token_embd.weight", model_.width, model_.vocabulary);
  const bool tied = !weights.has("output.weight");
  output_ = weights.matrix(tied ? "token_embd.weight" : "output.weight", model_.width, model_.vocabulary);
  output_norm_ = weights.vector("output_norm.weight", model_.width);
  read_layers(weights);
  std::vector<std::string> ignored;
  for (std::size_t n = 0; n < model_.predictors; ++n)
    ignored.push_back("blk." + std::to_string(model_.layers + n) + ".");
  weights.finish(ignored);
  rope_ = RopeTable(model_.rope_size, model_.rope_base, capacity_);
  over_ = AttentionOver(capacity_);
  shape_ = read_model_shape(file);
  state_.resize(kChunk * model_.width);
  normed_.resize(kChunk * model_.width);
  change_.resize(kChunk * model_.width);
}

void Transformer::read_layers(WeightReader& weights) {
  const auto make_attention =
      model_.architecture == Architecture::deepseek2 ? make_latent_attention : make_grouped_attention;
  for (std::size_t n = 0; n < model_.layers; ++n) {
    const std::string prefix = "blk." + std::to_string(n) + ".";
    Layer& layer = layers_.emplace_back();
    layer.attention_norm = weights.vector(prefix + "attn_norm.weight", model_.width);
    layer.attention = make_attention(weights, model_, n, capacity_, rope_, over_);
    layer.feed_forward_norm = weights.vector(prefix + "ffn_norm.weight", model_.width);
    layer.feed_forward = (model_.layer_has_experts(n) ? make_experts : make_dense)(weights, model_, n);
  }
}

void Transformer::normalise(const Floats& weight, std::size_t tokens) {
  for (std::size_t t = 0; t < tokens; ++t)
    kernels().rms_norm(state_.data() + t * model_.width, weight.data(), normed_.data() + t * model_.width,
                       model_.width, model_.epsilon);
}

void Transformer::run_chunk(std::span<const std::int32_t> tokens, std::size_t first_position) {
  const std::size_t width = model_.width, count = tokens.size();
  for (std::size_t t = 0; t < count; ++t)
    std::copy_n(embedding_.data() + static_cast<std::size_t>(tokens[t]) * width, width,
                state_.data() + t * width);
  const auto add_change = [&] {
    for (std::size_t i = 0; i < count * width; ++i) state_[i] += change_[i];
  };
  for (auto& layer : layers_) {
    normalise(layer.attention_norm, count);
    layer.attention->run({normed_.data(), width}, {change_.data(), width}, count, first_position);
    add_change();
    normalise(layer.feed_forward_norm, count);
    layer.feed_forward->run({normed_.data(), width}, {change_.data(), width}, count);
    add_change();
  }
}

void Transformer::run(std::span<const std::int32_t> tokens, std::size_t first_position,
                      std::size_t logit_rows, float* logits) {
  const std::size_t first_wanted = tokens.size() - logit_rows;
  for (std::size_t from = 0; from < tokens.size(); from += kChunk) {
    const std::size_t count = std::min(kChunk, tokens.size() - from);
    run_chunk(tokens.subspan(from, count), first_position + from);
    if (from + count <= first_wanted) continue;
    const std::size_t skipped = std::max(first_wanted, from) - from;
    normalise(output_norm_, count);
    multiply(output_, {normed_.data() + skipped * model_.width, model_.width}, {logits, model_.vocabulary},
             count - skipped);
    logits += (count - skipped) * model_.vocabulary;
  }
}

std::uint64_t Transformer::flops(std::size_t tokens, std::size_t first_position,
                                 std::size_t logit_rows) const {
  const double without = matrix_flops_per_token(shape_, false), row = matrix_flops_per_token(shape_) - without;
  return static_cast<std::uint64_t>(
      static_cast<double>(tokens) * without + static_cast<double>(logit_rows) * row +
      attention_flops(shape_, static_cast<double>(first_position), static_cast<double>(tokens)));
}

std::vector<std::vector<std::uint64_t>> Transformer::expert_use() const {
  std::vector<std::vector<std::uint64_t>> use;
  for (const auto& layer : layers_) use.push_back(layer.feed_forward->expert_use());
  return use;
}

void Transformer::reset_expert_use() {
  for (auto& layer : layers_) layer.feed_forward->reset_expert_use();
}

}  // namespace costwar::local
