#include "analysis/cost_quality.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"

using namespace costwar;
using namespace costwar::analysis;
using doctest::Approx;

namespace {

// Points on a coarse grid, so that ties of every kind happen.
std::vector<CostQuality> random_points(RandomStream& random, std::size_t n, std::uint64_t steps) {
  std::vector<CostQuality> points(n);
  for (CostQuality& point : points)
    point = {static_cast<double>(1 + random.below(steps)) / static_cast<double>(steps),
             static_cast<double>(random.below(steps + 1)) / static_cast<double>(steps)};
  return points;
}

bool dominated_by_any(const std::vector<CostQuality>& points, std::size_t i) {
  return std::any_of(points.begin(), points.end(),
                     [&](const CostQuality& other) { return dominates(other, points[i]); });
}

// The best of every single point and every mix of two whose mean cost is at most this; nan: nothing is.
double best_by_search(const std::vector<CostQuality>& points, double cost) {
  double best = NAN;
  const auto see = [&](double quality) {
    if (!(best >= quality)) best = quality;
  };
  for (const CostQuality& a : points) {
    if (a.cost <= cost) see(a.quality);
    for (const CostQuality& b : points)
      if (a.cost <= cost && b.cost > cost)
        see(a.quality + (b.quality - a.quality) * (cost - a.cost) / (b.cost - a.cost));
  }
  return best;
}

double cheapest_by_search(const std::vector<CostQuality>& points, double quality) {
  double best = NAN;
  const auto see = [&](double cost) {
    if (!(best <= cost)) best = cost;
  };
  for (const CostQuality& a : points) {
    if (a.quality >= quality) see(a.cost);
    for (const CostQuality& b : points)
      if (a.quality < quality && b.quality > quality)
        see(a.cost + (b.cost - a.cost) * (quality - a.quality) / (b.quality - a.quality));
  }
  return best;
}

}  // namespace

TEST_CASE("the frontier and the hull agree with a search over all pairs on random points") {
  RandomStream random(11, "points");
  for (int round = 0; round < 300; ++round) {
    const std::vector<CostQuality> points = random_points(random, 1 + random.below(12), 8);
    const std::vector<bool> free = non_dominated(points);
    for (std::size_t i = 0; i < points.size(); ++i) CHECK(free[i] == !dominated_by_any(points, i));
    const Hull hull(points);
    REQUIRE_FALSE(hull.empty());
    for (const std::size_t i : hull.vertices()) CHECK(free[i]);
    for (double at = 0.03; at < 1.1; at += 0.07) {
      const double expected = best_by_search(points, at);
      const auto mix = hull.best_at_cost(at);
      REQUIRE(mix.has_value() == !std::isnan(expected));
      if (mix) CHECK(mix->at.quality == Approx(expected).epsilon(1e-12));
      const double cost = cheapest_by_search(points, at);
      const auto cheapest = hull.cheapest_at_quality(at);
      REQUIRE(cheapest.has_value() == !std::isnan(cost));
      if (cheapest) CHECK(cheapest->at.cost == Approx(cost).epsilon(1e-12));
      if (cheapest)  // the mix is what it says
        CHECK((1 - cheapest->share) * points[cheapest->first].cost +
                  cheapest->share * points[cheapest->second].cost ==
              Approx(cheapest->at.cost).epsilon(1e-12));
    }
  }
}

TEST_CASE("AIQ is the mean of the best quality over the costs, by adding up small steps") {
  RandomStream random(12, "areas");
  for (int round = 0; round < 40; ++round) {
    const std::vector<CostQuality> points = random_points(random, 2 + random.below(10), 16);
    const double low = 0.1 + 0.3 * random.unit(), high = low + 0.2 + 0.4 * random.unit();
    constexpr int kSteps = 20'000;
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double best = best_by_search(points, low + (high - low) * (i + 0.5) / kSteps);
      sum += std::isnan(best) ? 0 : best;
    }
    CHECK(Hull(points).average_quality(low, high) == Approx(sum / kSteps).epsilon(1e-3));
  }
}

TEST_CASE("equal points stand together, and a hull has each vertex once") {
  const std::vector<CostQuality> twins{{1, 0.5}, {1, 0.5}, {2, 0.5}, {2, 0.9}, {2, 0.9}};
  CHECK(non_dominated(twins) == std::vector<bool>{true, true, false, true, true});
  CHECK(Hull(twins).vertices() == std::vector<std::size_t>{0, 3});
  CHECK(Hull({}).empty());
  CHECK_FALSE(Hull({}).best_at_cost(1).has_value());
}
