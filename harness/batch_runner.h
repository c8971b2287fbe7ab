// The batch runner: puts the trials of a plan's batch models to their vendors, a batch at a time, and writes
// what comes back. It stands beside the Runner, on the same loop and with the same rules: it never blocks and
// never prints, and borrows everything but its settings.
//
// A batch goes: its row and all its attempts are durable -> submit -> the vendor's id is durable -> poll, at
// growing intervals -> results, each scored as the Runner does it and written to the RunSink. Requests that
// failed or expired go into a further batch, within the bounds of the retry policy.
//
// A batch whose id is not known, because the program or the line broke before the reply, is looked for by
// its tag. Found: it is polled. Surely not there: it leaves again under the same tag. Where the vendor cannot
// be searched, nobody knows: the run ends with an Error that says so, and the batch is asked for again only
// with `resubmit`, its first attempts in doubt. Nothing is ever sent twice silently.
//
// Interrupted or stopped, it leaves its batches to the vendors; a later run picks them up by their rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/error.h"
#include "harness/batch_log.h"
#include "harness/plan.h"
#include "harness/progress.h"
#include "harness/retry.h"
#include "harness/run_sink.h"
#include "harness/runner.h"
#include "harness/scoring/scorers.h"
#include "harness/work.h"
#include "system/event_loop.h"

namespace costwar::harness {

struct BatchSettings {
  Nanos first_poll = seconds(5);  // after the submission; then half as long again each time
  Nanos longest_poll = seconds(60);
  // So long after the last byte of a submission can have left, a list of batches is taken to be complete.
  Nanos settled_after = seconds(15);
  RetryPolicy retry;                 // of submissions, and of requests that failed within a batch
  std::uint32_t poll_attempts = 20;  // of polls, searches and downloads that fail one after the other
  std::size_t hopeless_after = 5;    // so many trials of a batch, and none of them answered: it stops
  bool resubmit = false;             // batches that nobody can find are asked for again
};

// What a run still has to do in batches.
struct BatchStart {
  std::string run;                // its id, with which tags begin
  std::size_t earlier = 0;        // batches that it ever had
  std::vector<TrialWork> work;    // of batch models; trials that are in an open batch are left out
  std::vector<OpenBatch> open{};  // from earlier runs of the program
};

struct BatchResult {
  bool interrupted = false;
  std::optional<Error> error;  // the first reason why it is not complete
  std::vector<ModelProgress> models;
  std::vector<BatchRow> left;  // batches that the vendors go on with
};

class BatchRunner {
 public:
  // services: one for each model of the plan, in its order; nullptr for models that are asked otherwise.
  BatchRunner(EventLoop& loop, const Plan& plan, std::vector<BatchService*> services, RunSink& sink,
              BatchLog& log, Progress& progress, BatchSettings settings);
  ~BatchRunner();
  BatchRunner(const BatchRunner&) = delete;
  BatchRunner& operator=(const BatchRunner&) = delete;

  // Error{usage} when a request cannot be part of a batch.
  void require_sendable(const std::vector<TrialWork>& work) const;

  // The same check, then it begins. Once only.
  void start(BatchStart start);

  // Everything that can be done now has been done, and is durable.
  bool finished() const { return finished_; }

  // Stops now; batches stay at their vendors. Submissions that are out are awaited, because their replies
  // tell the ids. detach(): the same without having been interrupted by anyone.
  void interrupt();
  void detach();

  const BatchResult& result() const { return result_; }

 private:
  struct Batch;
  struct Model;
  struct Item : BatchItem {
    std::uint32_t tries = 1;  // attempts of the trial by this runner, this one included
  };
  using Step = void (BatchRunner::*)(Batch&);

  BatchRequest request_of(const Batch& batch, const BatchItem& item) const;
  void adopt(OpenBatch open);
  void submit_waiting(std::size_t model);
  void depart(Batch& batch);
  void send(Batch& batch);
  void send_again(Batch& batch);
  void take_reply(Batch& batch, BatchReply reply);
  void search(Batch& batch);
  void take_search(Batch& batch, const BatchSearch& found);
  void poll(Batch& batch);
  void take_status(Batch& batch, BatchStatus status);
  void fetch(Batch& batch);
  void take_result(Batch& batch, std::string_view custom_id, Attempt attempt);
  void take_end_of_results(Batch& batch);
  void take_failure(Batch& batch, const Item& item, Attempt attempt);
  void refused_whole(Batch& batch, const Attempt& why);
  bool may_lose(const Batch& batch) const;
  void lose(Batch& batch);
  void settle(Batch& batch);
  void schedule_waiting(std::size_t model);
  bool try_again(Batch& batch, const Attempt& failure, std::uint32_t most, Step step);
  void later(Batch& batch, Nanos wait, Step step);
  void ask_again(Batch& batch, const Item& item, Nanos wait);
  void end_all(Batch& batch, const Attempt& attempt);
  void close(Batch& batch);              // done with it
  void fail(Batch& batch, Error error);  // not done with it, and no way on
  void stop(Error error);
  void halt();
  void note_error(Error error);
  Attempt dated(const Batch& batch, Attempt attempt, bool billed) const;
  void write_end(std::int64_t trial, std::uint32_t number, Attempt attempt, std::optional<ScoreRow> score);
  void write_state(Batch& batch);
  void count_in_flight();
  void check_finished();
  bool running() const { return !halted_; }
  const std::string& name_of(const Batch& batch) const;

  EventLoop& loop_;
  const Plan& plan_;
  RunSink& sink_;
  BatchLog& log_;
  Progress& progress_;
  BatchSettings settings_;
  std::vector<const ScorerRow*> scorers_;  // by task
  std::vector<Model> models_;
  std::deque<Batch> batches_;  // stable addresses: callbacks hold them
  BatchResult result_;
  std::string run_;
  std::size_t next_tag_ = 0;
  std::size_t pending_writes_ = 0;
  bool started_ = false;
  bool halted_ = false;
  bool finished_ = false;
};

}  // namespace costwar::harness
