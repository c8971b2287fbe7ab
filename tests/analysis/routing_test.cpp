#include "analysis/routing.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/outcome_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::OutcomeSample;
using doctest::Approx;

namespace {

// A cheap model whose score tells with some certainty whether it solved the item; `telling` 0: nothing.
struct World {
  OutcomeSample sample{{"cheap", "strong"}};
  RouteSignal signal{"score", false, {}};
};

World world(std::uint64_t seed, int n, double telling, bool before, double cheap_cost = 0.1) {
  World made;
  made.signal.before = before;
  RandomStream random(seed, "world");
  for (int i = 0; i < n; ++i) {
    const bool cheap = random.unit() < 0.6, strong = random.unit() < 0.85;
    made.sample.row({cheap, strong}, {cheap_cost, 1.0});
    made.signal.keep.push_back(telling * (cheap ? 1 : 0) + random.unit());
  }
  return made;
}

Routing routes(const World& made, RoutingOptions options = {}) {
  options.most_resamples = 2'000;
  return find_routes(made.sample.run(), made.sample.shared(), std::span(&made.signal, 1), options);
}

// All thresholds by search: quality and cost of escalating what is kept with less.
RoutePoint reached(const World& made, double below) {
  RoutePoint point;
  const auto& shared = made.sample.shared();
  const double n = static_cast<double>(shared.rows());
  for (std::size_t i = 0; i < shared.rows(); ++i) {
    const bool escalates = made.signal.keep[i] < below;
    point.at.quality += shared.models[escalates ? 1 : 0].solved[i] / n;
    point.at.cost +=
        (escalates ? shared.models[1].cost[i] + (made.signal.before ? 0 : shared.models[0].cost[i])
                   : shared.models[0].cost[i]) /
        n;
    point.strong_share += escalates ? 1 / n : 0;
  }
  return point;
}

}  // namespace

TEST_CASE("golden: GPT-4 against Mixtral on GSM8K: oracle, difference, flips") {
  OutcomeSample sample({"mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"});
  const auto rows = [&](int n, bool cheap, bool strong) {
    for (int i = 0; i < n; ++i) sample.row({cheap, strong}, {0, 1});
  };
  rows(747, true, true);
  rows(383, false, true);
  rows(95, true, false);
  rows(94, false, false);
  const Routing routing = find_routes(sample.run(), sample.shared(), {}, {});
  CHECK(routing.difference == Approx(.2183472328).epsilon(1e-9));
  CHECK(routing.standard_error.value() == Approx(.0154527092).epsilon(1e-8));
  CHECK(routing.counts.only_first == 383);
  CHECK(routing.counts.only_second == 95);
  CHECK(routing.oracle.quality.value == Approx(.9287338893).epsilon(1e-9));
  CHECK(routing.oracle.strong_share.value == Approx(.2904).epsilon(1e-4));
  CHECK(routing.oracle.quality.interval.value().contains(.9287338893));
}

TEST_CASE("every threshold's cost and quality are those of going through the items") {
  for (const bool before : {false, true}) {
    const World made = world(3, 200, 0.5, before);
    const RouteFinding rule = routes(made).rules.at(0);
    CHECK(rule.curve.size() == 201);
    for (std::size_t i = 0; i < rule.curve.size(); i += 10) {
      const RoutePoint expected =
          reached(made, rule.curve[i].below.value_or(-std::numeric_limits<double>::infinity()));
      CHECK(rule.curve[i].point.at.quality == Approx(expected.at.quality).epsilon(1e-12));
      CHECK(rule.curve[i].point.at.cost == Approx(expected.at.cost).epsilon(1e-12));
      CHECK(rule.curve[i].point.strong_share == Approx(expected.strong_share).epsilon(1e-12));
    }
    CHECK(rule.curve.back().point.at.cost == Approx(before ? 1.0 : 1.1));
  }
}

TEST_CASE("a telling score gains, a cascade pays for both calls, and AIQ lies between mix and oracle") {
  const World made = world(4, 600, 0.8, false);
  const Routing routing = routes(made);
  const RouteFinding& rule = routing.rules.at(0);
  CHECK(rule.gain.interval.value().low > 0);
  CHECK(rule.saved.interval.value().low > 0);
  CHECK(rule.cost.value == Approx(0.1 + rule.strong_share.value).epsilon(1e-9));
  CHECK(rule.average_quality.value > routing.mix_average_quality);
  CHECK(rule.average_quality.value < routing.oracle.quality.value);
  CHECK(rule.average_gap_recovered.value().value > 0.5);
  CHECK(rule.quality.value < routing.oracle.quality.value);
  // What chose the threshold is better on itself than on the other half, or as good.
  CHECK(rule.apparent.at.quality > 0);
  // The same score known before costs less for the same answers.
  World before = world(4, 600, 0.8, true);
  const RouteFinding router = routes(before).rules.at(0);
  CHECK(router.gain.value > rule.gain.value);
}

TEST_CASE("a wanted quality is reached with the least money") {
  const World made = world(5, 600, 0.8, false);
  RoutingOptions options;
  options.aim = RouteAim::quality;
  options.quality = 0.80;
  const RouteFinding rule = routes(made, options).rules.at(0);
  CHECK(rule.apparent.at.quality >= 0.80);
  for (const RouteCurvePoint& point : rule.curve)
    if (point.point.at.quality >= 0.80) CHECK(point.point.at.cost >= rule.apparent.at.cost);
  options.quality = 1.0;  // out of reach: the most that can be had
  const RouteFinding most = routes(made, options).rules.at(0);
  for (const RouteCurvePoint& point : most.curve)
    CHECK(point.point.at.quality <= most.apparent.at.quality + 1e-12);
}

TEST_CASE("without prices, calls to the strong model take their place") {
  World made = world(6, 100, 0.5, true);
  auto shared = made.sample.shared();
  shared.models[0].unpriced = 100;
  RoutingOptions options;
  options.most_resamples = 500;
  const Routing routing = find_routes(made.sample.run(), shared, std::span(&made.signal, 1), options);
  CHECK(routing.calls_for_costs);
  CHECK(routing.strong_point.at.cost == 1);
  CHECK(routing.rules[0].cost.value == Approx(routing.rules[0].strong_share.value));
  CHECK(routing.hull.empty());
}

TEST_CASE("of three models the oracle takes the cheapest that solves") {
  OutcomeSample sample({"a", "b", "c"});
  for (int i = 0; i < 20; ++i) sample.row({i < 10, i >= 5 && i < 15, i < 18}, {1, 2, 4});
  const Routing routing = find_routes(sample.run(), sample.shared(), {}, {});
  REQUIRE(routing.oracle_of_all.has_value());
  CHECK(routing.oracle_of_all->quality == Approx(0.9));
  // 10 by a, 5 by b, 3 by c, 2 by nobody, which cost as a does.
  CHECK(routing.oracle_of_all->cost == Approx((10 * 1 + 5 * 2 + 3 * 4 + 2 * 1) / 20.0));
  CHECK(routing.hull == std::vector<std::size_t>{0, 2});
}

TEST_CASE("few items are refused") {
  OutcomeSample sample({"a", "b"}, 10);
  for (int i = 0; i < 50; ++i) sample.row({true, false}, {1, 2});
  CHECK_THROWS_AS(find_routes(sample.run(), sample.shared(), {}, {}), Error);
}
