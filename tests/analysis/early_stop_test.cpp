#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "analysis/comparison.h"
#include "analysis/plan_forecast.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::SampleRun;
using doctest::Approx;

namespace {

// Item by item to both models, as a plan that stops when decided has them; results of the first `measured`.
SampleRun until_decided(int items, int measured, bool (*first)(int), bool (*second)(int)) {
  SampleRun run({"mock/a", "mock/b"}, {"ask"});
  run.header().settings = R"({"until_decided":{"alpha":0.05,"margin":0.03,"failed_items":"wrong"}})";
  for (int i = 0; i < items; ++i)
    for (std::uint32_t model = 0; model < 2; ++model) {
      run.trial(model, 0, "item" + std::to_string(i));
      if (i >= measured) continue;
      run.attempt(Outcome::ok, 20, 5, 1);
      run.score((model == 0 ? first : second)(i));
    }
  return run;
}

Comparison compared(const RunColumns& run) {
  std::vector<AttemptCost> costs(run.attempts.size());
  for (AttemptCost& cost : costs) cost.amount = Money::parse(Currency{}, "0.01");
  return compare_models(run, costs, {}, {});
}

}  // namespace

TEST_CASE("a run that stopped early shows its confidence sequence, and what it saved") {
  const Comparison found =
      compared(until_decided(
                   500, 120, [](int i) { return i % 10 != 0; }, [](int i) { return i % 2 == 0; })
                   .columns());
  REQUIRE(found.early_stop.has_value());
  REQUIRE(found.early_stop->pairs.size() == 1);
  const StoppedPair& stopped = found.early_stop->pairs[0];
  CHECK(stopped.sequence.decision == stats::Decision::better);
  CHECK(stopped.sequence.clusters <= 120);
  CHECK(stopped.trials_saved == 760);
  CHECK(stopped.cost_saved == Money::parse(Currency{}, "7.6"));
  const PairFinding& pair = found.pairs[0];
  CHECK(pair.quality == Verdict::higher);
  CHECK(pair.interval == stopped.sequence.interval);
  CHECK(pair.interval->low > 0);
  CHECK_FALSE(pair.p.has_value());
  CHECK_FALSE(found.models[0].quality.interval.has_value());
  CHECK_FALSE(found.models[0].missing_bounds.has_value());
}

TEST_CASE("only the finished beginning of the plan's order is consumed") {
  SampleRun run({"mock/a", "mock/b"}, {"ask"});
  run.header().settings = R"({"until_decided":{"alpha":0.05,"margin":0.03,"failed_items":"wrong"}})";
  for (int i = 0; i < 200; ++i)
    for (std::uint32_t model = 0; model < 2; ++model) {
      run.trial(model, 0, "item" + std::to_string(i));
      if (i != 10) run.score(model == 0);  // the eleventh item is not finished
    }
  const Comparison found = compared(run.columns());
  CHECK(found.early_stop->pairs[0].sequence.clusters == 10);
  CHECK(found.early_stop->pairs[0].sequence.decision == stats::Decision::undecided);
  CHECK(found.models[0].missing_bounds.has_value());
}

TEST_CASE("failed items count as wrong or are left out, as was set before") {
  const auto decided = [](const std::string& policy) {
    SampleRun run({"mock/a", "mock/b"}, {"ask"});
    run.header().settings =
        R"({"until_decided":{"alpha":0.05,"margin":0.03,"failed_items":")" + policy + "\"}}";
    for (int i = 0; i < 100; ++i)
      for (std::uint32_t model = 0; model < 2; ++model) {
        run.trial(model, 0, "item" + std::to_string(i));
        const bool fails = model == 1 && i % 2 == 0;
        run.attempt(fails ? Outcome::server_error : Outcome::ok, 0, 0, 1);
        run.score(!fails);
      }
    return compared(run.columns()).early_stop->pairs[0].sequence;
  };
  CHECK(decided("wrong").decision == stats::Decision::better);
  const stats::SequentialPair left_out = decided("left-out");
  CHECK(left_out.clusters == 50);
  CHECK(left_out.skipped == 50);
  CHECK(left_out.difference == 0);
}

TEST_CASE("a forecast scales what was measured and keeps its doubt") {
  SampleRun run({"mock/a", "mock/b"}, {"ask"});
  for (std::uint32_t model = 0; model < 2; ++model)
    for (int i = 0; i < 4; ++i) {
      run.trial(model, 0, std::to_string(i));
      run.attempt(Outcome::ok, 100 + 10 * i, 20, 2);
      run.score(model == 0 || i != 0);
    }
  const RunColumns columns = run.columns();
  std::vector<AttemptCost> costs(columns.attempts.size());
  for (AttemptCost& cost : costs) cost.amount = Money::parse(Currency{}, "0.5");
  const CostColumns bills = costs;
  const std::vector<MeasuredRun> runs = {{&columns, &bills}};
  const std::vector<PlannedPart> parts = {{"ask", 100}};
  const ModelForecast forecast = forecast_model("mock/a", parts, runs);
  CHECK(forecast.measured == 4);
  CHECK(forecast.input_tokens->total == Approx(11'500));
  // s = 12.90994, t(3, .975) = 3.182446, sqrt(100^2 / 4 + 100) = 50.990195
  CHECK(forecast.input_tokens->interval->high - 11'500 == Approx(2094.94).epsilon(1e-4));
  CHECK(forecast.cost->total == Approx(50));
  CHECK(forecast.seconds->total == Approx(200));
  const auto discordance = find_discordance("mock/a", "mock/b", runs);
  REQUIRE(discordance.has_value());
  CHECK(discordance->shared == 4);
  CHECK(discordance->discordant == 1);

  const std::vector<PlannedPart> more = {{"ask", 100}, {"other", 5}};
  const ModelForecast unknown = forecast_model("mock/a", more, runs);
  CHECK_FALSE(unknown.cost.has_value());
  CHECK(unknown.unmeasured == std::vector<std::string>{"other"});
}
