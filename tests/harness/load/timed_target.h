// What the tests of the load engine share: a schedule of equal sessions, a target that answers by timers, and
// one stage run against it on real threads and loops.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/load/load_engine.h"

namespace costwar::harness::test {

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

inline std::unique_ptr<LoadLane> TimedTarget::open(EventLoop& loop) const {
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

inline LoadSettings plain_settings(std::uint32_t threads) {
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

inline EngineRun run_stage(const TimedTarget& target, const LoadSettings& settings,
                           const LoadSchedule& schedule) {
  const auto loop = make_event_loop();
  KeptCalls kept;
  LoadEngine engine(*loop, target, settings, kept);
  EngineRun run;
  run.row = engine.run(schedule, 3);
  run.stopped = engine.stopped();
  run.calls = std::move(kept.calls);
  return run;
}

inline LoadStage closed_stage(std::size_t concurrency, std::size_t sessions) {
  LoadStage stage;
  stage.concurrency = concurrency;
  stage.sessions = sessions;
  return stage;
}

}  // namespace costwar::harness::test
