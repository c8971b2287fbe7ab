// What a load is doing right now, for whoever watches: counters that the client's threads add to and a view
// reads, without either waiting for the other. Counters only grow, so that rates are differences of two
// looks. Everything may be used from any thread.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "core/attempt.h"
#include "core/money.h"
#include "core/time.h"

namespace costwar::harness {

// Times to first token by size: eight buckets to each doubling from 64 us on, some 9 % wide.
inline constexpr std::size_t kTtftBuckets = 200;
std::size_t ttft_bucket(Nanos ttft);
Nanos ttft_of_bucket(std::size_t bucket);  // its middle

inline constexpr std::size_t kLoadOutcomes = static_cast<std::size_t>(Outcome::in_doubt) + 1;

// One look at the counters. Figures of one look may be apart by the few calls that ended between reading
// them.
struct LoadSnapshot {
  Nanos elapsed{};          // since the run's begin
  std::uint32_t stage = 0;  // from 0
  std::string title{};      // of the stage: "64 at once", "12 a second"
  Nanos stage_elapsed{};
  Nanos stage_duration{};              // 0: not known
  std::optional<double> asked_rate{};  // sessions a second now; closed loops: none
  std::uint64_t begun = 0;             // calls
  std::uint64_t ended = 0;
  std::uint64_t cut = 0;                                // of them, by the schedule
  std::array<std::uint64_t, kLoadOutcomes> outcomes{};  // of those not cut
  std::uint64_t chunks = 0;
  std::uint64_t tokens = 0;  // of output, where they were told
  std::uint64_t bytes = 0;
  std::array<std::uint64_t, kTtftBuckets> ttft{};
  std::optional<Money> spent{};  // nullopt: nothing has a price
  std::optional<Money> budget{};

  std::uint64_t in_flight() const { return begun > ended ? begun - ended : 0; }
  std::uint64_t ok() const { return outcomes[static_cast<std::size_t>(Outcome::ok)]; }
  std::uint64_t failed() const { return ended - std::min(ended, cut + ok()); }
};

class LoadCounters {
 public:
  // From the client's threads.
  void call_begun() { add(begun_, 1); }
  void chunks(std::uint64_t count) { add(chunks_, count); }  // payload events as they arrive
  void bytes(std::uint64_t count) { add(bytes_, count); }
  void first_token(Nanos ttft) { add(ttft_[ttft_bucket(ttft)], 1); }
  void call_ended(Outcome outcome, bool cut, std::optional<std::int64_t> output_tokens);
  void spend(const Money& charge);  // takes a lock, held for one addition
  void set_budget(const Money& budget);

  // From who steers.
  void begin_run(Mono now);
  void begin_stage(std::uint32_t stage, std::string title, Mono begin, Nanos duration);
  void ask_rate(std::optional<double> sessions_per_s);

  LoadSnapshot look(Mono now) const;

 private:
  using Counter = std::atomic<std::uint64_t>;
  static void add(Counter& counter, std::uint64_t count) {
    counter.fetch_add(count, std::memory_order_relaxed);
  }

  Counter begun_{0};
  Counter ended_{0};
  Counter cut_{0};
  Counter chunks_{0};
  Counter tokens_{0};
  Counter bytes_{0};
  std::array<Counter, kLoadOutcomes> outcomes_{};
  std::array<Counter, kTtftBuckets> ttft_{};
  mutable std::mutex mutex_;  // for what follows
  std::uint32_t stage_ = 0;
  std::string title_;
  Mono run_begin_;
  Mono stage_begin_;
  Nanos stage_duration_{};
  std::optional<double> asked_rate_;
  std::optional<Money> spent_;
  std::optional<Money> budget_;
};

}  // namespace costwar::harness
