// Threads that share out independent pieces of one computation at a time. run() is called by the owner's
// thread, which works too; a piece that nobody has begun is never waited for, so a thread that the system
// does not schedule delays nothing but the piece that it holds. Between computations threads wait awake for
// some microseconds, then asleep.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace costwar::local {

class ThreadPool {
 public:
  // `threads` counts the owner's: 1 starts none.
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t threads() const { return workers_.size() + 1; }

  // piece(index, thread) once for every index below count, in no order; thread is below threads(). Pieces
  // must not throw. Returns when all are done, and what they wrote is then visible to the caller.
  template <class Piece>
  void run(std::size_t count, const Piece& piece) {
    if (workers_.empty() || count < 2) {
      for (std::size_t i = 0; i < count; ++i) piece(i, 0);
      return;
    }
    for (std::size_t from = 0; from < count; from += kMost) {
      call_ = [](const void* object, std::size_t index, std::size_t thread) {
        (*static_cast<const Piece*>(object))(index, thread);
      };
      object_ = &piece;
      first_ = from;
      share(count - from < kMost ? count - from : kMost);
    }
  }

 private:
  void stop();  // ends and joins the threads
  static constexpr std::size_t kMost = std::size_t{1} << 18;
  void share(std::size_t count);
  void work(std::size_t thread);
  bool take(std::size_t thread);

  // What pieces are; read only by a thread that holds a piece, so never while it changes.
  void (*call_)(const void*, std::size_t, std::size_t) = nullptr;
  const void* object_ = nullptr;
  std::size_t first_ = 0;

  // Generation (24 bits), count (20) and next piece (20) in one number: who adds 1 learns in the same step
  // whether it got a piece, and of what.
  alignas(64) std::atomic<std::uint64_t> state_ = 0;
  alignas(64) std::atomic<std::size_t> done_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace costwar::local
