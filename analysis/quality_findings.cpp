#include "analysis/quality_findings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "stats/clustered.h"
#include "stats/proportion.h"
#include "stats/weak_cell.h"

namespace costwar::analysis {
namespace {

using Totals = std::vector<stats::ClusterTotal>;

// One total for each key that the trials have.
template <typename Key, typename Value>
Totals totals_by(std::span<const std::size_t> trials, Key key, Value value) {
  std::vector<std::int64_t> keys;
  std::vector<double> values;
  keys.reserve(trials.size());
  values.reserve(trials.size());
  for (const std::size_t trial : trials) {
    keys.push_back(static_cast<std::int64_t>(key(trial)));
    values.push_back(value(trial));
  }
  return stats::cluster_totals(values, keys);
}

MeanScore mean_score(const RunColumns& run, std::span<const std::size_t> trials, double level) {
  MeanScore found;
  double sum = 0;
  for (const std::size_t trial : trials) sum += static_cast<double>(run.trials.score[trial]);
  found.value = sum / static_cast<double>(trials.size());
  const Totals totals = totals_by(
      trials, [&](std::size_t trial) { return run.trials.cluster[trial]; },
      [&](std::size_t trial) { return static_cast<double>(run.trials.score[trial]); });
  if (const auto mean = stats::clustered_mean(totals))
    found.interval = stats::effective_wilson_interval(*mean, level);
  return found;
}

void add_task(TaskFinding& finding, const RunColumns& run, std::span<const std::size_t> trials,
              double level) {
  finding.quality = solve_rate(run, trials, level);
  bool graded = false;
  for (const std::size_t trial : trials) {
    const float score = run.trials.score[trial];
    graded = graded || (score != 0 && score != 1);
    finding.readings += run.trials.readings[trial] != 0 ? 1 : 0;
    finding.reading_conflicts += run.trials.readings[trial] == 2 ? 1 : 0;
  }
  if (graded) finding.score = mean_score(run, trials, level);
}

// An item of one task, with how often it was tried.
void add_repeats(ModelFinding& model, const RunColumns& run, std::span<const std::size_t> completed,
                 double level) {
  const auto item_of = [&](std::size_t trial) {
    return (static_cast<std::uint64_t>(run.trials.task[trial]) << 32U) | run.trials.item[trial];
  };
  const Totals items = totals_by(
      completed, item_of, [&](std::size_t trial) { return run.trials.solved[trial] != 0 ? 1.0 : 0.0; });
  if (items.size() == completed.size()) return;
  std::int64_t fewest = items.front().items;
  std::vector<stats::TaskTries> tries;
  for (const stats::ClusterTotal& item : items) {
    fewest = std::min(fewest, item.items);
    tries.push_back({item.items, std::llround(item.sum)});
  }
  for (std::int64_t k = 1; k <= fewest; k = k * 2 <= fewest || k == fewest ? k * 2 : fewest)
    model.repeats.push_back(
        {k, stats::mean_pass_at_k(tries, k, level), stats::mean_pass_hat_k(tries, k, level)});
  model.variance = stats::variance_split(items);
}

void add_groups(ModelFinding& model, const RunColumns& run, std::span<const std::size_t> completed,
                double level) {
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::vector<std::size_t>> parts;
  for (const std::size_t trial : completed)
    if (run.trials.group[trial] != 0)
      parts[{run.trials.task[trial], run.trials.group[trial]}].push_back(trial);
  for (const auto& [part, trials] : parts)
    model.groups.push_back({part.first, run.groups[part.second], solve_rate(run, trials, level)});
  std::stable_sort(model.groups.begin(), model.groups.end(),
                   [](const GroupFinding& a, const GroupFinding& b) {
                     return std::tie(a.task, a.group) < std::tie(b.task, b.group);
                   });
}

}  // namespace

SolveRate solve_rate(const RunColumns& run, std::span<const std::size_t> trials, double level) {
  SolveRate rate;
  rate.items = static_cast<std::int64_t>(trials.size());
  if (trials.empty()) return rate;
  const Totals totals = totals_by(
      trials, [&](std::size_t trial) { return run.trials.cluster[trial]; },
      [&](std::size_t trial) { return run.trials.solved[trial] != 0 ? 1.0 : 0.0; });
  rate.clusters = static_cast<std::int64_t>(totals.size());
  for (const stats::ClusterTotal& total : totals) rate.solved += std::llround(total.sum);
  rate.value = static_cast<double>(rate.solved) / static_cast<double>(rate.items);
  if (!rate.clustered()) {
    rate.interval = stats::wilson_interval(rate.solved, rate.items, level);
  } else if (const auto mean = stats::clustered_mean(totals)) {
    rate.interval = stats::effective_wilson_interval(*mean, level);
    rate.weak = stats::weak_cell({rate.clusters, rate.items, rate.solved});
  }
  return rate;
}

void add_quality(ModelFinding& model, const RunColumns& run, std::span<const std::size_t> completed,
                 double level) {
  model.quality = solve_rate(run, completed, level);
  std::vector<std::vector<std::size_t>> by_task(run.header.tasks.size());
  for (const std::size_t trial : completed) by_task[run.trials.task[trial]].push_back(trial);
  for (std::size_t task = 0; task < by_task.size(); ++task) {
    model.tasks.push_back({});
    model.tasks.back().task = task;
    if (!by_task[task].empty()) add_task(model.tasks.back(), run, by_task[task], level);
  }
  add_groups(model, run, completed, level);
  if (!completed.empty()) add_repeats(model, run, completed, level);
  if (model.missing() > 0 && model.items > 0) {
    const auto planned = static_cast<double>(model.items);
    const auto solved = static_cast<double>(model.quality.solved);
    model.missing_bounds =
        MissingBounds{solved / planned, (solved + static_cast<double>(model.missing())) / planned};
  }
}

}  // namespace costwar::analysis
