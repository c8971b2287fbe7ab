#include "pricing/hardware/roofline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace costwar::pricing {
namespace {

constexpr double kSentBytes = 1;      // of a value that goes to an expert: FP8
constexpr double kReturnedBytes = 2;  // and back, or in an all-reduce: BF16

// Weights of one accelerator, read by a pass over `tokens` tokens of the group.
struct WeightParts {
  double shared = 0;  // bytes: all but routed experts and the embedding table
  double routed = 0;
};

WeightParts stored_parts(const ModelShape& shape) {
  WeightParts parts;
  for (const TensorShape& tensor : shape.tensors) {
    if (tensor.role == TensorRole::predictor) continue;
    const double bytes = static_cast<double>(tensor.bytes);
    (tensor.role == TensorRole::routed_expert ? parts.routed : parts.shared) += bytes;
  }
  return parts;
}

WeightParts read_parts(const ModelShape& shape, double tokens) {
  WeightParts parts;
  for (const TensorShape& tensor : shape.tensors)
    if (tensor.role != TensorRole::predictor && tensor.role != TensorRole::embedding &&
        tensor.role != TensorRole::routed_expert)
      parts.shared += static_cast<double>(tensor.bytes);
  parts.routed = std::max(0.0, weight_bytes_read(shape, tokens) - parts.shared);
  return parts;
}

// Over how many accelerators of an attention group the cache of a sequence is split: by heads; a latent cache
// has none and is repeated.
double cache_split(const ModelShape& shape, const Layout& layout) {
  double split = static_cast<double>(layout.tensor);
  for (const LayerShape& layer : shape.layers) {
    const double heads = layer.attention.kind == AttentionKind::grouped
                             ? static_cast<double>(std::max<std::int64_t>(1, layer.attention.kv_heads))
                             : 1.0;
    split = std::min(split, heads);
  }
  return std::max(1.0, split);
}

struct Demand {
  double flops = 0;  // of one accelerator
  double bytes = 0;
  double sent = 0;
};

Times times_of(const Limits& limits, const Demand& demand, double efficiency) {
  Times times;
  const auto take = [&](std::optional<double>& slot, double amount, const std::optional<double>& rate,
                        Bound bound) {
    if (!rate) return;
    slot = amount / (*rate * efficiency);
    if (*slot > times.longest) {
      times.longest = *slot;
      times.bound = bound;
    }
  };
  take(times.memory, demand.bytes, limits.bandwidth, Bound::memory);
  take(times.compute, demand.flops, limits.flops, Bound::compute);
  take(times.interconnect, demand.sent, limits.interconnect, Bound::interconnect);
  return times;
}

double attention_groups(const Layout& layout) {
  return static_cast<double>(layout.group()) / static_cast<double>(layout.tensor);
}

}  // namespace

std::string_view bound_name(Bound bound) {
  constexpr std::array<std::string_view, 3> kNames{"arithmetic", "memory bandwidth", "interconnect"};
  return kNames[static_cast<std::size_t>(bound)];
}

void check_layout(const Layout& layout) {
  if (layout.accelerators < 1 || layout.tensor < 1 || layout.pipeline < 1 ||
      layout.accelerators % (layout.tensor * layout.pipeline) != 0)
    throw Error(ErrorKind::usage,
                fmt::format("{} accelerators cannot be split {} ways by tensors and {} ways by layers",
                            layout.accelerators, layout.tensor, layout.pipeline),
                "--tp times --pp has to divide --accelerators");
}

Limits limits_of(const Accelerator& it, const std::string& weights) {
  Limits limits;
  limits.bandwidth = it.bandwidth.value;
  limits.memory = it.memory_bytes.value;
  limits.interconnect = it.interconnect.value;
  struct Choice {
    const SourcedFigure* figure;
    std::string_view name;
  };
  const std::array<Choice, 3> choices{
      {{&it.fp4_flops, "FP4"}, {&it.fp8_flops, "FP8"}, {&it.bf16_flops, "BF16"}}};
  const std::string format = lowered(weights);
  std::size_t wanted = 2;
  if (format.find("fp4") != std::string::npos) wanted = 0;
  if (format.find("fp8") != std::string::npos || format == "int8") wanted = 1;
  for (std::size_t i = wanted; i < choices.size() && !limits.flops; ++i) {
    limits.flops = choices[i].figure->value;
    if (!limits.flops) continue;
    limits.arithmetic = choices[i].name;
    if (i != wanted)
      limits.gaps.push_back(fmt::format("{}: no {} peak is known, so {} is reckoned with", it.name,
                                        choices[wanted].name, choices[i].name));
    if (!choices[i].figure->confirmed) limits.doubts.push_back(fmt::format("{} peak", choices[i].name));
  }
  if (!limits.flops) limits.gaps.push_back(fmt::format("{}: no arithmetic peak is known", it.name));
  if (!limits.bandwidth) limits.gaps.push_back(fmt::format("{}: the memory bandwidth is not known", it.name));
  if (!limits.memory) limits.gaps.push_back(fmt::format("{}: the memory is not known", it.name));
  if (limits.bandwidth && !it.bandwidth.confirmed) limits.doubts.push_back("memory bandwidth");
  if (limits.memory && !it.memory_bytes.confirmed) limits.doubts.push_back("memory");
  return limits;
}

std::optional<MemoryFit> memory_fit(const Operation& op, double context) {
  if (!op.limits.memory) return std::nullopt;
  const auto stages = static_cast<double>(op.layout.pipeline);
  const auto group = static_cast<double>(op.layout.group());
  const WeightParts parts = stored_parts(*op.shape);
  MemoryFit fit;
  fit.weights = (parts.shared / static_cast<double>(op.layout.tensor) + parts.routed / group) / stages;
  fit.cache_per_sequence =
      kv_cache_bytes(*op.shape, context, op.kv_value_bytes) / (cache_split(*op.shape, op.layout) * stages);
  fit.available = *op.limits.memory * op.assumptions.at(Input::memory_share);
  const double activations = memory_needed(*op.shape, context, 1, op.kv_value_bytes).activations /
                             static_cast<double>(op.layout.tensor);
  const double left = fit.available - fit.weights - activations;
  fit.largest_batch =
      left <= 0 ? 0 : std::floor(left / std::max(fit.cache_per_sequence, 1.0)) * attention_groups(op.layout);
  return fit;
}

std::optional<DecodeSpeed> decode_speed(const Operation& op, double batch, double context) {
  if (!op.limits.bandwidth && !op.limits.flops) return std::nullopt;
  const Layout& layout = op.layout;
  const auto group = static_cast<double>(layout.group());
  // Of a micro-batch; fewer sequences than stages leave stages idle, and none gets faster by it.
  const double sequences = std::max(1.0, batch / static_cast<double>(layout.pipeline));
  const double per_step = op.assumptions.at(Input::tokens_per_step);
  const double tokens = std::max(1.0, sequences * per_step);
  const WeightParts parts = read_parts(*op.shape, tokens);
  const double on_each = std::max(sequences / attention_groups(layout), std::min(1.0, sequences));
  Demand demand;
  demand.flops =
      on_each * per_step * decode_flops_per_token(*op.shape, context) / static_cast<double>(layout.tensor);
  demand.bytes = parts.shared / static_cast<double>(layout.tensor) + parts.routed / group +
                 on_each * kv_bytes_read_per_token(*op.shape, context, op.kv_value_bytes) /
                     cache_split(*op.shape, layout);
  demand.sent = sequences * per_step * interconnect_bytes_per_token(*op.shape, layout) / group;
  DecodeSpeed speed;
  speed.batch = batch;
  speed.step = times_of(op.limits, demand, op.assumptions.at(Input::decode_efficiency));
  speed.tpot_s = speed.step.longest / per_step;
  speed.tokens_per_s = batch / speed.tpot_s;
  return speed;
}

std::optional<PrefillSpeed> prefill_speed(const Operation& op, double prompt_tokens) {
  if (!op.limits.flops) return std::nullopt;  // bandwidth alone would promise any speed
  const Layout& layout = op.layout;
  const auto group = static_cast<double>(layout.group());
  // A pass takes one chunk in every attention group.
  const double pass = op.assumptions.at(Input::chunk_tokens) * attention_groups(layout);
  const WeightParts parts = read_parts(*op.shape, pass);
  const double passes = prompt_tokens / pass;
  Demand demand;
  demand.flops = prefill_flops(*op.shape, prompt_tokens) / group;
  demand.bytes = passes * (parts.shared / static_cast<double>(layout.tensor) + parts.routed / group);
  demand.sent = prompt_tokens * interconnect_bytes_per_token(*op.shape, layout) / group;
  PrefillSpeed speed;
  speed.prompt = times_of(op.limits, demand, op.assumptions.at(Input::prefill_efficiency));
  speed.tokens_per_s = static_cast<double>(layout.pipeline) * prompt_tokens / speed.prompt.longest;
  speed.ttft_s = speed.prompt.longest * attention_groups(layout);
  // Alone it reads the weights once for every chunk that it has, however little is in it.
  const double chunk = op.assumptions.at(Input::chunk_tokens);
  const WeightParts alone = read_parts(*op.shape, std::max(1.0, std::min(prompt_tokens, chunk)));
  Demand reads;
  reads.bytes = std::ceil(prompt_tokens / chunk) *
                (alone.shared / static_cast<double>(layout.tensor) + alone.routed / group);
  if (op.limits.bandwidth)
    speed.ttft_s = std::max(speed.ttft_s,
                            times_of(op.limits, reads, op.assumptions.at(Input::prefill_efficiency)).longest);
  return speed;
}

std::optional<DecodeSpeed> decode_within(const Operation& op, double context, double tpot_s, double most) {
  const auto speed_at = [&](double batch) { return decode_speed(op, batch, context); };
  const auto one = speed_at(1);
  if (!one || most < 1 || one->tpot_s > tpot_s) return std::nullopt;
  double low = 1;
  double high = std::floor(most);
  if (speed_at(high)->tpot_s <= tpot_s) return speed_at(high);
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (speed_at(middle)->tpot_s <= tpot_s ? low : high) = middle;
  }
  return speed_at(low);
}

double interconnect_bytes_per_token(const ModelShape& shape, const Layout& layout) {
  const auto width = static_cast<double>(shape.width);
  const auto group = static_cast<double>(layout.group());
  const auto tensor = static_cast<double>(layout.tensor);
  double bytes = 0;
  for (const LayerShape& layer : shape.layers) {
    if (layer.experts > 0 && group > 1)
      bytes +=
          static_cast<double>(layer.experts_used) * width * (kSentBytes + kReturnedBytes) * (1 - 1 / group);
    // Two all-reduces a layer; each sends 2 (t - 1) / t of the vector from each of t accelerators.
    bytes += 2 * 2 * (tensor - 1) * width * kReturnedBytes;
  }
  return bytes + static_cast<double>(layout.pipeline - 1) * width * kReturnedBytes;
}

double cached_tokens_per_s(const Operation& op) {
  constexpr double kGigabyte = 1e9;
  const double per_token = kv_cache_bytes_per_token(*op.shape, op.kv_value_bytes);
  // What a tensor group cannot split, each of its accelerators loads.
  const double copies = static_cast<double>(op.layout.tensor) / cache_split(*op.shape, op.layout);
  return op.assumptions.at(Input::cache_load) * kGigabyte * static_cast<double>(op.layout.accelerators) /
         (copies * std::max(per_token, 1.0));
}

std::optional<Prediction> predict_bound(const Operation& op, const MeasuredSpeed& measured) {
  const double share = measured.accelerators / static_cast<double>(op.layout.accelerators);
  if (measured.phase == ServingPhase::prefill) {
    const auto speed = prefill_speed(op, measured.context);
    if (!speed) return std::nullopt;
    return Prediction{speed->tokens_per_s * share, speed->prompt.bound};
  }
  std::optional<DecodeSpeed> speed;
  if (measured.batch)
    speed = decode_speed(op, *measured.batch, measured.context);
  else if (const auto fit = memory_fit(op, measured.context))
    speed = decode_within(op, measured.context, measured.tpot_s.value_or(HUGE_VAL), fit->largest_batch);
  if (!speed) return std::nullopt;
  return Prediction{speed->tokens_per_s * share, speed->step.bound};
}

std::optional<double> predict(const Operation& op, const MeasuredSpeed& measured) {
  const auto found = predict_bound(op, measured);
  return found ? std::optional(found->tokens_per_s) : std::nullopt;
}

std::optional<double> implied_efficiency(const Operation& op, const MeasuredSpeed& measured) {
  const Input input =
      measured.phase == ServingPhase::prefill ? Input::prefill_efficiency : Input::decode_efficiency;
  const auto predicted_at = [&](double efficiency) {
    Operation changed = op;
    changed.assumptions = op.assumptions.with(input, efficiency);
    return predict(changed, measured);
  };
  double low = input_row(input).least;
  double high = 1;
  const auto whole = predicted_at(high);
  if (!whole || *whole < measured.tokens_per_s) return std::nullopt;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    const auto speed = predicted_at(middle);
    (speed && *speed >= measured.tokens_per_s ? high : low) = middle;
  }
  return high;
}

}  // namespace costwar::pricing
