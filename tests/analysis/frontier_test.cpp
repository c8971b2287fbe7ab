#include "analysis/frontier.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::SampleRun;
using doctest::Approx;

namespace {

struct Kind {
  std::string name;
  int solves = 0;     // of the items, the first ones
  std::string cost;   // of a task, USD; empty: unpriced
  double joules = 0;  // of a task; 0: unknown
};

struct Sample {
  RunColumns run;
  std::vector<AttemptCost> costs;
};

Sample sample(const std::vector<Kind>& kinds, int items) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.push_back(kind.name);
  SampleRun run(names, {"sums"});
  Sample made;
  for (std::uint32_t m = 0; m < kinds.size(); ++m)
    for (int i = 0; i < items; ++i) {
      run.trial(m, 0, "item" + std::to_string(i));
      run.attempt(Outcome::ok, 10, 10, 2);
      if (kinds[m].joules > 0) run.joules(kinds[m].joules, Provenance::reported);
      run.score(i < kinds[m].solves);
      AttemptCost cost;
      if (kinds[m].cost.empty())
        cost.unpriced = true;
      else
        cost.amount = Money::parse(Currency{}, kinds[m].cost);
      made.costs.push_back(cost);
    }
  made.run = run.columns();
  return made;
}

Frontier frontier_of(const Sample& made, FrontierOptions options = {}) {
  return find_frontier(made.run, made.costs, options);
}

}  // namespace

TEST_CASE("who is dominated, and what a goal costs") {
  const Sample made =
      sample({{"x/small", 60, "0.001", 0}, {"x/dear", 59, "0.010", 0}, {"x/large", 90, "0.004", 0}}, 100);
  FrontierOptions options;
  options.qualities = {0.75, 0.95};
  options.budgets = {0.0025, 0.0001};
  const Frontier frontier = frontier_of(made, options);
  REQUIRE(frontier.positions.places.size() == 3);
  const auto& places = frontier.positions.places;
  CHECK(places[0].on_frontier);
  CHECK_FALSE(places[1].on_frontier);
  CHECK(places[1].dominated_by.value() == 0);  // by both, always
  CHECK(places[1].dominated_probability == Approx(1));
  CHECK(places[2].on_frontier);
  CHECK(places[2].on_hull);
  CHECK(places[1].probability == Approx(0));
  CHECK(frontier.best == 2);
  // Half of the way from 60 to 90 %: half of the calls, halfway from 0.001 to 0.004.
  const auto& goals = frontier.positions.goals;
  REQUIRE(goals.size() == 4);
  CHECK(goals[0].model.value() == 2);
  CHECK(goals[0].single.value == Approx(0.004));
  CHECK(goals[0].mix.value().share == Approx(0.5));
  CHECK(goals[0].mixed.value == Approx(0.0025));
  CHECK(goals[0].mixed.interval.value().contains(0.0025));
  CHECK(goals[0].probability == Approx(1).epsilon(0.01));
  CHECK_FALSE(goals[1].model.has_value());  // 95 % is out of reach
  CHECK(goals[1].probability < 0.2);
  CHECK(goals[2].model.value() == 0);
  CHECK(goals[2].mixed.value == Approx(0.75));
  CHECK_FALSE(goals[3].model.has_value());  // cheaper than the cheapest
  CHECK(goals[3].probability == 0);
}

TEST_CASE("a model that is dominated by chance keeps its probability") {
  const Sample made = sample({{"x/a", 70, "0.0010", 0}, {"x/b", 69, "0.0011", 0}}, 100);
  const Frontier frontier = frontier_of(made);
  CHECK_FALSE(frontier.positions.places[1].on_frontier);
  // Only in the resamples without the one item that they differ in (0.99^100 = 37 %) are they equal.
  CHECK(frontier.positions.places[1].dominated_probability == Approx(1));
  CHECK(frontier.positions.places[0].probability == Approx(1));
}

TEST_CASE("capability per dollar, per joule and per hour, and the cost on items that both solved") {
  const Sample made = sample({{"x/small", 50, "0.001", 4}, {"x/large", 80, "0.004", 20}}, 100);
  const Frontier frontier = frontier_of(made);
  const FrontierModel& small = frontier.models[0];
  CHECK(small.cost_per_task.value().value == Approx(0.001));
  CHECK(small.cost_per_solved.value().value == Approx(0.002));
  CHECK(small.solved_per_unit.value().value == Approx(500));
  CHECK(small.solved_per_unit.value().interval.value().contains(500));
  CHECK(small.solved_per_kilojoule.value().value == Approx(125));
  CHECK(small.solved_per_hour.value().value == Approx(900));
  CHECK(small.both_solved == 50);
  CHECK(small.cost_ratio.value().value == Approx(0.25));
  CHECK_FALSE(frontier.models[1].cost_ratio.has_value());  // it is the best itself
}

TEST_CASE("without a price there is no place, and quality is known all the same") {
  const Sample made = sample({{"x/small", 50, "0.001", 0}, {"x/own", 80, "", 0}}, 100);
  const Frontier frontier = frontier_of(made);
  CHECK(frontier.positions.places.empty());
  CHECK(frontier.models[1].quality.value == Approx(0.8));
  CHECK_FALSE(frontier.models[1].cost_per_task.has_value());
  CHECK_FALSE(frontier.models[0].cost_ratio.has_value());
  CHECK(frontier.no_scale == "an item-response scale needs at least 5 models; these are 2");
}

TEST_CASE("five models have a common scale") {
  const Sample made = sample({{"x/a", 20, "1", 0},
                              {"x/b", 40, "1", 0},
                              {"x/c", 50, "1", 0},
                              {"x/d", 60, "1", 0},
                              {"x/e", 80, "1", 0}},
                             100);
  const Frontier frontier = frontier_of(made);
  REQUIRE(frontier.scale.has_value());
  for (std::size_t m = 1; m < 5; ++m)
    CHECK(frontier.scale->abilities[m].value > frontier.scale->abilities[m - 1].value);
}

TEST_CASE("one model, and models without a common item, are refused") {
  CHECK_THROWS_AS(frontier_of(sample({{"x/a", 5, "1", 0}}, 10)), Error);
  SampleRun run({"x/a", "x/b"}, {"sums"});
  run.trial(0, 0, "one");
  run.attempt(Outcome::ok, 1, 1, 1);
  run.score(true);
  run.trial(1, 0, "other");
  run.attempt(Outcome::ok, 1, 1, 1);
  run.score(true);
  const Sample made{run.columns(), {AttemptCost{}, AttemptCost{}}};
  CHECK_THROWS_AS(frontier_of(made), Error);
}

TEST_CASE("the probability of being on the frontier is that of the resamples") {
  // Against a certain point, a drawn quality of 0.5 +- is above with the chance that it is.
  const std::vector<CostQuality> points{{1, 0.5}, {2, 0.5}};
  RandomStream random(5, "draws");
  FrontierOptions options;
  options.most_resamples = 4000;
  const FrontierPositions positions = frontier_positions(
      points,
      [&](std::span<CostQuality> drawn) {
        drawn[0] = points[0];
        drawn[1] = {2, random.unit()};
      },
      options);
  CHECK(positions.places[1].probability == Approx(0.5).epsilon(0.1));
  CHECK(positions.places[0].probability == 1);
}

TEST_CASE("a point whose cost is not known takes part in nothing") {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  for (const std::vector<CostQuality>& points :
       {std::vector<CostQuality>{{unknown, 0.99}, {1, 0.5}, {2, 0.8}, {3, 0.7}},
        std::vector<CostQuality>{{1, 0.5}, {2, 0.8}, {3, 0.7}, {unknown, 0.99}}}) {
    FrontierOptions options;
    options.qualities = {0.6, 0.9};
    const FrontierPositions positions = frontier_positions(points, {}, options);
    const std::size_t first = std::isnan(points[0].cost) ? 1 : 0;
    CHECK(positions.places[first].on_frontier);
    CHECK(positions.places[first + 1].on_frontier);
    CHECK_FALSE(positions.places[first + 2].on_frontier);
    const FrontierPlace& nowhere = positions.places[first == 1 ? 0 : 3];
    CHECK_FALSE(nowhere.on_frontier);
    CHECK_FALSE(nowhere.on_hull);
    CHECK_FALSE(nowhere.dominated_by);
    CHECK(positions.goals[0].single.value == 2);
    CHECK_FALSE(positions.goals[1].model);
    CHECK_FALSE(positions.goals[1].mix);
  }
}
