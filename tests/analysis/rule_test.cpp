#include "analysis/rule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"

using namespace costwar;
using namespace costwar::analysis;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

struct Row {
  Side side;
  double bound;
  double low;
  double high;
  RuleState state;
};

Observation interval(double low, double high) {
  Observation seen;
  seen.value = (low + high) / 2;
  seen.low = low;
  seen.high = high;
  seen.n = 100;
  return seen;
}

Money rule_usd(const char* amount) {
  return Money::parse(Currency(), amount);
}

Observation total(const char* amount) {
  Observation seen;
  seen.value = rule_usd(amount);
  seen.low = rule_usd(amount);
  seen.high = rule_usd(amount);
  seen.exact = true;
  return seen;
}

}  // namespace

TEST_CASE("a rule is decided on the whole interval, never on the estimate") {
  const std::vector<Row> rows{
      {Side::at_least, -0.03, -0.02, 0.05, RuleState::passed},
      {Side::at_least, -0.03, -0.03, 0.05, RuleState::passed},  // the end at the bound keeps it
      {Side::at_least, -0.03, -0.031, 0.05, RuleState::unresolved},
      {Side::at_least, -0.03, -0.09, -0.03, RuleState::unresolved},
      {Side::at_least, -0.03, -0.09, -0.031, RuleState::failed},
      {Side::at_most, 1.1, 0.9, 1.1, RuleState::passed},
      {Side::at_most, 1.1, 0.9, 1.101, RuleState::unresolved},
      {Side::at_most, 1.1, 1.1, 1.5, RuleState::unresolved},
      {Side::at_most, 1.1, 1.101, 1.5, RuleState::failed},
      {Side::at_most, 1.1, 0.9, kInfinite, RuleState::unresolved},
      {Side::at_most, 1.1, 1.2, kInfinite, RuleState::failed},
      {Side::at_most, 1.1, std::nan(""), std::nan(""), RuleState::unresolved},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bound);
    CAPTURE(row.low);
    CAPTURE(row.high);
    const RuleOutcome outcome = decide({row.side, row.bound}, interval(row.low, row.high));
    CHECK(rule_state_name(outcome.state) == rule_state_name(row.state));
    CHECK_FALSE(outcome.unknown);
  }
}

TEST_CASE("an estimate on the good side does not pass while its interval reaches the bad one") {
  Observation seen = interval(0.70, 0.95);
  seen.value = 0.94;
  CHECK(decide({Side::at_least, 0.8}, seen).state == RuleState::unresolved);
}

TEST_CASE("an exact total passes or fails to the last digit") {
  CHECK(decide({Side::at_most, rule_usd("5")}, total("5")).state == RuleState::passed);
  CHECK(decide({Side::at_most, rule_usd("5")}, total("5.000000000000000001")).state == RuleState::failed);
  CHECK(decide({Side::at_most, rule_usd("5")}, total("4.999999999999999999")).state == RuleState::passed);
}

TEST_CASE("what is not known never passes, and what is known of it may still fail") {
  Observation seen;
  seen.unknown = "3 of 40 attempts are unpriced";
  const RuleOutcome nothing = decide({Side::at_most, rule_usd("5")}, seen);
  CHECK(nothing.state == RuleState::unresolved);
  CHECK(nothing.unknown);
  CHECK_FALSE(nothing.items_to_resolve);
  seen.low = rule_usd("1");  // at least
  CHECK(decide({Side::at_most, rule_usd("5")}, seen).state == RuleState::unresolved);
  CHECK(decide({Side::at_most, rule_usd("5")}, seen).unknown);
  seen.low = rule_usd("6");
  CHECK(decide({Side::at_most, rule_usd("5")}, seen).state == RuleState::failed);
}

TEST_CASE("only an unresolved rule asks how many items would resolve it") {
  int asked = 0;
  Observation seen = interval(-0.05, 0.05);
  seen.items_for = [&](const Amount& bound) {
    ++asked;
    CHECK(std::get<double>(bound) == -0.03);
    return std::optional<std::int64_t>(1200);
  };
  CHECK(decide({Side::at_least, -0.03}, seen).items_to_resolve == 1200);
  CHECK(asked == 1);
  CHECK(decide({Side::at_least, -0.1}, interval(-0.05, 0.05)).state == RuleState::passed);
  seen.unknown = "something is missing";
  CHECK_FALSE(decide({Side::at_least, -0.03}, seen).items_to_resolve);
  CHECK(asked == 1);
}

TEST_CASE("money is not compared with a number") {
  CHECK_THROWS_AS(decide({Side::at_most, 5.0}, total("5")), Error);
}
