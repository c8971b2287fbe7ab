// What a task took a model in a run: tokens by kind and requests, with how well the mean is known. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/forecast/month_cost.h"
#include "core/columns.h"

namespace costwar::analysis {

struct TaskTokens {
  std::int64_t trials = 0;   // complete ones
  std::int64_t unknown = 0;  // answered attempts whose counts nobody reported
  Workload mean;             // of a trial, every attempt of the model itself; cache writes as fresh input
  // The standard error of the mean over the mean, of prompt or output tokens, whichever is larger; clusters
  // of trials count as one. nullopt from fewer than two.
  std::optional<double> relative_error;
};

// `model`: index into the run's models. nullopt where it has no complete trial.
std::optional<TaskTokens> tokens_per_task(const RunColumns& run, std::uint32_t model);

}  // namespace costwar::analysis
