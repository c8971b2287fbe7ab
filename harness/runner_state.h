// What the runner keeps: trials in hand, lines, gates and models. Only runner*.cpp include this.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/concurrency_limit.h"
#include "harness/rate_limiter.h"
#include "harness/runner.h"

namespace costwar::harness {

// One trial in hand and, while it is out, its call. A slot is used for one trial after another.
struct Runner::Slot final : CallSink {
  enum class State : std::uint8_t { idle, leaving, flying, backing_off, ready, unfunded, scoring };

  explicit Slot(Runner& its_runner) : runner(&its_runner) {}
  void computing() override { runner->computing(*this); }
  void event(const CallEvent&) override {}
  void done(Attempt attempt) override { runner->done(*this, std::move(attempt)); }

  // A trial of one call needs no dialogue, and its request is made anew for every attempt.
  bool plain() const { return !dialogue && !judging; }

  Runner* runner;
  Line* line = nullptr;  // where the trial has its place
  State state = State::idle;
  TrialWork work;
  std::size_t model = 0;
  Group* opens = nullptr;  // the group that waits for its first request

  std::unique_ptr<Dialogue> dialogue;
  std::unique_ptr<JudgeScript> judging;
  std::array<std::uint32_t, 3> turns{};  // calls begun, by role
  Outcome last = Outcome::ok;            // of the model's last answer
  std::uint64_t generation = 0;          // of its trials: what comes back late is told by it

  // The call that is next, or out.
  CallRole role = CallRole::subject;
  std::uint32_t turn = 0;
  Line* through = nullptr;  // the line whose gate it passes
  Provider* provider = nullptr;
  ChatRequest request;
  std::string key;                 // of the request; empty: none is kept
  std::uint32_t first_number = 0;  // of its attempts in this run of the program
  std::uint32_t attempts = 0;      // so far, the one that is out included
  std::optional<Mono> due;         // since when it could go but for a limit; nullopt: nothing holds it
  Nanos limited;                   // how long limits held the attempt that is out
  std::uint64_t number = 0;        // of the call, for the rate limiter
  std::optional<Hold> held;        // for the attempt that is out
  std::optional<Money> charge;     // of the attempt that has ended
  Mono issued;
  Wall requested;
  CallId call = 0;
  TimerId timer = 0;  // the deadline while flying, the retry while backing off
  bool expired = false;
};

// Items of one shared context, for one model and repeat.
struct Runner::Group {
  enum class State : std::uint8_t { closed, opening, open };
  State state = State::closed;
  std::vector<TrialWork> parked;  // while the first request is out
};

struct Runner::Line {
  Line(std::string its_lane, std::size_t its_most, Gate& its_gate)
      : lane(std::move(its_lane)), most(its_most), gate(&its_gate) {}

  std::size_t left() const { return released.size() + (work.size() - next); }  // not begun, nor parked
  bool can_begin() const;  // a trial that was not begun, as far as the line itself goes

  std::string lane;  // empty: a line of one model
  std::vector<std::size_t> models;
  std::size_t most;  // trials that may be in hand
  Gate* gate;
  std::vector<TrialWork> work;
  std::size_t next = 0;            // of work
  std::deque<TrialWork> released;  // of groups that have been opened; they go before the rest
  using GroupKey = std::tuple<std::size_t, std::uint32_t, const SharedContext*>;  // model, repeat
  std::map<GroupKey, Group> groups;
  std::deque<Slot*> ready;  // calls that may leave: retries that are due, and what follows from an answer
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
  bool woken = false;  // is pumped on the next turn
};

inline bool Runner::Line::can_begin() const {
  return left() > 0 && in_hand < std::min(most, gate->limit.now());
}

struct Runner::Model {
  Provider* provider = nullptr;
  Line* line = nullptr;
  // Failures since the last answer that may be an outage (before the first answer: all) wait here for the
  // verdict on whether they count: a model that cannot be reached has not failed its trials. Their attempts
  // are written, their scores are not. At most outage_after of them.
  bool answered = false;
  std::size_t hopeless_after = 0;
  std::vector<std::pair<ScoreRow, Outcome>> unsettled;
};

// The judge or the simulated user.
struct Runner::Helper {
  Provider* provider = nullptr;
  Line* line = nullptr;
  bool answered = false;
  std::size_t failed_in_a_row = 0;
};

inline std::int64_t Runner::slot_trial(const Slot& slot) {
  return slot.work.trial;
}

}  // namespace costwar::harness
