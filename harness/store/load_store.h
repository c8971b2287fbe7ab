// Load runs in the project's store, on the same file as Store and beside it: a header, stages, calls with
// every stamp and event, so that another objective or another price needs no new run. Calls are queued to a
// thread of the LoadStore's own, which commits in groups (load_queue.h); everything else is done before the
// call returns. A LoadStore belongs to one thread; sinks may be used from any. Which process works on a run
// is a lock that ends with the process (run_claims.h).
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

#include "core/load.h"
#include "core/load_json.h"
#include "harness/budget.h"
#include "harness/load/load_sink.h"

namespace costwar::harness {

struct LoadRunSummary {
  LoadHeader header;
  std::int64_t stages = 0;
  std::int64_t complete = 0;  // of them
  std::int64_t calls = 0;
  std::int64_t failed = 0;              // neither ok nor cut by the schedule
  std::optional<std::string> ledger{};  // that its calls are paid from
  bool live = false;                    // a process, perhaps this one, works on it now
  // Nobody works on it, and its last stage did not come to its end.
  bool interrupted() const { return !live && complete < stages; }
};

class LoadStore {
 public:
  // Opens or makes the store and its folder, to write. Errors as of Store::open.
  static std::unique_ptr<LoadStore> open(const std::filesystem::path& path);

  // Opens a store that must exist, to read it or to delete runs. One of an earlier version has no load runs.
  static std::unique_ptr<LoadStore> open_existing(const std::filesystem::path& path);

  LoadStore(const LoadStore&) = delete;
  LoadStore& operator=(const LoadStore&) = delete;
  ~LoadStore();  // commits what is queued; flush() first to learn of a failure

  const std::filesystem::path& path() const;

  // --- reading ---

  std::vector<LoadRunSummary> list() const;  // oldest first

  // By id, or by the beginning of exactly one id. Error{usage} lists the candidates of an ambiguous one.
  std::optional<LoadHeader> find(std::string_view id_or_prefix) const;
  std::optional<LoadHeader> find_by_label(std::string_view label) const;  // the newest
  std::optional<LoadHeader> find_by_plan(std::string_view plan) const;    // the newest

  // The label's, else the id's. Error{usage} where there is neither.
  LoadHeader require(std::string_view label_or_id) const;

  // The functions below take a full id: Error{usage} when there is none.

  LoadRunSummary summary(std::string_view run) const;

  // In order, whole and broken off; a broken one, of a crash perhaps, has `complete` false and the calls that
  // came in before.
  std::vector<LoadStageRow> read_stages(std::string_view run) const;

  // One stage's, in the order they ended. `each` gets one call that is reused, and may not write the store.
  // None where there is no such stage.
  void read_calls(std::string_view run, std::uint32_t stage,
                  const std::function<void(const LoadCall&)>& each) const;

  // The lines of the run's file (core/load_json.h), its header first.
  void export_run(std::string_view run, const std::function<void(std::string_view)>& each) const;

  std::optional<LedgerState> ledger_of(std::string_view run) const;

  // --- writing ---

  // Stores a new run, which is then this LoadStore's to work on. Error{input} when the id is taken, also by a
  // run that is no load run: holds of a budget are told apart by it.
  void begin(const LoadHeader& header);

  // Takes up a run that exists: what its process held of a budget and never settled is in doubt from now on.
  // Returns its stages so far; the next stage's number is the last one's and 1, since a broken stage stays,
  // with what it cost. Error{input} when another process works on it.
  std::vector<LoadStageRow> resume(std::string_view run);

  // From now on the calls of this run are paid from the ledger of that name; as Store::budget_run. The run
  // must have been begun or resumed here.
  LedgerState budget_run(std::string_view run, const BudgetLimits& limits, Wall now);

  // The stage as it begins, before its first call, and again as it ended; `begin` and `begin_wall` stay the
  // same. Returns when it, and the calls before it, are on disk. The run must have been begun or resumed
  // here.
  void write_stage(std::string_view run, LoadStageRow row);

  // Where calls go of a run that was begun or resumed here. call() may be used from any thread, and waits
  // only while very many are not yet on disk; none is dropped. A failure to write is thrown by the next
  // call(), flush() or write_stage(). Must not outlive the LoadStore.
  std::unique_ptr<LoadSink> sink(std::string_view run);

  void flush();  // waits until every call is committed. Throws the writer's Error if there was one

  // Stores a load run from elsewhere in one transaction: all of it or, when `next` throws, nothing. `next`
  // returns nullopt at the end; stages come before their calls.
  void import_run(const LoadHeader& header, const std::function<std::optional<LoadRow>()>& next);

  // What it spent stays in its ledger. Error{input} while a process, this one included, works on it.
  void delete_run(std::string_view run);

 private:
  struct Impl;
  explicit LoadStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace costwar::harness
