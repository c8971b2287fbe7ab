// Policies over candidates made by hand: utilities, turning weights and changes worked out on paper.
#include "analysis/decision.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "analysis/decision_figures.h"
#include "core/error.h"
#include "stats/proportion.h"
#include "tests/support/gate_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using doctest::Approx;

namespace {

Money usd(const char* amount) {
  return Money::parse(Currency(), amount);
}

SeenFigure exactly(Amount value) {
  SeenFigure figure;
  figure.seen.value = figure.seen.low = figure.seen.high = value;
  figure.seen.exact = true;
  figure.seen.n = 100;
  return figure;
}

SeenFigure within(double value, double low, double high) {
  SeenFigure figure = exactly(value);
  figure.seen.low = low;
  figure.seen.high = high;
  figure.seen.exact = false;
  return figure;
}

Candidate candidate(const std::string& label, SeenFigure quality, const char* cost) {
  Candidate made;
  made.label = made.model = label;
  made.figures["quality"] = std::move(quality);
  made.figures["usd_per_thousand_tasks"] = exactly(usd(cost));
  return made;
}

PolicyLimit at_least(const std::string& figure, double bound) {
  PolicyLimit limit{figure + "_at_least", figure};
  limit.bound = Bound{Side::at_least, bound};
  return limit;
}

// Quality counts three quarters, from 50 % to 100 %; cost a quarter, from $10 to nothing.
Policy three_to_one() {
  Policy policy;
  policy.name = "three to one";
  policy.weights = {{"quality", 3, 0.5, 1}, {"usd_per_thousand_tasks", 1, 10, 0}};
  return policy;
}

std::vector<Candidate> good_and_cheap() {
  return {candidate("cheap", exactly(0.8), "2"), candidate("good", exactly(0.9), "6.4")};
}

const Change* find_change(const Decision& decision, ChangeKind kind, std::size_t of, std::size_t weight) {
  for (const Change& change : decision.changes)
    if (change.kind == kind && change.candidate == of && change.weight == weight) return &change;
  return nullptr;
}

}  // namespace

TEST_CASE("a utility is straight or logarithmic between its ends, and flat beyond") {
  const PolicyWeight linear{"quality", 1, 0.5, 1};
  CHECK(utility_at(linear, 0.75) == Approx(0.5));
  CHECK(utility_at(linear, 0.4) == 0);
  CHECK(utility_at(linear, 2) == 1);
  CHECK(value_at(linear, 0.25) == Approx(0.625));
  const PolicyWeight money{"usd_per_thousand_tasks", 1, 100, 0.01, true};
  CHECK(utility_at(money, 1) == Approx(0.5));  // two of four tenths
  CHECK(utility_at(money, 0) == 1);
  CHECK(utility_at(money, HUGE_VAL) == 0);
  CHECK(value_at(money, 0.75) == Approx(0.1));
}

TEST_CASE("utilities, the weights at which they turn, and what else turns them") {
  const Decision decision = decide_policy(three_to_one(), good_and_cheap(), {});
  REQUIRE(decision.recommendation == 1U);
  CHECK(decision.runner_up == 0U);
  CHECK(decision.verdict == DecisionVerdict::recommended);
  // good: 3/4 * 0.8 + 1/4 * 0.36; cheap: 3/4 * 0.6 + 1/4 * 0.8
  CHECK(decision.results[1].utility == Approx(0.69));
  CHECK(decision.results[0].utility == Approx(0.65));
  CHECK(decision.results[1].parts[1].contribution == Approx(0.09));
  CHECK(decision.results[1].interval.low == Approx(0.69));  // exact figures leave no doubt
  // t * (0.8 - 0.6) + (1 - t) * (0.36 - 0.8) = 0 at t = 0.6875
  REQUIRE(decision.sensitivity[0].below);
  CHECK(decision.sensitivity[0].below->at == Approx(0.6875));
  CHECK(decision.sensitivity[0].below->to == 0);
  CHECK_FALSE(decision.sensitivity[0].above);
  REQUIRE(decision.sensitivity[1].above);
  CHECK(decision.sensitivity[1].above->at == Approx(0.3125));
  // Of all weights of quality between 0 and 1, those above 0.6875.
  CHECK(*decision.results[1].weighting_share == Approx(0.3125).epsilon(0.05));
  CHECK(*decision.results[1].weighting_share + *decision.results[0].weighting_share == Approx(1));
  CHECK(*decision.results[1].best_share == 1);
  // A lead of 0.04: quality needs 0.04 / 0.75 more, cost 0.04 / 0.25.
  const Change* quality = find_change(decision, ChangeKind::improve, 0, 0);
  REQUIRE(quality != nullptr);
  CHECK(quality->to == Approx(0.5 + 0.5 * (0.6 + 0.04 / 0.75)));
  const Change* cost = find_change(decision, ChangeKind::improve, 0, 1);
  REQUIRE(cost != nullptr);
  CHECK(cost->from == Approx(2));
  CHECK(cost->to == Approx(0.4));
  const Change* dearer = find_change(decision, ChangeKind::worsen, 1, 1);
  REQUIRE(dearer != nullptr);
  CHECK(dearer->to == Approx(8));
  CHECK(dearer->then == 0);
}

TEST_CASE("a candidate that breaks a limit is out, by how much, and what would let it in") {
  Policy policy = three_to_one();
  PolicyLimit dear{"usd_per_thousand_tasks_at_most", "usd_per_thousand_tasks"};
  dear.bound = Bound{Side::at_most, usd("5")};
  policy.limits = {at_least("quality", 0.7), dear};
  const Decision decision = decide_policy(policy, good_and_cheap(), {});
  CHECK(decision.recommendation == 0U);
  CHECK(decision.verdict == DecisionVerdict::recommended);
  CHECK_FALSE(decision.runner_up);
  const LimitResult& broken = decision.results[1].limits[1];
  CHECK(broken.state == RuleState::failed);
  CHECK(std::get<Money>(*broken.missing) == usd("1.4"));
  CHECK(std::get<Money>(*broken.relaxed_to) == usd("6.4"));
  REQUIRE(decision.changes.size() == 1);
  CHECK(decision.changes[0].kind == ChangeKind::relax);
  CHECK(decision.changes[0].limits == std::vector<std::size_t>{1});
  CHECK(decision.changes[0].then == 1);
}

TEST_CASE("no candidate keeps the limits, or none is known to") {
  Policy policy = three_to_one();
  policy.limits = {at_least("quality", 0.95)};
  CHECK(decide_policy(policy, good_and_cheap(), {}).verdict == DecisionVerdict::none);
  policy.limits = {at_least("quality", 0.85)};
  std::vector<Candidate> open{candidate("open", within(0.9, 0.84, 0.94), "2")};
  open[0].figures["quality"].seen.items_for = [](const Amount&) { return std::optional<std::int64_t>(500); };
  const Decision decision = decide_policy(policy, open, {});
  CHECK(decision.verdict == DecisionVerdict::unresolved);
  CHECK(decision.results[0].limits[0].items_to_resolve == 500);
  CHECK(std::get<double>(*decision.results[0].limits[0].missing) == Approx(0.01));
  SUBCASE("unless an unresolved limit counts as something") {
    policy.on_unresolved = OnUnresolved::fail;
    CHECK(decide_policy(policy, open, {}).verdict == DecisionVerdict::none);
    policy.on_unresolved = OnUnresolved::pass;
    CHECK(decide_policy(policy, open, {}).verdict == DecisionVerdict::recommended);
    open[0].figures["quality"].seen.unknown = "it was not priced";
    CHECK(decide_policy(policy, open, {}).verdict == DecisionVerdict::unresolved);
  }
}

TEST_CASE("facts are allowed, not allowed or not known") {
  Policy policy = three_to_one();
  PolicyLimit licence{"licences", "licence", true};
  licence.allowed = {"MIT", "Apache-2.0"};
  PolicyLimit context{"context_at_least", "context", true};
  context.bound = Bound{Side::at_least, 200000.0};
  policy.limits = {licence, {"tools", "tools", true}, context};
  std::vector<Candidate> one{candidate("one", exactly(0.9), "1")};
  const auto states = [&] {
    std::vector<RuleState> found;
    const Decision decision = decide_policy(policy, one, {});
    for (const LimitResult& limit : decision.results[0].limits) found.push_back(limit.state);
    return found;
  };
  using enum RuleState;
  CHECK(states() == std::vector{unresolved, unresolved, unresolved});
  one[0].facts["licence"] = {std::vector<std::string>{"mit"}, "its page", {}};
  one[0].facts["tools"] = {true, "its page", {}};
  one[0].facts["context"] = {std::int64_t{131072}, "its page", {}};
  CHECK(states() == std::vector{passed, passed, failed});
  CHECK(std::get<double>(*decide_policy(policy, one, {}).results[0].limits[2].missing) == 68928);
  one[0].facts["licence"].value = std::vector<std::string>{"MIT", "proprietary"};
  one[0].facts["tools"].value = false;
  one[0].facts["context"].value = std::int64_t{200000};
  CHECK(states() == std::vector{failed, failed, passed});
  CHECK(decide_policy(policy, one, {}).results[0].limits[0].not_allowed ==
        std::vector<std::string>{"proprietary"});
}

TEST_CASE("a lead within the intervals is not decided, unless the figures move together") {
  std::vector<Candidate> close{candidate("a", within(0.82, 0.78, 0.86), "2"),
                               candidate("b", within(0.80, 0.76, 0.84), "2")};
  const Decision apart = decide_policy(three_to_one(), close, {});
  CHECK(apart.recommendation == 0U);
  CHECK(apart.verdict == DecisionVerdict::unresolved);
  REQUIRE(apart.doubts.size() == 1);
  CHECK(apart.doubts[0].kind == DoubtKind::not_separated);
  // Two normal figures 0.02 apart, each with a standard error of 0.04 / 1.96: P(b > a) = Phi(-0.693).
  CHECK(apart.doubts[0].better == Approx(0.244).epsilon(0.08));
  CHECK(apart.doubts[0].items.value_or(0) > 100);
  DecisionOptions options;
  std::vector<double> scores;
  for (std::int64_t i = 0; i < options.draws; ++i)
    scores.push_back(
        stats::normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(options.draws)));
  for (Candidate& each : close) each.figures["quality"].scores = scores;
  CHECK(decide_policy(three_to_one(), close, options).verdict == DecisionVerdict::recommended);
  Policy indifferent = three_to_one();
  indifferent.indifference = 0.2;
  close[0].figures["quality"].scores.clear();
  CHECK(decide_policy(indifferent, close, options).verdict == DecisionVerdict::recommended);
}

TEST_CASE("a weighted figure that is not known counts as worst for the leader and as best against it") {
  std::vector<Candidate> two = good_and_cheap();
  two[0].figures["usd_per_thousand_tasks"] = SeenFigure{};
  two[0].figures["usd_per_thousand_tasks"].seen.unknown = "3 of 9 attempts are unpriced";
  const Decision decision = decide_policy(three_to_one(), two, {});
  CHECK(decision.recommendation == 1U);
  CHECK(decision.results[0].utility == Approx(0.45));
  CHECK(decision.results[0].best_case == Approx(0.7));  // above the leader's 0.69
  CHECK(decision.verdict == DecisionVerdict::unresolved);
  CHECK(decision.doubts[0].unknown_figure);
  two[0].figures["quality"] = exactly(0.7);  // 0.3 + 0.25 at best
  CHECK(decide_policy(three_to_one(), two, {}).verdict == DecisionVerdict::recommended);
}

TEST_CASE("an end that is not known is as far away as can be") {
  std::vector<Candidate> two = good_and_cheap();
  two[1].figures["quality"].seen.exact = false;
  two[1].figures["quality"].seen.low.reset();
  const Decision decision = decide_policy(three_to_one(), two, {});
  CHECK(decision.results[1].interval.low == Approx(0.09));
  CHECK(decision.verdict == DecisionVerdict::unresolved);
}

TEST_CASE("a mix has the least share of the strong one that keeps the quality") {
  Policy policy = three_to_one();
  policy.weights = {{"usd_per_thousand_tasks", 1, 10, 0}};
  policy.limits = {at_least("quality", 0.8)};
  policy.mix = true;
  // The low end has to reach 0.8: (0.8 - 0.6) / (0.9 - 0.6) = 0.67 of the calls.
  std::vector<Candidate> two{candidate("base", within(0.65, 0.6, 0.7), "1"),
                             candidate("strong", within(0.93, 0.9, 0.95), "9")};
  two[0].figures["latency_p95"] = within(2, 1, 3);
  two[1].figures["latency_p95"] = within(4, 2, 8);
  for (Candidate& each : two) each.facts["licence"] = {std::vector<std::string>{each.label}, "its page", {}};
  const Decision decision = decide_policy(policy, two, {});
  REQUIRE(decision.candidates.size() == 3);
  const Candidate& mix = decision.candidates[2];
  CHECK(mix.label == "33 % base + 67 % strong");
  CHECK(mix.mix->share == Approx(0.67));
  CHECK(std::get<double>(*mix.figures.at("quality").seen.low) == Approx(0.801));
  CHECK(std::get<double>(*mix.figures.at("quality").seen.value) == Approx(0.8376));
  CHECK(std::get<Money>(*mix.figures.at("usd_per_thousand_tasks").seen.value) == usd("6.36"));
  CHECK(std::get<double>(*mix.figures.at("latency_p95").seen.value) == 4);  // at most the slower one's
  CHECK(std::get<double>(*mix.figures.at("latency_p95").seen.low) == 1);
  CHECK(std::get<std::vector<std::string>>(mix.facts.at("licence").value) ==
        std::vector<std::string>{"base", "strong"});
  CHECK(decision.recommendation == 2U);
  CHECK(decision.verdict == DecisionVerdict::recommended);
  SUBCASE("where the base is good enough there is nothing to mix") {
    two[0].figures["quality"] = within(0.85, 0.81, 0.9);
    CHECK(decide_policy(policy, two, {}).candidates.size() == 2);
  }
  SUBCASE("where the strong one is not good enough neither is any mix") {
    two[1].figures["quality"] = within(0.82, 0.79, 0.85);
    CHECK(decide_policy(policy, two, {}).candidates.size() == 2);
  }
}

TEST_CASE("the models of a run are candidates with the figures of gates") {
  testing::GateSample sample;
  sample.tasks = {"sums", "injection:strength=strong"};
  const RunColumns run = sample.run().columns();
  Policy policy = three_to_one();
  policy.limits = {at_least("safety/injection", 0.7), at_least("quality/nothing", 0.7)};
  policy.weights.push_back({"latency_p95", 1, 10, 0});
  const DecisionOptions options;
  const std::vector<Candidate> found = candidates_of_run(run, sample.costs(run), policy, options);
  REQUIRE(found.size() == 2);
  CHECK(found[0].label == "gpt-5.5");
  const auto& figures = found[0].figures;
  const stats::Interval wilson = stats::wilson_interval(320, 400);
  CHECK(std::get<double>(*figures.at("quality").seen.value) == Approx(0.8));
  CHECK(std::get<double>(*figures.at("quality").seen.low) == Approx(wilson.low));
  CHECK(std::get<Money>(*figures.at("usd_per_thousand_tasks").seen.value) == usd("10"));
  CHECK(figures.at("usd_per_thousand_tasks").seen.exact);
  CHECK(figures.at("safety/injection").seen.n == 200);
  CHECK(figures.at("quality/nothing").seen.unknown == "no task or group nothing was measured");
  CHECK(std::get<double>(*figures.at("latency_p95").seen.value) == Approx(1.9));
  // Both solve the same items, so their qualities move as one.
  REQUIRE(figures.at("quality").scores.size() == static_cast<std::size_t>(options.draws));
  CHECK(figures.at("quality").scores == found[1].figures.at("quality").scores);
  CHECK(figures.at("usd_per_thousand_tasks").scores.empty());  // it does not vary
}

TEST_CASE("a model in another currency than the policy's has no cost that a policy knows") {
  testing::GateSample sample;
  const RunColumns run = sample.run().columns();
  std::vector<AttemptCost> costs(run.attempts.size());
  for (AttemptCost& cost : costs) cost.amount = Money::parse(Currency("CNY"), "0.07");
  const auto found = candidates_of_run(run, costs, three_to_one(), {});
  CHECK(found[0].figures.at("usd_per_thousand_tasks").seen.unknown ==
        "its prices are in CNY, the bound is in USD");
}

TEST_CASE("the cost of a few items that differ has no known end, and that is no error") {
  testing::GateSample sample;
  sample.items = 3;
  sample.baseline_solves = sample.head_solves = 2;
  const RunColumns run = sample.run().columns();
  std::vector<AttemptCost> costs(run.attempts.size());
  for (std::size_t i = 0; i < costs.size(); ++i)
    costs[i].amount = usd("0.01").scaled(static_cast<std::int64_t>(1 + i * i), 1);
  const auto found = candidates_of_run(run, costs, three_to_one(), {});
  const Observation& seen = found[0].figures.at("usd_per_thousand_tasks").seen;
  CHECK(seen.value.has_value());
  CHECK_FALSE(seen.high.has_value());
  CHECK(decide_policy(three_to_one(), found, {}).verdict == DecisionVerdict::unresolved);
}

TEST_CASE("what is equal shares the draws and the weightings") {
  const std::vector<Candidate> same{candidate("a", exactly(0.9), "2"), candidate("b", exactly(0.9), "2"),
                                    candidate("c", exactly(0.8), "3")};
  const Decision decision = decide_policy(three_to_one(), same, {});
  for (const std::size_t i : {0U, 1U}) {
    CHECK(decision.results[i].best_share.value_or(0) == Approx(0.5));
    CHECK(decision.results[i].weighting_share.value_or(0) == Approx(0.5));
  }
  CHECK(decision.results[2].best_share == 0.0);
  CHECK(decision.verdict == DecisionVerdict::recommended);  // nothing tells them apart, so either will do
}

TEST_CASE("a tie that only the ranges make is not decided") {
  std::vector<Candidate> beyond{candidate("cheap", exactly(0.9), "0.5"),
                                candidate("dear", exactly(0.9), "2")};
  Policy policy = three_to_one();
  CHECK(decide_policy(policy, beyond, {}).verdict == DecisionVerdict::recommended);
  policy.weights[1].worst = 1000;
  policy.weights[1].best = 5;  // both cost less than what is worth everything
  const Decision decision = decide_policy(policy, beyond, {});
  CHECK(decision.recommendation == 0U);
  CHECK(decision.verdict == DecisionVerdict::unresolved);
  REQUIRE(decision.doubts.size() == 1);
  CHECK(decision.doubts[0].kind == DoubtKind::tied);
  CHECK(decision.doubts[0].candidate == 1);
  SUBCASE("also among those whose limits are open") {
    policy.limits = {at_least("quality", 0.85)};
    for (Candidate& each : beyond) each.figures["quality"] = within(0.9, 0.8, 0.95);
    policy.weights.erase(policy.weights.begin());
    const Decision open = decide_policy(policy, beyond, {});
    CHECK(std::any_of(open.doubts.begin(), open.doubts.end(),
                      [](const DecisionDoubt& doubt) { return doubt.kind == DoubtKind::tied; }));
  }
  SUBCASE("but a candidate that breaks a limit ties with nobody") {
    policy.limits = {at_least("quality", 0.85)};
    beyond[1].figures["quality"] = exactly(0.8);
    CHECK(decide_policy(policy, beyond, {}).verdict == DecisionVerdict::recommended);
  }
}
