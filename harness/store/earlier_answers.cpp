#include "harness/store/earlier_answers.h"

#include <utility>

#include "harness/trial_end.h"

namespace costwar::harness {

std::vector<TrialWork> work_left(const Store& store, std::string_view run) {
  std::vector<TrialWork> work = work_left(store.read_columns(run));
  for (TrialWork& entry : work) {
    if (!entry.earlier || !entry.earlier->any_answered()) continue;
    TrialRecord record = store.read_trial(run, entry.trial);
    for (AttemptRow& row : record.attempts)
      if (is_answered(row.attempt.outcome)) entry.earlier->answers.push_back(std::move(row));
  }
  return work;
}

}  // namespace costwar::harness
