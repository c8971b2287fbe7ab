#include "stats/cost_per_success.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "stats/proportion.h"

using costwar::stats::cost_per_success_interval;
using costwar::stats::cost_ratio_interval;
using costwar::stats::CostedItem;
using costwar::stats::CostedPair;
using costwar::stats::Interval;
using costwar::stats::wilson_interval;
using doctest::Approx;

namespace {

CostedItem item(double cost, bool solved) {
  return {cost, cost, cost, solved};
}

std::vector<CostedItem> items_of(int n, int solved, double (*cost)(int)) {
  std::vector<CostedItem> items;
  for (int i = 0; i < n; ++i) items.push_back(item(cost(i), i < solved));
  return items;
}

double rising(int i) {
  return 1.0 + 0.01 * (i * 37 % 100);
}
double constant(int) {
  return 2;
}

}  // namespace

TEST_CASE("nothing solved: bounded below by the mean cost and the best solve rate, unbounded above") {
  const auto bounds = cost_per_success_interval(items_of(40, 0, constant), {});
  REQUIRE(bounds.has_value());
  CHECK(bounds->low == Approx(2 / wilson_interval(0, 40).high));
  CHECK(std::isinf(bounds->high));
}

TEST_CASE("constant cost: the doubt is that of the solve rate") {
  const auto bounds = cost_per_success_interval(items_of(40, 30, constant), {});
  REQUIRE(bounds.has_value());
  const Interval rate = wilson_interval(30, 40);
  CHECK(bounds->low == Approx(2 / rate.high));
  CHECK(bounds->high == Approx(2 / rate.low));
}

TEST_CASE("all solved: the cost interval combined with the Wilson bound") {
  const auto items = items_of(30, 30, rising);
  const auto bounds = cost_per_success_interval(items, {});
  REQUIRE(bounds.has_value());
  double mean = 0;
  for (const CostedItem& each : items) mean += each.cost / 30;
  CHECK(bounds->low < mean);
  CHECK(bounds->low > 1);
  CHECK(bounds->high > mean / wilson_interval(30, 30).low);
}

TEST_CASE("all solved at constant cost is still not certain") {
  const auto bounds = cost_per_success_interval(items_of(30, 30, constant), {});
  REQUIRE(bounds.has_value());
  CHECK(bounds->low == Approx(2));
  CHECK(bounds->high == Approx(2 / 0.8865).epsilon(1e-4));
}

TEST_CASE("the usual case is the bootstrap of the ratio") {
  const auto items = items_of(300, 240, rising);
  const auto bounds = cost_per_success_interval(items, {3, "usual"});
  REQUIRE(bounds.has_value());
  double total = 0;
  for (const CostedItem& each : items) total += each.cost;
  CHECK(bounds->contains(total / 240));
  CHECK(bounds->width() < 0.15 * total / 240);
}

TEST_CASE("few solved: the upper bound is infinite") {
  CHECK(std::isinf(cost_per_success_interval(items_of(10, 2, rising), {})->high));
}

TEST_CASE("cost that follows success exactly does not make a zero-width interval") {
  std::vector<CostedItem> items;
  for (int i = 0; i < 40; ++i) items.push_back(item(i < 30 ? 2 : 0, i < 30));
  const auto bounds = cost_per_success_interval(items, {});
  REQUIRE(bounds.has_value());
  CHECK(bounds->width() > 0);
  CHECK(bounds->contains(2));
}

TEST_CASE("an uncertain price widens the interval on both sides") {
  auto items = items_of(300, 240, rising);
  const auto certain = cost_per_success_interval(items, {});
  for (CostedItem& each : items) {
    each.cost_low = each.cost / 2;
    each.cost_high = each.cost * 2;
  }
  const auto ranged = cost_per_success_interval(items, {});
  CHECK(ranged->low == Approx(certain->low / 2));
  CHECK(ranged->high == Approx(certain->high * 2));
}

TEST_CASE("free and empty have nothing in doubt") {
  CHECK_FALSE(cost_per_success_interval({}, {}).has_value());
  CHECK_FALSE(cost_per_success_interval(items_of(10, 5, [](int) { return 0.0; }), {}).has_value());
}

TEST_CASE("the ratio of two models on the same items") {
  std::vector<CostedPair> pairs;
  for (int i = 0; i < 300; ++i)
    pairs.push_back({item(3 * rising(i), i % 10 != 0), item(rising(i + 5), i % 5 != 0)});
  // 3 / 0.9 against 1 / 0.8.
  const auto bounds = cost_ratio_interval(pairs, {1, "pair"});
  REQUIRE(bounds.has_value());
  CHECK(bounds->contains(3 * 0.8 / 0.9));
  CHECK(bounds->width() < 0.5);
}

TEST_CASE("ratios of models that leave no variation still have width") {
  SUBCASE("both solved all at constant cost") {
    const std::vector<CostedPair> pairs(30, CostedPair{item(4, true), item(2, true)});
    const auto bounds = cost_ratio_interval(pairs, {});
    CHECK(bounds->low == Approx(2 * 0.8865).epsilon(1e-4));
    CHECK(bounds->high == Approx(2 / 0.8865).epsilon(1e-4));
  }
  SUBCASE("the same model twice") {
    std::vector<CostedPair> pairs;
    for (int i = 0; i < 30; ++i) pairs.push_back({item(2, i % 2 == 0), item(2, i % 2 == 0)});
    const auto bounds = cost_ratio_interval(pairs, {});
    CHECK(bounds->low < 1);
    CHECK(bounds->high > 1);
  }
}

TEST_CASE("ratios that do not exist") {
  const std::vector<CostedPair> nobody(20, CostedPair{item(1, false), item(1, false)});
  CHECK_FALSE(cost_ratio_interval(nobody, {}).has_value());
  const std::vector<CostedPair> free_of_charge(20, CostedPair{item(1, true), item(0, true)});
  CHECK_FALSE(cost_ratio_interval(free_of_charge, {}).has_value());
  CHECK_FALSE(cost_ratio_interval({}, {}).has_value());
}

TEST_CASE("a model that solved nothing is dearer by at least what both bounds allow") {
  const std::vector<CostedPair> only_second(20, CostedPair{item(1, false), item(1, true)});
  const auto bounds = cost_ratio_interval(only_second, {});
  REQUIRE(bounds.has_value());
  const double all = wilson_interval(20, 20).low;
  const double none = wilson_interval(0, 20).high;
  CHECK(bounds->low == Approx(all / none));
  CHECK(std::isinf(bounds->high));
  const std::vector<CostedPair> only_first(20, CostedPair{item(1, true), item(1, false)});
  const auto mirrored = cost_ratio_interval(only_first, {});
  CHECK(mirrored->low == 0);
  CHECK(mirrored->high == Approx(none / all));
}
