#include "stats/batch_means.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "stats/proportion.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::stats {
namespace {

constexpr std::array<std::size_t, 4> kBatchCounts = {kMostBatches, 20, 15, kFewestBatches};
constexpr double kCorrelatedAt = 1.2816;  // one-sided 10 %: of r sqrt(b), which is about normal without any
constexpr double kMostCorrelation = 0.8;  // widens nine times

std::vector<double> means_of_batches(std::span<const double> series, std::size_t batches) {
  std::vector<double> means(batches);
  for (std::size_t b = 0; b < batches; ++b) {
    const std::size_t from = b * series.size() / batches;
    const std::size_t until = (b + 1) * series.size() / batches;
    means[b] = mean(series.subspan(from, until - from));
  }
  return means;
}

// Of neighbours; 0 where nothing varies.
double lag_one(std::span<const double> means) {
  const double center = mean(means);
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    squares += (means[i] - center) * (means[i] - center);
    if (i > 0) products += (means[i] - center) * (means[i - 1] - center);
  }
  return squares > 0 ? products / squares : 0;
}

}  // namespace

std::optional<Interval> BatchMeans::interval(double level) const {
  if (!(standard_error > 0)) return std::nullopt;
  const double reach = student_t_critical(level, static_cast<double>(batches) - 1) * standard_error;
  return Interval{mean - reach, mean + reach};
}

std::optional<BatchMeans> batch_means(std::span<const double> series) {
  if (series.size() < 2 * kFewestBatches) return std::nullopt;
  BatchMeans result;
  for (const std::size_t batches : kBatchCounts) {
    if (series.size() < 2 * batches) continue;
    const std::vector<double> means = means_of_batches(series, batches);
    const double correlation = lag_one(means);
    const bool correlated = correlation * std::sqrt(static_cast<double>(batches)) > kCorrelatedAt;
    if (correlated && batches > kFewestBatches) continue;
    const double unbiased = correlation + 1 / static_cast<double>(batches);
    const double kept = std::clamp(unbiased, 0.0, kMostCorrelation);
    const double variance = sample_variance(means) / static_cast<double>(batches);
    result.batches = batches;
    result.correlation = correlation;
    result.standard_error = std::sqrt(variance * (1 + kept) / (1 - kept));
    break;
  }
  result.mean = mean(series);
  return result;
}

RateEstimate batch_rate(std::span<const double> slots, double seconds, double quantum, double level) {
  double sum = 0;
  for (const double slot : slots) sum += slot;
  RateEstimate rate{sum / seconds, std::nullopt};
  if (sum < static_cast<double>(kFewestBatches) * quantum) return rate;
  const std::optional<BatchMeans> batches = batch_means(slots);
  if (!batches) return rate;
  const double scale = static_cast<double>(slots.size()) / seconds;
  const double reach =
      student_t_critical(level, static_cast<double>(batches->batches) - 1) * batches->standard_error * scale;
  const double least = quantum / seconds;
  const double half = std::max(reach, least);
  rate.interval = Interval{std::max(0.0, rate.per_second - half), rate.per_second + half};
  return rate;
}

Interval quantile_shares(double probability, double standard_error, double n, double degrees, double level) {
  const double spread = probability * (1 - probability);
  const double effective = standard_error > 0 ? std::min(n, spread / (standard_error * standard_error)) : n;
  return wilson_interval_of_share(probability, effective, student_t_critical(level, degrees));
}

std::optional<Interval> batch_quantile_interval(std::span<const double> series,
                                                std::span<const double> ascending, double probability,
                                                double level) {
  std::optional<Interval> interval = quantile_interval(ascending, probability, level);
  if (!interval || series.size() < 2 * kFewestBatches) return interval;
  const double quantile = quantile_of_sorted(ascending, probability);
  std::vector<double> below(series.size());
  std::transform(series.begin(), series.end(), below.begin(),
                 [quantile](double value) { return value <= quantile ? 1.0 : 0.0; });
  const std::optional<BatchMeans> share = batch_means(below);
  const auto n = static_cast<double>(ascending.size());
  const Interval shares =
      quantile_shares(probability, share->standard_error, n, static_cast<double>(share->batches) - 1, level);
  const auto low = static_cast<std::size_t>(std::max(0.0, std::floor(shares.low * n) - 1));
  const double high = std::ceil(shares.high * n);
  if (high > n - 1) return std::nullopt;
  interval->low = std::min(interval->low, ascending[low]);
  interval->high = std::max(interval->high, ascending[static_cast<std::size_t>(high)]);
  return interval;
}

}  // namespace costwar::stats
