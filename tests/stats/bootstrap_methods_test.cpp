// BCa and bootstrap-t; percentiles are in bootstrap_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include "core/random.h"
#include "stats/bootstrap.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

const std::vector<RatioItem> kItems{{1.2, 1}, {0.8, 1}, {2.5, 0}, {0.9, 1}, {4.1, 0}, {1.1, 1},
                                    {0.7, 1}, {3.0, 1}, {1.9, 1}, {2.2, 0}, {0.6, 1}, {5.5, 1}};

BootstrapOptions many() {
  BootstrapOptions options{1, "methods"};
  options.resamples = 100'000;
  return options;
}

}  // namespace

TEST_CASE("BCa agrees with scipy.stats.bootstrap at 400,000 resamples") {
  // SciPy 1.17, method="BCa", random_state=1; what differs is the noise of the resamples.
  const std::vector<double> values{0.2, 0.5, 0.9, 1.1, 1.6, 2.3, 3.1, 4.8, 7.9, 12.4};
  const Interval mean = bca_mean(values, many());
  CHECK(mean.low == Approx(1.74).epsilon(0.01));
  CHECK(mean.high == Approx(6.71).epsilon(0.01));
  const Interval ratio = bca_ratio(kItems, many());
  CHECK(ratio.low == Approx(1.52727).epsilon(0.01));
  CHECK(ratio.high == Approx(5.51429).epsilon(0.015));
  const Interval percentile = bootstrap_ratio(kItems, many());
  CHECK(percentile.low == Approx(1.45).epsilon(0.01));
  CHECK(percentile.high == Approx(5.15).epsilon(0.015));
}

TEST_CASE("bootstrap-t agrees with a NumPy program at 1,000,000 resamples") {
  // Without the allowance for the tail [1.5201, 6.0130]; with it, t on half of the residuals' 8.3 degrees
  // against t on 11 once below and twice above, the following.
  const auto bounds = bootstrap_t_ratio(kItems, many());
  REQUIRE(bounds.has_value());
  CHECK(bounds->low == Approx(1.4037466).epsilon(0.01));
  CHECK(bounds->high == Approx(7.5791587).epsilon(0.015));
}

TEST_CASE("a ratio of a ratio to a constant is that ratio, by every method") {
  std::vector<RatioPairItem> pairs;
  for (const RatioItem& item : kItems) pairs.push_back({item, {2, 1}});
  const Interval single = bca_ratio(kItems, {1, "x"});
  const Interval paired = bca_ratio_of_ratios(pairs, {1, "x"});
  CHECK(paired.low == Approx(single.low / 2));
  CHECK(paired.high == Approx(single.high / 2));
  const auto single_t = bootstrap_t_ratio(kItems, {1, "x"});
  const auto paired_t = bootstrap_t_ratio_of_ratios(pairs, {1, "x"});
  REQUIRE(single_t.has_value());
  REQUIRE(paired_t.has_value());
  // Of two models either may have the tail that is not seen, so the low end makes the larger allowance too.
  CHECK(paired_t->low < single_t->low / 2);
  CHECK(paired_t->high == Approx(single_t->high / 2));
}

TEST_CASE("bootstrap-t keeps its ends in order when the two models are exchanged") {
  std::vector<RatioPairItem> pairs;
  std::vector<RatioPairItem> exchanged;
  for (std::size_t i = 0; i < kItems.size(); ++i) {
    const RatioItem& other = kItems[(i * 5 + 3) % kItems.size()];
    pairs.push_back({kItems[i], other});
    exchanged.push_back({other, kItems[i]});
  }
  const auto forward = bootstrap_t_ratio_of_ratios(pairs, many());
  const auto backward = bootstrap_t_ratio_of_ratios(exchanged, many());
  REQUIRE(forward.has_value());
  REQUIRE(backward.has_value());
  CHECK(forward->low < 1);
  CHECK(forward->high > 1);
  CHECK(std::log(forward->low) == Approx(-std::log(backward->high)).epsilon(0.02));
  CHECK(std::log(forward->high) == Approx(-std::log(backward->low)).epsilon(0.02));
}

TEST_CASE("resamples without a denominator open the end that they could move") {
  std::vector<RatioItem> items(10, RatioItem{1, 0});
  items[0].denominator = items[1].denominator = 1;
  items[2].numerator = 1.5;
  const auto bounds = bootstrap_t_ratio(items, {5, "ratio"});
  REQUIRE(bounds.has_value());
  CHECK(std::isinf(bounds->high));
  CHECK(bounds->low > 0);
  std::vector<RatioPairItem> pairs;
  for (const RatioItem& item : items) pairs.push_back({{1, 1}, item});
  const auto second = bootstrap_t_ratio_of_ratios(pairs, {5, "ratio"});
  REQUIRE(second.has_value());
  CHECK(second->low == 0);
  CHECK(std::isfinite(second->high));
}

TEST_CASE("where nothing can be studentised there is no bootstrap-t") {
  CHECK_FALSE(bootstrap_t_ratio({}, {}).has_value());
  CHECK_FALSE(bootstrap_t_ratio(std::vector<RatioItem>{{1, 1}}, {}).has_value());
  CHECK_FALSE(bootstrap_t_ratio(std::vector<RatioItem>(9, {2, 1}), {}).has_value());
  CHECK_FALSE(bootstrap_t_ratio(std::vector<RatioItem>{{1, 0}, {2, 0}}, {}).has_value());
  CHECK_FALSE(bootstrap_t_ratio(std::vector<RatioItem>{{0, 1}, {0, 0}}, {}).has_value());
}

TEST_CASE("BCa falls back to percentiles where leaving one out leaves nothing") {
  std::vector<RatioItem> items(20, RatioItem{1, 0});
  items[0].denominator = 1;
  BootstrapOptions options{5, "one"};
  CHECK(bca_ratio(items, options).low == bootstrap_ratio(items, options).low);
  CHECK(std::isinf(bca_ratio(items, options).high));
  CHECK(bca_ratio({}, options).low == 0);
  CHECK(std::isnan(bca_mean({}, options).low));
}

TEST_CASE("the bootstrap-t of very many items is its limit, the delta method, at the cost of one pass") {
  // Halves of cost 1 and 3, of each two in five solved, in turns: the sums are 1,000,000 and 200,000. The
  // errors a / A - b / B are 1e-6 or 3e-6, less 5e-6 where solved: their squares add up to 250,000 (.4 * 16 +
  // .6 * 1 + .4 * 4 + .6 * 9) 1e-12 = 3.5e-6.
  std::vector<RatioItem> items;
  for (int i = 0; i < 500'000; ++i) items.push_back({i % 2 == 0 ? 1.0 : 3.0, i / 2 % 5 < 2 ? 1.0 : 0.0});
  const auto interval = bootstrap_t_ratio(items, {1, "limit"});
  REQUIRE(interval);
  const double wide = 1.9599640 * std::sqrt(3.5e-6);
  CHECK(std::log(interval->low / 5) == Approx(-wide).epsilon(0.001));
  CHECK(std::log(interval->high / 5) == Approx(wide).epsilon(0.001));
}

TEST_CASE("the delta method and the bootstrap-t agree where items are many") {
  costwar::RandomStream random(3, "delta");
  std::vector<RatioItem> items;
  std::vector<RatioPairItem> pairs;
  for (int i = 0; i < 2000; ++i) {
    const RatioItem first{0.5 + random.unit(), random.unit() < 0.7 ? 1.0 : 0.0};
    items.push_back(first);
    pairs.push_back({first, {1 + random.unit(), random.unit() < 0.5 ? 1.0 : 0.0}});
  }
  BootstrapOptions options;
  options.resamples = 2000;
  const Interval delta = delta_ratio(items, options.level).value();
  const Interval resampled = bootstrap_t_ratio(items, options).value();
  CHECK(delta.low == doctest::Approx(resampled.low).epsilon(0.005));
  CHECK(delta.high == doctest::Approx(resampled.high).epsilon(0.005));
  CHECK(delta != resampled);
  const Interval delta_pair = delta_ratio_of_ratios(pairs, options.level).value();
  const Interval resampled_pair = bootstrap_t_ratio_of_ratios(pairs, options).value();
  CHECK(delta_pair.low == doctest::Approx(resampled_pair.low).epsilon(0.01));
  CHECK(delta_pair.high == doctest::Approx(resampled_pair.high).epsilon(0.01));
}

TEST_CASE("above 200,000 items the delta method serves, unless resampling is asked for") {
  std::vector<RatioItem> items;
  for (std::size_t i = 0; i < kDeltaFrom; ++i)
    items.push_back({1 + static_cast<double>(i % 7), i % 3 == 0 ? 0.0 : 1.0});
  BootstrapOptions options;
  options.resamples = 20;
  const std::span<const RatioItem> all(items);
  CHECK(bootstrap_t_ratio(all, options) == delta_ratio(all, options.level));
  CHECK(bootstrap_t_ratio(all.first(kDeltaFrom - 1), options) !=
        delta_ratio(all.first(kDeltaFrom - 1), options.level));
  options.always = true;
  CHECK(bootstrap_t_ratio(all, options) != delta_ratio(all, options.level));
}

TEST_CASE("an interval that one item decides is open, and none has an end that no money could hold") {
  for (const double outlier : {2.0, 5.0, 21.8, 100.0, 1e4, 1e8}) {
    CAPTURE(outlier);
    for (const int n : {2, 5, 20, 50}) {
      CAPTURE(n);
      std::vector<RatioItem> items;
      for (int i = 0; i < n; ++i) items.push_back({i == 1 ? outlier : 1 + 0.01 * i, 1});
      const auto interval = bootstrap_t_ratio(items, {1, "x"});
      if (!interval) continue;
      double sum = 0;
      for (const RatioItem& item : items) sum += item.numerator;
      const double ratio = sum / n;
      CHECK(interval->low <= ratio);
      CHECK(interval->high >= ratio);
      CHECK((std::isinf(interval->high) || interval->high <= 1001 * ratio));
      CHECK((interval->low == 0 || interval->low >= ratio / 1001));
    }
  }
}
