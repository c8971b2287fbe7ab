#include "analysis/distribution.h"

#include <doctest/doctest.h>

using namespace costwar::analysis;
using Points = std::vector<DistributionPoint>;

TEST_CASE("few values are all there, equal ones as one step") {
  CHECK(distribution_of_sorted({}).empty());
  const std::vector<double> one{0.5};
  CHECK(distribution_of_sorted(one) == Points{{0.5, 1}});
  const std::vector<double> four{1, 2, 2, 8};
  CHECK(distribution_of_sorted(four) == Points{{1, 0.25}, {2, 0.75}, {8, 1}});
}

TEST_CASE("of many values, evenly spaced ranks with both ends") {
  std::vector<double> many;
  for (int i = 1; i <= 100'000; ++i) many.push_back(i);
  const Points points = distribution_of_sorted(many);
  REQUIRE(points.size() == kDistributionPoints);
  CHECK(points.front() == DistributionPoint{1, 1e-5});
  CHECK(points.back() == DistributionPoint{100'000, 1});
  for (std::size_t i = 1; i < points.size(); ++i) {
    CHECK(points[i].share == points[i].value / 100'000);
    CHECK(points[i].share - points[i - 1].share < 0.006);
  }
}

TEST_CASE("a mass of equal values keeps its whole share") {
  std::vector<double> values(900, 1.0);
  for (int i = 0; i < 100; ++i) values.push_back(2 + i);
  const Points points = distribution_of_sorted(values, 50);
  CHECK(points.front() == DistributionPoint{1, 0.9});
  CHECK(points.back() == DistributionPoint{101, 1});
}
