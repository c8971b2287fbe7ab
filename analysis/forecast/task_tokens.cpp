#include "analysis/forecast/task_tokens.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::analysis {
namespace {

struct ClusterTokens {
  double trials = 0;
  double prompt = 0;
  double output = 0;
};

double counted(const Usage& usage, Meter meter) {
  return usage[meter] ? static_cast<double>(usage[meter]->value) : 0;
}

std::optional<double> error_of_mean(std::vector<double> values) {
  if (values.size() < 2) return std::nullopt;
  const double mean = stats::mean(values);
  if (!(mean > 0)) return 0.0;
  return std::sqrt(stats::sample_variance(values) / static_cast<double>(values.size())) / mean;
}

}  // namespace

std::optional<TaskTokens> tokens_per_task(const RunColumns& run, std::uint32_t model) {
  TaskTokens tokens;
  std::map<std::pair<std::uint32_t, std::uint32_t>, ClusterTokens> clusters;
  const auto counts = [&](std::size_t trial) {
    return run.trials.model[trial] == model && run.trials.complete[trial] != 0;
  };
  const auto cluster_at = [&](std::size_t trial) -> ClusterTokens& {
    return clusters[{run.trials.task[trial], run.trials.cluster[trial]}];
  };
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    if (!counts(trial)) continue;
    ++tokens.trials;
    cluster_at(trial).trials += 1;
  }
  if (tokens.trials == 0) return std::nullopt;
  Workload sum{0, 0, 0, 0};
  for (std::size_t i = 0; i < run.attempts.size(); ++i) {
    const std::size_t trial = run.attempts.trial[i];
    if (run.attempts.role[i] != CallRole::subject || !counts(trial)) continue;
    const Usage usage = run.attempts.usage[i];
    if (!usage.prompt_tokens() || !usage.output_tokens()) {
      tokens.unknown += run.used_nothing(i) ? 0 : 1;
      continue;
    }
    const double cached = counted(usage, Meter::cache_read);
    const auto prompt = static_cast<double>(*usage.prompt_tokens());
    const auto output = static_cast<double>(*usage.output_tokens());
    sum.requests += 1;
    sum.cached += cached;
    sum.fresh += prompt - cached;
    sum.output += output;
    cluster_at(trial).prompt += prompt;
    cluster_at(trial).output += output;
  }
  const auto trials = static_cast<double>(tokens.trials);
  tokens.mean = {sum.fresh / trials, sum.cached / trials, sum.output / trials, sum.requests / trials};
  std::vector<double> prompts;
  std::vector<double> outputs;
  for (const auto& [key, cluster] : clusters) {
    prompts.push_back(cluster.prompt / cluster.trials);
    outputs.push_back(cluster.output / cluster.trials);
  }
  const auto prompt_error = error_of_mean(std::move(prompts));
  const auto output_error = error_of_mean(std::move(outputs));
  if (prompt_error && output_error) tokens.relative_error = std::max(*prompt_error, *output_error);
  return tokens;
}

}  // namespace costwar::analysis
