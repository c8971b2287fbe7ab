// RunSink: where the runner writes what happens, as it happens. The store implements it with grouped commits
// on its own thread; tests use a recording fake. All calls and all on_durable callbacks are on the event
// loop's thread, and callbacks come in the order of the calls, never inside them. A write that fails ends the
// run: the sink posts a task to the loop that throws Error, which EventLoop::run passes on.
#pragma once

#include <functional>
#include <optional>

#include "core/run.h"
#include "harness/budget.h"

namespace costwar::harness {

class RunSink {
 public:
  virtual ~RunSink() = default;

  // An attempt is about to leave: `row.ended` is false and its attempt holds only the instants known by now.
  // Nothing is sent before on_durable.
  virtual void left(AttemptRow row, std::function<void()> on_durable) = 0;

  // The attempt that left as (trial, role, turn, number) has ended. `score` comes with the attempt that
  // decides the trial and with no other: a trial without a score is one that a later run has to complete.
  virtual void ended(AttemptRow row, std::optional<ScoreRow> score, std::function<void()> on_durable) = 0;

  // A trial that is decided by more than its last attempt: a judge's word, a program that ran.
  virtual void scored(ScoreRow score, std::function<void()> on_durable) = 0;

  // As left() and ended(), with money held for the attempt. Hold and attempt are committed together, or
  // neither is: granted is false where the hold does not fit into what the ledger has left, and then nothing
  // was written. `charge`: what the attempt cost; nullopt: not known, so that all of the hold stays spent.
  virtual void left_holding(AttemptRow row, Hold hold, std::function<void(bool granted)> on_durable) = 0;
  virtual void ended_holding(AttemptRow row, std::optional<ScoreRow> score, std::optional<Money> charge,
                             std::function<void()> on_durable) = 0;
};

}  // namespace costwar::harness
