#include "cli/host/kernel_speed.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/host/shape_file.h"
#include "core/error.h"
#include "providers/local/random_model.h"

namespace costwar::cli {
namespace {

ModelShape described(ModelShape shape, const char* kind) {
  shape.vocabulary = 4096;
  shape.context_length = 65536 + 65536 + 64;
  if (!list_tensors(shape, {}, *part_formats("f16"), "f16"))
    throw Error(ErrorKind::internal, "a shape for the kernel's speed cannot be described");
  shape.name = fmt::format("{} of {:.0f} M parameters", kind,
                           static_cast<double>(count_parameters(shape).total) / 1e6);
  return shape;
}

std::int64_t in_blocks(std::int64_t size) {
  return (size + 31) / 32 * 32;
}

// As wide as the model that is predicted, within bounds: of a small one, whose weights stay in caches, the
// kernel is another than that of a large one. 2,048 is too large for caches, and its layers large enough that
// what is done between products does not count.
std::int64_t width_for(std::int64_t width) {
  return std::clamp((width + 255) / 256 * 256, std::int64_t{256}, std::int64_t{2048});
}

ModelShape dense_shape(std::int64_t model_width) {
  ModelShape shape;
  shape.architecture = "llama";
  shape.width = width_for(model_width);
  LayerShape layer;
  layer.attention.heads = layer.attention.kv_heads = shape.width / 128;
  layer.attention.key_size = layer.attention.value_size = 128;
  layer.feed_forward = in_blocks(shape.width * 11 / 4);
  shape.layers.assign(6, layer);
  return described(std::move(shape), "a dense shape");
}

ModelShape mixture_shape(std::int64_t model_width) {
  ModelShape shape;
  shape.architecture = "deepseek2";
  shape.width = width_for(width_for(model_width) * 3 / 4);
  LayerShape layer;
  layer.attention.kind = AttentionKind::latent;
  layer.attention.heads = shape.width / 128;
  layer.attention.kv_heads = 1;
  layer.attention.key_size = 192;
  layer.attention.value_size = 128;
  layer.attention.rope_size = 64;
  layer.attention.query_rank = in_blocks(shape.width / 3);
  layer.attention.latent_size = in_blocks(shape.width / 6);
  layer.feed_forward = in_blocks(shape.width * 8 / 3);
  shape.layers.push_back(layer);
  layer.feed_forward = 0;
  layer.experts = 32;
  layer.experts_used = 4;
  layer.experts_shared = 1;
  layer.expert_feed_forward = in_blocks(shape.width * 11 / 24);
  shape.layers.insert(shape.layers.end(), 3, layer);
  return described(std::move(shape), "a mixture");
}

double flops_per_token(const ModelShape& shape, std::size_t prompt_tokens) {
  const auto length = static_cast<double>(prompt_tokens);
  return prefill_flops(shape, length, LatentForm::absorbed) / length;
}

}  // namespace

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct KernelProbe::Other {
  Other(const ModelShape& its_shape, const char* name, const WeightFormat& format, std::uint64_t seed,
        const Opener& open)
      : model(its_shape, format, seed), file(temporary_shape_path(name), false) {
    file.write(model);
    timed = open(file.path());
  }

  local::RandomModel model;
  ShapeFile file;
  std::unique_ptr<TimedShape> timed;
  std::vector<double> prompt, generation;  // tokens a second
};

KernelProbe::KernelProbe(const ModelShape& predicted, const WeightFormat& format, std::uint64_t seed,
                         std::size_t prompt_tokens, std::size_t tokens, const Opener& open)
    : prompt_tokens_(prompt_tokens), tokens_(tokens) {
  dense_ = std::make_unique<Other>(dense_shape(predicted.width), "dense", format, seed, open);
  if (predicted.layers.back().experts > 0)
    mixture_ = std::make_unique<Other>(mixture_shape(predicted.width), "mixture", format, seed, open);
  for (Other* const other : {dense_.get(), mixture_.get()})
    if (other != nullptr) static_cast<void>(other->timed->call(prompt_tokens_, tokens_));
}

KernelProbe::~KernelProbe() = default;

void KernelProbe::measure() {
  for (Other* const other : {dense_.get(), mixture_.get()}) {
    if (other == nullptr) continue;
    const CallSpeed speed = other->timed->call(prompt_tokens_, tokens_);
    other->prompt.push_back(speed.prompt);
    other->generation.push_back(speed.generation);
  }
}

KernelSpeed KernelProbe::speed() const {
  KernelSpeed speed;
  const ModelShape& dense = dense_->model.shape();
  speed.bytes_per_second = weight_bytes_read(dense, 1) * median_of(dense_->generation);
  speed.flops = flops_per_token(dense, prompt_tokens_) * median_of(dense_->prompt);
  if (mixture_ == nullptr) return speed;
  const ModelShape& mixture = mixture_->model.shape();
  const double routed = routed_flops_per_token(mixture);
  const double seconds = 1 / median_of(mixture_->prompt);
  const double others = (flops_per_token(mixture, prompt_tokens_) - routed) / speed.flops;
  // A dense kernel that was disturbed must not leave the experts no time at all.
  speed.expert_flops = routed / std::max(seconds - others, seconds / 10);
  return speed;
}

const std::string& KernelProbe::dense_name() const {
  return dense_->model.shape().name;
}

std::string KernelProbe::mixture_name() const {
  return mixture_ == nullptr ? std::string() : mixture_->model.shape().name;
}

CallSpeed predict_speed(const ModelShape& shape, const KernelSpeed& kernel, double read_bytes_per_second,
                        std::size_t prompt_tokens) {
  const double routed = kernel.expert_flops ? routed_flops_per_token(shape) : 0;
  double seconds = (flops_per_token(shape, prompt_tokens) - routed) / kernel.flops;
  if (routed > 0) seconds += routed / *kernel.expert_flops;
  return {1 / seconds,
          std::min(read_bytes_per_second, kernel.bytes_per_second) / weight_bytes_read(shape, 1)};
}

}  // namespace costwar::cli
