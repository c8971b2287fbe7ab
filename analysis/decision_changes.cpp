#include "analysis/decision_changes.h"

#include <algorithm>
#include <cmath>

#include "analysis/decision_draws.h"
#include "analysis/decision_limits.h"

namespace costwar::analysis {
namespace {

std::optional<double> figure_of(const Decision& decision, std::size_t candidate, std::size_t weight) {
  const auto& figures = decision.candidates[candidate].figures;
  const auto found = figures.find(decision.policy.weights[weight].figure);
  return found == figures.end() ? std::nullopt : centre_of(found->second);
}

// `lead`: how much the utility of `candidate` has to grow (to fall, where it is negative).
void add_figure_changes(std::vector<Change>& changes, const Decision& decision, std::size_t candidate,
                        double lead, Change like) {
  const std::vector<double> weights = normalised_weights(decision.policy);
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const auto& now = decision.results[candidate].parts[j].utility;
    const auto figure = figure_of(decision, candidate, j);
    if (!now || !figure) continue;
    const double then = *now + lead / weights[j];
    if (then < 0 || then > 1) continue;
    Change change = like;
    change.candidate = candidate;
    change.weight = j;
    change.from = *figure;
    change.to = value_at(decision.policy.weights[j], then);
    changes.push_back(change);
  }
}

Change relaxed(const Decision& decision, std::size_t candidate) {
  Change change;
  change.kind = ChangeKind::relax;
  change.candidate = change.then = candidate;
  const CandidateResult& result = decision.results[candidate];
  for (std::size_t i = 0; i < result.limits.size(); ++i) {
    const LimitResult& limit = result.limits[i];
    if (counted_limit(limit, decision.policy.on_unresolved) == RuleState::passed) continue;
    change.limits.push_back(i);
  }
  if (decision.recommendation && *decision.recommendation != candidate) {
    const CandidateResult& best = decision.results[*decision.recommendation];
    if (best.standing == Standing::kept && best.utility >= result.utility)
      change.then = *decision.recommendation;
  }
  return change;
}

}  // namespace

std::vector<Change> find_changes(const Decision& decision) {
  std::vector<Change> changes;
  const auto& best = decision.recommendation;
  if (best && decision.runner_up) {
    const std::size_t next = *decision.runner_up;
    const double lead = decision.results[*best].utility - decision.results[next].utility;
    if (decision.results[next].standing == decision.results[*best].standing) {
      Change better;
      better.kind = ChangeKind::improve;
      better.then = next;
      add_figure_changes(changes, decision, next, lead, better);
      Change worse;
      worse.kind = ChangeKind::worsen;
      worse.then = next;
      add_figure_changes(changes, decision, *best, -lead, worse);
    }
  }
  for (const std::size_t candidate : decision.order)
    if (decision.results[candidate].standing != Standing::kept)
      changes.push_back(relaxed(decision, candidate));
  return changes;
}

}  // namespace costwar::analysis
