#include "analysis/energy_findings.h"

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "stats/cost_per_success.h"

namespace costwar::analysis {
namespace {

constexpr double kJoule = 1e6;  // microjoules

// An answer was computed, whatever else is not known of its attempt.
bool computed_nothing(const RunColumns& run, std::size_t attempt) {
  return !is_answered(run.attempts.outcome[attempt]) && run.used_nothing(attempt);
}

// Failures are paid for here as in money: total joules over solved trials, with the interval of such a ratio.
void add_per_solved(EnergyFindings& energy, const RunColumns& run, std::span<const std::size_t> trials,
                    std::span<const double> joules, const stats::BootstrapOptions& bootstrap) {
  std::map<std::size_t, stats::CostedCluster> by_cluster;
  double total = 0;
  std::int64_t solved = 0, items = 0;
  for (const std::size_t trial : trials) {
    if (run.trials.complete[trial] == 0) continue;
    if (std::isnan(joules[trial])) return;
    stats::CostedCluster& cluster = by_cluster[run.trials.cluster[trial]];
    cluster.cost += joules[trial];
    cluster.cost_low = cluster.cost_high = cluster.cost;
    cluster.solved += run.trials.solved[trial];
    ++cluster.items;
    total += joules[trial];
    solved += run.trials.solved[trial];
    ++items;
  }
  if (solved > 0) energy.per_solved_j = total / static_cast<double>(solved);
  std::vector<stats::CostedCluster> clusters;
  for (const auto& entry : by_cluster) clusters.push_back(entry.second);
  const bool clustered = static_cast<std::int64_t>(clusters.size()) < items;
  energy.per_solved_interval = clustered
                                   ? stats::clustered_cost_per_success_interval(clusters, bootstrap)
                                   : stats::single_cost_per_success_interval(std::move(clusters), bootstrap);
}

}  // namespace

std::vector<double> joules_by_trial(const RunColumns& run, std::span<const std::size_t> attempts) {
  std::vector<double> joules(run.trials.size(), 0);
  for (const std::size_t attempt : attempts) {
    const Usage usage = run.attempts.usage[attempt];  // made for the asking
    const auto& used = usage[Meter::microjoules];
    double& of = joules[run.attempts.trial[attempt]];
    if (used)
      of += static_cast<double>(used->value) / kJoule;
    else if (!computed_nothing(run, attempt))
      of = std::numeric_limits<double>::quiet_NaN();
  }
  return joules;
}

std::optional<EnergyFindings> find_energy(const RunColumns& run, std::span<const std::size_t> trials,
                                          std::span<const std::size_t> attempts,
                                          const stats::BootstrapOptions& bootstrap) {
  EnergyFindings energy;
  std::int64_t metered = 0;
  double token_joules = 0, tokens = 0, timed_joules = 0, seconds = 0;
  for (const std::size_t attempt : attempts) {
    const Usage usage = run.attempts.usage[attempt];
    const auto& used = usage[Meter::microjoules];
    if (!used) {
      energy.attempts_without += computed_nothing(run, attempt) ? 0 : 1;
      continue;
    }
    ++metered;
    const double joules = static_cast<double>(used->value) / kJoule;
    energy.joules += joules;
    energy.estimated = energy.estimated || used->provenance == Provenance::estimated;
    if (const auto output = usage.output_tokens()) {
      token_joules += joules;
      tokens += static_cast<double>(*output);
    }
    const std::int64_t took = run.attempts.total_ns[attempt];  // for as long the meter was read
    if (took == kUnknown || took <= 0) continue;
    timed_joules += joules;
    seconds += static_cast<double>(took) / 1e9;
  }
  if (metered == 0) return std::nullopt;
  if (tokens > 0) energy.per_output_token_j = token_joules / tokens;
  if (seconds > 0) energy.average_watts = timed_joules / seconds;
  add_per_solved(energy, run, trials, joules_by_trial(run, attempts), bootstrap);
  return energy;
}

}  // namespace costwar::analysis
