#include "stats/quantile.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

using costwar::stats::mean;
using costwar::stats::quantile_interval;
using costwar::stats::quantile_of_sorted;
using doctest::Approx;

namespace {
std::vector<double> one_to(int n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}
}  // namespace

TEST_CASE("quantiles interpolate between order statistics") {
  const std::vector<double> values{1, 2, 4, 8};
  CHECK(quantile_of_sorted(values, 0) == 1);
  CHECK(quantile_of_sorted(values, 0.5) == 3);
  CHECK(quantile_of_sorted(values, 0.75) == 5);
  CHECK(quantile_of_sorted(values, 1) == 8);
  CHECK(std::isnan(quantile_of_sorted({}, 0.5)));
  CHECK(mean(values) == Approx(3.75));
  CHECK(std::isnan(mean({})));
}

TEST_CASE("median intervals use the ranks of the sign test tables") {
  // 95 %, two-sided: n = 6 takes ranks 1 and 6, n = 10 ranks 2 and 9, n = 20 ranks 6 and 15, n = 100 ranks 40
  // and 61.
  CHECK_FALSE(quantile_interval(one_to(5), 0.5).has_value());
  const auto check = [](int n, double low, double high) {
    const auto bounds = quantile_interval(one_to(n), 0.5);
    REQUIRE(bounds.has_value());
    CHECK(bounds->low == low);
    CHECK(bounds->high == high);
  };
  check(6, 1, 6);
  check(10, 2, 9);
  check(20, 6, 15);
  check(100, 40, 61);
  CHECK_FALSE(quantile_interval({}, 0.5).has_value());
}

TEST_CASE("a high quantile needs many values") {
  CHECK_FALSE(quantile_interval(one_to(50), 0.99).has_value());
  CHECK(quantile_interval(one_to(1000), 0.99).has_value());
}
