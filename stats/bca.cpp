// BCa: percentiles at levels moved for the median bias of the resamples (z0) and for how the standard error
// changes with the value (acceleration, from the jackknife). Efron 1987, JASA 82, 171-185; Efron and
// Tibshirani 1993, section 14.3.
#include <algorithm>
#include <cmath>

#include "stats/infinity.h"
#include "stats/proportion.h"
#include "stats/resampler.h"

namespace costwar::stats {
namespace {

double normal_cdf(double z) {
  return std::erfc(-z / std::sqrt(2.0)) / 2;
}

// The acceleration; nullopt where a left-out item leaves no finite value, or nothing varies.
std::optional<double> acceleration(std::span<const double> jackknife) {
  double sum = 0;
  for (const double value : jackknife) sum += value;
  const double centre = sum / static_cast<double>(jackknife.size());
  double squares = 0;
  double cubes = 0;
  for (const double value : jackknife) {
    const double distance = centre - value;
    squares += distance * distance;
    cubes += distance * distance * distance;
  }
  if (!(squares > 0) || !std::isfinite(squares)) return std::nullopt;
  return cubes / (6 * std::pow(squares, 1.5));
}

// The value below which this share of the ascending ones lies, on the outer side.
double at_share(std::span<const double> ascending, double share, bool outwards_down) {
  const double position = share * static_cast<double>(ascending.size());
  const double last = static_cast<double>(ascending.size() - 1);
  const double index = outwards_down ? std::floor(position) : std::ceil(position) - 1;
  return ascending[static_cast<std::size_t>(std::clamp(index, 0.0, last))];
}

// Values for the low and the high end differ only where a resample says nothing.
struct Resamples {
  std::vector<double> for_low;
  std::vector<double> for_high;
};

Interval read_off(Resamples resamples, double estimate, std::span<const double> jackknife, double level) {
  std::sort(resamples.for_low.begin(), resamples.for_low.end());
  std::sort(resamples.for_high.begin(), resamples.for_high.end());
  const double tail = (1 - level) / 2;
  const auto percentile = [&](double low, double high) {
    return Interval{at_share(resamples.for_low, low, true), at_share(resamples.for_high, high, false)};
  };
  const std::optional<double> a = acceleration(jackknife);
  if (!a) return percentile(tail, 1 - tail);
  const auto [from, to] = std::equal_range(resamples.for_high.begin(), resamples.for_high.end(), estimate);
  const auto count = [&](auto end) { return static_cast<double>(end - resamples.for_high.begin()); };
  const double below = (count(from) + count(to)) / 2 / static_cast<double>(resamples.for_high.size());
  if (!(below > 0 && below < 1)) return percentile(tail, 1 - tail);
  const double bias = normal_quantile(below);
  const auto moved = [&](double z) { return normal_cdf(bias + (bias + z) / (1 - *a * (bias + z))); };
  return percentile(moved(normal_quantile(tail)), moved(normal_quantile(1 - tail)));
}

// Sums of an item's terms, and the statistic of such sums: what differs between means, ratios and their
// ratios.
template <typename Item, typename Sums, typename Add, typename Statistic>
Interval bca(std::span<const Item> items, const BootstrapOptions& options, Sums none, Add add,
             Statistic statistic) {
  Resamples resamples;
  Resampler resampler(items.size(), options);
  for (std::int64_t r = 0; r < resamples_of(items.size(), options); ++r) {
    Sums sums = none;
    resampler.draw([&](std::size_t i) { add(sums, items[i], 1.0); });
    const double value = statistic(sums);
    resamples.for_low.push_back(std::isnan(value) ? 0 : value);
    resamples.for_high.push_back(std::isnan(value) ? kInfinity : value);
  }
  Sums all = none;
  for (const Item& item : items) add(all, item, 1.0);
  std::vector<double> jackknife;
  jackknife.reserve(items.size());
  for (const Item& item : items) {
    Sums others = all;
    add(others, item, -1.0);
    jackknife.push_back(statistic(others));
  }
  return read_off(std::move(resamples), statistic(all), jackknife, options.level);
}

double ratio(const RatioItem& sums) {
  return sums.denominator > 0 ? sums.numerator / sums.denominator : kInfinity;
}

}  // namespace

Interval bca_mean(std::span<const double> items, const BootstrapOptions& options) {
  if (items.empty()) return bootstrap_mean(items, options);
  const RatioItem none;
  return bca(
      items, options, none,
      [](RatioItem& sums, double item, double sign) {
        sums.numerator += sign * item;
        sums.denominator += sign;
      },
      ratio);
}

Interval bca_ratio(std::span<const RatioItem> items, const BootstrapOptions& options) {
  if (items.empty()) return {0, kInfinity};
  const RatioItem none;
  return bca(
      items, options, none,
      [](RatioItem& sums, const RatioItem& item, double sign) {
        sums.numerator += sign * item.numerator;
        sums.denominator += sign * item.denominator;
      },
      ratio);
}

Interval bca_ratio_of_ratios(std::span<const RatioPairItem> items, const BootstrapOptions& options) {
  if (items.empty()) return {0, kInfinity};
  const RatioPairItem none;
  return bca(
      items, options, none,
      [](RatioPairItem& sums, const RatioPairItem& item, double sign) {
        sums.first.numerator += sign * item.first.numerator;
        sums.first.denominator += sign * item.first.denominator;
        sums.second.numerator += sign * item.second.numerator;
        sums.second.denominator += sign * item.second.denominator;
      },
      // Infinity / infinity and 0 / 0 are NaN: they say nothing.
      [](const RatioPairItem& sums) { return ratio(sums.first) / ratio(sums.second); });
}

}  // namespace costwar::stats
