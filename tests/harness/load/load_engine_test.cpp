// The load engine on real threads and real loops, against a target that answers by timers: what left, when,
// and that every call is accounted for. Nothing here asserts how fast the machine is: bounds are one-sided,
// or of order.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "tests/harness/load/timed_target.h"

namespace costwar::harness::test {

TEST_CASE("a closed loop keeps its places filled, and every session is asked once") {
  for (const std::uint32_t threads : {1U, 3U}) {
    CAPTURE(threads);
    TimedTarget target;
    const EngineRun run =
        run_stage(target, plain_settings(threads), PlainSchedule(closed_stage(7, 100), {PlannedCall{}}));
    REQUIRE(run.calls.size() == 100);
    std::set<std::uint64_t> sessions;
    for (const LoadCall& call : run.calls) {
      sessions.insert(call.session);
      CHECK(call.stage == 3);
      CHECK(call.thread == call.session % threads);
      CHECK(call.outcome == Outcome::ok);
      CHECK(call.timeline.due >= run.row.begin);
      CHECK(call.timeline.issued >= call.timeline.due);
    }
    CHECK(sessions.size() == 100);
    CHECK(target.most_in_flight == 7);
    CHECK(run.row.complete);
    CHECK(run.row.audits.size() == threads);
    CHECK(run.row.end >= run.row.last_due);
  }
}

TEST_CASE("a closed loop ends with its time, and what is out is awaited") {
  TimedTarget target;
  target.answer_after = milliseconds(30);
  LoadStage stage;
  stage.concurrency = 4;
  stage.duration = milliseconds(100);
  const EngineRun run = run_stage(target, plain_settings(1), PlainSchedule(stage, {PlannedCall{}}));
  CHECK(run.calls.size() >= 4);
  CHECK(run.row.last_due == run.row.begin + stage.duration);
  for (const LoadCall& call : run.calls) {
    CHECK(call.outcome == Outcome::ok);
    CHECK(call.timeline.due <= run.row.last_due);
  }
}

TEST_CASE("a schedule is left alone once its stage is over, and its sessions are not the next one's") {
  struct Slow final : LoadSchedule {
    Slow(LoadStage stage, std::string name) : stage_(std::move(stage)), name_(std::move(name)) {}
    const LoadStage& stage() const override { return stage_; }
    std::optional<std::uint64_t> sessions() const override {
      if (over) ++late;
      return std::nullopt;
    }
    PlannedSession session(std::uint64_t) const override {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (over) ++late;
      return {{}, {PlannedCall{}}};
    }
    std::vector<Message> messages(std::uint64_t, std::uint32_t) const override {
      return {{Role::user, name_}};
    }

    LoadStage stage_;
    std::string name_;
    std::atomic<bool> over{false};
    mutable std::atomic<int> late{0};
  };
  LoadStage stage;
  stage.concurrency = 40;  // more than are made ready in time: some are always on order
  stage.duration = milliseconds(60);
  const TimedTarget target;
  const auto loop = make_event_loop();
  KeptCalls kept;
  LoadEngine engine(*loop, target, plain_settings(2), kept);
  Slow first(stage, "first");
  engine.run(first, 1);
  first.over = true;
  {
    const std::lock_guard lock(target.mutex);
    target.texts_seen.clear();
  }
  Slow second(stage, "second");
  CHECK(engine.run(second, 2).complete);
  CHECK(first.late == 0);
  REQUIRE_FALSE(target.texts_seen.empty());
  CHECK(std::count(target.texts_seen.begin(), target.texts_seen.end(), "second") ==
        static_cast<std::ptrdiff_t>(target.texts_seen.size()));
}

TEST_CASE("an open loop begins when it is due, whatever is out") {
  TimedTarget target;
  target.answer_after = milliseconds(60);
  LoadStage stage;
  stage.arrivals = Arrivals::constant;
  stage.concurrency = 0;
  stage.duration = milliseconds(100);
  std::vector<Nanos> due;
  for (int i = 0; i < 20; ++i) due.push_back(milliseconds(4 * i));
  const EngineRun run = run_stage(target, plain_settings(2), PlainSchedule(stage, {PlannedCall{}}, due));
  REQUIRE(run.calls.size() == 20);
  for (const LoadCall& call : run.calls) {
    CHECK(call.timeline.due == run.row.begin + due[call.session]);
    CHECK(call.limited == Nanos{});
  }
  CHECK(target.most_in_flight > 4);
}

TEST_CASE("what a limit of calls in flight holds back is told apart from lateness") {
  TimedTarget target;
  target.answer_after = milliseconds(20);
  LoadStage stage;
  stage.arrivals = Arrivals::constant;
  stage.concurrency = 1;
  stage.duration = milliseconds(200);
  const EngineRun run =
      run_stage(target, plain_settings(1), PlainSchedule(stage, {PlannedCall{}}, std::vector<Nanos>(4)));
  REQUIRE(run.calls.size() == 4);
  CHECK(target.most_in_flight == 1);
  std::vector<Nanos> limited;
  for (const LoadCall& call : run.calls) limited.push_back(call.limited);
  std::sort(limited.begin(), limited.end());
  CHECK(limited[0] == Nanos{});
  CHECK(limited[3] >= milliseconds(55));  // three answers of 20 ms, each of which began after the other
}

TEST_CASE("turns of a session carry what was said before, and wait for the thinking") {
  TimedTarget target;
  PlannedCall first;
  PlannedCall second;
  second.think = milliseconds(10);
  const EngineRun run =
      run_stage(target, plain_settings(2), PlainSchedule(closed_stage(2, 5), {first, second, second}));
  REQUIRE(run.calls.size() == 15);
  std::map<std::uint64_t, std::map<std::uint32_t, const LoadCall*>> by_session;
  for (const LoadCall& call : run.calls) by_session[call.session][call.turn] = &call;
  for (const auto& [number, turns] : by_session) {
    REQUIRE(turns.size() == 3);
    for (const std::uint32_t turn : {1U, 2U})
      CHECK(turns.at(turn)->timeline.due == *turns.at(turn - 1)->timeline.end + milliseconds(10));
  }
  std::map<std::size_t, int> seen;
  for (const std::size_t count : target.messages_seen) ++seen[count];
  CHECK(seen[1] >= 5);
  CHECK(seen[3] == 5);
  CHECK(seen[5] == 5);
  CHECK(target.most_in_flight <= 2);
}

TEST_CASE("a session that failed frees its place") {
  TimedTarget target;
  target.fail_every = 4;
  const EngineRun run = run_stage(target, plain_settings(1),
                                  PlainSchedule(closed_stage(2, 12), {PlannedCall{}, PlannedCall{}}));
  std::set<std::uint64_t> sessions;
  std::size_t failed = 0;
  for (const LoadCall& call : run.calls) {
    sessions.insert(call.session);
    failed += call.outcome == Outcome::ok ? 0U : 1U;
  }
  CHECK(sessions.size() == 12);
  CHECK(failed > 0);
  CHECK(run.row.complete);
}

TEST_CASE("cancelled by the schedule is no failure") {
  TimedTarget target;
  target.answer_after = seconds(20);
  PlannedCall impatient;
  impatient.cancel_after = milliseconds(5);
  const EngineRun run = run_stage(target, plain_settings(1), PlainSchedule(closed_stage(3, 30), {impatient}));
  REQUIRE(run.calls.size() == 30);
  for (const LoadCall& call : run.calls) {
    CHECK(call.cut);
    CHECK(call.outcome == Outcome::cancelled);
  }
  CHECK_FALSE(run.stopped);
}

TEST_CASE("what hangs at the end is cancelled after the drain, and is a failure") {
  TimedTarget target;
  target.answer_after = seconds(100);
  LoadSettings settings = plain_settings(1);
  settings.drain = milliseconds(20);
  LoadStage stage;
  stage.concurrency = 3;
  stage.duration = milliseconds(30);
  const EngineRun run = run_stage(target, settings, PlainSchedule(stage, {PlannedCall{}}));
  REQUIRE(run.calls.size() == 3);
  for (const LoadCall& call : run.calls) {
    CHECK_FALSE(call.cut);
    CHECK(call.outcome == Outcome::cancelled);
  }
}

TEST_CASE("failures that come before the first answer could do not stop a run") {
  TimedTarget target;
  target.fail_every = 3;
  target.fail_after = Nanos{};
  target.answer_after = milliseconds(300);
  LoadSettings settings = plain_settings(1);
  settings.hopeless_after = 10;
  const EngineRun run = run_stage(target, settings, PlainSchedule(closed_stage(60, 60), {PlannedCall{}}));
  CHECK_FALSE(run.stopped);
  CHECK(run.calls.size() == 60);
}

TEST_CASE("a run that nobody answers stops") {
  TimedTarget target;
  target.fail_every = 1;
  target.failure = Outcome::auth;
  const EngineRun run =
      run_stage(target, plain_settings(2), PlainSchedule(closed_stage(4, 100'000), {PlannedCall{}}));
  REQUIRE(run.stopped);
  CHECK(run.stopped->kind() == ErrorKind::credentials);
  CHECK_FALSE(run.row.complete);
  CHECK(run.row.stopped == std::string(run.stopped->what()));
  CHECK(run.calls.size() < 100'000);
}

}  // namespace costwar::harness::test
