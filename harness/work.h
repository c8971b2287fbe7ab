// What a run still has to do, and in which order the own machine does it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/columns.h"
#include "harness/plan.h"

namespace costwar::harness {

struct TrialWork {
  std::int64_t trial = 0;
  std::uint32_t first_number = 0;  // of its next attempt: those that left in earlier runs keep theirs
  friend bool operator==(const TrialWork&, const TrialWork&) = default;
};

// Every trial of the plan.
std::vector<TrialWork> all_work(const Plan& plan);

// The trials without a score: never asked, interrupted, or with an attempt in doubt, which is thereby
// repeated.
std::vector<TrialWork> work_left(const RunColumns& columns);

// Trials of one model that follow each other on a lane.
inline constexpr std::int64_t kLaneBlock = 16;

// The order of a lane, on which one trial runs at a time: kLaneBlock consecutive items of one model, the same
// items of the next, and so on; each block begins with another model. A model that changes with every trial
// would be charged for memory that its neighbour has just evicted; a model that runs to its end before the
// next begins would meet another state of the machine. The order of two trials does not depend on which
// others are left. `models`: those of the lane.
void sort_for_lane(std::vector<TrialWork>& work, const Plan& plan, const std::vector<std::size_t>& models);

}  // namespace costwar::harness
