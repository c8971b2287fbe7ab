// The load engine under a budget: calls wait for their money, and none leaves without it.
#include <doctest/doctest.h>

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "tests/harness/load/timed_target.h"

namespace costwar::harness::test {
namespace {

Money cents(std::int64_t count) {
  return Money::parse(Currency(), "0.01").times(count);
}

// Holds so many calls at once; more when some have ended.
struct CountingGate final : SpendGate {
  Answer take(const Money&, std::function<void()> wake) override {
    const std::lock_guard lock(mutex);
    if (granted == most) return Answer::refused;
    if (out == room) {
      wakes.push_back(std::move(wake));
      return Answer::wait;
    }
    ++out;
    ++granted;
    return Answer::granted;
  }
  void settle(const Money&, const std::optional<Money>&) override {
    std::vector<std::function<void()>> now;
    {
      const std::lock_guard lock(mutex);
      --out;
      now.swap(wakes);
    }
    for (const auto& wake : now) wake();
  }
  std::size_t room = 2;
  std::size_t most = 1000;
  std::mutex mutex;
  std::size_t out = 0;
  std::size_t granted = 0;
  std::vector<std::function<void()>> wakes;
};

LoadSettings priced_settings(SpendGate& gate) {
  LoadSettings settings = plain_settings(2);
  settings.gate = &gate;
  settings.prices = [](std::uint32_t) {
    CallPrices prices;
    prices.worst = [](std::int64_t, std::int64_t) { return cents(2); };
    prices.charge = [](const Attempt&) { return cents(1); };
    return prices;
  };
  return settings;
}

}  // namespace

TEST_CASE("calls wait while the budget cannot hold them, and all of them go") {
  TimedTarget target;
  CountingGate gate;
  const EngineRun run =
      run_stage(target, priced_settings(gate), PlainSchedule(closed_stage(6, 40), {PlannedCall{}}));
  CHECK(run.calls.size() == 40);
  CHECK(target.most_in_flight <= 2);
  CHECK(gate.out == 0);
}

TEST_CASE("a spent budget stops the run, and what was due and did not leave is told") {
  TimedTarget target;
  CountingGate gate;
  gate.room = 4;
  gate.most = 10;
  LoadStage stage;
  stage.arrivals = Arrivals::constant;
  stage.concurrency = 0;
  stage.duration = seconds(5);
  const EngineRun run =
      run_stage(target, priced_settings(gate), PlainSchedule(stage, {PlannedCall{}}, std::vector<Nanos>(12)));
  REQUIRE(run.stopped);
  CHECK(run.stopped->kind() == ErrorKind::spending_limit);
  std::size_t unsent = 0;
  for (const LoadCall& call : run.calls) unsent += call.error_code == "never_sent" ? 1U : 0U;
  CHECK(run.calls.size() - unsent == 10);
  CHECK(unsent == 2);
}

}  // namespace costwar::harness::test
