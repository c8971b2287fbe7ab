#include "analysis/diff.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::SampleRun;
using doctest::Approx;

namespace {

struct Cell {
  int items;
  bool first;
  bool second;
};

// Two models on items of one task, by who solved how many.
SampleRun by_counts(const std::vector<Cell>& cells) {
  SampleRun run({"x/a", "x/b"}, {"maths"});
  for (std::uint32_t model = 0; model < 2; ++model) {
    int item = 0;
    for (const Cell& cell : cells)
      for (int i = 0; i < cell.items; ++i) {
        run.trial(model, 0, "item" + std::to_string(item++));
        run.score(model == 0 ? cell.first : cell.second);
      }
  }
  return run;
}

Diff diff_of(const RunColumns& run, std::vector<AttemptCost> costs = {}) {
  if (costs.empty()) costs.resize(run.attempts.size(), AttemptCost{{}, {}, {}, true});
  DiffOptions options;
  options.resamples = 1000;
  return diff_models(run, costs, 0, 1, options);
}

Money diff_usd(std::string_view text) {
  return Money::parse(Currency{}, text);
}

}  // namespace

TEST_CASE("golden: GPT-4 against Mixtral on GSM8K") {
  const Diff diff = diff_of(
      by_counts({{747, true, true}, {383, true, false}, {95, false, true}, {94, false, false}}).columns());
  const DiffPart& part = diff.overall;
  CHECK(part.first.quality.value == Approx(.8567096285).epsilon(1e-9));
  CHECK(part.second.quality.value == Approx(.6383623958).epsilon(1e-9));
  CHECK(part.first.standard_error.value() == Approx(.0096508957).epsilon(1e-8));
  CHECK(part.second.standard_error.value() == Approx(.0132346584).epsilon(1e-8));
  CHECK(part.pair.difference == Approx(.2183472328).epsilon(1e-9));
  CHECK(part.standard_error.value() == Approx(.0154527092).epsilon(1e-8));
  CHECK(part.standard_error_unpaired.value() == Approx(.0163797427).epsilon(1e-8));
  CHECK(part.correlation.value() == Approx(.1155).epsilon(1e-3));
  CHECK(part.pair.p.value() == Approx(5.116e-42).epsilon(1e-3));
  CHECK(part.pair.quality == Verdict::higher);
  CHECK(diff.flips.size() == 383 + 95);
  CHECK(diff.coverage.paired == 1319);
  // The bootstrap agrees with the paired standard error.
  const stats::Interval bootstrap = part.bootstrap.value();
  CHECK(bootstrap.contains(part.pair.difference));
  CHECK(bootstrap.width() == Approx(2 * 1.96 * .0154527092).epsilon(0.08));
  // 7.849 (discordance - d^2) / d^2
  CHECK(part.items_to_resolve.value() == 52);
}

TEST_CASE("golden: verification against finetuning on GSM8K") {
  const Diff diff = diff_of(
      by_counts({{382, true, true}, {360, true, false}, {76, false, true}, {501, false, false}}).columns());
  const DiffPart& part = diff.overall;
  CHECK(part.first.quality.value == Approx(.5625473844).epsilon(1e-9));
  CHECK(part.second.quality.value == Approx(.3472327521).epsilon(1e-9));
  CHECK(part.standard_error.value() == Approx(.0146841573).epsilon(1e-8));
  CHECK(part.standard_error_unpaired.value() == Approx(.0189390443).epsilon(1e-8));
  CHECK(part.pair.p.value() == Approx(2.9e-45).epsilon(2e-2));
}

TEST_CASE("flips say which way, and what is not paired says why") {
  SampleRun run({"x/a", "x/b"}, {"maths"});
  for (std::uint32_t model = 0; model < 2; ++model)
    for (int i = 0; i < 10; ++i) {
      run.trial(model, 0, "item" + std::to_string(i));
      if (model == 1 && i == 8) {
        run.attempt(Outcome::network, 0, 0, 1);  // and no result
      } else if (model == 1 && i == 9) {
        run.lost_attempt();
      } else {
        run.attempt(model == 0 && i == 7 ? Outcome::timed_out : Outcome::ok, 10, 5, 1);
        run.score(model == 0 ? i < 5 : i < 3 || i == 6);
      }
    }
  run.trial(0, 0, "alone");
  run.score(true);
  const RunColumns columns = run.columns();
  const Diff diff = diff_of(columns);
  CHECK(diff.coverage.shared == 10);
  CHECK(diff.coverage.paired == 8);
  CHECK(diff.coverage.only_first == 1);
  CHECK(diff.coverage.only_second == 0);
  CHECK(diff.coverage.missing_first.empty());
  REQUIRE(diff.coverage.missing_second.size() == 2);
  CHECK(diff.coverage.missing_second[0].outcome == Outcome::network);
  REQUIRE(diff.coverage.failed_first.size() == 1);
  CHECK(diff.coverage.failed_first[0].outcome == Outcome::timed_out);
  REQUIRE(diff.flips.size() == 3);
  CHECK(diff.flips[0].first_solved);
  CHECK(columns.trials.item[diff.flips[0].first_trial] == columns.trials.item[diff.flips[0].second_trial]);
  CHECK_FALSE(diff.flips[2].first_solved);
  CHECK(diff.overall.pair.counts.only_first == 2);
  CHECK(diff.overall.pair.counts.only_second == 1);
}

TEST_CASE("money, tokens and time are compared item by item") {
  SampleRun run({"x/a", "x/b"}, {"one", "two"});
  for (std::uint32_t model = 0; model < 2; ++model)
    for (int i = 0; i < 60; ++i) {
      run.trial(model, i % 2 == 0 ? 0 : 1, "item" + std::to_string(i));
      run.attempt(Outcome::ok, 100 + i, model == 0 ? 20 + i : 10 + i / 2,
                  (1 + 0.1 * i) * (model == 0 ? 3 : 1));
      run.score(i % 3 != 0);
    }
  const RunColumns columns = run.columns();
  std::vector<AttemptCost> costs(columns.attempts.size());
  for (std::size_t i = 0; i < costs.size(); ++i)
    costs[i].amount =
        columns.trials.model[columns.attempts.trial[i]] == 0 ? diff_usd("0.04") : diff_usd("0.01");
  const Diff diff = diff_of(columns, costs);
  const DiffPart& part = diff.overall;
  CHECK(part.cost_ratio.value().value == Approx(4));
  CHECK(part.cost_difference.value().value == Approx(0.03));
  CHECK(part.pair.cost_ratio.value() == Approx(4));
  // Every item takes three times as long, whatever its length.
  CHECK(part.time_ratio.value().value == Approx(3));
  REQUIRE(part.tokens.size() == 2);
  CHECK(part.tokens[0].kind == TokenKind::input);
  CHECK(part.tokens[0].first == part.tokens[0].second);
  CHECK(part.tokens[1].ratio.value().value > 1.9);
  CHECK(part.tokens[1].ratio.value().interval.value().contains(part.tokens[1].ratio.value().value));
  CHECK(part.pair.difference == 0);
  CHECK_FALSE(part.items_to_resolve.has_value());
  REQUIRE(diff.tasks.size() == 2);
  CHECK(diff.tasks[0].pair.counts.items() + diff.tasks[1].pair.counts.items() == 60);
  // The same figures as the comparison's.
  ComparisonOptions options;
  options.resamples = 1000;
  const Comparison compared = compare_models(columns, costs, {}, options);
  CHECK(compared.pairs.at(0).interval == part.pair.interval);
  CHECK(compared.pairs.at(0).cost_interval == part.pair.cost_interval);
}

TEST_CASE("repeats of an item are one cluster") {
  SampleRun run({"x/a", "x/b"}, {"maths"});
  for (std::uint32_t model = 0; model < 2; ++model)
    for (int i = 0; i < 20; ++i)
      for (std::uint32_t repeat = 0; repeat < 3; ++repeat) {
        run.trial(model, 0, "item" + std::to_string(i));
        run.repeat(repeat);
        run.score(model == 0 ? i % 4 != 0 : i % 2 == 0);
      }
  const Diff diff = diff_of(run.columns());
  CHECK(diff.overall.pair.counts.items() == 60);
  CHECK(diff.overall.pair.clusters == 20);
  // Three copies of the same twenty answers tell no more than they do.
  CHECK(diff.overall.pair.design_effect > 2);
}

TEST_CASE("two models that share nothing are an error that says what is matched") {
  SampleRun run({"x/a", "x/b"}, {"maths"});
  run.trial(0, 0, "one");
  run.score(true);
  run.trial(1, 0, "two");
  run.score(true);
  CHECK_THROWS_AS(diff_of(run.columns()), Error);
}
