#include "stats/bootstrap.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "stats/proportion.h"

using costwar::RandomStream;
using costwar::stats::bootstrap_mean;
using costwar::stats::bootstrap_ratio;
using costwar::stats::bootstrap_ratio_of_ratios;
using costwar::stats::BootstrapOptions;
using costwar::stats::Interval;
using costwar::stats::RatioItem;
using costwar::stats::RatioPairItem;
using doctest::Approx;

TEST_CASE("the same seed and stream give the same interval, another stream another one") {
  std::vector<double> values;
  RandomStream random(1, "values");
  for (int i = 0; i < 50; ++i) values.push_back(random.unit());
  const Interval once = bootstrap_mean(values, {7, "a"});
  CHECK(bootstrap_mean(values, {7, "a"}) == once);
  CHECK_FALSE(bootstrap_mean(values, {7, "b"}) == once);
  CHECK_FALSE(bootstrap_mean(values, {8, "a"}) == once);
}

TEST_CASE("the interval of a mean is close to the normal one where that holds") {
  std::vector<double> zeros_and_ones(400, 0.0);
  for (std::size_t i = 0; i < 300; ++i) zeros_and_ones[i] = 1;
  const Interval bounds = bootstrap_mean(zeros_and_ones, {3, "mean"});
  const double half = 1.96 * std::sqrt(0.75 * 0.25 / 400);
  CHECK(bounds.low == Approx(0.75 - half).epsilon(0.01));
  CHECK(bounds.high == Approx(0.75 + half).epsilon(0.01));
}

TEST_CASE("the interval of a mean covers about as often as it says") {
  RandomStream random(11, "coverage");
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) values.push_back(random.unit());
    BootstrapOptions options{static_cast<std::uint64_t>(trial), "coverage"};
    options.resamples = 600;
    covered += bootstrap_mean(values, options).contains(0.5) ? 1 : 0;
  }
  CHECK(covered >= kTrials * 90 / 100);
  CHECK(covered <= kTrials * 99 / 100);
}

TEST_CASE("resamples with nothing below the line are infinite, never dropped") {
  // Two of ten: a resample misses both with probability 0.8^10 = 0.107, more than the 0.025 of the upper
  // tail.
  std::vector<RatioItem> items(10, RatioItem{1, 0});
  items[0].denominator = items[1].denominator = 1;
  const Interval bounds = bootstrap_ratio(items, {5, "ratio"});
  CHECK(std::isinf(bounds.high));
  CHECK(bounds.low < 5);
  CHECK(bounds.low > 1);
  SUBCASE("at a level that leaves enough room outside they fall there") {
    BootstrapOptions options{5, "ratio"};
    options.level = 0.5;
    CHECK(std::isfinite(bootstrap_ratio(items, options).high));
  }
  SUBCASE("nothing below the line at all") {
    const std::vector<RatioItem> none(10, RatioItem{1, 0});
    CHECK(std::isinf(bootstrap_ratio(none, {5, "ratio"}).low));
  }
}

TEST_CASE("a ratio of ratios keeps the pairing") {
  // The first always costs twice the second and solves the same items: the ratio is 2 in every resample.
  std::vector<RatioPairItem> items;
  for (int i = 0; i < 30; ++i) {
    const double solved = i % 3 == 0 ? 0 : 1;
    items.push_back({{2.0 * (i + 1), solved}, {1.0 * (i + 1), solved}});
  }
  const Interval bounds = bootstrap_ratio_of_ratios(items, {5, "pair"});
  CHECK(bounds.low == Approx(2));
  CHECK(bounds.high == Approx(2));
}

TEST_CASE("a resample that says nothing counts against both ends") {
  // Neither solves anything in most resamples: infinity over infinity.
  std::vector<RatioPairItem> items(10, RatioPairItem{{1, 0}, {1, 0}});
  items[0] = {{1, 1}, {1, 1}};
  const Interval bounds = bootstrap_ratio_of_ratios(items, {5, "pair"});
  CHECK(bounds.low == 0);
  CHECK(std::isinf(bounds.high));
}

TEST_CASE("no items, no claim") {
  CHECK(std::isnan(bootstrap_mean({}, {}).low));
  CHECK(bootstrap_ratio({}, {}).low == 0);
  CHECK(std::isinf(bootstrap_ratio({}, {}).high));
  CHECK(std::isinf(bootstrap_ratio_of_ratios({}, {}).high));
}
