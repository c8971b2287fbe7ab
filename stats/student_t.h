// Student's t distribution (Student 1908) and the interval of a mean that uses it. Pure functions; sources in
// docs/measuring.md.
#pragma once

#include <optional>
#include <span>

#include "stats/interval.h"

namespace costwar::stats {

// P(T <= t). degrees > 0, also fractional.
double student_t_cdf(double t, double degrees);

// The t with P(T <= t) = probability. 0 < probability < 1, degrees > 0.
double student_t_quantile(double probability, double degrees);

// The t that a two-sided interval of this level reaches to either side.
double student_t_critical(double level, double degrees);

// P(|T| >= |t|).
double student_t_two_sided_p(double t, double degrees);

// Variance with n - 1 in the denominator. NaN below two values.
double sample_variance(std::span<const double> values);

// mean -+ t(n - 1) s / sqrt(n). nullopt below two values, and where they are all equal: without a bound on
// what a value can be, equal values say nothing about how far the next may lie.
std::optional<Interval> mean_t_interval(std::span<const double> values, double level = kDefaultLevel);

}  // namespace costwar::stats
