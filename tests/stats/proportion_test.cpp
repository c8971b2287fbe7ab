#include "stats/proportion.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

using costwar::stats::clopper_pearson_interval;
using costwar::stats::Interval;
using costwar::stats::normal_quantile;
using costwar::stats::proportion_standard_error;
using costwar::stats::wilson_interval;
using doctest::Approx;

TEST_CASE("the normal quantile is the one of the tables") {
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-12));
  CHECK(normal_quantile(0.5) == Approx(0).epsilon(1e-12));
  CHECK(normal_quantile(0.8) == Approx(0.8416212335729143).epsilon(1e-12));
}

TEST_CASE("30 of 30 is not certainty") {
  const Interval wilson = wilson_interval(30, 30);
  CHECK(wilson.low == Approx(0.8865).epsilon(1e-4));
  CHECK(wilson.high == 1);
  const Interval exact = clopper_pearson_interval(30, 30);
  CHECK(exact.low == Approx(0.8843).epsilon(1e-4));
  CHECK(exact.high == 1);
}

TEST_CASE("Wilson and Clopper-Pearson agree with published values for 15 of 148") {
  // Newcombe 1998, Statistics in Medicine 17, 857-872, table I: p = 0.1014.
  const Interval wilson = wilson_interval(15, 148);
  CHECK(wilson.low == Approx(0.0624).epsilon(1e-3));
  CHECK(wilson.high == Approx(0.1605).epsilon(1e-3));
  const Interval exact = clopper_pearson_interval(15, 148);
  CHECK(exact.low == Approx(0.0578).epsilon(1e-3));
  CHECK(exact.high == Approx(0.1617).epsilon(1e-3));
}

TEST_CASE("no interval of a proportion has zero width, leaves [0, 1] or misses its estimate") {
  for (std::int64_t n = 1; n <= 40; ++n) {
    for (std::int64_t x = 0; x <= n; ++x) {
      for (const double level : {0.8, 0.95, 0.999}) {
        for (const Interval bounds : {wilson_interval(x, n, level), clopper_pearson_interval(x, n, level)}) {
          CAPTURE(x);
          CAPTURE(n);
          CHECK(bounds.width() > 0);
          CHECK(bounds.low >= 0);
          CHECK(bounds.high <= 1);
          CHECK(bounds.contains(static_cast<double>(x) / static_cast<double>(n)));
        }
      }
    }
  }
  CHECK(wilson_interval(0, 0) == Interval{0, 1});
  CHECK(clopper_pearson_interval(0, 0) == Interval{0, 1});
}

TEST_CASE("a higher level is wider, and more trials are narrower") {
  CHECK(wilson_interval(80, 100, 0.99).width() > wilson_interval(80, 100, 0.95).width());
  CHECK(wilson_interval(800, 1000).width() < wilson_interval(80, 100).width());
}

TEST_CASE("standard errors of the RouteLLM GSM8K rows") {
  CHECK(proportion_standard_error(1130, 1319) == Approx(0.0096508957).epsilon(1e-8));
  CHECK(proportion_standard_error(842, 1319) == Approx(0.0132346584).epsilon(1e-8));
  CHECK(std::isnan(proportion_standard_error(1, 1)));
}
