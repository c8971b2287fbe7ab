#include "stats/percentile_guard.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace costwar::stats {
namespace {

// P(at most one of n is beyond the quantile), `inside` = share that is not.
double at_most_one_beyond(std::int64_t n, double inside) {
  const auto count = static_cast<double>(n);
  const double none = std::pow(inside, count);
  return none + count * (1 - inside) * none / inside;
}

}  // namespace

std::int64_t least_values(double probability, double confidence) {
  const double inside = std::max(probability, 1 - probability);
  const double doubt = 1 - confidence;
  std::int64_t high = 2;
  while (at_most_one_beyond(high, inside) > doubt && high < (std::int64_t{1} << 60)) high *= 2;
  std::int64_t low = high / 2;  // too few, or 1
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (at_most_one_beyond(middle, inside) > doubt ? low : high) = middle;
  }
  return high;
}

bool enough_values(std::int64_t n, double probability, double confidence) {
  return n >= 2 && at_most_one_beyond(n, std::max(probability, 1 - probability)) <= 1 - confidence;
}

std::int64_t beyond_allowed(std::int64_t n, double probability, double confidence) {
  if (n < 1) return -1;
  const boost::math::binomial_distribution<double> beyond(static_cast<double>(n), 1 - probability);
  std::int64_t low = -1;
  std::int64_t high = n;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (boost::math::cdf(beyond, static_cast<double>(middle)) <= 1 - confidence ? low : high) = middle;
  }
  return low;
}

}  // namespace costwar::stats
