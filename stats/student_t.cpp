#include "stats/student_t.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "stats/quantile.h"

namespace costwar::stats {

double student_t_cdf(double t, double degrees) {
  return boost::math::cdf(boost::math::students_t_distribution<double>(degrees), t);
}

double student_t_quantile(double probability, double degrees) {
  return boost::math::quantile(boost::math::students_t_distribution<double>(degrees), probability);
}

double student_t_critical(double level, double degrees) {
  return student_t_quantile(0.5 + level / 2, degrees);
}

double student_t_two_sided_p(double t, double degrees) {
  return 2 * student_t_cdf(-std::abs(t), degrees);
}

double sample_variance(std::span<const double> values) {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return squares / static_cast<double>(values.size() - 1);
}

std::optional<Interval> mean_t_interval(std::span<const double> values, double level) {
  const double variance = sample_variance(values);
  if (!(variance > 0)) return std::nullopt;
  const double n = static_cast<double>(values.size());
  const double centre = mean(values);
  const double half = student_t_critical(level, n - 1) * std::sqrt(variance / n);
  const Interval bounds{centre - half, centre + half};
  if (!(bounds.width() > 0)) return std::nullopt;  // a spread below what a double resolves at this size
  return bounds;
}

}  // namespace costwar::stats
