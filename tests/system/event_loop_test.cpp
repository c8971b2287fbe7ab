#include "system/event_loop.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace costwar;

namespace {
struct TestPipe {
  std::array<int, 2> ends{};
  TestPipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0); }
  ~TestPipe() {
    for (const int fd : ends)
      if (fd >= 0) ::close(fd);
  }
  void put() const { REQUIRE(::write(ends[1], "x", 1) == 1); }
};
}  // namespace

TEST_CASE("timers run in the order of their instants, and of their making within one") {
  const auto loop = make_event_loop();
  std::string order;
  const Mono start = loop->clock().mono();
  loop->at(start + milliseconds(4), [&] { order += 'd'; });
  loop->at(start + milliseconds(2), [&] { order += 'b'; });
  loop->at(start + milliseconds(2), [&] { order += 'c'; });
  loop->at(Mono{0}, [&] { order += 'a'; });
  loop->run([&] { return order.size() == 4; });
  CHECK(order == "abcd");
  CHECK(loop->clock().mono() - start >= milliseconds(4));
}

TEST_CASE("a timer never runs before its instant, at nanosecond precision") {
  const auto loop = make_event_loop();
  for (int i = 0; i < 20; ++i) {
    const Mono due = loop->clock().mono() + nanoseconds(200'123 + i);
    bool ran = false;
    loop->at(due, [&] {
      ran = true;
      CHECK(loop->clock().mono() >= due);
    });
    loop->run([&] { return ran; });
  }
}

TEST_CASE("a cancelled timer does not run, a later one takes its place") {
  const auto loop = make_event_loop();
  bool wrong = false;
  bool right = false;
  const Mono start = loop->clock().mono();
  const TimerId first = loop->at(start + milliseconds(1), [&] { wrong = true; });
  loop->at(start + milliseconds(3), [&] { right = true; });
  loop->cancel(first);
  loop->cancel(first);
  loop->cancel(12345);
  loop->run([&] { return right; });
  CHECK_FALSE(wrong);

  SUBCASE("cancelling from a task that runs at the same instant") {
    const Mono due = loop->clock().mono();
    TimerId second = 0;
    right = false;
    loop->at(due, [&] { loop->cancel(second); });
    second = loop->at(due, [&] { wrong = true; });
    loop->at(due, [&] { right = true; });
    loop->run([&] { return right; });
    CHECK_FALSE(wrong);
  }
}

TEST_CASE("timers that set timers do not starve what is posted") {
  const auto loop = make_event_loop();
  int rounds = 0;
  bool posted = false;
  std::function<void()> again = [&] {
    ++rounds;
    loop->at(Mono{0}, again);
  };
  again();
  loop->post([&] { posted = true; });
  loop->run([&] { return posted; });
  CHECK(rounds < 10);
}

TEST_CASE("post from many threads wakes the loop and loses nothing") {
  const auto loop = make_event_loop();
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  int seen = 0;
  std::vector<int> last(kThreads, -1);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i)
        loop->post([&, t, i] {
          ++seen;
          CHECK(last[static_cast<std::size_t>(t)] == i - 1);
          last[static_cast<std::size_t>(t)] = i;
        });
    });
  loop->run([&] { return seen == kThreads * kEach; });
  for (auto& thread : threads) thread.join();
  CHECK(seen == kThreads * kEach);
}

TEST_CASE("a posted task that posts runs on a later turn") {
  const auto loop = make_event_loop();
  std::string order;
  loop->post([&] {
    order += '1';
    loop->post([&] { order += '3'; });
  });
  loop->post([&] { order += '2'; });
  loop->run([&] { return order.size() == 3; });
  CHECK(order == "123");
}

TEST_CASE("descriptors") {
  const auto loop = make_event_loop();
  TestPipe one, two;
  int calls = 0;

  SUBCASE("readable data and a hang-up both arrive as read") {
    std::string got;
    bool closed = false;
    loop->watch(one.ends[0], FdEvents::read, [&](FdEvents ready) {
      CHECK(ready == FdEvents::read);
      char c = 0;
      if (::read(one.ends[0], &c, 1) == 1) {
        got += c;
      } else {
        closed = true;
        loop->unwatch(one.ends[0]);
      }
    });
    one.put();
    ::close(one.ends[1]);
    one.ends[1] = -1;
    loop->run([&] { return closed; });
    CHECK(got == "x");
  }
  SUBCASE("a callback may replace itself, and what it holds lives until it returns") {
    const auto held = std::make_shared<int>(7);
    loop->watch(one.ends[0], FdEvents::read, [&, mine = std::make_shared<int>(1), alive = held](FdEvents) {
      loop->watch(one.ends[0], FdEvents::read, [&](FdEvents) { calls += 10; });
      loop->unwatch(one.ends[0]);
      loop->watch(one.ends[0], FdEvents::read, [&](FdEvents) {
        ++calls;
        loop->unwatch(one.ends[0]);
      });
      CHECK(*mine == 1);
      CHECK(alive.use_count() == 2);
    });
    one.put();
    loop->run([&] { return calls > 0; });
    CHECK(calls == 1);
    CHECK(held.use_count() == 1);
  }
  SUBCASE("a callback that throws is still there afterwards") {
    loop->watch(one.ends[0], FdEvents::read, [&](FdEvents) {
      if (++calls == 1) throw std::runtime_error("broken");
      loop->unwatch(one.ends[0]);
    });
    one.put();
    CHECK_THROWS_WITH(loop->run([&] { return calls > 1; }), "broken");
    loop->run([&] { return calls > 1; });
    CHECK(calls == 2);
  }
  SUBCASE("a loop that runs within a callback keeps what runs outside of it") {
    bool inner = false;
    loop->watch(one.ends[0], FdEvents::read, [&, mine = std::make_shared<int>(1)](FdEvents) {
      loop->unwatch(one.ends[0]);
      two.put();
      loop->run([&] { return inner; });
      calls += *mine;
    });
    loop->watch(two.ends[0], FdEvents::read, [&](FdEvents) {
      inner = true;
      loop->unwatch(two.ends[0]);
    });
    one.put();
    loop->run([&] { return calls > 0; });
    CHECK(calls == 1);
  }
  SUBCASE("a descriptor that is none") {
    CHECK_THROWS(loop->watch(-1, FdEvents::read, [](FdEvents) {}));
    loop->unwatch(-1);
    loop->unwatch(1 << 20);
  }
  SUBCASE("a second watch replaces the first") {
    loop->watch(one.ends[0], FdEvents::read, [&](FdEvents) { calls += 100; });
    loop->watch(one.ends[0], FdEvents::read, [&](FdEvents) { ++calls; });
    one.put();
    loop->run([&] { return calls > 0; });
    CHECK(calls == 1);
  }
  SUBCASE("unwatching another descriptor that is ready in the same turn silences it") {
    const auto forget_both = [&](FdEvents) {
      ++calls;
      loop->unwatch(one.ends[0]);
      loop->unwatch(two.ends[0]);
    };
    loop->watch(one.ends[0], FdEvents::read, forget_both);
    loop->watch(two.ends[0], FdEvents::read, forget_both);
    one.put();
    two.put();
    bool late = false;
    loop->at(loop->clock().mono() + milliseconds(2), [&] { late = true; });
    loop->run([&] { return late; });
    CHECK(calls == 1);
  }
  SUBCASE("a descriptor closed without unwatch can be watched again under the same number") {
    loop->watch(one.ends[0], FdEvents::read, [&](FdEvents) { calls += 100; });
    const int number = one.ends[0];
    ::close(one.ends[0]);
    REQUIRE(::dup2(two.ends[0], number) == number);
    loop->watch(number, FdEvents::read, [&](FdEvents) { ++calls; });
    two.put();
    loop->run([&] { return calls > 0; });
    CHECK(calls == 1);
  }
}

TEST_CASE("an exception of a task reaches the caller of run, and what was queued behind it is kept") {
  const auto loop = make_event_loop();
  bool ran = false;
  loop->post([] { throw std::runtime_error("broken"); });
  loop->post([&] { ran = true; });
  CHECK_THROWS_WITH(loop->run([&] { return ran; }), "broken");
  CHECK_FALSE(ran);
  loop->run([&] { return ran; });
  CHECK(ran);
}

TEST_CASE("a loop counts its wake-ups, and those with more descriptors ready than it serves in time") {
  const auto loop = make_event_loop();
  CHECK(loop->stats().wakeups == 0);
  std::vector<TestPipe> pipes(LoopStats::kCrowd + 1);
  std::size_t served = 0;
  const auto serve = [&](std::size_t count) {
    served = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const int fd = pipes[i].ends[0];
      loop->watch(fd, FdEvents::read, [&served, &loop, fd](FdEvents) {
        ++served;
        loop->unwatch(fd);
      });
      pipes[i].put();
    }
    loop->run([&] { return served == count; });
  };
  serve(LoopStats::kCrowd);
  CHECK(loop->stats().wakeups == 1);
  CHECK(loop->stats().crowded_wakeups == 0);
  serve(LoopStats::kCrowd + 1);
  CHECK(loop->stats().wakeups == 2);
  CHECK(loop->stats().crowded_wakeups == 1);
  CHECK(loop->stats().ready == 2 * LoopStats::kCrowd + 1);
}
