// The runner: puts the trials of a plan to their models in a closed loop and writes what happens. One thread,
// the event loop's; it never blocks and never prints. It borrows the loop, the plan, the providers, the sink
// and the progress, all of which must outlive it, and must itself live until finished().
//
// A line is a queue of trials: one for each model, or one for all models of a lane ("machine"), on which a
// trial and its retries end before the next begins (order: work.h). On other lines as many trials are in hand
// as the settings say; a trial that waits for its retry keeps its place, so that memory stays bounded.
//
// Calls leave through a gate: one for each line, or one for all lines of an account. It keeps the account's
// limits: calls out at once (concurrency_limit.h), the requests and tokens that the server says are left
// (rate_limiter.h) and the pauses that it asks for. Timeline::due is when an attempt would have left without
// them; the wait until issued is thus told apart from latency. It holds the back-off after a refusal for
// capacity and waits that the server asked for, not the back-off after other failures.
//
// An attempt goes: check -> sink.left -> durable -> provider.start -> done or deadline -> sink.ended, scored
// if it decides its trial. Retries are further attempts. A trial whose retries are used up is not solved, at
// its full cost.
//
// The run stops early when a key, a balance or a quota is refused, when a server asks for a longer wait than
// the policy allows, or when none of a model's first trials is answered or, later, too many in a row fail as
// in an outage. Calls that are out then are awaited, since they are paid for; interrupt() cancels them. What
// failed while the run was stopping decides no trial, so that a later run repeats it. For the same reason the
// few trials that fail before a model's first answer are written once it is known whether they count; after a
// crash in between they are in doubt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/provider.h"
#include "harness/plan.h"
#include "harness/progress.h"
#include "harness/retry.h"
#include "harness/run_sink.h"
#include "harness/scoring/scorers.h"
#include "harness/work.h"
#include "system/event_loop.h"

namespace costwar::harness {

struct RunnerSettings {
  std::size_t concurrency = 16;   // calls out at once per model; an account may allow fewer, a lane one
  Nanos deadline = seconds(600);  // of one call
  // Stop when none of a model's first so many trials is answered, or later when so many in a row find no
  // connection ...
  std::size_t hopeless_after = 5;
  std::size_t outage_after = 20;  // ... or so many in a row fail as they would in an outage
  RetryPolicy retry;
};

struct RunnerResult {
  bool interrupted = false;
  std::optional<Error> error;  // why it stopped early
  std::vector<ModelProgress> models;
};

class Runner {
 public:
  // providers: one for each model of the plan, in its order.
  Runner(EventLoop& loop, const Plan& plan, std::vector<Provider*> providers, RunSink& sink,
         Progress& progress, RunnerSettings settings);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Asks every provider whether it can send its requests, then begins. Error{usage} with the provider's words
  // when one cannot; nothing has left then. Once only.
  void start(std::vector<TrialWork> work);

  // Everything has ended and is durable.
  bool finished() const { return finished_; }

  // Stops now: nothing more leaves, calls that are out are cancelled and written. On the loop's thread, at
  // any time.
  void interrupt();

  const RunnerResult& result() const { return result_; }

  // start, then the loop until finished.
  RunnerResult run(std::vector<TrialWork> work);

 private:
  struct Slot;
  struct Line;
  struct Gate;
  struct Model;
  enum class Mode : std::uint8_t { running, draining, interrupted };

  void require_sendable(const std::vector<TrialWork>& work) const;
  static std::size_t allowed(const Line& line);  // calls out at once just now
  Line& line_of(std::size_t model);
  Gate& gate_of(const Traits& traits);
  void open_gates();
  void pump(Gate& gate);
  bool let_one_go(Gate& gate);
  void hold(Gate& gate, std::optional<Mono> until);
  Slot& take_slot(Line& line);
  void release(Slot& slot);
  void leave(Slot& slot);
  void send(Slot& slot);
  void expire(Slot& slot);
  void done(Slot& slot, Attempt attempt);
  void take_answer(Slot& slot, Attempt attempt);
  void take_failure(Slot& slot, Attempt attempt);
  void retry_later(Slot& slot, Attempt attempt, Nanos wait);
  void give_up(Slot& slot, Attempt attempt);
  void stop(Error error);
  void drop_waiting();
  void decide(Slot& slot, AttemptRow row, ScoreRow score);
  void write_end(AttemptRow row, std::optional<ScoreRow> score);
  std::size_t patience(const Model& model) const;
  void settle(Model& model, bool counts);
  AttemptRow ended_row(const Slot& slot, Attempt attempt) const;
  void check_finished();

  EventLoop& loop_;
  const Plan& plan_;
  RunSink& sink_;
  Progress& progress_;
  RunnerSettings settings_;
  std::vector<const ScorerRow*> scorers_;  // by task
  std::vector<Model> models_;
  std::deque<Line> lines_;
  std::deque<Gate> gates_;
  std::deque<Slot> slots_;  // stable addresses: they are call sinks
  std::vector<Slot*> free_slots_;
  RunnerResult result_;
  Mode mode_ = Mode::running;
  std::size_t taken_slots_ = 0;
  std::size_t pending_writes_ = 0;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace costwar::harness
