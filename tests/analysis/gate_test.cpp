#include "analysis/gate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "tests/support/gate_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::gate_rule;
using costwar::testing::GateSample;

namespace {

GateRules one(GateRule rule) {
  GateRules rules;
  rules.rules.push_back(std::move(rule));
  return rules;
}

GateRule margin(double points) {
  return gate_rule("quality.margin", Quantity::quality, Against::difference, Side::at_least, -points);
}
GateRule at_most(Quantity quantity, Against against, Amount bound) {
  return gate_rule("rule", quantity, against, Side::at_most, bound);
}
GateRule latency(double quantile, Against against, double bound) {
  GateRule rule = at_most(Quantity::latency, against, bound);
  rule.quantile = quantile;
  return rule;
}

Money gate_usd(const char* amount) {
  return Money::parse(Currency(), amount);
}

RuleState state(const GateSample& sample, const GateRule& rule) {
  return sample.judge(one(rule)).models.at(0).results.at(0).outcome.state;
}

const RuleResult& only(const GateFinding& finding) {
  REQUIRE(finding.models.size() == 1);
  REQUIRE(finding.models[0].results.size() == 1);
  return finding.models[0].results[0];
}

}  // namespace

TEST_CASE("the default rules pass a head like its baseline, and fail one that is worse, dearer or broken") {
  GateSample sample;
  CHECK(sample.judge(default_gate_rules()).verdict() == RuleState::passed);
  GateSample worse = sample;
  worse.head_solves = 120;
  CHECK(worse.judge(default_gate_rules()).verdict() == RuleState::failed);
  GateSample dearer = sample;
  dearer.head_cost = "0.013";
  CHECK(dearer.judge(default_gate_rules()).verdict() == RuleState::failed);
  GateSample broken = sample;
  broken.head_fails = 40;
  CHECK(broken.judge(default_gate_rules()).verdict() == RuleState::failed);
}

TEST_CASE("quality is held to the margin on the paired interval") {
  GateSample sample;
  sample.head_solves = 158;  // a point less, on items that otherwise agree
  CHECK(state(sample, margin(0.05)) == RuleState::passed);
  CHECK(state(sample, margin(0.02)) == RuleState::unresolved);
  CHECK(state(sample, margin(0.001)) == RuleState::unresolved);
  sample.head_solves = 140;
  CHECK(state(sample, margin(0.03)) == RuleState::failed);
  const GateFinding finding = sample.judge(one(margin(0.03)));
  CHECK(std::get<double>(*only(finding).seen.value) == doctest::Approx(-0.1));
  CHECK(only(finding).seen.n == 200);
}

TEST_CASE("quality has a floor, and tasks have margins of their own") {
  GateSample sample;
  sample.tasks = {"sums", "sorting"};
  const GateRule floor =
      gate_rule("quality.at_least", Quantity::quality, Against::nothing, Side::at_least, 0.7);
  CHECK(state(sample, floor) == RuleState::passed);
  GateRule each = margin(0.03);
  each.name = "quality.each_task";
  each.each_task = true;
  GateRule own = margin(0.05);
  own.name = "quality.tasks.sums.margin";
  own.task = "sums";
  GateRules rules = one(each);
  rules.rules.push_back(own);
  const GateFinding finding = sample.judge(rules);
  REQUIRE(finding.models[0].results.size() == 2);  // the task's own rule takes the place of the general one
  CHECK(finding.models[0].results[0].rule.name == "quality.each_task.sorting");
  CHECK(finding.models[0].results[0].seen.n == 200);
  CHECK(finding.models[0].results[1].rule.name == "quality.tasks.sums.margin");
  own.task = "sumz";
  CHECK_THROWS_WITH_AS(sample.judge(one(own)), doctest::Contains("not measured"), Error);
}

TEST_CASE("a task that got worse fails its own rule while the whole is kept") {
  GateSample sample;
  sample.tasks = {"sums"};
  sample.head_solves = 130;
  GateRule own = margin(0.03);
  own.task = "sums";
  CHECK(state(sample, own) == RuleState::failed);
}

TEST_CASE("dollars per task and per solved task, as a multiple and as an amount") {
  GateSample sample;
  sample.head_cost = "0.012";
  for (const Quantity quantity : {Quantity::cost_per_task, Quantity::cost_per_solved}) {
    CHECK(state(sample, at_most(quantity, Against::ratio, 1.3)) == RuleState::passed);
    CHECK(state(sample, at_most(quantity, Against::ratio, 1.1)) == RuleState::failed);
  }
  CHECK(state(sample, at_most(Quantity::cost_per_task, Against::nothing, gate_usd("0.012"))) ==
        RuleState::passed);
  CHECK(state(sample, at_most(Quantity::cost_per_task, Against::nothing, gate_usd("0.0119"))) ==
        RuleState::failed);
  CHECK(state(sample, at_most(Quantity::cost_per_solved, Against::nothing, gate_usd("0.02"))) ==
        RuleState::passed);
  CHECK(state(sample, at_most(Quantity::cost_per_solved, Against::nothing, gate_usd("0.015"))) ==
        RuleState::unresolved);
  CHECK(state(sample, at_most(Quantity::cost_per_solved, Against::nothing, gate_usd("0.01"))) ==
        RuleState::failed);
}

TEST_CASE("a cost per task that does not vary is exact") {
  GateSample sample;
  const GateFinding finding = sample.judge(one(at_most(Quantity::cost_per_task, Against::ratio, 1.0)));
  CHECK(only(finding).seen.exact);
  CHECK(only(finding).outcome.state == RuleState::passed);
  sample.head_cost = "0.012";
  CHECK(state(sample, at_most(Quantity::cost_per_task, Against::ratio, 1.2)) == RuleState::passed);
  CHECK(state(sample, at_most(Quantity::cost_per_task, Against::ratio, 1.199)) == RuleState::failed);
}

TEST_CASE("an interval that is not vouched for says why") {
  GateSample sample;
  const GateRule solved = at_most(Quantity::cost_per_solved, Against::ratio, 2.0);
  CHECK(only(sample.judge(one(solved))).seen.doubt.empty());
  sample.baseline_solves = sample.head_solves = 190;
  CHECK(only(sample.judge(one(solved))).seen.doubt == "fewer than 20 items not solved");
  CHECK(only(sample.judge(one(at_most(Quantity::cost_per_solved, Against::nothing, gate_usd("1")))))
            .seen.doubt == "fewer than 20 items not solved");
  CHECK(only(sample.judge(one(margin(0.03)))).seen.doubt.empty());
  sample.items = 20;
  sample.repeats = 10;
  sample.baseline_solves = sample.head_solves = 10;
  CHECK(only(sample.judge(one(gate_rule("floor", Quantity::quality, Against::nothing, Side::at_least, 0.1))))
            .seen.doubt == "fewer than 30 independent items or clusters");
}

TEST_CASE("spending is an exact total of the head") {
  GateSample sample;
  CHECK(state(sample, at_most(Quantity::spend, Against::nothing, gate_usd("2"))) == RuleState::passed);
  CHECK(state(sample, at_most(Quantity::spend, Against::nothing, gate_usd("1.999999"))) == RuleState::failed);
}

TEST_CASE("what is unpriced never passes, whatever unresolved means") {
  GateSample sample;
  sample.unpriced = 3;
  for (const GateRule& rule : {at_most(Quantity::spend, Against::nothing, gate_usd("100")),
                               at_most(Quantity::cost_per_task, Against::ratio, 100.0),
                               at_most(Quantity::cost_per_task, Against::nothing, gate_usd("100")),
                               at_most(Quantity::cost_per_solved, Against::nothing, gate_usd("100")),
                               at_most(Quantity::cost_per_solved, Against::ratio, 100.0)}) {
    GateRules rules = one(rule);
    rules.on_unresolved = OnUnresolved::pass;
    const GateFinding finding = sample.judge(rules);
    CHECK(only(finding).outcome.state == RuleState::unresolved);
    CHECK(only(finding).outcome.unknown);
    CHECK(only(finding).seen.unknown.find("3 of 200 attempts are unpriced") != std::string::npos);
    CHECK(finding.verdict() == RuleState::unresolved);
    CHECK(finding.models[0].unpriced == 3);
  }
  // What is known of it is too much already.
  CHECK(state(sample, at_most(Quantity::spend, Against::nothing, gate_usd("1"))) == RuleState::failed);
}

TEST_CASE("another currency is not compared") {
  GateSample sample;
  const GateRule rule = at_most(Quantity::spend, Against::nothing, Money::parse(Currency("CNY"), "100"));
  const GateFinding finding = sample.judge(one(rule));
  CHECK(only(finding).outcome.unknown);
  CHECK(only(finding).seen.unknown == "its prices are in USD, the bound is in CNY");
}

TEST_CASE("latency by order statistics, in seconds and as a multiple") {
  GateSample sample;
  sample.head_seconds = 1.5;
  CHECK(state(sample, latency(0.5, Against::ratio, 1.6)) == RuleState::passed);
  CHECK(state(sample, latency(0.5, Against::ratio, 1.4)) == RuleState::failed);
  CHECK(state(sample, latency(0.95, Against::ratio, 2.0)) == RuleState::passed);
  CHECK(state(sample, latency(0.95, Against::ratio, 1.2)) == RuleState::failed);
  CHECK(state(sample, latency(0.9, Against::nothing, 3.0)) == RuleState::passed);
  CHECK(state(sample, latency(0.9, Against::nothing, 2.0)) == RuleState::failed);
  CHECK(state(sample, latency(0.9, Against::nothing, 2.7)) == RuleState::unresolved);
  sample.items = 20;  // too few to bound a 95th percentile
  const GateFinding finding = sample.judge(one(latency(0.95, Against::nothing, 30)));
  CHECK(only(finding).outcome.state == RuleState::unresolved);
  CHECK_FALSE(only(finding).outcome.unknown);
  CHECK(only(finding).outcome.items_to_resolve == 72);
}

TEST_CASE("repeats of an item are one piece of evidence about its time") {
  GateSample sample;
  sample.items = 50;
  sample.repeats = 4;
  const GateFinding finding = sample.judge(one(latency(0.5, Against::nothing, 2.0)));
  CHECK(only(finding).seen.n == 50);
}

TEST_CASE("failures are trials without an answer") {
  GateSample sample;
  sample.head_fails = 2;
  CHECK(state(sample, at_most(Quantity::failures, Against::nothing, 0.05)) == RuleState::passed);
  CHECK(state(sample, at_most(Quantity::failures, Against::difference, 0.05)) == RuleState::passed);
  CHECK(state(sample, at_most(Quantity::failures, Against::difference, 0.01)) == RuleState::unresolved);
  sample.head_fails = 40;
  CHECK(state(sample, at_most(Quantity::failures, Against::nothing, 0.05)) == RuleState::failed);
  CHECK(state(sample, at_most(Quantity::failures, Against::difference, 0.05)) == RuleState::failed);
}

TEST_CASE("rules against the baseline are incomparable where anything differs, whatever the figures") {
  GateSample sample;
  sample.head_only = 5;
  sample.head_solves = 205;
  GateRules rules = one(margin(0.9));
  rules.rules.push_back(at_most(Quantity::spend, Against::nothing, gate_usd("100")));
  const GateFinding finding = sample.judge(rules);
  CHECK(finding.models[0].results[0].outcome.state == RuleState::incomparable);
  CHECK(finding.models[0].results[1].outcome.state == RuleState::passed);  // looks at no baseline
  CHECK(finding.verdict() == RuleState::incomparable);
  GateOptions options;
  options.intersect = true;
  const GateFinding shared = sample.judge(rules, options);
  CHECK(shared.verdict() == RuleState::passed);
  CHECK(shared.models[0].results[0].seen.n == 200);
}

TEST_CASE("incomparable wins over failed, failed over unresolved") {
  GateSample sample;
  GateRules rules = one(at_most(Quantity::spend, Against::nothing, gate_usd("1")));
  rules.rules.push_back(margin(0.001));
  CHECK(sample.judge(rules).verdict() == RuleState::failed);
  sample.head_only = 1;
  CHECK(sample.judge(rules).verdict() == RuleState::incomparable);
}

TEST_CASE("the rules say what unresolved counts as") {
  GateSample sample;
  GateRules rules = one(margin(0.001));
  CHECK(sample.judge(rules).verdict() == RuleState::unresolved);
  rules.on_unresolved = OnUnresolved::fail;
  CHECK(sample.judge(rules).verdict() == RuleState::failed);
  rules.on_unresolved = OnUnresolved::pass;
  CHECK(sample.judge(rules).verdict() == RuleState::passed);
}

TEST_CASE("models are paired by the name they were asked for") {
  RunHeader header;
  for (const char* name : {"a/x", "a/y", "a/y", "a/x"}) {
    ModelCard card;
    card.name = name;
    header.models.push_back(card);
    RunOrigin origin;
    origin.model = name;
    header.origins.push_back(origin);
  }
  const std::array<std::size_t, 2> before{0, 1};
  const std::array<std::size_t, 2> after{2, 3};
  const auto pairs = pair_models(header, before, after);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].baseline == 1);
  CHECK(pairs[0].head == 2);
  CHECK(pairs[1].baseline == 0);
  const std::array<std::size_t, 1> single{2};
  CHECK_THROWS_WITH_AS(pair_models(header, before, single), doctest::Contains("do not match up"), Error);
  const std::array<std::size_t, 1> other{0};
  CHECK(pair_models(header, other, single).size() == 1);  // one of each needs no name in common
}
