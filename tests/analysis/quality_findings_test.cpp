#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "analysis/comparison.h"
#include "stats/clustered.h"
#include "stats/proportion.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::SampleRun;
using doctest::Approx;

namespace {

std::vector<AttemptCost> free_of_charge(const RunColumns& run) {
  std::vector<AttemptCost> costs(run.attempts.size());
  for (AttemptCost& cost : costs) cost.amount = Money();
  return costs;
}

Comparison compared_by_quality(const RunColumns& run) {
  return compare_models(run, free_of_charge(run), {}, {});
}

// `clusters` clusters of `size` items that a model solves all or not at all.
SampleRun all_or_nothing(int clusters, int size) {
  SampleRun run({"mock/a", "mock/b"}, {"ask"});
  for (std::uint32_t model = 0; model < 2; ++model)
    for (int c = 0; c < clusters; ++c)
      for (int i = 0; i < size; ++i) {
        run.trial(model, 0, "item " + std::to_string(c) + "." + std::to_string(i));
        run.cluster("cluster " + std::to_string(c));
        run.score(model == 0 ? c % 2 == 0 : c % 4 == 0);
      }
  return run;
}

}  // namespace

TEST_CASE("related answers count as their clusters") {
  const Comparison found = compared_by_quality(all_or_nothing(20, 5).columns());
  const SolveRate& rate = found.models[0].quality;
  CHECK(rate.items == 100);
  CHECK(rate.clusters == 20);
  CHECK(rate.clustered());
  CHECK(rate.value == Approx(0.5));
  REQUIRE(rate.interval.has_value());
  // Twenty pieces of evidence, not a hundred: at least as wide as Wilson's of 20, far wider than of 100.
  CHECK(rate.interval->width() >= stats::wilson_interval(10, 20).width() * 0.99);
  CHECK(rate.interval->width() > 1.8 * stats::wilson_interval(50, 100).width());

  REQUIRE(found.pairs.size() == 1);
  const PairFinding& pair = found.pairs[0];
  CHECK(pair.clustered());
  CHECK(pair.clusters == 20);
  CHECK(pair.difference == Approx(0.25));
  // McNemar's test on 100 items would say p < 1e-7 here.
  REQUIRE(pair.p.has_value());
  CHECK(*pair.p > 0.005);
}

TEST_CASE("one cluster is one piece of evidence: no interval, no test, nothing resolved") {
  const Comparison found = compared_by_quality(all_or_nothing(1, 30).columns());
  CHECK_FALSE(found.models[0].quality.interval.has_value());
  CHECK_FALSE(found.pairs[0].interval.has_value());
  CHECK_FALSE(found.pairs[0].p.has_value());
  CHECK(found.pairs[0].quality == Verdict::unresolved);
}

TEST_CASE("items that stand alone keep Wilson's interval and McNemar's test") {
  const Comparison found = compared_by_quality(all_or_nothing(40, 1).columns());
  CHECK_FALSE(found.models[0].quality.clustered());
  CHECK(found.models[0].quality.interval == stats::wilson_interval(20, 40));
  CHECK(found.pairs[0].p == Approx(stats::mcnemar_exact_p(10, 0)));
  CHECK(found.models[0].repeats.empty());
}

TEST_CASE("repeats: pass@k and pass^k, and where the variance is") {
  // c = 0..4 successes of 4 tries on 14, 12, 10, 4 and 10 tasks: tau-bench airline, GPT-4o (Yao et al. 2024).
  SampleRun run({"mock/a"}, {"airline"});
  const std::vector<int> tasks = {14, 12, 10, 4, 10};
  int name = 0;
  for (int successes = 0; successes <= 4; ++successes)
    for (int t = 0; t < tasks[static_cast<std::size_t>(successes)]; ++t, ++name)
      for (std::uint32_t repeat = 0; repeat < 4; ++repeat) {
        run.trial(0, 0, std::to_string(name));
        run.repeat(repeat);
        run.score(static_cast<int>(repeat) < successes);
      }
  const ModelFinding model = compared_by_quality(run.columns()).models[0];
  REQUIRE(model.repeats.size() == 3);
  CHECK(model.repeats[0].tries == 1);
  CHECK(model.repeats[1].tries == 2);
  CHECK(model.repeats[2].tries == 4);
  CHECK(model.repeats[0].all->value == Approx(0.42));
  CHECK(model.repeats[1].all->value == Approx(0.2733333).epsilon(1e-6));
  CHECK(model.repeats[2].all->value == Approx(0.20));
  CHECK(model.repeats[1].any->value == Approx(0.5666667).epsilon(1e-6));
  CHECK(model.repeats[2].any->value == Approx(0.72));
  CHECK(model.quality.clusters == 50);
  REQUIRE(model.variance.has_value());
  CHECK(model.variance->between > 0);
  CHECK(model.variance->within > 0);
}

TEST_CASE("a judge's calls are measuring, never the model's cost, tokens, time or retries") {
  SampleRun run({"mock/a"}, {"ask"});
  run.trial(0, 0, "x");
  run.attempt(Outcome::ok, 10, 5, 1);
  run.attempt(Outcome::ok, 1000, 500, 9);
  run.role(CallRole::judge, 0);
  run.attempt(Outcome::ok, 2000, 700, 9);
  run.role(CallRole::judge, 0);
  run.score(true);
  const RunColumns columns = run.columns();
  std::vector<AttemptCost> costs(3);
  for (AttemptCost& cost : costs) cost.amount = Money::parse(Currency{}, "1");
  const ModelFinding model = compare_models(columns, costs, {}, {}).models[0];
  CHECK(model.cost.amount == Money::parse(Currency{}, "1"));
  CHECK(model.cost.attempts == 1);
  CHECK(model.measuring.amount == Money::parse(Currency{}, "2"));
  CHECK(model.measuring.attempts == 2);
  CHECK(model.tokens.input == 10);
  CHECK(model.time.median_s == Approx(1));
  CHECK(model.retries == 0);
}

TEST_CASE("the turns of a dialogue are calls, their repetitions retries") {
  SampleRun run({"mock/a"}, {"ask"});
  run.trial(0, 0, "x");
  run.attempt(Outcome::ok, 10, 5, 1);
  run.attempt(Outcome::capacity, 0, 0, 1);
  run.role(CallRole::subject, 1);
  run.attempt(Outcome::ok, 20, 5, 1);
  run.role(CallRole::subject, 1);
  run.score(true);
  const ModelFinding model = compared_by_quality(run.columns()).models[0];
  CHECK(model.cost.attempts == 3);
  CHECK(model.retries == 1);
  CHECK(model.tokens.input == 30);
}

TEST_CASE("missing results bound the share from both sides") {
  SampleRun run({"mock/a"}, {"ask"});
  for (int i = 0; i < 10; ++i) {
    run.trial(0, 0, std::to_string(i));
    if (i < 8) run.score(i < 6);
  }
  const ModelFinding model = compared_by_quality(run.columns()).models[0];
  REQUIRE(model.missing_bounds.has_value());
  CHECK(model.missing_bounds->worst == Approx(0.6));
  CHECK(model.missing_bounds->best == Approx(0.8));
  CHECK(model.quality.value == Approx(0.75));
}

TEST_CASE("graded scores, groups and two readings of a reply") {
  SampleRun run({"mock/a"}, {"needle"});
  for (int i = 0; i < 8; ++i) {
    run.trial(0, 0, std::to_string(i));
    run.group(i < 4 ? "depth 0" : "depth 1");
    run.graded(i % 2 == 0 ? 1.0 : 0.5, i == 0 ? std::optional(0.0) : std::optional(i % 2 == 0 ? 1.0 : 0.5));
  }
  const ModelFinding model = compared_by_quality(run.columns()).models[0];
  REQUIRE(model.tasks[0].score.has_value());
  CHECK(model.tasks[0].score->value == Approx(0.75));
  CHECK(model.tasks[0].readings == 8);
  CHECK(model.tasks[0].reading_conflicts == 1);
  REQUIRE(model.groups.size() == 2);
  CHECK(model.groups[0].group == "depth 0");
  CHECK(model.groups[0].quality.items == 4);
  CHECK(model.groups[1].quality.solved == 2);
}

TEST_CASE("a score of another scorer beside the task's own changes nothing") {
  SampleRun run({"mock/a"}, {"ask"});
  run.trial(0, 0, "x");
  run.score(true);
  RunColumnsBuilder builder(run.header());
  TrialRow trial;
  trial.item = "x";
  builder.add(trial);
  builder.add(ScoreRow{0, "exact", 1, 1, true, ""});
  builder.add(ScoreRow{0, "judge_pairwise", 1, 0, false, ""});
  CHECK(builder.finish().trials.solved[0] == 1);
}
