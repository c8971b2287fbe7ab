#include "providers/local/router.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace costwar::local {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Index of the largest value that is not kNever; the first one if there is none. Written so that a NaN never
// wins.
std::size_t best(std::span<const float> values) {
  std::size_t at = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[at] || (std::isnan(values[at]) && !std::isnan(values[i]))) at = i;
  return at;
}

// The sum of the two largest values (of the only one, where a group has one).
float top_two(std::span<const float> values) {
  float first = kNever, second = kNever;
  for (const float value : values) {
    if (value > first) {
      second = first;
      first = value;
    } else if (value > second) {
      second = value;
    }
  }
  return values.size() < 2 ? first : first + second;
}

}  // namespace

Router::Router(const RouterSettings& settings, Floats bias)
    : settings_(settings), bias_(std::move(bias)), scores_(settings.experts), selection_(settings.experts) {}

void Router::choose(std::span<const float> logits, std::span<ExpertChoice> chosen) {
  std::copy(logits.begin(), logits.end(), scores_.begin());
  if (settings_.gating == Gating::softmax) {
    kernels().softmax(scores_.data(), scores_.size());
  } else if (settings_.gating == Gating::sigmoid) {
    for (float& score : scores_) score = 1.0f / (1.0f + std::exp(-score));
  }
  selection_ = scores_;
  for (std::size_t i = 0; i < bias_.size(); ++i) selection_[i] += bias_[i];
  if (settings_.groups > 1) mask_groups();

  for (auto& choice : chosen) {
    const std::size_t expert = best(selection_);
    selection_[expert] = kNever;
    choice = {static_cast<std::uint32_t>(expert), scores_[expert]};
  }
  if (settings_.gating == Gating::softmax_after_topk) {
    const float top = chosen.front().weight;
    float sum = 0;
    for (auto& choice : chosen) sum += choice.weight = std::exp(choice.weight - top);
    for (auto& choice : chosen) choice.weight /= sum;
  }
  if (settings_.normalise) {
    float sum = 0;
    for (const auto& choice : chosen) sum += choice.weight;
    sum =
        std::max(sum, 6.103515625e-5f);  // the smallest normal half-precision number, as the reference clamps
    for (auto& choice : chosen) choice.weight /= sum;
  }
  // A scale of 0 in a file means that none was set.
  if (settings_.scale != 0.0f)
    for (auto& choice : chosen) choice.weight *= settings_.scale;
}

void Router::mask_groups() {
  const std::size_t size = settings_.experts / settings_.groups;
  std::vector<float> group_scores(settings_.groups);
  const auto group = [&](std::size_t g) { return std::span(selection_).subspan(g * size, size); };
  for (std::size_t g = 0; g < settings_.groups; ++g) group_scores[g] = top_two(group(g));
  std::vector<bool> kept(settings_.groups);
  for (std::size_t i = 0; i < settings_.groups_used; ++i) {
    const std::size_t g = best(group_scores);
    group_scores[g] = kNever;
    kept[g] = true;
  }
  for (std::size_t g = 0; g < settings_.groups; ++g)
    if (!kept[g]) std::fill(group(g).begin(), group(g).end(), kNever);
}

}  // namespace costwar::local
