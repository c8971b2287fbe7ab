// What the runner keeps: trials in hand, lines, gates and models. Only runner*.cpp include this.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/concurrency_limit.h"
#include "harness/rate_limiter.h"
#include "harness/runner.h"

namespace costwar::harness {

// One trial in hand and, while it is out, its call. A slot is used for one trial after another.
struct Runner::Slot final : CallSink {
  enum class State : std::uint8_t { idle, leaving, flying, backing_off, ready };

  explicit Slot(Runner& its_runner) : runner(&its_runner) {}
  void event(const CallEvent&) override {}
  void done(Attempt attempt) override { runner->done(*this, std::move(attempt)); }

  Runner* runner;
  Line* line = nullptr;
  State state = State::idle;
  TrialWork work;
  std::uint32_t attempts = 0;  // of this trial so far, the one that is out included
  std::size_t model = 0;
  std::optional<Mono> due;   // since when it could go but for a limit; nullopt: nothing holds it
  Nanos limited;             // how long limits held the attempt that is out
  std::uint64_t number = 0;  // of the call, for the rate limiter
  Mono issued;
  Wall requested;
  CallId call = 0;
  TimerId timer = 0;  // the deadline while flying, the retry while backing off
  bool expired = false;
};

struct Runner::Line {
  Line(std::string its_lane, std::size_t its_most, Gate& its_gate)
      : lane(std::move(its_lane)), most(its_most), gate(&its_gate) {}

  bool can_begin() const;  // a trial that was not begun, as far as the line itself goes

  std::string lane;  // empty: a line of one model
  std::vector<std::size_t> models;
  std::size_t most;  // trials that may be in hand
  Gate* gate;
  std::vector<TrialWork> work;
  std::size_t next = 0;     // of work
  std::deque<Slot*> ready;  // retries that are due
  std::size_t in_hand = 0;  // trials begun and not decided, those that wait for a retry included
  // Places that are free, with a trial to begin, and held back by a limit: since when, the oldest first.
  std::deque<Mono> held;
};

// What calls must pass to leave: the limits of one account, which several lines may share.
struct Runner::Gate {
  Gate(std::string its_account, Nanos longest_hold)
      : account(std::move(its_account)), limit(1), rate(longest_hold) {}

  std::string account;   // empty: of one line
  std::size_t most = 0;  // calls out at once that the account allows
  std::vector<Line*> lines;
  std::size_t turn = 0;  // the line that is served next
  ConcurrencyLimit limit;
  RateLimiter rate;
  std::size_t in_flight = 0;
  Mono not_before{INT64_MIN};  // the server asked for a pause until then
  TimerId timer = 0;           // asks again when a hold is over
  Mono timer_at;
};

inline bool Runner::Line::can_begin() const {
  return next < work.size() && in_hand < std::min(most, gate->limit.now());
}

struct Runner::Model {
  Provider* provider = nullptr;
  Line* line = nullptr;
  // Failures since the last answer that may be an outage (before the first answer: all) wait here for the
  // verdict on whether they count: a model that cannot be reached has not failed its trials. At most
  // outage_after of them.
  bool answered = false;
  std::size_t hopeless_after = 0;
  std::vector<std::pair<AttemptRow, ScoreRow>> unsettled;
};

}  // namespace costwar::harness
