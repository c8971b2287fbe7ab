#include "providers/local/thread_pool.h"

#include <fmt/format.h>

#include <system_error>

#include "core/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace costwar::local {

namespace {

constexpr unsigned kBits = 20;
constexpr std::uint64_t kMask = (std::uint64_t{1} << kBits) - 1;
constexpr int kAwake = 4000;  // looks before a thread goes to sleep: some 50 microseconds

std::uint64_t generation_of(std::uint64_t state) {
  return state >> (2 * kBits);
}

void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

}  // namespace

ThreadPool::ThreadPool(std::size_t threads) {
  try {
    for (std::size_t i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error& failed) {
    const std::size_t started = workers_.size() + 1;
    stop();
    throw Error(ErrorKind::input,
                fmt::format("{} threads cannot be started, {} could: {}", threads, started, failed.what()),
                "ask for fewer threads, or raise the limits of the system (ulimit, pids of the container)");
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  stopping_ = true;
  // A new generation without pieces: it wakes whoever sleeps.
  state_.store((generation_of(state_.load()) + 1) << (2 * kBits));
  state_.notify_all();
  for (auto& worker : workers_) worker.join();
}

bool ThreadPool::take(std::size_t thread) {
  const std::uint64_t state = state_.fetch_add(1, std::memory_order_acq_rel);
  const std::uint64_t index = state & kMask;
  if (index >= ((state >> kBits) & kMask)) return false;
  call_(object_, first_ + static_cast<std::size_t>(index), thread);
  if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == ((state >> kBits) & kMask)) done_.notify_one();
  return true;
}

void ThreadPool::share(std::size_t count) {
  done_.store(0, std::memory_order_relaxed);
  const std::uint64_t generation = generation_of(state_.load(std::memory_order_relaxed)) + 1;
  state_.store((generation << (2 * kBits)) | (std::uint64_t{count} << kBits), std::memory_order_release);
  state_.notify_all();
  while (take(0)) {
  }
  for (int look = 0;; ++look) {
    const std::size_t done = done_.load(std::memory_order_acquire);
    if (done == count) return;
    if (look < kAwake)
      pause_briefly();
    else
      done_.wait(done, std::memory_order_acquire);
  }
}

void ThreadPool::work(std::size_t thread) {
  std::uint64_t seen = 0;
  while (true) {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    for (int look = 0; generation_of(state) == seen; ++look) {
      if (look < kAwake)
        pause_briefly();
      else
        state_.wait(state, std::memory_order_acquire);
      state = state_.load(std::memory_order_acquire);
    }
    if (stopping_.load()) return;
    seen = generation_of(state);
    while (take(thread)) {
    }
  }
}

}  // namespace costwar::local
