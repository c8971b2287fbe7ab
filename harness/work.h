// What a run still has to do, and in which order the own machine does it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/columns.h"
#include "core/run.h"
#include "harness/plan.h"

namespace costwar::harness {

// What earlier runs of the program asked for a trial that they did not decide.
struct EarlierCalls {
  struct Call {
    CallRole role = CallRole::subject;
    std::uint32_t turn = 0;
    std::uint32_t left = 0;  // attempts of it, which keep their numbers
    bool answered = false;
  };
  std::vector<Call> calls;
  std::vector<AttemptRow> answers;  // of the calls that were answered: they are not paid for again
  bool any_answered() const;
  const Call* find(CallRole role, std::uint32_t turn) const;
  const AttemptRow* answer(CallRole role, std::uint32_t turn) const;
};

struct TrialWork {
  std::int64_t trial = 0;
  std::uint32_t first_number = 0;  // of its first call's next attempt: those that left earlier keep theirs
  std::shared_ptr<EarlierCalls> earlier{};  // where there was more than a first call without an answer
  friend bool operator==(const TrialWork&, const TrialWork&) = default;
};

// Every trial of the plan.
std::vector<TrialWork> all_work(const Plan& plan);

// The trials without a score: never asked, interrupted, or with an attempt in doubt, which is thereby
// repeated. Answers are told of and not there: store/earlier_answers.h fetches them.
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
