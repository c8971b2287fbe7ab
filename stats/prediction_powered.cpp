#include "stats/prediction_powered.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/paired.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::stats {
namespace {

// The weight of least variance, cov(label, judged) / ((1 + n / N) var(judged)), PPI++ example 6.1.
double tuned_weight(std::span<const LabelledItem> labelled, std::span<const double> judged_labelled,
                    std::span<const double> unlabelled) {
  const double n = static_cast<double>(labelled.size());
  double label_mean = 0;
  for (const LabelledItem& item : labelled) label_mean += item.label / n;
  const double judged_mean = mean(judged_labelled);
  double covariance = 0;
  for (const LabelledItem& item : labelled)
    covariance += (item.label - label_mean) * (item.judged - judged_mean) / (n - 1);
  std::vector<double> all(judged_labelled.begin(), judged_labelled.end());
  all.insert(all.end(), unlabelled.begin(), unlabelled.end());
  const double variance = sample_variance(all);
  if (!(variance > 0)) return 0;
  return std::clamp(covariance / ((1 + n / static_cast<double>(unlabelled.size())) * variance), 0.0, 1.0);
}

}  // namespace

std::optional<PredictionPoweredMean> prediction_powered_mean(std::span<const LabelledItem> labelled,
                                                             std::span<const double> unlabelled,
                                                             JudgeWeight weight, double level) {
  if (labelled.size() < 2 || unlabelled.size() < 2) return std::nullopt;
  std::vector<double> judged;
  for (const LabelledItem& item : labelled) judged.push_back(item.judged);
  PredictionPoweredMean result;
  result.weight = weight == JudgeWeight::one ? 1 : tuned_weight(labelled, judged, unlabelled);
  std::vector<double> corrections;
  bool contradicted = false;
  double bias = 0;
  for (const LabelledItem& item : labelled) {
    corrections.push_back(item.label - result.weight * item.judged);
    contradicted |= item.label != item.judged;
    bias += item.judged - item.label;
  }
  const double n = static_cast<double>(labelled.size());
  result.judge_bias = bias / n;
  result.judged_mean = mean(unlabelled);
  result.mean = std::clamp(result.weight * result.judged_mean + mean(corrections), 0.0, 1.0);
  const double judged_variance = result.weight * result.weight * sample_variance(unlabelled);
  const double correction_variance = sample_variance(corrections);
  result.standard_error =
      std::sqrt(judged_variance / static_cast<double>(unlabelled.size()) + correction_variance / n);
  const double critical = student_t_critical(level, n - 1);
  double half = critical * result.standard_error;
  if (!contradicted || half == 0) half = std::hypot(half, tango_interval_of_counts(0, 0, n, critical).high);
  result.interval = {std::max(0.0, result.mean - half), std::min(1.0, result.mean + half)};
  return result;
}

}  // namespace costwar::stats
