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
// A trial is a dialogue (dialogue.h): mostly one call, or several that follow from each other, to the model
// and to a simulated user. What the text does not decide by itself is scored afterwards, by a judge's calls
// or in a sandbox. Judge and simulated user have a line and a gate of their own; the trial keeps its place
// meanwhile. Calls that earlier runs of the program had answered are read from TrialWork and not made again.
//
// Items of a shared context are a group: the first of them begins, and the others of its model when its first
// request has been answered. Meanwhile other items go on.
//
// An attempt goes: check -> sink.left -> durable -> provider.start -> done or deadline -> sink.ended, with
// the score if it decides its trial. Retries are further attempts. A trial whose retries are used up is not
// solved, at its full cost; where it was the judge or the simulated user that failed, it stays undecided. An
// answer that the store has of another run is taken over in place of the first attempt, and nothing is sent
// or held.
//
// Under a budget each attempt is held for at its worst case before it leaves. Where the hold does not fit,
// the call waits while other holds of this run may still turn out smaller; when none is out, the run stops.
// It stops too when a reply costs more than was held.
//
// The run stops early when a key, a balance or a quota is refused, when a server asks for a longer wait than
// the policy allows, or when none of a model's first trials is answered or, later, too many in a row fail as
// in an outage. Calls that are out then are awaited, since they are paid for, as after wind_down();
// interrupt() cancels them. What failed while the run was stopping decides no trial, so that a later run
// repeats it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/provider.h"
#include "harness/answer_cache.h"
#include "harness/budget.h"
#include "harness/energy_split.h"
#include "harness/judging.h"
#include "harness/plan.h"
#include "harness/progress.h"
#include "harness/retry.h"
#include "harness/run_sink.h"
#include "harness/scoring/scorers.h"
#include "harness/stop_rule.h"
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
  std::optional<Nanos> run_deadline{};   // after which nothing more begins; Measuring keeps it
  const BudgetPrices* budget = nullptr;  // attempts are held for in the sink's ledger; null: no budget
  StopRule* stop = nullptr;              // leaves out trials that are not needed any more
};

// Whom and what the runner asks besides the models of the plan. Everything is borrowed, and may be absent.
struct RunnerServices {
  Provider* judge = nullptr;  // the plan's judge
  Provider* simulated_user = nullptr;
  JudgeMaker judge_script{};
  CodeScoring code{};
  AnswerCache* cache = nullptr;  // null: nothing is taken over
  bool request_keys = false;     // attempts are written so that later runs can take them over
  // What an attempt cost, for ModelProgress::spent; a budget's own goes before it.
  std::function<std::optional<Money>(CallRole role, std::size_t model, const Attempt& attempt)> charge{};
  // The energy of this machine, for calls of its lane that do not tell it themselves; null: it stays unknown.
  EnergySplit* energy = nullptr;
};

struct RunnerResult {
  bool interrupted = false;      // by wind_down() or interrupt()
  bool deadline_passed = false;  // wind_down() was the deadline's
  std::optional<Error> error;    // why it stopped early
  std::vector<ModelProgress> models;
};

class Runner {
 public:
  // providers: one for each model of the plan, in its order.
  Runner(EventLoop& loop, const Plan& plan, std::vector<Provider*> providers, RunSink& sink,
         Progress& progress, RunnerSettings settings, RunnerServices services = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Asks every provider whether it can send its requests, then begins. Error{usage} with the provider's words
  // when one cannot; nothing has left then. Once only.
  void start(std::vector<TrialWork> work);

  // Everything has ended and is durable.
  bool finished() const { return finished_; }

  // Nothing more begins; calls that are out are awaited. On the loop's thread, at any time.
  void wind_down();

  std::size_t calls_out() const;

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
  struct Group;
  struct Helper;
  enum class Mode : std::uint8_t { running, draining, interrupted };

  // runner.cpp: from start to finished
  void require_sendable(const std::vector<TrialWork>& work) const;
  void require_services(const std::vector<TrialWork>& work) const;
  void stop(Error error);
  void drop_waiting();
  void undo_unsettled();
  void check_finished();

  // runner_gate.cpp: lines, and the gates that they share
  static std::size_t allowed(const Line& line);  // calls out at once just now
  Line& line_of(const Traits& traits);
  Gate& gate_of(const Traits& traits);
  void open_gates();
  void pump(Gate& gate);
  void wake(Gate& gate);  // pumps on the next turn
  bool let_one_go(Gate& gate);
  void hold(Gate& gate, std::optional<Mono> until);

  // runner_groups.cpp: which trial begins
  void prepare(Line& line);
  bool passes(Line& line, const TrialWork& entry);
  Group* group_of(Line& line, const TrialWork& entry);
  Slot& take_slot(Line& line);
  void open_group(Slot& slot);
  void release(Slot& slot);

  // runner_calls.cpp: an attempt from its leaving to its end
  void leave(Slot& slot);
  std::size_t priced_as(const Slot& slot) const;
  std::optional<Hold> hold_for(Slot& slot, std::optional<Refusal>& refusal) const;
  void send(Slot& slot);
  void wait_for_budget(Slot& slot, const Hold& wanted);
  void settled();
  void computing(const Slot& slot);
  bool metered(const Slot& slot) const;
  static std::uint64_t energy_key(const Slot& slot);
  void add_energy(const Slot& slot, Attempt& attempt) const;
  void expire(Slot& slot);
  void done(Slot& slot, Attempt attempt);
  void count(Slot& slot, const Attempt& attempt);
  void take_failure(Slot& slot, Attempt attempt);
  void retry_later(Slot& slot, Attempt attempt, Nanos wait);
  void give_up(Slot& slot, Attempt attempt);
  void give_up_helper(Slot& slot, Attempt attempt);
  bool take_over(Slot& slot);
  std::size_t patience(const Model& model) const;
  void settle(Model& model, bool counts);
  AttemptRow row_of(const Slot& slot) const;
  AttemptRow ended_row(const Slot& slot, Attempt attempt) const;
  void write_end(Slot& slot, AttemptRow row, std::optional<ScoreRow> score);

  // runner_scoring.cpp: what follows from an answer
  void begin(Slot& slot);
  bool next_call(Slot& slot);
  void queue(Slot& slot);
  void take_answer(Slot& slot, Attempt attempt);
  void conclude(Slot& slot, std::optional<AttemptRow> row);
  void run_code(Slot& slot, const Reply& reply);
  void take_verdict(Slot& slot, std::optional<AttemptRow> row);
  void go_on(Slot& slot, std::optional<AttemptRow> row);
  void decide(Slot& slot, std::optional<AttemptRow> row, ScoreRow score);
  void leave_undecided(Slot& slot, std::optional<AttemptRow> row, std::string why);
  void write_score(ScoreRow score, bool failed);  // failed: no answer came, for good
  void tell_stop_rule(const ScoreRow& score, bool failed);
  const ScorerRow& scorer_of(const Slot& slot) const { return *scorers_[plan_[slot_trial(slot)].task]; }
  static std::int64_t slot_trial(const Slot& slot);
  const PlanModel& asked(const Slot& slot) const;
  Helper& helper(CallRole role);

  EventLoop& loop_;
  const Plan& plan_;
  RunSink& sink_;
  Progress& progress_;
  RunnerSettings settings_;
  RunnerServices services_;
  std::vector<const ScorerRow*> scorers_;  // by task
  std::vector<Model> models_;
  std::unique_ptr<std::array<Helper, 2>> helpers_;  // judge, simulated user
  std::deque<Line> lines_;
  std::deque<Gate> gates_;
  std::deque<Slot> slots_;  // stable addresses: they are call sinks
  std::vector<Slot*> free_slots_;
  std::vector<Slot*> unfunded_;  // their holds did not fit
  std::shared_ptr<int> alive_;   // what outlives the runner asks it
  RunnerResult result_;
  Mode mode_ = Mode::running;
  std::size_t taken_slots_ = 0;
  std::size_t pending_writes_ = 0;
  std::size_t pending_wakes_ = 0;
  std::size_t holds_out_ = 0;  // asked for, or granted and not settled
  std::string last_undecided_;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace costwar::harness
