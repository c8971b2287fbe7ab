#include "pricing/hardware/serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"

namespace costwar::pricing {
namespace {

constexpr std::int64_t kMostAccelerators = 1024;  // that an instance is looked for among

bool has_experts(const ModelShape& shape) {
  return std::any_of(shape.layers.begin(), shape.layers.end(),
                     [](const LayerShape& layer) { return layer.experts > 0; });
}

// Attention is repeated where experts are spread, and split where everything is dense; both are tried for
// experts.
std::vector<std::int64_t> tensor_choices(const ModelShape& shape, const ServingWish& wish,
                                         std::int64_t accelerators) {
  if (wish.tensor) return {*wish.tensor};
  const std::int64_t stage = accelerators / wish.pipeline;
  std::int64_t within = std::max<std::int64_t>(1, std::min(stage, wish.node));
  while (stage % within != 0) --within;
  std::set<std::int64_t> choices{within};
  if (has_experts(shape)) choices.insert(1);
  return {choices.begin(), choices.end()};
}

std::string does_not_fit(const Serving& it, const ServingWish& wish) {
  constexpr double kGigabyte = 1e9;
  return fmt::format(
      "{} x {} do not hold it: {:.1f} GB of weights and {:.2f} GB of cache for one sequence of {:.0f} "
      "tokens, on {:.1f} GB each",
      it.operation.layout.accelerators, it.accelerator.id, it.fit->weights / kGigabyte,
      it.fit->cache_per_sequence / kGigabyte, wish.context, it.fit->available / kGigabyte);
}

void decide_speed(Serving& it, const ServingWish& wish) {
  const Operation& op = it.operation;
  const double most = it.fit ? it.fit->largest_batch : HUGE_VAL;
  it.prefill = prefill_speed(op, wish.prompt);
  if (!op.limits.bandwidth) {
    it.problem = fmt::format("{}: without its memory bandwidth no speed follows", it.accelerator.id);
    return;
  }
  if (!it.prefill) {
    it.problem =
        fmt::format("{}: without an arithmetic peak no speed of prompts follows (--compute gives one)",
                    it.accelerator.id);
    return;
  }
  if (most < 1) {
    it.problem = does_not_fit(it, wish);
    return;
  }
  if (!it.fit && !wish.batch) {
    it.problem = fmt::format("{}: its memory is not known, so a batch has to be given", it.accelerator.id);
    return;
  }
  if (wish.batch && *wish.batch > most) {
    it.problem = fmt::format("a batch of {:.0f} does not fit: at {:.0f} tokens of context {:.0f} do",
                             *wish.batch, wish.context, most);
    return;
  }
  it.decode = wish.batch ? decode_speed(op, *wish.batch, wish.context)
                         : decode_within(op, wish.context, wish.tpot_s.value_or(HUGE_VAL), most);
  if (!it.decode || (wish.tpot_s && it.decode->tpot_s > *wish.tpot_s)) {
    const auto alone = decode_speed(op, wish.batch.value_or(1), wish.context);
    it.problem =
        fmt::format("a time per output token of {:.1f} ms is out of reach: a batch of {:.0f} takes {:.1f} ms",
                    *wish.tpot_s * 1000, wish.batch.value_or(1), alone->tpot_s * 1000);
    return;
  }
  if (wish.ttft_s && it.prefill->ttft_s > *wish.ttft_s)
    it.problem = fmt::format(
        "a first token within {:.0f} ms is out of reach: a prompt of {:.0f} tokens takes {:.0f} "
        "ms without a queue",
        *wish.ttft_s * 1000, wish.prompt, it.prefill->ttft_s * 1000);
}

}  // namespace

PhaseRates Serving::rates() const {
  return {prefill->tokens_per_s, decode->tokens_per_s, cached_tokens_per_s(operation)};
}

std::int64_t usual_node(const Accelerator& accelerator) {
  constexpr double kServer = 8;
  return static_cast<std::int64_t>(std::min(kServer, std::max(1.0, accelerator.domain.value.value_or(1))));
}

Serving find_serving(const Accelerator& accelerator, const ModelShape& shape, double kv_value_bytes,
                     const Assumptions& assumptions, const ServingWish& wish) {
  Serving base{accelerator, {&shape, limits_of(accelerator, shape.weights), {}, kv_value_bytes, assumptions},
               {},          {},
               {},          {},
               {}};
  base.notes = base.operation.limits.gaps;
  for (const std::string& doubt : base.operation.limits.doubts)
    base.notes.push_back(fmt::format("{}: the {} is not confirmed", accelerator.id, doubt));
  if (!base.operation.limits.interconnect)
    base.notes.push_back(
        fmt::format("{}: its interconnect speed is not in the catalogue, so nothing is bounded by it "
                    "unless --interconnect gives it",
                    accelerator.id));
  if (wish.accelerators) check_layout({*wish.accelerators, wish.tensor.value_or(1), wish.pipeline});
  if (wish.pipeline > static_cast<std::int64_t>(shape.layers.size()))
    throw Error(ErrorKind::usage,
                fmt::format("{} stages are more than the {} layers of {}", wish.pipeline, shape.layers.size(),
                            shape.name),
                "a smaller --pp");
  std::optional<Serving> failed;
  const std::int64_t first = wish.accelerators.value_or(wish.node * wish.pipeline);
  const std::int64_t last = wish.accelerators.value_or(std::max(first, kMostAccelerators));
  for (std::int64_t n = first; n <= last; n += wish.node) {
    std::optional<Serving> best;
    for (const std::int64_t tensor : tensor_choices(shape, wish, n)) {
      if (n % (tensor * wish.pipeline) != 0) continue;
      Serving it = base;
      it.operation.layout = {n, tensor, wish.pipeline};
      it.fit = memory_fit(it.operation, wish.context);
      decide_speed(it, wish);
      if (it.good() && (!best || it.decode->tokens_per_s > best->decode->tokens_per_s)) best = it;
      // The first that holds it and still fails says more than the largest.
      if (!it.good() && (!failed || (failed->fit && failed->fit->largest_batch < 1))) failed = it;
    }
    if (best) return *best;
    if (!base.operation.limits.bandwidth || !base.operation.limits.memory)
      break;  // more of them change nothing
  }
  if (failed) return *failed;
  base.problem =
      fmt::format("{}: no instance of up to {} accelerators splits {} ways by tensors and {} by layers",
                  accelerator.id, last, wish.tensor.value_or(1), wish.pipeline);
  return base;
}

OwnCapacity capacity_of(const Serving& serving, const HourlyCost& cost, std::int64_t spares) {
  OwnCapacity own;
  own.name = fmt::format("{} x {}", serving.operation.layout.accelerators, serving.accelerator.id);
  own.rates = serving.rates();
  own.fixed_per_hour = cost.fixed() * serving.instance();
  own.busy_per_hour = cost.busy() * serving.instance();
  own.peak_utilisation = serving.operation.assumptions.at(Input::peak_utilisation);
  own.spares = spares;
  if (cost.owned) {
    own.capital = serving.operation.assumptions.at(Input::capital) * serving.instance();
    own.running_fixed_per_hour = running_cost(cost, 0) * serving.instance();
  }
  return own;
}

}  // namespace costwar::pricing
