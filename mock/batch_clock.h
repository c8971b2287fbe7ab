// When what happens to one batch: a function of instants, of the number of its lines and of what was asked
// for. It knows no answers, no files and no dialect. Plain values; any thread.
//
// A batch takes `duration`: a tenth of it is validated, eight tenths are worked on, the last tenth is
// finalized. Lines finish one after another at even steps of the middle; those that expire never do, and the
// batch ends as expired.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace costwar::mock {

enum class BatchState {
  validating,
  failed,
  in_progress,
  finalizing,
  completed,
  expired,
  cancelling,
  cancelled
};

// OpenAI's word for it.
std::string_view batch_state_name(BatchState state);

struct BatchClock {
  Mono created;
  Nanos duration;            // at most a day
  std::size_t lines = 0;     // at most 100,000
  std::size_t expiring = 0;  // of them: they never finish
  bool fails = false;        // its validation does
  std::optional<Mono> cancel;

  BatchState state(Mono now) const;
  bool over(Mono now) const;  // failed, completed, expired or cancelled
  std::size_t finished(Mono now) const;

  Mono begins() const { return at_tenth(1); }  // in_progress, or failed
  Mono finalizes() const { return at_tenth(9); }
  Mono ends() const;  // when it is over, as things stand

  // False, and nothing changes, when it is too late: finalizing or over.
  bool try_cancel(Mono now);

 private:
  Mono at_tenth(int tenths) const;
};

}  // namespace costwar::mock
