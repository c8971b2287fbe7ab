#include "providers/local/transformer.h"

#include <algorithm>
#include <string>
#include <thread>

namespace costwar::local {

std::size_t default_threads(std::uint64_t weight_bytes_per_token) {
  constexpr std::uint64_t kFromBytes = std::uint64_t{16} << 20;
  return weight_bytes_per_token < kFromBytes ? 1 : std::max(1u, std::thread::hardware_concurrency());
}

Transformer::Transformer(const Gguf& file, const TransformerOptions& options)
    : model_(HyperParameters::read(file)), capacity_(std::min(options.capacity, model_.context)) {
  shape_ = read_model_shape(file);
  const std::size_t threads = options.threads > 0
                                  ? options.threads
                                  : default_threads(static_cast<std::uint64_t>(weight_bytes_read(shape_, 1)));
  workspace_ = std::make_unique<Workspace>(threads);
  WeightReader weights(file, options.memory_limit, options.in_place);
  weights.reserve(std::uint64_t{capacity_} * model_.rope_size * sizeof(float));
  weights.enlarge(workspace_->scores, score_floats(capacity_, threads));
  embedding_ = weights.table("token_embd.weight", model_.width, model_.vocabulary);
  const bool tied = !weights.has("output.weight");
  output_ = weights.matrix(tied ? "token_embd.weight" : "output.weight", model_.width, model_.vocabulary);
  output_norm_ = weights.vector("output_norm.weight", model_.width);
  read_layers(weights);
  std::vector<std::string> ignored;
  for (std::size_t n = 0; n < model_.predictors; ++n)
    ignored.push_back("blk." + std::to_string(model_.layers + n) + ".");
  weights.finish(ignored);
  rope_ = RopeTable(model_.rope_size, model_.rope_base, capacity_);
  for (Floats* const rows : {&state_, &normed_, &change_}) weights.enlarge(*rows, kChunk * model_.width);
}

void Transformer::read_layers(WeightReader& weights) {
  const auto make_attention =
      model_.architecture == Architecture::deepseek2 ? make_latent_attention : make_grouped_attention;
  for (std::size_t n = 0; n < model_.layers; ++n) {
    const std::string prefix = "blk." + std::to_string(n) + ".";
    Layer& layer = layers_.emplace_back();
    layer.attention_norm = weights.vector(prefix + "attn_norm.weight", model_.width);
    layer.attention = make_attention(weights, model_, n, capacity_, rope_, *workspace_);
    layer.feed_forward_norm = weights.vector(prefix + "ffn_norm.weight", model_.width);
    layer.feed_forward =
        (model_.layer_has_experts(n) ? make_experts : make_dense)(weights, model_, n, *workspace_);
  }
}

// Into Workspace::input.
void Transformer::normalise(const Floats& weight, std::size_t first, std::size_t tokens) {
  for (std::size_t t = first; t < first + tokens; ++t)
    kernels().rms_norm(state_.data() + t * model_.width, weight.data(), normed_.data() + t * model_.width,
                       model_.width, model_.epsilon);
  workspace_->input.set({normed_.data() + first * model_.width, model_.width}, model_.width, tokens);
}

void Transformer::run_chunk(std::span<const std::int32_t> tokens, std::size_t first_position) {
  const std::size_t width = model_.width, count = tokens.size();
  for (std::size_t t = 0; t < count; ++t)
    embedding_.row(static_cast<std::size_t>(tokens[t]), state_.data() + t * width);
  const auto add_change = [&] {
    for (std::size_t i = 0; i < count * width; ++i) state_[i] += change_[i];
  };
  for (auto& layer : layers_) {
    normalise(layer.attention_norm, 0, count);
    layer.attention->run(workspace_->input, {change_.data(), width}, first_position);
    add_change();
    normalise(layer.feed_forward_norm, 0, count);
    layer.feed_forward->run(workspace_->input, {change_.data(), width});
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
    normalise(output_norm_, skipped, count - skipped);
    workspace_->compute.multiply(output_, workspace_->input, {logits, model_.vocabulary});
    logits += (count - skipped) * model_.vocabulary;
  }
}

std::uint64_t Transformer::flops(std::size_t tokens, std::size_t first_position,
                                 std::size_t logit_rows) const {
  const double without = matrix_flops_per_token(shape_, false),
               row = matrix_flops_per_token(shape_) - without;
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
