#include "analysis/items_to_resolve.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/power.h"
#include "stats/proportion.h"
#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

constexpr double kMostItems = 1e9;  // nobody measures more

double critical_of(double level) {
  return stats::normal_quantile(1 - (1 - level) / 2);
}

std::optional<std::int64_t> whole(double items) {
  if (!std::isfinite(items) || items > kMostItems) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(items));
}

// The least number of items at which an interval, given by that number, no longer holds the bound.
template <typename IntervalOf>
std::optional<double> least_items(double bound, IntervalOf interval_of) {
  double high = 1;
  while (interval_of(high).contains(bound)) {
    high *= 2;
    if (high > kMostItems) return std::nullopt;
  }
  double low = high / 2;
  while (high - low > 0.5) {
    const double middle = (low + high) / 2;
    (interval_of(middle).contains(bound) ? low : high) = middle;
  }
  return high;
}

// What the interval takes, and what the power takes: the larger.
std::optional<std::int64_t> larger(std::optional<double> interval, double difference, double variance,
                                   const stats::PowerOptions& power) {
  if (!interval) return std::nullopt;
  double items = *interval * power.design_effect;
  if (variance > 0) {
    const auto found = stats::items_for_mean_difference(difference, variance, power);
    if (!found) return std::nullopt;
    items = std::max(items, static_cast<double>(*found));
  }
  return whole(items);
}

}  // namespace

std::optional<std::int64_t> items_for_share(double share, std::int64_t items, double effective, double bound,
                                            double level) {
  if (share == bound || items <= 0) return std::nullopt;
  const double critical = critical_of(level);
  stats::PowerOptions power;
  power.level = level;
  power.design_effect = effective > 0 ? std::max(1.0, static_cast<double>(items) / effective) : 1;
  return larger(
      least_items(bound, [&](double n) { return stats::wilson_interval_of_share(share, n, critical); }),
      share - bound, share * (1 - share), power);
}

std::optional<std::int64_t> items_for_paired_share(const stats::PairedCounts& counts, double design_effect,
                                                   double bound, double level) {
  const auto items = static_cast<double>(counts.items());
  const double difference = stats::paired_difference(counts);
  if (items == 0 || difference == bound) return std::nullopt;
  const double first = static_cast<double>(counts.only_first) / items;
  const double second = static_cast<double>(counts.only_second) / items;
  const double critical = critical_of(level);
  stats::PowerOptions power;
  power.level = level;
  power.design_effect = std::max(1.0, design_effect);
  const auto interval_of = [&](double n) {
    return stats::tango_interval_of_counts(first * n, second * n, n, critical);
  };
  return larger(least_items(bound, interval_of), difference - bound, first + second - difference * difference,
                power);
}

std::optional<std::int64_t> items_by_width(double value, const stats::Interval& interval, std::int64_t n,
                                           double bound, Scale scale, double level) {
  const auto scaled = [&](double x) { return scale == Scale::logarithmic ? std::log(x) : x; };
  const double distance = std::abs(scaled(value) - scaled(bound));
  const double end = bound > value ? interval.high : interval.low;  // the one beyond the bound
  const double reach = std::abs(scaled(end) - scaled(value));
  if (n <= 0 || !std::isfinite(distance) || distance == 0 || !std::isfinite(reach)) return std::nullopt;
  const double error = reach / critical_of(level);
  stats::PowerOptions power;
  power.level = level;
  const auto found =
      stats::items_for_mean_difference(distance, error * error * static_cast<double>(n), power);
  return found ? whole(static_cast<double>(std::max(*found, n + 1))) : std::nullopt;
}

std::optional<std::int64_t> items_for_quantile(double quantile, double level) {
  constexpr std::size_t kMost = 10'000;
  std::vector<double> values;
  while (values.size() < kMost) {
    values.push_back(static_cast<double>(values.size()));
    if (stats::quantile_interval(values, quantile, level)) return static_cast<std::int64_t>(values.size());
  }
  return std::nullopt;
}

}  // namespace costwar::analysis
