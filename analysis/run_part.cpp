#include "analysis/run_part.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace costwar::analysis {
namespace {

constexpr std::uint32_t kLeftOut = std::numeric_limits<std::uint32_t>::max();

RunHeader header_of(const RunHeader& whole, std::span<const std::size_t> models) {
  RunHeader header = whole;
  header.models.clear();
  header.origins.clear();
  for (const std::size_t model : models) {
    header.models.push_back(whole.models.at(model));
    if (!whole.origins.empty()) header.origins.push_back(whole.origins.at(model));
  }
  return header;
}

void copy_trial(TrialColumns& to, const TrialColumns& from, std::size_t trial, std::uint32_t model) {
  to.model.push_back(model);
  to.task.push_back(from.task[trial]);
  to.item.push_back(from.item[trial]);
  to.repeat.push_back(from.repeat[trial]);
  to.cluster.push_back(from.cluster[trial]);
  to.group.push_back(from.group[trial]);
  to.score.push_back(from.score[trial]);
  to.solved.push_back(from.solved[trial]);
  to.readings.push_back(from.readings[trial]);
  to.complete.push_back(from.complete[trial]);
}

void copy_attempt(AttemptColumns& to, const AttemptColumns& from, std::size_t attempt, std::uint32_t trial) {
  to.trial.push_back(trial);
  to.role.push_back(from.role[attempt]);
  to.turn.push_back(from.turn[attempt]);
  to.outcome.push_back(from.outcome[attempt]);
  to.unsent.push_back(from.unsent[attempt]);
  to.usage.push_back(from.usage[attempt]);
  to.billing.push_back(from.billing[attempt]);
  to.requested_ns.push_back(from.requested_ns[attempt]);
  to.completed_ns.push_back(from.completed_ns[attempt]);
  to.total_ns.push_back(from.total_ns[attempt]);
  to.ttft_any_ns.push_back(from.ttft_any_ns[attempt]);
  to.ttft_visible_ns.push_back(from.ttft_visible_ns[attempt]);
  to.limited_ns.push_back(from.limited_ns[attempt]);
}

}  // namespace

RunPart part_of(const RunColumns& run, const CostColumns& costs, std::span<const std::size_t> models,
                const std::function<bool(std::size_t trial)>& wanted) {
  RunPart part;
  part.run.header = header_of(run.header, models);
  part.run.items = run.items;
  part.run.groups = run.groups;
  part.run.billing_keys = run.billing_keys;
  std::vector<std::uint32_t> model_number(run.header.models.size(), kLeftOut);
  for (std::size_t i = 0; i < models.size(); ++i) model_number.at(models[i]) = static_cast<std::uint32_t>(i);
  std::vector<std::uint32_t> trial_number(run.trials.size(), kLeftOut);
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    const std::uint32_t model = model_number[run.trials.model[trial]];
    if (model == kLeftOut || !wanted(trial)) continue;
    trial_number[trial] = static_cast<std::uint32_t>(part.run.trials.size());
    copy_trial(part.run.trials, run.trials, trial, model);
  }
  for (std::size_t attempt = 0; attempt < run.attempts.size(); ++attempt) {
    const std::uint32_t trial = trial_number[run.attempts.trial[attempt]];
    if (trial == kLeftOut) continue;
    copy_attempt(part.run.attempts, run.attempts, attempt, trial);
    if (!costs.empty()) part.costs.push_back(costs[attempt]);
  }
  return part;
}

void unite_tasks(RunColumns& run) {
  const std::vector<RunTask>& tasks = run.header.tasks;
  std::vector<std::uint32_t> united;
  for (const RunTask& task : tasks)
    united.push_back(static_cast<std::uint32_t>(
        std::find_if(tasks.begin(), tasks.end(),
                     [&](const RunTask& other) { return other.name == task.name; }) -
        tasks.begin()));
  TrialColumns& trials = run.trials;
  const auto key = [&](std::size_t trial) {
    return std::uint64_t{united[trials.task[trial]]} << 32U | trials.item[trial];
  };
  std::unordered_map<std::uint64_t, std::uint32_t> clusters;  // by task and item, of the task that stays
  for (std::size_t trial = 0; trial < trials.size(); ++trial)
    if (united[trials.task[trial]] == trials.task[trial]) clusters.emplace(key(trial), trials.cluster[trial]);
  for (std::size_t trial = 0; trial < trials.size(); ++trial) {
    const auto same = clusters.find(key(trial));
    if (same != clusters.end()) trials.cluster[trial] = same->second;
    trials.task[trial] = united[trials.task[trial]];
  }
}

}  // namespace costwar::analysis
