// What to do after an attempt: pure, so that every wait of a run can be worked out again. Jitter comes from a
// stream named after the trial and the attempt, never from the order in which answers happen to arrive.
//
// The server's word comes first: an explicit should_retry overrides the status, and a wait it asks for is
// kept to the nanosecond. Without one the wait is uniform over [0, min(longest_backoff, first_backoff *
// 2^(attempts - 1))]: full jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog,
// 2015). Every retry is bounded by the same count, whatever failed: an attempt that left whole and brought no
// usage may have been billed.
#pragma once

#include <cstdint>

#include "core/attempt.h"
#include "core/time.h"

namespace costwar::harness {

struct RetryPolicy {
  std::uint32_t attempts = 4;  // of one trial within one run of the program, the first included
  Nanos first_backoff = milliseconds(500);
  Nanos longest_backoff = seconds(30);
  Nanos longest_server_wait = seconds(600);  // asked to wait longer, the run stops: it can be completed later
  std::uint64_t seed = 0;
  bool waits = true;  // false: no wait at all, for answers that are played again at once
};

struct RetryDecision {
  enum class Action : std::uint8_t { retry, give_up, stop_run };
  Action action = Action::give_up;
  Nanos wait;  // before a retry
  friend bool operator==(const RetryDecision&, const RetryDecision&) = default;
};

// Whether the server refused for want of capacity: by its status, or by an error inside an answer that it had
// begun. Calls out at once are cut then.
bool at_capacity(const Attempt& attempt);

// For an attempt that brought no answer. attempts_so_far counts it and is at least 1.
RetryDecision decide_retry(const RetryPolicy& policy, const Attempt& attempt, std::int64_t trial,
                           std::uint32_t attempts_so_far);

}  // namespace costwar::harness
