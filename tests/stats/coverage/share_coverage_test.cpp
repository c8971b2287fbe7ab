// Coverage of the plain intervals of a share, exactly: sums over the binomial distribution, no simulation.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <cstdint>
#include <vector>

#include "simulation.h"
#include "stats/proportion.h"

using namespace costwar::stats;

namespace {

// The coverage averaged over p uniform on [low, high]: the integral of C(n, x) p^x (1-p)^(n-x) over the part
// of the interval of x that lies there is a difference of two beta distribution functions, over n + 1.
double average_wilson_coverage(std::int64_t n, double low, double high) {
  double covered = 0;
  for (std::int64_t x = 0; x <= n; ++x) {
    const Interval bounds = wilson_interval(x, n);
    const double from = std::max(low, bounds.low);
    const double to = std::min(high, bounds.high);
    if (from >= to) continue;
    const boost::math::beta_distribution<double> beta(static_cast<double>(x + 1),
                                                      static_cast<double>(n - x + 1));
    covered += boost::math::cdf(beta, to) - boost::math::cdf(beta, from);
  }
  return covered / static_cast<double>(n + 1) / (high - low);
}

// The chance at p that the interval of what is drawn holds p.
double coverage_at(std::int64_t n, double p, const std::vector<Interval>& intervals) {
  const boost::math::binomial_distribution<double> draws(static_cast<double>(n), p);
  double covered = 0;
  for (std::int64_t x = 0; x <= n; ++x)
    if (intervals[static_cast<std::size_t>(x)].contains(p))
      covered += boost::math::pdf(draws, static_cast<double>(x));
  return covered;
}

}  // namespace

TEST_CASE("Wilson, averaged over p uniform on [.05, .95], covers 94 to 96 % at each n from 30 to 1,000") {
  double least = 1;
  double most = 0;
  const std::int64_t step = costwar::coverage::samples(20) >= 20 ? 1 : 60;
  for (std::int64_t n = 30; n <= 1000; n += step) {
    const double coverage = average_wilson_coverage(n, 0.05, 0.95);
    CAPTURE(n);
    CHECK(coverage >= 0.94);
    CHECK(coverage <= 0.96);
    least = std::min(least, coverage);
    most = std::max(most, coverage);
    if (n == 30 || n == 1000 || n % 200 == 0)
      fmt::print("Wilson, p uniform on [.05, .95], n = {:4}: {:.2f} % (exact)\n", n, 100 * coverage);
  }
  fmt::print("Wilson over all n: {:.2f} to {:.2f} %\n", 100 * least, 100 * most);
}

TEST_CASE("Clopper-Pearson covers at least 95 % in every cell") {
  // The coverage falls where p leaves an interval, so beside a grid of p each n is tried just outside the
  // ends too.
  fmt::print("\nClopper-Pearson: least coverage over p (exact)\n");
  for (const std::int64_t n : {1, 2, 5, 10, 20, 30, 50, 100, 200, 300}) {
    std::vector<Interval> intervals;
    std::vector<double> points;
    for (std::int64_t x = 0; x <= n; ++x) {
      intervals.push_back(clopper_pearson_interval(x, n));
      for (const double end : {intervals.back().low, intervals.back().high})
        for (const double p : {end - 1e-9, end + 1e-9})
          if (p > 0 && p < 1 && x % std::max<std::int64_t>(1, n / 20) == 0) points.push_back(p);
    }
    for (int i = 1; i < 100; ++i) points.push_back(i / 100.0);
    double least = 1;
    for (const double p : points) least = std::min(least, coverage_at(n, p, intervals));
    fmt::print("  n = {:4}: {:.2f} %\n", n, 100 * least);
    CAPTURE(n);
    CHECK(least >= 0.95 - 1e-6);
    CHECK(least < 0.99);
  }
}
