#include "mock/batch_clock.h"

#include <algorithm>

namespace costwar::mock {

std::string_view batch_state_name(BatchState state) {
  switch (state) {
    case BatchState::validating:
      return "validating";
    case BatchState::failed:
      return "failed";
    case BatchState::in_progress:
      return "in_progress";
    case BatchState::finalizing:
      return "finalizing";
    case BatchState::completed:
      return "completed";
    case BatchState::expired:
      return "expired";
    case BatchState::cancelling:
      return "cancelling";
    case BatchState::cancelled:
      return "cancelled";
  }
  return {};
}

Mono BatchClock::at_tenth(int tenths) const {
  return created + nanoseconds(duration.count / 10 * tenths + duration.count % 10 * tenths / 10);
}

Mono BatchClock::ends() const {
  if (fails && (!cancel || *cancel >= begins())) return begins();
  return cancel ? *cancel + nanoseconds(duration.count / 10) : created + duration;
}

BatchState BatchClock::state(Mono now) const {
  const bool ended = now >= ends();
  if (cancel && now >= *cancel) return ended ? BatchState::cancelled : BatchState::cancelling;
  if (now < begins()) return BatchState::validating;
  if (fails) return BatchState::failed;
  if (ended) return expiring > 0 ? BatchState::expired : BatchState::completed;
  return now >= finalizes() ? BatchState::finalizing : BatchState::in_progress;
}

bool BatchClock::over(Mono now) const {
  const BatchState at = state(now);
  return at == BatchState::failed || at == BatchState::completed || at == BatchState::expired ||
         at == BatchState::cancelled;
}

std::size_t BatchClock::finished(Mono now) const {
  if (fails) return 0;
  const Mono seen = cancel ? std::min(now, *cancel) : now;
  const std::size_t most = lines - expiring;
  if (seen < begins()) return 0;
  const Nanos span = finalizes() - begins();
  if (seen >= finalizes() || span.count == 0) return most;
  // Of all lines, also of those that expire: they take their time and fail at the end of it.
  // 100,000 lines times the nanoseconds of a day are below 2^63.
  const std::int64_t done = (seen - begins()).count * static_cast<std::int64_t>(lines) / span.count;
  return std::min(most, static_cast<std::size_t>(done));
}

bool BatchClock::try_cancel(Mono now) {
  const BatchState at = state(now);
  if (at == BatchState::cancelling) return true;
  if (at != BatchState::validating && at != BatchState::in_progress) return false;
  cancel = now;
  return true;
}

}  // namespace costwar::mock
