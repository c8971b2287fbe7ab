// The store: every run of a project in one SQLite file, `.costwar/store.db`, that several processes may
// share. A run is a header and rows; the newest state of each row is kept, and no state is stored twice: a
// trial is complete when it has a score, an attempt is in doubt when it left, never ended, and no living
// process works on its run.
//
// Writing while a run goes on is queued to a thread of the store's own, which commits in groups (see RunSink
// and writer.h); everything else is done before the call returns. A Store belongs to the thread of its event
// loop and must not outlive that loop. Which process works on a run is a lock that ends with the process (see
// run_claims.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/columns.h"
#include "core/run.h"
#include "harness/batch_log.h"
#include "harness/recording_sink.h"
#include "harness/run_sink.h"
#include "system/event_loop.h"

namespace costwar::harness {

class Plan;

struct RunSummary {
  RunHeader header;
  std::int64_t trials = 0;
  std::int64_t complete = 0;  // trials with a score
  std::int64_t attempts = 0;
  std::int64_t in_doubt = 0;  // of them
  std::int64_t in_batch = 0;  // of them, at a vendor in a batch whose results are not here yet
  bool live = false;          // a process, perhaps this one, works on it now
};

// Everything about one trial, with texts.
struct TrialRecord {
  TrialRow trial;
  std::vector<AttemptRow> attempts;  // in the order they left
  std::vector<ScoreRow> scores;
};

// What answered one model of a run, as it named itself; empty texts: not told.
struct ServedAnswer {
  std::uint32_t model = 0;
  std::string served_model;
  std::string fingerprint;
};

// What a run that is taken up again has to do.
struct Resumption {
  std::vector<std::int64_t> missing;  // trials without a score, ascending
  std::int64_t in_doubt = 0;          // attempts that were open and are now marked so
};

class Store {
 public:
  // Opens or makes the store and its folder. Error{input} that names the path when the file is foreign,
  // damaged or newer than this program, or when it cannot be written; the file is then as it was.
  static std::unique_ptr<Store> open(const std::filesystem::path& path, EventLoop& loop);

  // Opens a store that must exist, to read it or to delete runs; a folder that may not be written will do for
  // reading.
  static std::unique_ptr<Store> open_existing(const std::filesystem::path& path);

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();  // commits what is queued; flush() first to learn of a failure

  // --- reading ---

  std::vector<RunSummary> list_runs() const;  // oldest first

  // By id, or by the beginning of exactly one id. Error{usage} lists the candidates of an ambiguous one.
  std::optional<RunHeader> find_run(std::string_view id_or_prefix) const;

  // The newest run with this label.
  std::optional<RunHeader> find_run_by_label(std::string_view label) const;

  // The newest run of this plan.
  std::optional<RunHeader> find_run_by_plan(std::string_view plan) const;

  // The functions below take a full id: Error{usage} when there is none.

  // Trials, then attempts by trial and in the order they left, then scores. An attempt in doubt has that
  // outcome. `each` gets one row that is reused, and may read the store but not write it. Without texts it is
  // what pricing and analysis read: no prompts, no answers.
  void read_rows(std::string_view run, const std::function<void(const RunRow&)>& each,
                 bool texts = true) const;

  // Reads no texts.
  RunColumns read_columns(std::string_view run) const;

  // The different ones among the model's own attempts that brought an answer. Reads every one of them.
  std::vector<ServedAnswer> served_answers(std::string_view run) const;

  // Every batch that the run ever had, in the order they left; and those with attempts that have not ended.
  std::vector<BatchRow> read_batches(std::string_view run) const;
  std::vector<OpenBatch> open_batches(std::string_view run) const;

  // The ledger that the run's attempts are held in; nullopt: it has no budget. And every ledger, oldest
  // first.
  std::optional<LedgerState> ledger_of(std::string_view run) const;
  std::vector<LedgerState> ledgers() const;
  std::optional<LedgerState> find_ledger(std::string_view name) const;

  // What is held without a known charge: of a run, which may have been deleted, and of a ledger.
  std::vector<HoldRow> open_holds(std::string_view run) const;
  std::vector<HoldRow> open_holds_of_ledger(std::string_view name) const;

  // Error{usage} when the run has no such trial.
  TrialRecord read_trial(std::string_view run, std::int64_t trial) const;

  bool has_recording(std::string_view run) const;

  // The lines of the run's recording (core/recording.h), its header first. Error{input} when the run was not
  // recorded.
  void read_recording(std::string_view run, const std::function<void(std::string_view)>& each) const;

  // --- writing ---

  // Stores a new run and its trials in one transaction. The run is then this Store's to work on.
  // Error{input} when the id is taken.
  void create_run(const RunHeader& header, std::span<const TrialRow> trials);
  void create_planned_run(const RunHeader& header,
                          const Plan& plan);  // its trials, row by row: there may be millions

  // The same, unless the store holds a run of this plan: then it does nothing and returns false. Of processes
  // that begin one plan at one moment, one measures.
  bool create_first_run(const RunHeader& header, std::span<const TrialRow> trials);
  bool create_first_planned_run(const RunHeader& header, const Plan& plan);

  // Takes up a run that exists, in one transaction: its open attempts become ended ones with the outcome
  // in_doubt, kept and shown, but for those that left in a batch: open_batches() has them. Error{input} when
  // another process works on it.
  Resumption resume_run(std::string_view run);

  // From now on the attempts of this run are held in the ledger of that name, which is made where it is
  // missing, and whose limits become those given; those that are not mentioned stay. The run must have been
  // created or resumed here. Error{input} with the figures where a limit is below what is spent of it, and
  // where the run has been held in another ledger.
  LedgerState budget_run(std::string_view run, const BudgetLimits& limits, Wall now);

  // A person says what holds in doubt did cost: `each` of them, 0 to release it, nullopt for all that was
  // held. All or none is settled. Error{usage} where a hold is not in doubt, or for more than was held.
  // `note`: who, and why.
  void settle_holds(const std::vector<HoldRow>& holds, const std::optional<Money>& each, Wall now,
                    std::string_view note);

  // From now on this model is the judge of a run that was created or resumed here, and whose header names
  // none. Error{usage} where it names another: calls of one role are priced as one model's.
  void name_judge(std::string_view run, const ModelCard& judge);

  // What servers told of themselves while the run was being measured here: a JSON array of objects, added to
  // the member "servers" of the header's machine, where the newest 64 are kept.
  void add_servers(std::string_view run, std::string_view servers);

  // Where the runner writes a run that was created or resumed here. A run that has a budget by now is held in
  // its ledger; a hold of another is Error{internal}. Error{internal} for any other run, and
  // without an event loop. The sink must not outlive the Store.
  std::unique_ptr<RunSink> sink(std::string_view run);

  // The same for its batches; what the two are given is committed in the order it was given.
  std::unique_ptr<BatchLog> batch_log(std::string_view run);

  // From now on the run has a recording; header.run is its id. Nothing else changes where it has one already.
  void begin_recording(const RecordingHeader& header);

  // Where the exchanges of a run go that has a recording and was created or resumed here. They are committed
  // no later than the end of their attempt. `redact` is called on the writer's thread. Must not outlive the
  // Store.
  std::unique_ptr<RecordingSink> recording_sink(std::string_view run, std::function<void(Exchange&)> redact);

  // Stores a finished run from elsewhere in one transaction: all of it or, when `next` throws, nothing.
  // `next` fills its argument, or returns false at the end; trials come before their attempts and scores.
  void import_run(const RunHeader& header, const std::function<bool(RunRow&)>& next);

  // Error{input} while a process, this one included, works on it.
  void delete_run(std::string_view run);

  // Waits until everything that sinks were given is committed. Throws the writer's Error if there was one.
  void flush();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace costwar::harness
