// A hand-driven event loop with virtual time: nothing waits, instants pass only by running timers or by
// advance_to. Everything happens on the test's thread. Descriptors are remembered; the test makes them ready
// with fire().
#pragma once

#include <deque>
#include <map>
#include <utility>

#include "system/event_loop.h"

namespace costwar {

class FakeClock final : public Clock {
 public:
  Mono mono() const override { return mono_; }
  Wall wall() const override { return wall_start_ + (mono_ - Mono{}); }

  void set(Mono now) { mono_ = now; }
  void set_wall_start(Wall start) { wall_start_ = start; }  // the wall instant of Mono{0}

 private:
  Mono mono_{};
  Wall wall_start_ = parse_wall("2026-04-26T12:00:00Z");
};

class FakeLoop final : public EventLoop {
 public:
  const Clock& clock() const override { return clock_; }
  TimerId at(Mono due, Task task) override;
  void cancel(TimerId timer) override;
  void post(Task task) override { posts_.push_back(std::move(task)); }
  void watch(int fd, FdEvents events, FdCallback ready) override;
  void unwatch(int fd) override { watches_.erase(fd); }

  // Runs posts and timers, moving the clock from timer to timer. Nothing left while done() is false, or more
  // than ten million turns: a doctest failure, because the real loop would wait for ever.
  void run(const std::function<bool()>& done) override;

  FakeClock& fake_clock() { return clock_; }
  void run_posts();               // what is posted, and what that posts, until none is left; the clock stands
  void run_until_idle();          // posts and timers until none is left
  void advance_to(Mono instant);  // everything due until then, and the clock ends there
  void fire(int fd, FdEvents events);  // as if the descriptor were ready
  bool watched(int fd) const { return watches_.contains(fd); }
  std::size_t timers() const { return timers_.size(); }

 private:
  bool turn();  // false when there was nothing to do

  FakeClock clock_;
  std::map<std::pair<Mono, TimerId>, Task> timers_;
  std::deque<Task> posts_;
  std::map<int, std::pair<FdEvents, FdCallback>> watches_;
  TimerId next_timer_ = 1;
};

}  // namespace costwar
