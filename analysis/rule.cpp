#include "analysis/rule.h"

#include "core/error.h"

namespace costwar::analysis {
namespace {

// -1, 0, 1; nullopt where one is no number.
std::optional<int> order(const Amount& a, const Amount& b) {
  if (a.index() != b.index())
    throw Error(ErrorKind::internal, "a rule's bound and its figure are of different kinds");
  if (const auto* money = std::get_if<Money>(&a)) {
    const auto& other = std::get<Money>(b);
    return *money < other ? -1 : *money > other ? 1 : 0;
  }
  const double first = std::get<double>(a);
  const double second = std::get<double>(b);
  if (first < second) return -1;
  if (first > second) return 1;
  return first == second ? std::optional(0) : std::nullopt;
}

bool keeps(const Bound& bound, const Amount& amount) {
  const auto place = order(amount, bound.amount);
  return place && (bound.side == Side::at_least ? *place >= 0 : *place <= 0);
}

bool breaks(const Bound& bound, const Amount& amount) {
  const auto place = order(amount, bound.amount);
  return place && (bound.side == Side::at_least ? *place < 0 : *place > 0);
}

}  // namespace

std::string_view side_name(Side side) {
  return side == Side::at_least ? "at_least" : "at_most";
}

std::string_view rule_state_name(RuleState state) {
  switch (state) {
    case RuleState::passed:
      return "passed";
    case RuleState::failed:
      return "failed";
    case RuleState::unresolved:
      return "unresolved";
    case RuleState::incomparable:
      break;
  }
  return "incomparable";
}

RuleOutcome decide(const Bound& bound, const Observation& seen) {
  // The end that decides each way: a figure is at most something when its high end is.
  const bool at_least = bound.side == Side::at_least;
  const auto& worst = at_least ? seen.low : seen.high;
  const auto& best = at_least ? seen.high : seen.low;
  if (worst && keeps(bound, *worst)) return {RuleState::passed, false, {}};
  if (best && breaks(bound, *best)) return {RuleState::failed, false, {}};
  RuleOutcome outcome;
  outcome.unknown = !seen.unknown.empty() || (!seen.value && !seen.low && !seen.high);
  if (!outcome.unknown && seen.items_for) outcome.items_to_resolve = seen.items_for(bound.amount);
  return outcome;
}

}  // namespace costwar::analysis
