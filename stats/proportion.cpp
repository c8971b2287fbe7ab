#include "stats/proportion.h"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>

namespace costwar::stats {

double normal_quantile(double probability) {
  return boost::math::quantile(boost::math::normal_distribution<double>{}, probability);
}

Interval wilson_interval_of_share(double share, double trials, double critical) {
  if (!(trials > 0)) return {0, 1};
  const double n = trials;
  const double z = critical;
  const double denominator = 1 + z * z / n;
  const double centre = (share + z * z / (2 * n)) / denominator;
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / denominator;
  // At the edges the bound is exactly 0 or 1; rounding must not leave it a hair beside.
  return {share == 0 ? 0 : std::max(0.0, centre - half), share == 1 ? 1 : std::min(1.0, centre + half)};
}

Interval wilson_interval(std::int64_t successes, std::int64_t trials, double level) {
  if (trials == 0) return {0, 1};
  const double n = static_cast<double>(trials);
  return wilson_interval_of_share(static_cast<double>(successes) / n, n, normal_quantile(0.5 + level / 2));
}

Interval clopper_pearson_interval(std::int64_t successes, std::int64_t trials, double level) {
  if (trials == 0) return {0, 1};
  const double tail = (1 - level) / 2;
  const double solved = static_cast<double>(successes);
  const double missed = static_cast<double>(trials - successes);
  Interval bounds{0, 1};
  using Beta = boost::math::beta_distribution<double>;
  if (successes > 0) bounds.low = boost::math::quantile(Beta(solved, missed + 1), tail);
  if (successes < trials) bounds.high = boost::math::quantile(Beta(solved + 1, missed), 1 - tail);
  return bounds;
}

double proportion_standard_error(std::int64_t successes, std::int64_t trials) {
  if (trials < 2) return std::numeric_limits<double>::quiet_NaN();
  const double n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  return std::sqrt(share * (1 - share) / (n - 1));
}

}  // namespace costwar::stats
