#include "harness/work.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace costwar::harness {

std::vector<TrialWork> all_work(const Plan& plan) {
  std::vector<TrialWork> work(plan.size());
  for (std::size_t i = 0; i < work.size(); ++i) work[i].trial = static_cast<std::int64_t>(i);
  return work;
}

std::vector<TrialWork> work_left(const RunColumns& columns) {
  std::vector<std::uint32_t> attempts(columns.trials.size(), 0);
  for (const std::uint32_t trial : columns.attempts.trial) ++attempts[trial];
  std::vector<TrialWork> work;
  for (std::size_t i = 0; i < columns.trials.size(); ++i)
    if (std::isnan(columns.trials.score[i])) work.push_back({static_cast<std::int64_t>(i), attempts[i]});
  return work;
}

void sort_for_lane(std::vector<TrialWork>& work, const Plan& plan) {
  const auto models = static_cast<std::int64_t>(plan.input().models.size());
  // Every block of `models` consecutive trials holds each model once, so trial / models counts a model's own trials.
  const auto key = [&](const TrialWork& entry) {
    const std::int64_t block = entry.trial / models / kLaneBlock;
    return std::tuple(block, (plan[entry.trial].model + block) % models, entry.trial);
  };
  std::sort(work.begin(), work.end(), [&](const TrialWork& a, const TrialWork& b) { return key(a) < key(b); });
}

}  // namespace costwar::harness
