// Clock and event loop: the only way that costwar waits. One thread runs the loop; every callback runs on
// that thread. post() alone may be called from any thread. The real implementation (make_event_loop) is epoll
// with a timerfd and an eventfd; tests use the hand-driven fake in tests/support.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/time.h"

namespace costwar {

struct Clock {
  virtual ~Clock() = default;
  virtual Mono mono() const = 0;
  virtual Wall wall() const = 0;
};

// CLOCK_MONOTONIC and CLOCK_REALTIME.
class SystemClock final : public Clock {
 public:
  Mono mono() const override;
  Wall wall() const override;
};

using Task = std::function<void()>;
using TimerId = std::uint64_t;  // 0 is never a timer

enum class FdEvents : unsigned { none = 0, read = 1, write = 2, read_write = 3 };

// fd_ready: what the descriptor is ready for; errors and hang-ups arrive as readiness for everything watched.
using FdCallback = std::function<void(FdEvents)>;

// What a loop has noticed of itself since it was made: a client that measures wants to know whether it kept
// up.
struct LoopStats {
  // Wake-ups with more ready descriptors than this are crowded: those at the end of the row are served late.
  static constexpr std::size_t kCrowd = 64;

  std::uint64_t wakeups = 0;          // times that waiting ended with a descriptor ready, timers included
  std::uint64_t crowded_wakeups = 0;  // of them, with more than kCrowd ready
  std::uint64_t ready = 0;            // descriptors that were ready, over all wake-ups
};

class EventLoop {
 public:
  virtual ~EventLoop() = default;

  virtual const Clock& clock() const = 0;

  // Nothing but zeros from loops that do not count.
  virtual LoopStats stats() const { return {}; }

  // Runs `task` once, not before `due`; tasks of one due instant run in the order they were given.
  virtual TimerId at(Mono due, Task task) = 0;
  // Forgets a timer that has not run; a timer that has run is ignored.
  virtual void cancel(TimerId timer) = 0;

  // Queues `task` for the next turn. From any thread; wakes a waiting loop.
  virtual void post(Task task) = 0;

  // Calls `ready` whenever `fd` is ready for `events`; a second call for one fd replaces the first. The loop
  // does not own the descriptor. unwatch before closing it.
  virtual void watch(int fd, FdEvents events, FdCallback ready) = 0;
  virtual void unwatch(int fd) = 0;

  // Turns until done() is true; checked after every turn. Exceptions of tasks pass through to the caller.
  virtual void run(const std::function<bool()>& done) = 0;
};

std::unique_ptr<EventLoop> make_event_loop();

}  // namespace costwar
