#include "stats/bootstrap.h"

#include <cmath>
#include <limits>
#include <vector>

#include "stats/infinity.h"
#include "stats/resampler.h"

namespace costwar::stats {
namespace {

// a / b for terms that are not negative; NaN where it says nothing.
double ratio(double above, double below) {
  if (below > 0) return above / below;
  return above > 0 ? kInfinity : std::numeric_limits<double>::quiet_NaN();
}

double ratio_of_ratios(const RatioPairItem& sums) {
  const double first = sums.first.denominator > 0 ? sums.first.numerator / sums.first.denominator : kInfinity;
  const double second =
      sums.second.denominator > 0 ? sums.second.numerator / sums.second.denominator : kInfinity;
  if (std::isinf(first) && std::isinf(second)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(second)) return 0;
  return std::isinf(first) ? kInfinity : ratio(first, second);
}

}  // namespace

Interval bootstrap_mean(std::span<const double> items, const BootstrapOptions& options) {
  if (items.empty()) {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    return {nothing, nothing};
  }
  std::vector<double> means;
  means.reserve(static_cast<std::size_t>(resamples_of(items.size(), options)));
  Resampler resampler(items.size(), options);
  for (std::int64_t r = 0; r < resamples_of(items.size(), options); ++r) {
    double sum = 0;
    resampler.draw([&](std::size_t i) { sum += items[i]; });
    means.push_back(sum / static_cast<double>(items.size()));
  }
  return {low_end(means, options.level), high_end(means, options.level)};
}

Interval bootstrap_ratio(std::span<const RatioItem> items, const BootstrapOptions& options) {
  if (items.empty()) return {0, kInfinity};
  std::vector<double> ratios;
  ratios.reserve(static_cast<std::size_t>(resamples_of(items.size(), options)));
  Resampler resampler(items.size(), options);
  for (std::int64_t r = 0; r < resamples_of(items.size(), options); ++r) {
    RatioItem sums;
    resampler.draw([&](std::size_t i) {
      sums.numerator += items[i].numerator;
      sums.denominator += items[i].denominator;
    });
    ratios.push_back(sums.denominator > 0 ? sums.numerator / sums.denominator : kInfinity);
  }
  return {low_end(ratios, options.level), high_end(ratios, options.level)};
}

Interval bootstrap_ratio_of_ratios(std::span<const RatioPairItem> items, const BootstrapOptions& options) {
  if (items.empty()) return {0, kInfinity};
  std::vector<double> for_low;
  std::vector<double> for_high;
  for_low.reserve(static_cast<std::size_t>(resamples_of(items.size(), options)));
  for_high.reserve(static_cast<std::size_t>(resamples_of(items.size(), options)));
  Resampler resampler(items.size(), options);
  for (std::int64_t r = 0; r < resamples_of(items.size(), options); ++r) {
    RatioPairItem sums;
    resampler.draw([&](std::size_t i) {
      sums.first.numerator += items[i].first.numerator;
      sums.first.denominator += items[i].first.denominator;
      sums.second.numerator += items[i].second.numerator;
      sums.second.denominator += items[i].second.denominator;
    });
    const double value = ratio_of_ratios(sums);
    for_low.push_back(std::isnan(value) ? 0 : value);
    for_high.push_back(std::isnan(value) ? kInfinity : value);
  }
  return {low_end(for_low, options.level), high_end(for_high, options.level)};
}

}  // namespace costwar::stats
