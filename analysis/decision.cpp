#include "analysis/decision.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "analysis/decision_changes.h"
#include "analysis/decision_draws.h"
#include "analysis/decision_limits.h"
#include "analysis/decision_mix.h"
#include "analysis/items_to_resolve.h"
#include "core/error.h"
#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

using Series = std::vector<std::vector<double>>;

constexpr double kUnknownIsWorst = 0;
constexpr double kUnknownIsBest = 1;

CandidateResult judge(const Policy& policy, const Candidate& candidate, const DecisionOptions& options) {
  CandidateResult result;
  for (const PolicyLimit& limit : policy.limits) result.limits.push_back(judge_limit(limit, candidate));
  result.standing = standing_of(result.limits, policy.on_unresolved);
  const std::vector<double> weights = normalised_weights(policy);
  for (std::size_t j = 0; j < weights.size(); ++j) {
    UtilityPart part;
    const auto found = candidate.figures.find(policy.weights[j].figure);
    if (found != candidate.figures.end())
      if (const auto centre = centre_of(found->second)) part.utility = utility_at(policy.weights[j], *centre);
    part.contribution = weights[j] * part.utility.value_or(kUnknownIsWorst);
    result.utility += part.contribution;
    result.best_case += weights[j] * part.utility.value_or(kUnknownIsBest);
    result.parts.push_back(part);
  }
  std::vector<double> low = drawn_utilities(policy, candidate, kUnknownIsWorst, options);
  std::vector<double> high =
      result.utility_known() ? low : drawn_utilities(policy, candidate, kUnknownIsBest, options);
  std::sort(low.begin(), low.end());
  std::sort(high.begin(), high.end());
  const double tail = (1 - options.level) / 2;
  result.interval = {std::min(result.utility, stats::quantile_of_sorted(low, tail)),
                     std::max(result.best_case, stats::quantile_of_sorted(high, 1 - tail))};
  return result;
}

// Of the mixes, the one to consider: the cheapest that fails no limit, or else the cheapest.
void add_mix(Decision& decision) {
  std::vector<Candidate> mixes = find_mixes(decision.policy, decision.candidates);
  std::optional<std::size_t> chosen;
  bool chosen_fails = true;
  double chosen_cost = 0;
  for (std::size_t i = 0; i < mixes.size(); ++i) {
    const bool fails = judge(decision.policy, mixes[i], decision.options).standing == Standing::failed;
    const double cost = centre_of(mixes[i].figures.at("usd_per_thousand_tasks")).value_or(0);
    if (chosen && (fails != chosen_fails ? fails : cost >= chosen_cost)) continue;
    chosen = i;
    chosen_fails = fails;
    chosen_cost = cost;
  }
  if (chosen) decision.candidates.push_back(std::move(mixes[*chosen]));
}

double cost_for_order(const Candidate& candidate) {
  const auto found = candidate.figures.find("usd_per_thousand_tasks");
  const auto cost = found == candidate.figures.end() ? std::nullopt : centre_of(found->second);
  return cost.value_or(HUGE_VAL);
}

int rank_of(Standing standing) {
  return standing == Standing::kept ? 0 : standing == Standing::open ? 1 : 2;
}

// Equal utilities: the cheaper one first.
void put_in_order(Decision& decision) {
  decision.order.resize(decision.candidates.size());
  std::iota(decision.order.begin(), decision.order.end(), std::size_t{0});
  std::stable_sort(decision.order.begin(), decision.order.end(), [&](std::size_t a, std::size_t b) {
    const CandidateResult& first = decision.results[a];
    const CandidateResult& second = decision.results[b];
    if (first.standing != second.standing) return rank_of(first.standing) < rank_of(second.standing);
    if (first.utility != second.utility) return first.utility > second.utility;
    return cost_for_order(decision.candidates[a]) < cost_for_order(decision.candidates[b]);
  });
}

// Those among whom the weights choose: all that keep the limits, or, where none does, all that may.
std::vector<std::size_t> contenders(const Decision& decision) {
  std::vector<std::size_t> found;
  const Standing standing = decision.results[decision.order.front()].standing;
  for (const std::size_t candidate : decision.order)
    if (standing != Standing::failed && decision.results[candidate].standing == standing)
      found.push_back(candidate);
  return found;
}

void add_shares(Decision& decision, const std::vector<std::size_t>& places) {
  Series draws;
  Series utilities;
  for (const std::size_t place : places) {
    draws.push_back(
        drawn_utilities(decision.policy, decision.candidates[place], kUnknownIsWorst, decision.options));
    std::vector<double> of_weights;
    for (const UtilityPart& part : decision.results[place].parts)
      of_weights.push_back(part.utility.value_or(kUnknownIsWorst));
    utilities.push_back(std::move(of_weights));
  }
  const std::vector<double> best = shares_of_largest(draws);
  const std::vector<double> weightings = shares_of_weightings(utilities, decision.options);
  for (std::size_t i = 0; i < places.size(); ++i) {
    decision.results[places[i]].best_share = best[i];
    decision.results[places[i]].weighting_share = weightings[i];
  }
  if (places.size() < 2) return;
  decision.sensitivity = weight_flips(utilities, normalised_weights(decision.policy));
  for (WeightSensitivity& each : decision.sensitivity)
    for (auto* flip : {&each.below, &each.above})
      if (*flip) (*flip)->to = places[(*flip)->to];
}

std::int64_t items_of(const Decision& decision, std::size_t candidate) {
  std::int64_t items = 0;
  for (const PolicyWeight& weight : decision.policy.weights)
    if (const auto found = decision.candidates[candidate].figures.find(weight.figure);
        found != decision.candidates[candidate].figures.end())
      items = std::max(items, found->second.seen.n);
  return items;
}

// About how many would decide every open limit; nullopt where items do not.
std::optional<std::int64_t> items_for_limits(const CandidateResult& result) {
  std::int64_t items = 0;
  for (const LimitResult& limit : result.limits) {
    if (limit.state != RuleState::unresolved) continue;
    if (!limit.items_to_resolve) return std::nullopt;
    items = std::max(items, *limit.items_to_resolve);
  }
  return items > 0 ? std::optional(items) : std::nullopt;
}

// Whether the utilities are equal only because a range of the policy ends before the figures do: beyond its
// end it cannot tell them apart, and neither can the weights.
bool tied_beyond_ranges(const Decision& decision, std::size_t first, std::size_t other) {
  const CandidateResult& one = decision.results[first];
  const CandidateResult& two = decision.results[other];
  if (one.standing == Standing::failed || one.standing != two.standing) return false;
  if (!one.utility_known() || !two.utility_known() || !is_tie(one.utility, two.utility)) return false;
  for (std::size_t j = 0; j < decision.policy.weights.size(); ++j) {
    const double utility = *one.parts[j].utility;
    if (utility != *two.parts[j].utility || (utility != 0 && utility != 1)) continue;
    const std::string& figure = decision.policy.weights[j].figure;
    const auto of = [&](std::size_t candidate) {
      return centre_of(decision.candidates[candidate].figures.at(figure));
    };
    if (of(first) != of(other)) return true;
  }
  return false;
}

// Whether another candidate may be better than the recommendation by more than does not matter.
std::optional<DecisionDoubt> doubt_about(const Decision& decision, std::size_t other) {
  const std::size_t best = *decision.recommendation;
  const auto of = [&](std::size_t candidate, double unknown) {
    return drawn_utilities(decision.policy, decision.candidates[candidate], unknown, decision.options);
  };
  const std::vector<double> lower = of(best, kUnknownIsWorst);
  const std::vector<double> upper = of(other, kUnknownIsBest);
  std::vector<double> leads;
  std::int64_t better = 0;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    leads.push_back(lower[i] - upper[i]);
    better += leads.back() < -decision.policy.indifference - 1e-12 ? 1 : 0;
  }
  DecisionDoubt doubt;
  doubt.candidate = other;
  doubt.better = static_cast<double>(better) / static_cast<double>(lower.size());
  if (doubt.better <= 1 - decision.options.level) return std::nullopt;
  doubt.kind =
      decision.results[other].standing == Standing::kept ? DoubtKind::not_separated : DoubtKind::limits_open;
  doubt.unknown_figure = !decision.results[best].utility_known() || !decision.results[other].utility_known();
  if (doubt.kind == DoubtKind::limits_open) {
    doubt.items = items_for_limits(decision.results[other]);
    return doubt;
  }
  if (doubt.unknown_figure) return doubt;
  std::sort(leads.begin(), leads.end());
  const double tail = (1 - decision.options.level) / 2;
  const stats::Interval interval{stats::quantile_of_sorted(leads, tail),
                                 stats::quantile_of_sorted(leads, 1 - tail)};
  const double lead = decision.results[best].utility - decision.results[other].utility;
  const std::int64_t items = std::min(items_of(decision, best), items_of(decision, other));
  if (items > 1 && interval.width() > 0)
    doubt.items = items_by_width(lead, interval, items, -decision.policy.indifference, Scale::linear,
                                 decision.options.level);
  return doubt;
}

void conclude(Decision& decision) {
  const std::size_t first = decision.order.front();
  if (decision.results[first].standing == Standing::failed) {
    decision.verdict = DecisionVerdict::none;
    return;
  }
  decision.recommendation = first;
  if (decision.order.size() > 1 && decision.results[decision.order[1]].standing != Standing::failed)
    decision.runner_up = decision.order[1];
  for (const std::size_t other : decision.order)
    if (other != first && decision.results[other].standing != Standing::failed)
      if (auto doubt = doubt_about(decision, other)) decision.doubts.push_back(*doubt);
  for (const std::size_t other : decision.order)
    if (other != first && tied_beyond_ranges(decision, first, other))
      decision.doubts.push_back({DoubtKind::tied, other});
  const bool decided = decision.results[first].standing == Standing::kept && decision.doubts.empty();
  decision.verdict = decided ? DecisionVerdict::recommended : DecisionVerdict::unresolved;
}

}  // namespace

std::string_view evidence_kind_name(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::measured:
      return "measured";
    case EvidenceKind::imported:
      return "imported";
    case EvidenceKind::published_vendor:
      return "published by the vendor";
    case EvidenceKind::published_independent:
      return "published by others";
    case EvidenceKind::estimated:
      return "estimated";
    case EvidenceKind::stated:
      break;
  }
  return "stated in the policy";
}

std::string_view standing_name(Standing standing) {
  switch (standing) {
    case Standing::kept:
      return "kept";
    case Standing::failed:
      return "failed";
    case Standing::open:
      break;
  }
  return "unresolved";
}

std::string_view decision_verdict_name(DecisionVerdict verdict) {
  switch (verdict) {
    case DecisionVerdict::recommended:
      return "recommended";
    case DecisionVerdict::none:
      return "none";
    case DecisionVerdict::unresolved:
      break;
  }
  return "unresolved";
}

double plain_number(const Amount& amount) {
  if (const auto* money = std::get_if<Money>(&amount)) return money->approximate();
  return std::get<double>(amount);
}

bool CandidateResult::utility_known() const {
  return std::all_of(parts.begin(), parts.end(),
                     [](const UtilityPart& part) { return part.utility.has_value(); });
}

Decision decide_policy(Policy policy, std::vector<Candidate> candidates, const DecisionOptions& options) {
  if (candidates.empty() || policy.weights.empty() || options.draws < 1)
    throw Error(ErrorKind::internal, "a decision needs candidates, weights and draws");
  Decision decision;
  decision.policy = std::move(policy);
  decision.options = options;
  decision.candidates = std::move(candidates);
  fill_scores(decision.candidates, options);
  if (decision.policy.mix) add_mix(decision);
  for (const Candidate& candidate : decision.candidates)
    decision.results.push_back(judge(decision.policy, candidate, options));
  put_in_order(decision);
  decision.sensitivity.resize(decision.policy.weights.size());
  if (const auto places = contenders(decision); !places.empty()) add_shares(decision, places);
  conclude(decision);
  decision.changes = find_changes(decision);
  return decision;
}

}  // namespace costwar::analysis
