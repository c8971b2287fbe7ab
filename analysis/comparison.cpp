#include "analysis/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/early_stop.h"
#include "analysis/energy_findings.h"
#include "analysis/model_labels.h"
#include "analysis/pair_findings.h"
#include "analysis/quality_findings.h"
#include "analysis/served_models.h"
#include "analysis/trial_tally.h"
#include "analysis/usage_findings.h"
#include "core/error.h"
#include "core/json.h"
#include "stats/cost_per_success.h"
#include "stats/weak_cell.h"

namespace costwar::analysis {
namespace {

// Where one model's rows lie in the columns.
struct ModelRows {
  std::vector<std::size_t> trials;
  std::vector<std::size_t> completed;
  std::vector<std::size_t> attempts;
};

std::vector<ModelRows> rows_by_model(const RunColumns& run) {
  std::vector<ModelRows> rows(run.header.models.size());
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    ModelRows& of = rows[run.trials.model[trial]];
    of.trials.push_back(trial);
    if (run.trials.complete[trial] != 0) of.completed.push_back(trial);
  }
  for (std::size_t attempt = 0; attempt < run.attempts.size(); ++attempt)
    if (run.attempts.role[attempt] == CallRole::subject)
      rows[run.trials.model[run.attempts.trial[attempt]]].attempts.push_back(attempt);
  return rows;
}

Evidence evidence_of(const RunColumns& run, std::size_t model) {
  return run.header.origins.empty() ? run.header.evidence : run.header.origins[model].evidence;
}

// An answer that is taken over keeps the instants of its request. A replay keeps those of its recording too,
// and says itself what it is.
std::int64_t taken_over(const RunColumns& run) {
  std::int64_t taken = 0;
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    const std::size_t model = run.trials.model[run.attempts.trial[i]];
    const Wall began = run.header.origins.empty() ? run.header.created : run.header.origins[model].created;
    if (!run.header.models[model].replay_of && evidence_of(run, model) == Evidence::measured &&
        run.attempts.outcome[i] == Outcome::ok && run.attempts.requested_ns[i] > 0 &&
        run.attempts.requested_ns[i] < began.ns)
      ++taken;
  }
  return taken;
}

std::string power_source(const RunHeader& header) {
  if (header.machine.empty()) return {};
  const std::string source = "machine of run " + header.id;
  const Json machine = parse_json(header.machine, source);
  const auto power = JsonIn(machine, source).find("power");
  return power ? power->at("covers").string() : std::string();
}

std::string weaker_sandbox(const RunColumns& run) {
  if (run.header.settings.empty()) return {};
  const std::string source = "settings of run " + run.header.id;
  const Json settings = parse_json(run.header.settings, source);
  const auto code = JsonIn(settings, source).find("code_sandbox");
  if (!code || code->at("tier").string() == "namespaces") return {};
  return code->at("held").string();
}

CostPerSolved cost_per_solved(const ModelFinding& model, const RunColumns& run, const ModelRows& rows,
                              std::span<const TrialTally> tallies, const stats::BootstrapOptions& bootstrap) {
  CostPerSolved found;
  if (!model.cost.low) return found;
  const Currency currency = model.cost.low->currency();
  std::int64_t items = 0;
  constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> place;  // of each cluster among `clusters`
  std::vector<stats::CostedCluster> clusters;
  clusters.reserve(rows.trials.size());
  std::int64_t solved = 0;
  for (const std::size_t trial : rows.trials) {
    const bool is_solved = run.trials.solved[trial] != 0;
    // A trial that never left has neither cost nor result; one that left and has no result yet is money
    // spent.
    if (tallies[trial].attempts == 0 && run.trials.complete[trial] == 0) continue;
    ++items;
    const std::size_t cluster = run.trials.cluster[trial];
    if (cluster >= place.size()) place.resize(std::max(cluster + 1, run.items), kNone);
    if (place[cluster] == kNone) {
      place[cluster] = static_cast<std::uint32_t>(clusters.size());
      clusters.emplace_back();
    }
    add_item(clusters[place[cluster]], costed_item(tallies[trial], is_solved));
    solved += is_solved ? 1 : 0;
  }
  if (solved > 0 && model.cost.amount) found.amount = model.cost.amount->scaled(1, solved);
  const auto cluster_count = static_cast<std::int64_t>(clusters.size());
  const bool clustered = cluster_count < items;
  place = {};
  const auto interval = clustered ? stats::clustered_cost_per_success_interval(clusters, bootstrap)
                                  : stats::single_cost_per_success_interval(std::move(clusters), bootstrap);
  if (!interval) return found;
  found.weak = stats::weak_cell({cluster_count, items, solved});
  // Percentiles are floating point: they never exclude the exact figure beside them.
  found.low = Money::from_statistic(currency, interval->low);
  if (found.amount) found.low = std::min(*found.low, *found.amount);
  if (model.cost.unpriced > 0 || std::isinf(interval->high)) return found;
  found.high = Money::from_statistic(currency, interval->high);
  if (found.amount) found.high = std::max(*found.high, *found.amount);
  return found;
}

ModelFinding find_model(std::size_t index, const RunColumns& run, const ModelRows& rows,
                        std::span<const TrialTally> tallies, const ComparisonOptions& options) {
  ModelFinding model;
  model.card = run.header.models[index];
  model.evidence = evidence_of(run, index);
  model.items = static_cast<std::int64_t>(rows.trials.size());
  add_quality(model, run, rows.completed, options.level);
  model.cost = total_cost(rows.trials, tallies);
  model.cost_per_solved = cost_per_solved(model, run, rows, tallies,
                                          {run.header.seed, "compare/cost/" + model.card.name,
                                           options.resamples, options.level, options.bootstrap});
  model.tokens = find_tokens(run, rows.attempts);
  model.time = find_time(run, rows.attempts, rows.completed, tallies, model.card.own_machine);
  model.energy = find_energy(run, rows.trials, rows.attempts,
                             {run.header.seed, "compare/energy/" + model.card.name, options.resamples,
                              options.level, options.bootstrap});
  model.failures = find_failures(run, rows.attempts);
  model.served = find_served(run, rows.attempts, tallies, options.level);
  for (const std::size_t trial : rows.trials) model.retries += tallies[trial].retries;
  return model;
}

// What the attempts cost, added up by trial: the costs themselves are not needed after it.
struct Sums {
  std::optional<Currency> currency;
  std::vector<TrialTally> subject;
  std::vector<TrialTally> measuring;  // empty where no model measures
  std::vector<TrialTally> cold;       // empty where no cache helped
};

Sums add_up(const RunColumns& run, const CostColumns& costs, std::span<const ModelPricing> pricing,
            const CostColumns& cold) {
  if (costs.size() != run.attempts.size() || (!cold.empty() && cold.size() != costs.size()) ||
      (!pricing.empty() && pricing.size() != run.header.models.size()))
    throw Error(ErrorKind::internal,
                fmt::format("{} attempts and {} models came with {} costs and {} pricings",
                            run.attempts.size(), run.header.models.size(), costs.size(), pricing.size()));
  Sums sums;
  sums.currency = single_currency(costs, pricing);
  sums.subject = tally_trials(run, costs);
  if (std::any_of(run.attempts.role.begin(), run.attempts.role.end(),
                  [](CallRole role) { return role != CallRole::subject; }))
    sums.measuring = tally_trials(run, costs, Calls::measuring);
  if (!cold.empty()) sums.cold = tally_trials(run, cold);
  return sums;
}

Comparison compare(const RunColumns& run, const Sums& sums, std::span<const ModelPricing> pricing,
                   const ComparisonOptions& options) {
  Comparison found;
  found.run_id = run.header.id;
  found.run_label = run.header.label;
  found.created = run.header.created;
  found.origins = run.header.origins;
  found.seed = run.header.seed;
  found.options = options;
  found.currency = sums.currency;
  found.tasks = run.header.tasks;
  const std::vector<ModelRows> rows = rows_by_model(run);
  const std::vector<std::string> labels = model_labels(run.header.models);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    found.models.push_back(find_model(i, run, rows[i], sums.subject, options));
    ModelFinding& model = found.models.back();
    model.label = labels[i];
    if (!sums.measuring.empty()) model.measuring = total_cost(rows[i].trials, sums.measuring);
    if (!sums.cold.empty() && model.tokens.cached.value_or(0) > 0)
      model.cold = total_cost(rows[i].trials, sums.cold);
    if (!pricing.empty()) model.pricing = pricing[i];
  }
  found.pairs = find_pairs(run, sums.subject, options);
  found.by_delta = !options.bootstrap && found.currency &&
                   std::any_of(found.models.begin(), found.models.end(), [](const ModelFinding& model) {
                     return static_cast<std::size_t>(model.quality.clusters) >= stats::kDeltaFrom;
                   });
  found.taken_over = taken_over(run);
  found.weaker_sandbox = weaker_sandbox(run);
  found.power_source = power_source(run.header);
  found.early_stop = find_early_stop(run, sums.subject);
  apply_early_stop(found);
  return found;
}

}  // namespace

std::int64_t ModelFinding::attempts_with(Outcome outcome) const {
  for (const OutcomeCount& count : failures)
    if (count.outcome == outcome) return count.attempts;
  return 0;
}

Comparison compare_models(const RunColumns& run, CostColumns costs, std::span<const ModelPricing> pricing,
                          const ComparisonOptions& options, CostColumns cold) {
  const Sums sums = add_up(run, costs, pricing, cold);
  costs = {};
  cold = {};
  return compare(run, sums, pricing, options);
}

}  // namespace costwar::analysis
