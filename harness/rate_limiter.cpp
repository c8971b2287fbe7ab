#include "harness/rate_limiter.h"

#include <algorithm>

#include "core/int128.h"

namespace costwar::harness {

void RateLimiter::told(std::uint64_t number, const Attempt& attempt, Mono now) {
  const auto input = attempt.usage.prompt_tokens();
  const auto output = attempt.usage.output_tokens();
  const auto add = [](Need& need, std::int64_t tokens) {
    need.sum += tokens;
    ++need.calls;
  };
  if (input && output) add(need_[1], *input + *output);
  if (input) add(need_[2], *input);
  if (output) add(need_[3], *output);

  const RateLimits& limits = attempt.advice.limits;
  const Mono told_at = attempt.timeline.headers.value_or(now);
  const Nanos longest = std::min(longest_hold_, attempt.advice.wait.value_or(longest_hold_));
  take(known_[0], limits.requests, number, told_at, longest);
  take(known_[1], limits.tokens, number, told_at, longest);
  take(known_[2], limits.input_tokens, number, told_at, longest);
  take(known_[3], limits.output_tokens, number, told_at, longest);
}

void RateLimiter::take(Known& known, const RateLimit& limit, std::uint64_t number, Mono told_at,
                       Nanos longest) const {
  // Some servers say 0 or -1 for what they do not count.
  if (limit.limit.value_or(0) > 0) known.limit = limit.limit;
  if (limit.remaining.value_or(-1) < 0 || told_at < known.told_at) return;  // nothing, or older than known
  known.told_at = told_at;
  known.number = std::max(known.number, number);
  known.remaining = limit.remaining;
  known.reset.reset();
  if (limit.reset) known.reset = told_at + std::clamp(*limit.reset, Nanos{}, std::max(longest, Nanos{}));
}

// How much of a limit is wanting for another call; 0: none.
std::int64_t RateLimiter::missing(const Known& known, std::size_t index) const {
  if (!known.remaining) return 0;
  const std::int64_t need = index == 0 ? 1 : need_[index].mean();
  const auto uncounted = static_cast<std::int64_t>(left_ - known.number);
  // One token must be there for a call of unknown size.
  return std::max<std::int64_t>(0, std::max<std::int64_t>(1, need) + uncounted * need - *known.remaining);
}

// A limit whose size is told fills up again evenly until its reset; another one is whole at its reset, and
// not before.
Mono RateLimiter::filled(const Known& known, std::int64_t wanting) {
  const std::int64_t gap = known.limit.value_or(0) - known.remaining.value_or(0);
  if (gap <= 0 || wanting >= gap) return *known.reset;
  const int128 span = (*known.reset - known.told_at).count;
  return known.told_at + nanoseconds(static_cast<std::int64_t>((span * wanting + gap - 1) / gap));
}

RateLimiter::Decision RateLimiter::next(Mono now, std::size_t in_flight) {
  Decision decision;
  for (std::size_t index = 0; index < kLimits; ++index) {
    Known& known = known_[index];
    if (known.reset && *known.reset <= now) {  // whole again, if it is known how much that is
      known.remaining = known.limit;
      known.number = left_;
      known.reset.reset();
    }
    const std::int64_t wanting = missing(known, index);
    if (wanting == 0) continue;
    if (known.reset) {
      const bool known_size = index == 0 || need_[index].mean() > 0;
      const Mono at = known_size ? filled(known, wanting) : *known.reset;
      if (at <= now) continue;
      decision.go = false;
      decision.until = std::max(decision.until.value_or(at), at);
    } else if (in_flight > 0) {
      decision.go = false;  // the next answer tells more
    }
  }
  return decision;
}

}  // namespace costwar::harness
