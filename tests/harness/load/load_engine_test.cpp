// The load engine on real threads and real loops, against a target that answers by timers: what left, when,
// and that every call is accounted for. Nothing here asserts how fast the machine is: bounds are one-sided,
// or of order.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "harness/load/load_engine.h"

namespace costwar::harness {
namespace {

// Sessions of equal turns at given instants, or as many as a closed loop likes.
class PlainSchedule final : public LoadSchedule {
 public:
  PlainSchedule(LoadStage stage, std::vector<PlannedCall> turns, std::vector<Nanos> due = {})
      : stage_(std::move(stage)), turns_(std::move(turns)), due_(std::move(due)) {}

  const LoadStage& stage() const override { return stage_; }
  std::optional<std::uint64_t> sessions() const override {
    if (!due_.empty()) return due_.size();
    if (stage_.sessions) return *stage_.sessions;
    return std::nullopt;
  }
  PlannedSession session(std::uint64_t number) const override {
    return {due_.empty() ? Nanos{} : due_[number], turns_};
  }
  std::vector<Message> messages(std::uint64_t session, std::uint32_t turn) const override {
    return {{Role::user, "session " + std::to_string(session) + " turn " + std::to_string(turn)}};
  }

 private:
  LoadStage stage_;
  std::vector<PlannedCall> turns_;
  std::vector<Nanos> due_;
};

// Answers after a while what was asked; every fifth call may fail.
class TimedTarget final : public LoadTarget {
 public:
  Nanos answer_after = milliseconds(2);
  std::optional<Nanos> fail_after{};  // else as answers
  std::uint64_t fail_every = 0;
  Outcome failure = Outcome::server_error;
  mutable std::mutex mutex;
  mutable std::vector<std::size_t> messages_seen;
  mutable std::vector<std::string> texts_seen;
  mutable std::uint64_t started = 0;
  mutable std::size_t in_flight = 0;
  mutable std::size_t most_in_flight = 0;

  std::optional<Refusal> check(const ChatRequest&) const override { return std::nullopt; }
  PreparedCall prepare(ChatRequest chat) const override {
    const std::lock_guard lock(mutex);
    messages_seen.push_back(chat.messages.size());
    return {std::move(chat), {}};
  }
  std::unique_ptr<LoadLane> open(EventLoop& loop) const override;
  Attempt read(const RawCall& call, Mono due) const override {
    Attempt attempt = *call.attempt;
    attempt.timeline.due = due;
    attempt.timeline.issued = call.issued;
    attempt.timeline.end = call.ended;
    return attempt;
  }
};

class TimedLane final : public LoadLane {
 public:
  TimedLane(EventLoop& loop, const TimedTarget& target) : loop_(loop), target_(target) {}

  std::uint64_t start(PreparedCall call, Done done) override {
    Out out;
    out.raw.chat = std::move(call.chat);
    out.raw.issued = loop_.clock().mono();
    out.done = std::move(done);
    Attempt attempt;
    {
      const std::lock_guard lock(target_.mutex);
      ++target_.started;
      target_.texts_seen.push_back(out.raw.chat.messages.back().content);
      ++target_.in_flight;
      target_.most_in_flight = std::max(target_.most_in_flight, target_.in_flight);
      const bool fails = target_.fail_every > 0 && target_.started % target_.fail_every == 0;
      attempt.outcome = fails ? target_.failure : Outcome::ok;
    }
    attempt.text = "an answer";
    out.raw.attempt = attempt;
    const std::uint64_t id = ++last_;
    const bool fails = attempt.outcome != Outcome::ok;
    const Nanos after = fails ? target_.fail_after.value_or(target_.answer_after) : target_.answer_after;
    out.timer = loop_.at(out.raw.issued + after, [this, id] { end(id); });
    out_.emplace(id, std::move(out));
    return id;
  }

  void cancel(std::uint64_t id) override {
    const auto found = out_.find(id);
    if (found == out_.end()) return;
    loop_.cancel(found->second.timer);
    found->second.raw.attempt->outcome = Outcome::cancelled;
    loop_.post([this, id] { end(id); });
  }

 private:
  struct Out {
    RawCall raw;
    Done done;
    TimerId timer = 0;
  };
  void end(std::uint64_t id) {
    Out out = std::move(out_.at(id));
    out_.erase(id);
    {
      const std::lock_guard lock(target_.mutex);
      --target_.in_flight;
    }
    out.raw.ended = loop_.clock().mono();
    out.done(std::move(out.raw));
  }

  EventLoop& loop_;
  const TimedTarget& target_;
  std::map<std::uint64_t, Out> out_;
  std::uint64_t last_ = 0;
};

std::unique_ptr<LoadLane> TimedTarget::open(EventLoop& loop) const {
  return std::make_unique<TimedLane>(loop, *this);
}

struct KeptCalls final : LoadSink {
  void call(LoadCall&& call) override {
    const std::lock_guard lock(mutex);
    calls.push_back(std::move(call));
  }
  std::mutex mutex;
  std::vector<LoadCall> calls;
};

LoadSettings plain_settings(std::uint32_t threads) {
  LoadSettings settings;
  settings.threads = threads;
  settings.request = [](const PlannedCall& call, std::vector<Message> messages) {
    ChatRequest request;
    request.messages = std::move(messages);
    request.max_output_tokens = call.output_tokens;
    return request;
  };
  return settings;
}

struct EngineRun {
  LoadStageRow row;
  std::vector<LoadCall> calls;
  std::optional<Error> stopped;
};

EngineRun run_stage(const TimedTarget& target, const LoadSettings& settings, const LoadSchedule& schedule) {
  const auto loop = make_event_loop();
  KeptCalls kept;
  LoadEngine engine(*loop, target, settings, kept);
  EngineRun run;
  run.row = engine.run(schedule, 3);
  run.stopped = engine.stopped();
  run.calls = std::move(kept.calls);
  return run;
}

LoadStage closed(std::size_t concurrency, std::size_t sessions) {
  LoadStage stage;
  stage.concurrency = concurrency;
  stage.sessions = sessions;
  return stage;
}

}  // namespace

TEST_CASE("a closed loop keeps its places filled, and every session is asked once") {
  for (const std::uint32_t threads : {1U, 3U}) {
    CAPTURE(threads);
    TimedTarget target;
    const EngineRun run =
        run_stage(target, plain_settings(threads), PlainSchedule(closed(7, 100), {PlannedCall{}}));
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
      run_stage(target, plain_settings(2), PlainSchedule(closed(2, 5), {first, second, second}));
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
  const EngineRun run =
      run_stage(target, plain_settings(1), PlainSchedule(closed(2, 12), {PlannedCall{}, PlannedCall{}}));
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
  const EngineRun run = run_stage(target, plain_settings(1), PlainSchedule(closed(3, 30), {impatient}));
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
  const EngineRun run = run_stage(target, settings, PlainSchedule(closed(60, 60), {PlannedCall{}}));
  CHECK_FALSE(run.stopped);
  CHECK(run.calls.size() == 60);
}

TEST_CASE("a run that nobody answers stops") {
  TimedTarget target;
  target.fail_every = 1;
  target.failure = Outcome::auth;
  const EngineRun run =
      run_stage(target, plain_settings(2), PlainSchedule(closed(4, 100'000), {PlannedCall{}}));
  REQUIRE(run.stopped);
  CHECK(run.stopped->kind() == ErrorKind::credentials);
  CHECK_FALSE(run.row.complete);
  CHECK(run.row.stopped == std::string(run.stopped->what()));
  CHECK(run.calls.size() < 100'000);
}

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
      run_stage(target, priced_settings(gate), PlainSchedule(closed(6, 40), {PlannedCall{}}));
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

}  // namespace costwar::harness
