#include "providers/local/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace costwar::local {

Sampler::Sampler(const SamplerSettings& settings) : settings_(settings), random_(settings.seed, "sampler") {}

std::int32_t Sampler::choose(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i])) return -1;
    if (logits[i] > logits[best]) best = i;
  }
  return settings_.temperature > 0 ? draw(logits, logits[best]) : static_cast<std::int32_t>(best);
}

std::int32_t Sampler::draw(std::span<const float> logits, float top) {
  weights_.resize(logits.size());
  double total = 0;
  for (std::size_t i = 0; i < logits.size(); ++i)
    total += weights_[i] = std::exp((double{logits[i]} - double{top}) / settings_.temperature);
  order_.resize(logits.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::size_t kept = order_.size();
  if (settings_.top_p < 1) {
    const auto weight = [&](std::int32_t i) { return weights_[static_cast<std::size_t>(i)]; };
    std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return weight(a) > weight(b); });
    double reached = 0;
    for (kept = 0; kept < order_.size() && (kept == 0 || reached < settings_.top_p * total); ++kept)
      reached += weight(order_[kept]);
    total = reached;
  }
  double left = random_.unit() * total;
  for (std::size_t i = 0; i + 1 < kept; ++i) {
    left -= weights_[static_cast<std::size_t>(order_[i])];
    if (left < 0) return order_[i];
  }
  return order_[kept - 1];
}

}  // namespace costwar::local
