// How many more calls an account's announced limits allow. Servers tell with each answer how many requests
// and tokens are left and when they are back; this keeps the newest word and says when the next call may
// leave. Pure: instants come in, instants come out. One limiter for each account (or model, where an account
// is not told).
//
// A word is as old as its answer's headers: calls that left after the answered one are taken to be uncounted
// in it, so they are subtracted, each with the mean usage of the answers so far. At the reset the count is
// whole again; until then it fills up evenly where the limit itself was told (the token buckets of OpenAI's
// and Anthropic's rate limits: reset is the instant at which the bucket is full). What a server does not tell
// holds nothing back: a refusal will say it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/attempt.h"
#include "core/time.h"

namespace costwar::harness {

class RateLimiter {
 public:
  struct Decision {
    bool go = true;
    std::optional<Mono> until{};  // when not: ask again then; nullopt: when a call that is out has ended
    friend bool operator==(const Decision&, const Decision&) = default;
  };

  // longest_hold: no reset holds calls back for longer; the server's refusal decides then.
  explicit RateLimiter(Nanos longest_hold) : longest_hold_(longest_hold) {}

  // A call leaves. Returns its number, for told().
  std::uint64_t left() { return ++left_; }

  // What the call `number` was told, with its answer or refusal, at `now`. A wait that the server asked for
  // goes before the reset of its limits.
  void told(std::uint64_t number, const Attempt& attempt, Mono now);

  // Whether another call may leave at `now`, while in_flight are out.
  Decision next(Mono now, std::size_t in_flight);

 private:
  // One limit, as told last.
  struct Known {
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> remaining;  // nullopt: not known
    std::optional<Mono> reset;
    Mono told_at{INT64_MIN};
    std::uint64_t number = 0;  // the last call that is counted in it
  };
  // What calls need of a limit: requests need 1 each, tokens what answers reported.
  struct Need {
    std::int64_t sum = 0;
    std::int64_t calls = 0;
    std::int64_t mean() const { return calls == 0 ? 0 : (sum + calls - 1) / calls; }
  };
  static constexpr std::size_t kLimits = 4;  // requests, tokens, input tokens, output tokens

  void take(Known& known, const RateLimit& limit, std::uint64_t number, Mono told_at, Nanos longest) const;
  std::int64_t missing(const Known& known, std::size_t index) const;
  static Mono filled(const Known& known, std::int64_t wanting);

  Nanos longest_hold_;
  std::uint64_t left_ = 0;
  std::array<Known, kLimits> known_{};
  std::array<Need, kLimits> need_{};
};

}  // namespace costwar::harness
