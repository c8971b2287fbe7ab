#include "stats/pass_at_k.h"

#include <vector>

#include "stats/clustered.h"

namespace costwar::stats {
namespace {

// C(chosen, k) / C(all, k) = product of (chosen - i) / (all - i): no factorial, no overflow.
std::optional<double> all_from(std::int64_t chosen, std::int64_t all, std::int64_t k) {
  if (k < 1 || all < k) return std::nullopt;
  double chance = 1;
  for (std::int64_t i = 0; i < k && chance > 0; ++i)
    chance *= i < chosen ? static_cast<double>(chosen - i) / static_cast<double>(all - i) : 0.0;
  return chance;
}

using OfTask = std::optional<double> (*)(const TaskTries&, std::int64_t);

std::optional<TaskMean> mean_over_tasks(std::span<const TaskTries> tasks, std::int64_t k, double level,
                                        OfTask of_task) {
  TaskMean result;
  std::vector<ClusterTotal> totals;
  double sum = 0;
  for (const TaskTries& task : tasks) {
    const std::optional<double> value = of_task(task, k);
    if (!value) {
      ++result.left_out;
      continue;
    }
    totals.emplace_back().add(*value);
    sum += *value;
  }
  if (totals.empty()) return std::nullopt;
  result.tasks = static_cast<std::int64_t>(totals.size());
  result.value = sum / static_cast<double>(totals.size());
  if (const std::optional<ClusteredMean> mean = clustered_mean(totals)) {
    result.standard_error = mean->standard_error;
    result.interval = effective_wilson_interval(*mean, level);
  }
  return result;
}

}  // namespace

std::optional<double> pass_at_k(const TaskTries& task, std::int64_t k) {
  const std::optional<double> none = all_from(task.tries - task.successes, task.tries, k);
  if (!none) return std::nullopt;
  return 1 - *none;
}

std::optional<double> pass_hat_k(const TaskTries& task, std::int64_t k) {
  return all_from(task.successes, task.tries, k);
}

std::optional<TaskMean> mean_pass_at_k(std::span<const TaskTries> tasks, std::int64_t k, double level) {
  return mean_over_tasks(tasks, k, level, pass_at_k);
}

std::optional<TaskMean> mean_pass_hat_k(std::span<const TaskTries> tasks, std::int64_t k, double level) {
  return mean_over_tasks(tasks, k, level, pass_hat_k);
}

}  // namespace costwar::stats
