#include "stats/quantile.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace costwar::stats {
namespace {

// The largest rank r with P(B < r) <= tail, B binomial(n, probability); 0 where there is none.
std::int64_t lower_rank(std::int64_t n, double probability, double tail) {
  const boost::math::binomial_distribution<double> below(static_cast<double>(n), probability);
  std::int64_t low = 0;
  std::int64_t high = n;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (boost::math::cdf(below, static_cast<double>(middle - 1)) <= tail)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double quantile_of_sorted(std::span<const double> ascending, double probability) {
  if (ascending.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double position = probability * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], position - static_cast<double>(below));
}

std::optional<Interval> quantile_interval(std::span<const double> ascending, double probability,
                                          double level) {
  const auto n = static_cast<std::int64_t>(ascending.size());
  const double tail = (1 - level) / 2;
  if (n == 0) return std::nullopt;
  const std::int64_t low = lower_rank(n, probability, tail);
  // The upper rank is the lower one of the mirrored sample.
  const std::int64_t high = n + 1 - lower_rank(n, 1 - probability, tail);
  if (low < 1 || high > n) return std::nullopt;
  return Interval{ascending[static_cast<std::size_t>(low - 1)],
                  ascending[static_cast<std::size_t>(high - 1)]};
}

}  // namespace costwar::stats
