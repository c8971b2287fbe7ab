#include "stats/clustered.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/paired.h"
#include "stats/proportion.h"
#include "stats/student_t.h"

namespace costwar::stats {
namespace {

// A variance that rounding alone can leave behind is none.
constexpr double kRounding = 1e-24;

double squared(double value) {
  return value * value;
}

double critical(const ClusteredMean& mean, double level) {
  return student_t_critical(level, static_cast<double>(mean.clusters - 1));
}

// How much less the clusters tell where few of them hold most of the variance: it is then itself uncertain,
// and such samples show too little of it. So the degrees of freedom count less, the fewer they are of the G -
// 1 there could be. Calibrated by the coverage table; no effect where the clusters are alike. Items that
// stand alone need none, since the score interval knows their variance.
double variance_allowance(const ClusteredMean& mean, double level) {
  if (mean.items == mean.clusters) return 1;
  const double full = static_cast<double>(mean.clusters - 1);
  const double counted = mean.variance_degrees * std::sqrt(mean.variance_degrees / full);
  const double degrees = std::max(std::min(2.0, full), counted);
  return squared(student_t_critical(level, degrees) / critical(mean, level));
}

}  // namespace

std::vector<ClusterTotal> cluster_totals(std::span<const double> values,
                                         std::span<const std::int64_t> clusters) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return clusters[a] < clusters[b]; });
  std::vector<ClusterTotal> totals;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || clusters[order[i]] != clusters[order[i - 1]]) totals.emplace_back();
    totals.back().add(values[order[i]]);
  }
  return totals;
}

double ClusteredMean::design_effect() const {
  if (naive_standard_error == 0) return 1;
  return squared(standard_error / naive_standard_error);
}

double ClusteredMean::effective_items() const {
  if (standard_error == 0) return static_cast<double>(clusters);
  return static_cast<double>(items) / std::max(1.0, design_effect());
}

std::optional<ClusteredMean> clustered_mean(std::span<const ClusterTotal> clusters) {
  ClusteredMean result;
  double sum = 0;
  double squares = 0;
  for (const ClusterTotal& cluster : clusters) {
    if (cluster.items == 0) continue;
    ++result.clusters;
    result.items += cluster.items;
    sum += cluster.sum;
    squares += cluster.squares;
  }
  if (result.clusters < 2) return std::nullopt;
  const double n = static_cast<double>(result.items);
  const double groups = static_cast<double>(result.clusters);
  result.mean = sum / n;
  result.mean_square = squares / n;
  double between = 0;
  double fourth = 0;
  for (const ClusterTotal& cluster : clusters) {
    const double square = squared(cluster.sum - result.mean * static_cast<double>(cluster.items));
    between += square;
    fourth += square * square;
  }
  const double negligible = kRounding * std::max(result.mean_square, 1e-300);
  const double variance = groups / (groups - 1) * between / (n * n);
  result.variance_degrees = groups - 1;
  if (variance > negligible) {
    result.standard_error = std::sqrt(variance);
    result.variance_degrees = variance_degrees(between, fourth, groups);
  }
  const double naive = (result.mean_square - squared(result.mean)) / (n - 1);
  // The difference of two squares loses digits that the sum over clusters does not.
  if (naive > 1e-15 * result.mean_square) result.naive_standard_error = std::sqrt(naive);
  return result;
}

std::optional<Interval> clustered_t_interval(const ClusteredMean& mean, double level) {
  const double half = critical(mean, level) * mean.standard_error;
  const Interval bounds{mean.mean - half, mean.mean + half};
  if (!(bounds.width() > 0)) return std::nullopt;
  return bounds;
}

Interval effective_wilson_interval(const ClusteredMean& mean, double level) {
  const double share = std::clamp(mean.mean, 0.0, 1.0);
  const double n = static_cast<double>(mean.items);
  double effective = static_cast<double>(mean.clusters);
  if (mean.standard_error > 0) {
    const double variance = squared(std::max(mean.standard_error, mean.naive_standard_error));
    effective = n * (share * (1 - share) / (n - 1)) / variance / variance_allowance(mean, level);
  }
  return wilson_interval_of_share(share, effective, critical(mean, level));
}

EffectiveItems effective_score_items(const ClusteredMean& mean, double level) {
  return {mean.effective_items() / variance_allowance(mean, level), critical(mean, level)};
}

Interval clustered_difference_interval(const ClusteredMean& differences, double level) {
  const auto [effective, t] = effective_score_items(differences, level);
  // Zeros and ones apart: as many items for each side as give this mean and this mean square.
  const double first = (differences.mean_square + differences.mean) / 2;
  const double second = (differences.mean_square - differences.mean) / 2;
  return tango_interval_of_counts(std::max(0.0, first * effective), std::max(0.0, second * effective),
                                  effective, t);
}

std::optional<double> clustered_difference_p(const ClusteredMean& differences) {
  if (differences.standard_error > 0)
    return student_t_two_sided_p(differences.mean / differences.standard_error,
                                 static_cast<double>(differences.clusters - 1));
  if (differences.mean_square == 0) return 1;
  return std::nullopt;
}

}  // namespace costwar::stats
