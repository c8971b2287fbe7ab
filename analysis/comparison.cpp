#include "analysis/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/model_labels.h"
#include "analysis/pair_findings.h"
#include "analysis/served_models.h"
#include "analysis/trial_tally.h"
#include "analysis/usage_findings.h"
#include "core/error.h"
#include "stats/cost_per_success.h"
#include "stats/proportion.h"

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
    rows[run.trials.model[run.attempts.trial[attempt]]].attempts.push_back(attempt);
  return rows;
}

void settle(SolveRate& rate, double level) {
  if (rate.items > 0) rate.value = static_cast<double>(rate.solved) / static_cast<double>(rate.items);
  rate.interval = stats::wilson_interval(rate.solved, rate.items, level);
}

void add_quality(ModelFinding& model, const RunColumns& run, const ModelRows& rows, double level) {
  for (std::size_t task = 0; task < run.header.tasks.size(); ++task) model.tasks.push_back({task, {}});
  for (const std::size_t trial : rows.completed) {
    SolveRate& task = model.tasks[run.trials.task[trial]].quality;
    const std::int64_t solved = run.trials.solved[trial] != 0 ? 1 : 0;
    ++model.quality.items;
    ++task.items;
    model.quality.solved += solved;
    task.solved += solved;
  }
  settle(model.quality, level);
  for (TaskFinding& task : model.tasks) settle(task.quality, level);
}

CostPerSolved cost_per_solved(const ModelFinding& model, const RunColumns& run, const ModelRows& rows,
                              std::span<const TrialTally> tallies, const stats::BootstrapOptions& bootstrap) {
  CostPerSolved found;
  if (!model.cost.low) return found;
  const Currency currency = model.cost.low->currency();
  std::vector<stats::CostedItem> items;
  std::int64_t solved = 0;
  for (const std::size_t trial : rows.trials) {
    const bool is_solved = run.trials.solved[trial] != 0;
    // A trial that never left has neither cost nor result; one that left and has no result yet is money
    // spent.
    if (tallies[trial].attempts == 0 && run.trials.complete[trial] == 0) continue;
    items.push_back(costed_item(tallies[trial], is_solved));
    solved += is_solved ? 1 : 0;
  }
  if (solved > 0 && model.cost.amount) found.amount = model.cost.amount->scaled(1, solved);
  const auto interval = stats::cost_per_success_interval(items, bootstrap);
  if (!interval) return found;
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
  model.items = static_cast<std::int64_t>(rows.trials.size());
  add_quality(model, run, rows, options.level);
  model.cost = total_cost(rows.trials, tallies);
  model.cost_per_solved =
      cost_per_solved(model, run, rows, tallies,
                      {run.header.seed, "compare/cost/" + model.card.name, options.resamples, options.level});
  model.tokens = find_tokens(run, rows.attempts);
  model.time = find_time(run, rows.attempts, rows.completed, tallies, model.card.own_machine);
  model.failures = find_failures(run, rows.attempts);
  model.served = find_served(run, rows.attempts, tallies, options.level);
  for (const std::size_t trial : rows.trials)
    model.retries += std::max<std::int64_t>(0, tallies[trial].attempts - 1);
  return model;
}

}  // namespace

std::int64_t ModelFinding::attempts_with(Outcome outcome) const {
  for (const OutcomeCount& count : failures)
    if (count.outcome == outcome) return count.attempts;
  return 0;
}

Comparison compare_models(const RunColumns& run, std::span<const AttemptCost> costs,
                          std::span<const ModelPricing> pricing, const ComparisonOptions& options) {
  if (costs.size() != run.attempts.size() || (!pricing.empty() && pricing.size() != run.header.models.size()))
    throw Error(ErrorKind::internal,
                fmt::format("{} attempts and {} models came with {} costs and {} pricings",
                            run.attempts.size(), run.header.models.size(), costs.size(), pricing.size()));
  Comparison found;
  found.run_id = run.header.id;
  found.run_label = run.header.label;
  found.created = run.header.created;
  found.evidence = run.header.evidence;
  found.seed = run.header.seed;
  found.options = options;
  found.currency = single_currency(costs, pricing);
  found.tasks = run.header.tasks;
  const std::vector<TrialTally> tallies = tally_trials(run, costs);
  const std::vector<ModelRows> rows = rows_by_model(run);
  const std::vector<std::string> labels = model_labels(run.header.models);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    found.models.push_back(find_model(i, run, rows[i], tallies, options));
    found.models.back().label = labels[i];
    if (!pricing.empty()) found.models.back().pricing = pricing[i];
  }
  found.pairs = find_pairs(run, tallies, options);
  return found;
}

}  // namespace costwar::analysis
