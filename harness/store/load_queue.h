// The writer thread of load runs. Calls come from any thread and are committed in groups: when enough wait,
// or a quarter of a second after the first of them, so that the disk is not kept busy for single rows while
// latencies are measured. Nobody waits for a call to be on disk; what a crash loses of them is paid for, and
// counts as spent at its worst in the ledger.
//
// The first failure is final: its group is rolled back, nothing later is written or counted, and submit() and
// flush() throw it from then on: a measurement that nobody keeps ends at its next call.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/load.h"
#include "harness/store/load_rows.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

class LoadQueue {
 public:
  // Takes a connection of its own.
  explicit LoadQueue(Database database);
  LoadQueue(const LoadQueue&) = delete;
  LoadQueue& operator=(const LoadQueue&) = delete;
  ~LoadQueue();  // commits what is queued

  // Waits only while kMostQueued rows are queued already. Nothing is dropped.
  void submit(std::int64_t run, LoadCall&& call);
  void submit(std::int64_t run, LoadStageRow&& row);

  // Waits until everything submitted so far is committed. Throws the failure, if there was one.
  void flush();

  static constexpr std::size_t kMostQueued = 16'384;  // some 10 MB of calls

 private:
  struct Job {
    std::int64_t run = 0;
    std::variant<LoadCall, LoadStageRow> row;
  };
  struct Failure {
    ErrorKind kind = ErrorKind::internal;
    std::string message;
    std::string hint;
    Error error() const { return {kind, message, hint}; }
  };

  void submit(Job job);
  void work();
  std::optional<Failure> commit(const std::vector<Job>& group);

  Database database_;
  LoadRowWriter rows_;  // of the writer thread
  std::mutex mutex_;
  std::condition_variable arrived_;    // for the writer thread
  std::condition_variable committed_;  // for submit and flush
  std::vector<Job> queue_;
  std::uint64_t submitted_count_ = 0;
  std::uint64_t committed_count_ = 0;
  std::uint64_t flush_until_ = 0;  // somebody waits for so many
  std::optional<Failure> failure_;
  bool closing_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace costwar::harness
