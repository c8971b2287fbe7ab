#include "stats/student_t.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using costwar::stats::mean_t_interval;
using costwar::stats::sample_variance;
using costwar::stats::student_t_cdf;
using costwar::stats::student_t_critical;
using costwar::stats::student_t_quantile;
using costwar::stats::student_t_two_sided_p;
using costwar::stats::variance_degrees;
using doctest::Approx;

TEST_CASE("Student's t agrees with scipy.stats.t (SciPy 1.17)") {
  CHECK(student_t_quantile(0.975, 1) == Approx(12.706204736174694).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, 4) == Approx(2.7764451051977934).epsilon(1e-12));
  CHECK(student_t_critical(0.95, 29) == Approx(2.045229642132703).epsilon(1e-12));
  CHECK(student_t_critical(0.95, 1318) == Approx(1.9617655127673146).epsilon(1e-12));
  CHECK(student_t_critical(0.95, 2.5) == Approx(3.5746548420036817).epsilon(1e-12));
  CHECK(student_t_cdf(1.3, 4) == Approx(0.868274201764388).epsilon(1e-12));
  CHECK(student_t_cdf(1.3, 1318) == Approx(0.9030858666115259).epsilon(1e-12));
  CHECK(student_t_two_sided_p(2.5, 9) == Approx(0.033861827682985735).epsilon(1e-12));
  CHECK(student_t_two_sided_p(-2.5, 9) == Approx(0.033861827682985735).epsilon(1e-12));
}

TEST_CASE("the interval of a mean") {
  // scipy.stats.t.interval(0.95, 4, mean, sem).
  const auto bounds = mean_t_interval(std::vector<double>{2.1, 3.4, 1.9, 5.6, 4.4});
  REQUIRE(bounds.has_value());
  CHECK(bounds->low == Approx(1.5416515396944317).epsilon(1e-12));
  CHECK(bounds->high == Approx(5.418348460305568).epsilon(1e-12));
}

TEST_CASE("no interval from one value, nor from equal ones") {
  CHECK_FALSE(mean_t_interval(std::vector<double>{}).has_value());
  CHECK_FALSE(mean_t_interval(std::vector<double>{3}).has_value());
  CHECK_FALSE(mean_t_interval(std::vector<double>(20, 0.1)).has_value());
  CHECK(std::isnan(sample_variance(std::vector<double>{3})));
  CHECK(sample_variance(std::vector<double>{1, 3}) == 2);
}

TEST_CASE("a variance that few residuals hold has few degrees of freedom") {
  // Equal residuals: as many as there are, less one. One residual alone: 2 / (1 - 1/n).
  CHECK(variance_degrees(20, 20, 20) == 19);
  CHECK(variance_degrees(4, 16, 20) == Approx(2 / 0.95));
  // Kurtosis 3, as of normal values: sum r^4 = 3 n when sum r^2 = n.
  CHECK(variance_degrees(1000, 3000, 1000) == 999);
  CHECK(variance_degrees(1000, 5000, 1000) == Approx(500));
}
