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

void sort_for_lane(std::vector<TrialWork>& work, const Plan& plan, const std::vector<std::size_t>& models) {
  std::vector<std::int64_t> place(plan.input().models.size(), 0);
  for (std::size_t i = 0; i < models.size(); ++i) place[models[i]] = static_cast<std::int64_t>(i);
  const auto of_plan = static_cast<std::int64_t>(place.size());
  const auto of_lane = static_cast<std::int64_t>(models.size());
  // The plan puts each item to every model before the next, so trial / models counts a model's own trials.
  const auto key = [&](const TrialWork& entry) {
    const std::int64_t block = entry.trial / of_plan / kLaneBlock;
    return std::tuple(block, (place[plan[entry.trial].model] + block) % of_lane, entry.trial);
  };
  std::sort(work.begin(), work.end(),
            [&](const TrialWork& a, const TrialWork& b) { return key(a) < key(b); });
}

}  // namespace costwar::harness
