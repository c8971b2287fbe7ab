// Tasks that are tried several times: the chance that at least one of k tries succeeds (pass@k, Chen et al.
// 2021, arXiv 2107.03374), and that all k do (pass^k, Yao et al. 2024, arXiv 2406.12045, tau-bench). Both are
// the unbiased estimates from n >= k tries of a task; figures over tasks are means over tasks, and their
// doubt is that between tasks, however often each was tried. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"

namespace costwar::stats {

struct TaskTries {
  std::int64_t tries = 0;
  std::int64_t successes = 0;
};

// 1 - C(n - c, k) / C(n, k). nullopt for fewer tries than k, and k < 1.
std::optional<double> pass_at_k(const TaskTries& task, std::int64_t k);

// C(c, k) / C(n, k). nullopt for fewer tries than k, and k < 1.
std::optional<double> pass_hat_k(const TaskTries& task, std::int64_t k);

struct TaskMean {
  double value = 0;
  std::int64_t tasks = 0;
  std::int64_t left_out = 0;             // tasks with fewer than k tries
  std::optional<double> standard_error;  // over tasks; none for fewer than two
  std::optional<Interval> interval;  // Wilson's with the tasks' own variance, t on tasks - 1; none below two
};

// nullopt where no task has k tries.
std::optional<TaskMean> mean_pass_at_k(std::span<const TaskTries> tasks, std::int64_t k,
                                       double level = kDefaultLevel);
std::optional<TaskMean> mean_pass_hat_k(std::span<const TaskTries> tasks, std::int64_t k,
                                        double level = kDefaultLevel);

}  // namespace costwar::stats
