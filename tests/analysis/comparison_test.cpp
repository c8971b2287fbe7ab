#include "analysis/comparison.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error.h"
#include "stats/proportion.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::SampleRun;
using doctest::Approx;

namespace {

Money usd(std::string_view text) {
  return Money::parse(Currency{}, text);
}

AttemptCost priced(std::string_view text) {
  AttemptCost cost;
  cost.amount = usd(text);
  return cost;
}

// Two models on `items` items of one task; each item takes one attempt.
SampleRun two_models(int items, bool (*first)(int), bool (*second)(int)) {
  SampleRun run({"local/a", "local/b"}, {"copy"});
  for (std::uint32_t model = 0; model < 2; ++model) {
    for (int i = 0; i < items; ++i) {
      run.trial(model, 0, "item" + std::to_string(i));
      run.attempt(Outcome::ok, 20, 5, 0.5 + 0.01 * i);
      run.score((model == 0 ? first : second)(i));
    }
  }
  return run;
}

std::vector<AttemptCost> costs_of(const RunColumns& run, std::string_view first, std::string_view second) {
  std::vector<AttemptCost> costs;
  for (const std::uint32_t trial : run.attempts.trial)
    costs.push_back(priced(run.trials.model[trial] == 0 ? first : second));
  return costs;
}

bool always(int) {
  return true;
}
bool never(int) {
  return false;
}
bool two_of_three(int i) {
  return i % 3 != 0;
}

}  // namespace

TEST_CASE("a model's findings: quality, total, cost per solved, tokens, time") {
  const RunColumns run = two_models(60, two_of_three, always).columns();
  const Comparison found = compare_models(run, costs_of(run, "0.004", "0.002"), {}, {});
  REQUIRE(found.models.size() == 2);
  const ModelFinding& a = found.models[0];
  CHECK(a.label == "a");
  CHECK(a.quality.solved == 40);
  CHECK(a.quality.items == 60);
  CHECK(a.quality.interval == stats::wilson_interval(40, 60));
  CHECK(a.cost.amount == usd("0.24"));
  CHECK(a.cost_per_solved.amount == usd("0.006"));
  // Constant cost: the Wilson bounds of the solve rate.
  CHECK(a.cost_per_solved.low->approximate() == Approx(0.004 / a.quality.interval->high));
  CHECK(a.cost_per_solved.high->approximate() == Approx(0.004 / a.quality.interval->low));
  CHECK(a.tokens.input == 1200);
  CHECK(a.tokens.output == 300);
  CHECK_FALSE(a.tokens.cached.has_value());
  CHECK(a.tokens.weakest == Provenance::timings);
  CHECK(a.time.median_s == Approx(0.795));
  CHECK(a.time.median_bounds->contains(0.795));
  CHECK(a.time.machine_s == Approx(a.time.total_s.value()));
  CHECK(a.failures.empty());
  CHECK(found.models[1].cost_per_solved.amount == usd("0.002"));
  CHECK(*found.models[1].cost_per_solved.high > usd("0.002"));
}

TEST_CASE("failed attempts are paid for and counted") {
  SampleRun run({"mock/a"}, {"copy"});
  for (int i = 0; i < 10; ++i) {
    run.trial(0, 0, std::to_string(i));
    run.attempt(Outcome::server_error, 20, 0, 0.1);
    run.attempt(Outcome::ok, 20, 5, 0.4);
    run.score(true);
  }
  const RunColumns columns = run.columns();
  const std::vector<AttemptCost> costs(20, priced("0.01"));
  const ModelFinding model = compare_models(columns, costs, {}, {}).models.at(0);
  CHECK(model.cost.amount == usd("0.2"));
  CHECK(model.cost_per_solved.amount == usd("0.02"));
  CHECK(model.retries == 10);
  REQUIRE(model.failures.size() == 1);
  CHECK(model.failures[0].outcome == Outcome::server_error);
  CHECK(model.failures[0].attempts == 10);
  CHECK(model.time.median_s == Approx(0.5));
}

TEST_CASE("nothing solved is unbounded, never zero and never dropped") {
  const RunColumns run = two_models(40, never, always).columns();
  const Comparison found = compare_models(run, costs_of(run, "0.004", "0.002"), {}, {});
  const CostPerSolved& none = found.models[0].cost_per_solved;
  CHECK_FALSE(none.amount.has_value());
  CHECK_FALSE(none.high.has_value());
  CHECK(none.unbounded());
  CHECK(none.low->approximate() == Approx(0.004 / stats::wilson_interval(0, 40).high));
  REQUIRE(found.pairs.size() == 1);
  CHECK(std::isinf(found.pairs[0].cost_ratio.value()));
  CHECK(found.pairs[0].quality == Verdict::lower);
  CHECK(found.pairs[0].cost == Verdict::higher);
}

TEST_CASE("pairs are made of shared completed items only") {
  SampleRun run({"mock/a", "mock/b", "mock/c"}, {"copy"});
  const auto put = [&](std::uint32_t model, int item, bool complete) {
    run.trial(model, 0, std::to_string(item));
    run.attempt(Outcome::ok, 10, 1, 0.1);
    if (complete) run.score(true);
  };
  for (int i = 0; i < 10; ++i) put(0, i, true);
  for (int i = 5; i < 15; ++i) put(1, i, i != 9);
  for (int i = 100; i < 105; ++i) put(2, i, true);
  const RunColumns columns = run.columns();
  const Comparison found = compare_models(columns, std::vector<AttemptCost>(25, priced("1")), {}, {});
  REQUIRE(found.pairs.size() == 1);
  CHECK(found.pairs[0].counts.items() == 4);
  CHECK(found.pairs[0].quality == Verdict::unresolved);
  CHECK(found.models[1].missing() == 1);
  CHECK(found.models[1].cost.amount == usd("10"));
}

TEST_CASE("a difference is resolved where the interval and the adjusted test agree") {
  const RunColumns run = two_models(90, always, two_of_three).columns();
  const Comparison found = compare_models(run, costs_of(run, "0.003", "0.001"), {}, {});
  const PairFinding& pair = found.pairs.at(0);
  CHECK(pair.difference == Approx(1.0 / 3));
  CHECK(pair.quality == Verdict::higher);
  CHECK(pair.cost_ratio.value() == Approx(2));
  CHECK(pair.cost == Verdict::higher);
  CHECK(pair.cost_interval->contains(2));
  CHECK(pair_words(pair.quality, pair.cost) == "better but dearer");
  CHECK_FALSE(pair.items_to_resolve.has_value());
  SUBCASE("seen from the other side") {
    const PairFinding other = mirrored(pair);
    CHECK(other.first == 1);
    CHECK(other.difference == Approx(-1.0 / 3));
    CHECK(other.interval->contains(other.difference));
    CHECK(other.cost_ratio.value() == Approx(0.5));
    CHECK(other.cost_interval->contains(0.5));
    CHECK(pair_words(other.quality, other.cost) == "worse but cheaper");
  }
  SUBCASE("an unresolved one says how many items would do") {
    const RunColumns close =
        two_models(60, two_of_three, [](int i) { return i % 3 != 1 || i < 6; }).columns();
    const PairFinding near = compare_models(close, costs_of(close, "1", "1"), {}, {}).pairs.at(0);
    CHECK(near.quality == Verdict::unresolved);
    CHECK(near.items_to_resolve.value() > 60);
  }
}

TEST_CASE("unpriced attempts leave a lower bound, never a figure") {
  const RunColumns run = two_models(40, two_of_three, always).columns();
  std::vector<AttemptCost> costs = costs_of(run, "0.004", "0.002");
  for (std::size_t i = 0; i < 3; ++i) costs[i] = AttemptCost{{}, {}, {}, true};
  const Comparison found = compare_models(run, costs, {}, {});
  const ModelFinding& a = found.models[0];
  CHECK(a.cost.unpriced == 3);
  CHECK_FALSE(a.cost.amount.has_value());
  CHECK(a.cost.low == usd("0.148"));
  CHECK_FALSE(a.cost_per_solved.amount.has_value());
  CHECK(a.cost_per_solved.low.has_value());
  CHECK_FALSE(a.cost_per_solved.high.has_value());
  CHECK_FALSE(found.pairs[0].cost_ratio.has_value());
  CHECK_FALSE(found.pairs[0].cost_interval.has_value());
  SUBCASE("nothing priced at all") {
    const std::vector<AttemptCost> none(costs.size(), AttemptCost{{}, {}, {}, true});
    const Comparison unpriced = compare_models(run, none, {}, {});
    CHECK_FALSE(unpriced.currency.has_value());
    CHECK_FALSE(unpriced.models[0].cost.low.has_value());
    CHECK_FALSE(unpriced.models[0].cost_per_solved.low.has_value());
  }
}

TEST_CASE("a price that is a range gives bounds without a figure") {
  const RunColumns run = two_models(40, two_of_three, always).columns();
  const std::vector<AttemptCost> costs(80, AttemptCost{{}, usd("0.001"), usd("0.003"), false});
  const ModelFinding model = compare_models(run, costs, {}, {}).models.at(0);
  CHECK_FALSE(model.cost.amount.has_value());
  CHECK(model.cost.low == usd("0.04"));
  CHECK(model.cost.high == usd("0.12"));
  CHECK_FALSE(model.cost_per_solved.amount.has_value());
  CHECK(*model.cost_per_solved.low < usd("0.0015"));
  CHECK(*model.cost_per_solved.high > usd("0.0045"));
}

TEST_CASE("free is a figure without doubt") {
  const RunColumns run = two_models(40, two_of_three, always).columns();
  const Comparison found = compare_models(run, costs_of(run, "0", "0"), {}, {});
  CHECK(found.models[0].cost_per_solved.amount == usd("0"));
  CHECK_FALSE(found.models[0].cost_per_solved.unbounded());
  CHECK_FALSE(found.pairs[0].cost_interval.has_value());
}

TEST_CASE("what must not be compared is refused") {
  const RunColumns run = two_models(10, always, always).columns();
  SUBCASE("two currencies") {
    std::vector<AttemptCost> costs = costs_of(run, "1", "1");
    costs.back().amount = Money::parse(Currency("CNY"), "1");
    CHECK_THROWS_WITH_AS(compare_models(run, costs, {}, {}), "costs in USD and CNY cannot be compared",
                         Error);
  }
  SUBCASE("a rejected request cost nothing, in whatever currency") {
    std::vector<AttemptCost> costs(20, AttemptCost{Money::parse(Currency("CNY"), "1"), {}, {}, false});
    costs.front().amount = usd("0");
    costs.back().amount = usd("0");
    const Comparison found = compare_models(run, costs, {}, {});
    CHECK(found.currency == Currency("CNY"));
    CHECK(found.models[0].cost.amount == Money::parse(Currency("CNY"), "9"));
  }
  SUBCASE("a cost per attempt is missing") {
    CHECK_THROWS_AS(compare_models(run, std::vector<AttemptCost>(3), {}, {}), Error);
  }
  SUBCASE("an item twice") {
    SampleRun twice({"mock/a"}, {"copy"});
    for (int i = 0; i < 2; ++i) {
      twice.trial(0, 0, "same");
      twice.score(true);
    }
    CHECK_THROWS_WITH_AS(compare_models(twice.columns(), {}, {}, {}), doctest::Contains("as the same repeat"),
                         Error);
  }
}

TEST_CASE("attempts in doubt are seen") {
  SampleRun run({"mock/a"}, {"copy"});
  run.trial(0, 0, "x");
  run.lost_attempt();
  run.attempt(Outcome::ok, 10, 1, 0.1);
  run.score(true);
  const RunColumns columns = run.columns();
  const ModelFinding model =
      compare_models(columns, std::vector<AttemptCost>(2, priced("1")), {}, {}).models.at(0);
  CHECK(model.attempts_with(Outcome::in_doubt) == 1);
  CHECK(model.tokens.attempts_without == 1);
  CHECK_FALSE(model.time.median_s.has_value());
}

TEST_CASE("what answered is told apart by the attempt that decided; only what is told can differ") {
  testing::SampleRun run({"openai/gpt-5.5"}, {"copy"});
  const Wall start = parse_wall("2026-11-23T19:45:00Z");
  const auto item = [&](int minute, const std::string& model, const std::string& service_class, bool solved) {
    run.trial(0, 0, std::to_string(minute));
    run.attempt(Outcome::ok, 10, 1, 1);
    run.served(model, service_class);
    run.requested(start + seconds(60 * minute));
    run.score(solved);
  };
  item(0, "new", "standard", true);
  item(1, "old", "standard", true);
  run.trial(0, 0, "retried");
  run.attempt(Outcome::truncated, 10, 1, 1);
  run.served("new", "flex");
  run.attempt(Outcome::ok, 10, 1, 1);
  run.served("old", "standard");
  run.requested(start + seconds(7200));
  run.limited(3.5);
  run.score(false);
  item(3, "", "", false);
  const RunColumns columns = run.columns();
  std::vector<analysis::AttemptCost> costs(columns.attempts.size());
  for (auto& cost : costs) cost.amount = Money::parse(Currency{}, "0.25");
  const analysis::Comparison found = analysis::compare_models(columns, costs, {}, {});
  const analysis::ModelFinding& model = found.models[0];
  REQUIRE(model.served.size() == 3);
  CHECK(model.served[0].model == "new");
  CHECK(model.served[0].quality.items == 1);
  CHECK(model.served[1].model == "old");
  CHECK(model.served[1].service_class == "standard");
  CHECK(model.served[1].quality.items == 2);
  CHECK(model.served[1].quality.solved == 1);
  CHECK(model.served[1].cost.amount == Money::parse(Currency{}, "0.75"));
  CHECK(model.served[1].first == start + seconds(60));
  CHECK(model.served[1].last == start + seconds(7200));
  CHECK(model.served[2].model.empty());
  CHECK(model.served_models_differ());
  CHECK_FALSE(model.service_classes_differ());  // "flex" decided nothing, and untold is no other class
  CHECK(model.time.limited_s == 3.5);
  CHECK(model.time.limited_attempts == 1);
  CHECK(model.time.total_s == 5.0);
}

TEST_CASE("repeats of an imported run are paired whatever their numbers are") {
  RunColumns run = two_models(30, two_of_three, always).columns();
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial)
    run.trials.repeat[trial] = run.trials.item[trial] % 2 == 0 ? 4'294'967'295U : 4'000'000'000U;
  const Comparison found = compare_models(run, costs_of(run, "1", "1"), {}, {});
  REQUIRE(found.pairs.size() == 1);
  CHECK(found.pairs[0].counts.items() == 30);
  CHECK(found.pairs[0].counts.only_second == 10);
}

TEST_CASE("intervals of few data are told, where they are not vouched for") {
  const auto model_of = [](int items, bool (*solved)(int), std::uint32_t per_cluster) {
    RunColumns run = two_models(items, solved, always).columns();
    for (std::size_t trial = 0; trial < run.trials.size(); ++trial)
      run.trials.cluster[trial] = run.trials.item[trial] / per_cluster;
    return compare_models(run, costs_of(run, "0.004", "0.002"), {}, {}).models.at(0);
  };
  SUBCASE("items on their own: Wilson's interval has no weak cell, cost per solved task has") {
    const ModelFinding enough = model_of(60, two_of_three, 1);  // 40 solved, 20 not
    CHECK_FALSE(enough.quality.weak);
    CHECK_FALSE(enough.cost_per_solved.weak);
    const ModelFinding few = model_of(57, two_of_three, 1);  // 38 solved, 19 not
    CHECK_FALSE(few.quality.weak);
    CHECK(few.cost_per_solved.weak);
  }
  SUBCASE("clusters") {
    const ModelFinding enough = model_of(60, two_of_three, 2);  // 30 clusters
    CHECK_FALSE(enough.quality.weak);
    CHECK_FALSE(enough.cost_per_solved.weak);
    const ModelFinding few = model_of(60, two_of_three, 3);  // 20 clusters
    CHECK(few.quality.weak);
    CHECK(few.cost_per_solved.weak);
  }
  SUBCASE("no interval, nothing to warn of") {
    const ModelFinding one = model_of(60, two_of_three, 60);
    CHECK_FALSE(one.quality.interval);
    CHECK_FALSE(one.quality.weak);
    CHECK_FALSE(one.cost_per_solved.weak);
  }
}

TEST_CASE("a run that stops when decided shows no interval for a fixed number of items") {
  SampleRun sample = two_models(200, always, never);
  sample.header().settings = R"({"until_decided": {"alpha": 0.05, "margin": 0.03, "failed_items": "wrong"}})";
  const RunColumns run = sample.columns();
  const Comparison found = compare_models(run, costs_of(run, "1", "1"), {}, {});
  REQUIRE(found.early_stop);
  CHECK(found.early_stop->decided());
  REQUIRE(found.pairs.size() == 1);
  const PairFinding& pair = found.pairs[0];
  CHECK(pair.quality == Verdict::higher);
  CHECK(pair.clusters < 200);  // decided before the end
  CHECK_FALSE(pair.p);
  CHECK_FALSE(pair.p_adjusted);
  REQUIRE(pair.interval);
  CHECK(pair.interval->low > 0);
  for (const ModelFinding& model : found.models) {
    CHECK_FALSE(model.quality.interval);
    for (const auto& task : model.tasks) CHECK_FALSE(task.quality.interval);
    REQUIRE_FALSE(model.served.empty());
    for (const auto& served : model.served) CHECK_FALSE(served.quality.interval);
  }
}

TEST_CASE("a sandbox below the best tier is told") {
  const auto told = [](const std::string& settings) {
    SampleRun sample = two_models(2, always, never);
    sample.header().settings = settings;
    const RunColumns run = sample.columns();
    return compare_models(run, costs_of(run, "1", "1"), {}, {}).weaker_sandbox;
  };
  CHECK(told("").empty());
  CHECK(told(R"({"repeats": 2})").empty());
  CHECK(told(R"({"code_sandbox": {"tier": "namespaces", "held": "all"}})").empty());
  CHECK(told(R"x({"code_sandbox": {"tier": "restricted (weaker)", "held": "less"}})x") == "less");
}

TEST_CASE("answers that were asked for before the run began are told as taken over") {
  SampleRun sample({"openai/gpt-5.5"}, {"copy"});
  for (int i = 0; i < 3; ++i) {
    sample.trial(0, 0, "item" + std::to_string(i));
    sample.attempt(Outcome::ok, 20, 5, 0.5);
    if (i > 0) sample.requested(parse_wall("2026-11-20T08:00:00Z"));
    sample.score(true);
  }
  RunColumns run = sample.columns();
  const auto taken = [&] {
    return compare_models(run, std::vector<AttemptCost>(3, priced("1")), {}, {}).taken_over;
  };
  CHECK(taken() == 2);
  run.header.models[0].replay_of.emplace();
  CHECK(taken() == 0);
}
