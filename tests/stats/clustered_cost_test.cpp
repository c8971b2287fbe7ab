#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "stats/cost_per_success.h"
#include "stats/student_t.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

CostedCluster cluster(double cost, std::int64_t solved, std::int64_t items) {
  return {cost, cost, cost, solved, items};
}

std::vector<CostedCluster> varied(int clusters) {
  std::vector<CostedCluster> result;
  for (int c = 0; c < clusters; ++c)
    result.push_back(cluster(4.0 + 0.1 * (c * 37 % 11), c % 5 == 0 ? 1 : 3 + c % 2, 4));
  return result;
}

}  // namespace

TEST_CASE("clusters that are copied item by item leave the interval as it is") {
  std::vector<CostedItem> items;
  std::vector<CostedCluster> copies;
  for (int i = 0; i < 80; ++i) {
    const double cost = 1 + 0.01 * (i * 37 % 100);
    items.push_back({cost, cost, cost, i % 3 != 0});
    copies.push_back(cluster(5 * cost, i % 3 != 0 ? 5 : 0, 5));
  }
  const auto single = cost_per_success_interval(items, {1, "copies"});
  const auto copied = clustered_cost_per_success_interval(copies, {1, "copies"});
  REQUIRE(single.has_value());
  REQUIRE(copied.has_value());
  CHECK(copied->low == Approx(single->low));
  CHECK(copied->high == Approx(single->high));
}

TEST_CASE("clusters of alike items are wider than as many items that stand alone") {
  std::vector<CostedItem> alone;
  std::vector<CostedCluster> together;
  for (int c = 0; c < 30; ++c) {
    const bool solved = c % 3 != 0;
    together.push_back(cluster(10 + c % 7, solved ? 10 : 0, 10));
    for (int i = 0; i < 10; ++i)
      alone.push_back({1 + 0.1 * (c % 7), 1 + 0.1 * (c % 7), 1 + 0.1 * (c % 7), solved});
  }
  const auto wide = clustered_cost_per_success_interval(together, {});
  const auto narrow = cost_per_success_interval(alone, {});
  REQUIRE(wide.has_value());
  REQUIRE(narrow.has_value());
  CHECK(wide->width() > 2.5 * narrow->width());
}

TEST_CASE("edges of the solve rate use the number of clusters and t on one less") {
  const double t = student_t_critical(0.95, 19);
  SUBCASE("nothing solved") {
    const auto bounds =
        clustered_cost_per_success_interval(std::vector<CostedCluster>(20, cluster(6, 0, 3)), {});
    REQUIRE(bounds.has_value());
    CHECK(bounds->low == Approx(2 / (t * t / (20 + t * t))));
    CHECK(std::isinf(bounds->high));
  }
  SUBCASE("all solved at one cost") {
    const auto bounds =
        clustered_cost_per_success_interval(std::vector<CostedCluster>(20, cluster(6, 3, 3)), {});
    REQUIRE(bounds.has_value());
    CHECK(bounds->low == Approx(2));
    CHECK(bounds->high == Approx(2 * (20 + t * t) / 20));
  }
}

TEST_CASE("the ratio of two models over clusters resamples both together") {
  std::vector<CostedClusterPair> pairs;
  for (const CostedCluster& each : varied(60))
    pairs.push_back({cluster(3 * each.cost, each.solved, each.items), each});
  // The first costs three times the second on every cluster: no doubt is left beyond that of the solve rates.
  const auto bounds = clustered_cost_ratio_interval(pairs, {1, "pair"});
  REQUIRE(bounds.has_value());
  CHECK(bounds->contains(3));
  CHECK(bounds->width() > 0);
  pairs[0].first.items = 0;  // not shared, so it counts for neither
  const auto without = clustered_cost_ratio_interval(pairs, {1, "pair"});
  const auto fewer = clustered_cost_ratio_interval(
      std::vector<CostedClusterPair>(pairs.begin() + 1, pairs.end()), {1, "pair"});
  REQUIRE(without.has_value());
  CHECK(*without == *fewer);
}

TEST_CASE("fewer than two clusters give no interval") {
  CHECK_FALSE(clustered_cost_per_success_interval({}, {}).has_value());
  CHECK_FALSE(clustered_cost_per_success_interval(varied(1), {}).has_value());
  const auto two = varied(2);
  CHECK(clustered_cost_per_success_interval(two, {}).has_value());
  CHECK_FALSE(
      clustered_cost_ratio_interval(std::vector<CostedClusterPair>{{two[0], two[1]}}, {}).has_value());
}
