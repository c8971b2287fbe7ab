#include "tests/support/fake_loop.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace costwar {

TimerId FakeLoop::at(Mono due, Task task) {
  timers_.emplace(std::pair{due, next_timer_}, std::move(task));
  return next_timer_++;
}

void FakeLoop::cancel(TimerId timer) {
  const auto found = std::find_if(timers_.begin(), timers_.end(),
                                  [&](const auto& entry) { return entry.first.second == timer; });
  if (found != timers_.end()) timers_.erase(found);
}

void FakeLoop::watch(int fd, FdEvents events, FdCallback ready) {
  watches_[fd] = {events, std::move(ready)};
}

void FakeLoop::fire(int fd, FdEvents events) {
  const auto found = watches_.find(fd);
  REQUIRE(found != watches_.end());
  const FdCallback callback = found->second.second;
  callback(events);
}

void FakeLoop::run_posts() {
  for (int guard = 0; !posts_.empty(); ++guard) {
    REQUIRE(guard < 10'000'000);
    const Task task = std::move(posts_.front());
    posts_.pop_front();
    task();
  }
}

bool FakeLoop::turn() {
  if (!posts_.empty()) {
    const Task task = std::move(posts_.front());
    posts_.pop_front();
    task();
    return true;
  }
  if (timers_.empty()) return false;
  auto node = timers_.extract(timers_.begin());
  clock_.set(std::max(clock_.mono(), node.key().first));
  node.mapped()();
  return true;
}

void FakeLoop::run(const std::function<bool()>& done) {
  for (int guard = 0; !done(); ++guard) {
    REQUIRE(guard < 10'000'000);
    REQUIRE_MESSAGE(turn(), "the loop has nothing to do and is not done");
  }
}

void FakeLoop::run_until_idle() {
  for (int guard = 0; turn(); ++guard) REQUIRE(guard < 10'000'000);
}

void FakeLoop::advance_to(Mono instant) {
  run_posts();
  while (!timers_.empty() && timers_.begin()->first.first <= instant) {
    turn();
    run_posts();
  }
  clock_.set(std::max(clock_.mono(), instant));
}

}  // namespace costwar
