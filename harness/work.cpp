#include "harness/work.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "harness/trial_end.h"

namespace costwar::harness {

std::vector<TrialWork> all_work(const Plan& plan) {
  std::vector<TrialWork> work(plan.size());
  for (std::size_t i = 0; i < work.size(); ++i) work[i].trial = static_cast<std::int64_t>(i);
  return work;
}

bool EarlierCalls::any_answered() const {
  return std::any_of(calls.begin(), calls.end(), [](const Call& call) { return call.answered; });
}

const EarlierCalls::Call* EarlierCalls::find(CallRole role, std::uint32_t turn) const {
  const auto found = std::find_if(calls.begin(), calls.end(),
                                  [&](const Call& call) { return call.role == role && call.turn == turn; });
  return found == calls.end() ? nullptr : &*found;
}

const AttemptRow* EarlierCalls::answer(CallRole role, std::uint32_t turn) const {
  const auto found = std::find_if(answers.begin(), answers.end(), [&](const AttemptRow& row) {
    return row.role == role && row.turn == turn;
  });
  return found == answers.end() ? nullptr : &*found;
}

namespace {

EarlierCalls::Call& call_of(EarlierCalls& earlier, CallRole role, std::uint32_t turn) {
  for (EarlierCalls::Call& call : earlier.calls)
    if (call.role == role && call.turn == turn) return call;
  return earlier.calls.emplace_back(EarlierCalls::Call{role, turn});
}

}  // namespace

std::vector<TrialWork> work_left(const RunColumns& columns) {
  constexpr auto kDecided = std::numeric_limits<std::size_t>::max();
  std::vector<TrialWork> work;
  std::vector<std::size_t> place(columns.trials.size(), kDecided);
  for (std::size_t i = 0; i < columns.trials.size(); ++i) {
    if (!std::isnan(columns.trials.score[i])) continue;
    place[i] = work.size();
    work.push_back({static_cast<std::int64_t>(i)});
  }
  const AttemptColumns& attempts = columns.attempts;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (place[attempts.trial[i]] == kDecided) continue;
    TrialWork& entry = work[place[attempts.trial[i]]];
    const bool first = attempts.role[i] == CallRole::subject && attempts.turn[i] == 0;
    const bool answered = is_answered(attempts.outcome[i]);
    if (first) ++entry.first_number;
    if (first && !answered) continue;
    if (!entry.earlier) entry.earlier = std::make_shared<EarlierCalls>();
    EarlierCalls::Call& call = call_of(*entry.earlier, attempts.role[i], attempts.turn[i]);
    // Attempts of the first call that were not answered may stand before the first that is listed.
    call.left = first ? entry.first_number : call.left + 1;
    call.answered = call.answered || answered;
  }
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
