#include "analysis/decision_limits.h"

#include <algorithm>

#include "core/text.h"

namespace costwar::analysis {
namespace {

Amount distance(const Amount& a, const Amount& b) {
  if (const auto* money = std::get_if<Money>(&a)) {
    const auto& other = std::get<Money>(b);
    return *money < other ? other - *money : *money - other;
  }
  const double difference = std::get<double>(a) - std::get<double>(b);
  return difference < 0 ? -difference : difference;
}

void add_distance(LimitResult& result, const Bound& bound, const Observation& seen) {
  if (result.state == RuleState::passed) return;
  const bool at_least = bound.side == Side::at_least;
  const auto& worst = at_least ? seen.low : seen.high;
  const auto& best = at_least ? seen.high : seen.low;
  result.relaxed_to = worst;
  if (result.state == RuleState::failed) {
    if (const auto& from = seen.value ? seen.value : best) result.missing = distance(*from, bound.amount);
  } else if (worst) {
    result.missing = distance(*worst, bound.amount);
  }
}

LimitResult judge_figure(const PolicyLimit& limit, const Candidate& candidate) {
  LimitResult result;
  const auto found = candidate.figures.find(limit.subject);
  if (found == candidate.figures.end()) {
    result.figure.evidence = candidate.evidence;
    result.figure.seen.unknown = "there is no such figure of it";
  } else {
    result.figure = found->second;
    result.figure.scores.clear();
  }
  const RuleOutcome outcome = decide(*limit.bound, result.figure.seen);
  result.state = outcome.state;
  result.unknown = outcome.unknown;
  result.items_to_resolve = outcome.items_to_resolve;
  add_distance(result, *limit.bound, result.figure.seen);
  return result;
}

bool is_allowed(const PolicyLimit& limit, const std::string& text) {
  return std::any_of(limit.allowed.begin(), limit.allowed.end(),
                     [&](const std::string& allowed) { return lowered(allowed) == lowered(text); });
}

LimitResult judge_fact(const PolicyLimit& limit, const Candidate& candidate) {
  LimitResult result;
  const auto found = candidate.facts.find(limit.subject);
  if (found == candidate.facts.end())
    result.fact.unknown = "nobody says";
  else
    result.fact = found->second;
  result.unknown = !result.fact.known();
  if (result.unknown) return result;
  if (const auto* number = std::get_if<std::int64_t>(&result.fact.value)) {
    Observation seen;
    seen.value = seen.low = seen.high = static_cast<double>(*number);
    seen.exact = true;
    result.state = decide(*limit.bound, seen).state;
    add_distance(result, *limit.bound, seen);
    return result;
  }
  if (const auto* yes = std::get_if<bool>(&result.fact.value)) {
    result.state = *yes ? RuleState::passed : RuleState::failed;
    return result;
  }
  for (const std::string& text : std::get<std::vector<std::string>>(result.fact.value))
    if (!is_allowed(limit, text)) result.not_allowed.push_back(text);
  result.state = result.not_allowed.empty() ? RuleState::passed : RuleState::failed;
  return result;
}

}  // namespace

LimitResult judge_limit(const PolicyLimit& limit, const Candidate& candidate) {
  return limit.fact ? judge_fact(limit, candidate) : judge_figure(limit, candidate);
}

RuleState counted_limit(const LimitResult& result, OnUnresolved on_unresolved) {
  if (result.state != RuleState::unresolved || on_unresolved == OnUnresolved::unresolved) return result.state;
  if (on_unresolved == OnUnresolved::fail) return RuleState::failed;
  return result.unknown ? RuleState::unresolved : RuleState::passed;
}

Standing standing_of(const std::vector<LimitResult>& limits, OnUnresolved on_unresolved) {
  Standing standing = Standing::kept;
  for (const LimitResult& limit : limits) {
    const RuleState state = counted_limit(limit, on_unresolved);
    if (state == RuleState::failed) return Standing::failed;
    if (state != RuleState::passed) standing = Standing::open;
  }
  return standing;
}

}  // namespace costwar::analysis
