// The one writer thread of a store. What is queued while the previous commit runs is committed together, in
// the order it was queued; a full synchronisation then costs once per group instead of once per row.
// Functions are called from the thread of the event loop; `write` functions run on the writer thread,
// `durable` callbacks on the loop.
//
// The first failure is final: its group is rolled back, nothing later is written, no callback of either
// comes, and a task that throws the Error is posted to the loop. flush() throws it too.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "harness/store/sqlite.h"
#include "system/event_loop.h"

namespace costwar::harness {

class Writer {
 public:
  using Write = std::function<void(Database&)>;  // within a transaction

  // Takes a connection of its own. The loop must outlive the Writer.
  Writer(Database database, EventLoop& loop);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // commits what is queued

  // Waits only while kMostQueued writes are queued already. durable may be empty.
  void submit(Write write, std::function<void()> durable);

  // Waits until everything submitted so far is committed.
  void flush();

 private:
  struct Job {
    Write write;
    std::function<void()> durable;
  };
  struct Failure {
    ErrorKind kind = ErrorKind::internal;
    std::string message;
    std::string hint;
    Error error() const { return {kind, message, hint}; }
  };

  void work();
  std::optional<Failure> commit(const std::vector<Job>& group);

  Database database_;
  EventLoop& loop_;
  std::mutex mutex_;
  std::condition_variable arrived_;    // for the writer thread
  std::condition_variable committed_;  // for submit and flush
  std::vector<Job> queue_;
  std::uint64_t submitted_count_ = 0;
  std::uint64_t committed_count_ = 0;
  std::optional<Failure> failure_;
  bool closing_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace costwar::harness
