// What the runner keeps: trials in hand, lines and models. Only runner*.cpp include this.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "harness/concurrency_limit.h"
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
  Mono issued;
  Wall requested;
  CallId call = 0;
  TimerId timer = 0;  // the deadline while flying, the retry while backing off
  bool expired = false;
};

struct Runner::Line {
  explicit Line(std::string its_lane, std::size_t most) : lane(std::move(its_lane)), limit(most) {}

  std::string lane;  // empty: a line of one model
  std::vector<std::size_t> models;
  ConcurrencyLimit limit;
  std::vector<TrialWork> work;
  std::size_t next = 0;     // of work
  std::deque<Slot*> ready;  // retries that are due
  std::size_t in_hand = 0;  // trials begun and not decided, those that wait for a retry included
  std::size_t in_flight = 0;
  Mono not_before{INT64_MIN};  // the server asked for a pause until then
  TimerId pause = 0;
};

struct Runner::Model {
  Provider* provider = nullptr;
  Line* line = nullptr;
  // While no trial of the model has been answered, its failures wait here for the verdict on whether they
  // count: the model that cannot be reached at all has not failed its trials. At most hopeless_after of them.
  bool answered = false;
  std::size_t hopeless_after = 0;
  std::vector<std::pair<AttemptRow, ScoreRow>> unsettled;
};

}  // namespace costwar::harness
