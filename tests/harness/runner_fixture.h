// Hand-written fakes around a Runner on virtual time: providers that answer from a script, a sink and a
// progress that write down what they are told in one shared journal, and a small plan.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/runner.h"
#include "tests/support/fake_loop.h"

namespace costwar::harness::test {

struct ScriptedReply {
  Attempt attempt;
  Nanos after = milliseconds(10);
};

inline ScriptedReply answer(std::string text, Nanos after = milliseconds(10)) {
  ScriptedReply reply{{}, after};
  reply.attempt.outcome = Outcome::ok;
  reply.attempt.text = std::move(text);
  reply.attempt.usage.set(Meter::fresh_input, 7, Provenance::reported);
  reply.attempt.usage.set(Meter::visible_output, 2, Provenance::reported);
  return reply;
}

inline ScriptedReply failure(Outcome outcome, std::optional<Nanos> wait = {},
                             Nanos after = milliseconds(10)) {
  ScriptedReply reply{{}, after};
  reply.attempt.outcome = outcome;
  reply.attempt.error_message = "because";
  reply.attempt.advice.wait = wait;
  return reply;
}

class Journal {
 public:
  explicit Journal(const FakeLoop& loop) : loop_(loop) {}
  void add(std::string_view line) {
    text_ += fmt::format("{} {}\n", loop_.clock().mono().ns / 1'000'000, line);
  }
  const std::string& text() const { return text_; }

 private:
  const FakeLoop& loop_;
  std::string text_;
};

class FakeProvider final : public Provider {
 public:
  // `call` counts the starts of this provider from 0; `attempt` those of one prompt.
  using Script = std::function<ScriptedReply(std::string_view prompt, int call, int attempt)>;

  FakeProvider(FakeLoop& loop, Journal& journal, std::string name, Script script)
      : loop_(loop), journal_(journal), script_(std::move(script)) {
    card_.name = std::move(name);
    traits_.max_concurrency = 1000;
  }

  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest&) const override { return refusal; }
  std::optional<std::int64_t> body_bytes(const ChatRequest&) const override { return bytes; }

  CallId start(ChatRequest request, CallSink& sink) override {
    const std::string prompt = request.messages.back().content;
    journal_.add(fmt::format("start {} {}", card_.name, prompt));
    requests.push_back(request);
    ScriptedReply reply = script_(prompt, calls++, attempts_[prompt]++);
    most_in_flight = std::max(most_in_flight, out_.size() + 1);
    reply.attempt.timeline.issued = loop_.clock().mono();
    const CallId call = ++last_call_;
    const TimerId timer =
        loop_.at(loop_.clock().mono() + reply.after, [this, call, &sink, made = std::move(reply.attempt)] {
          out_.erase(call);
          sink.done(made);
        });
    out_[call] = {timer, &sink};
    if (traits_.lane.empty()) return call;
    if (loading == Nanos{})
      sink.computing();
    else
      loop_.at(loop_.clock().mono() + std::exchange(loading, Nanos{}), [&sink] { sink.computing(); });
    return call;
  }

  void cancel(CallId call) override {
    const auto found = out_.find(call);
    REQUIRE(found != out_.end());
    journal_.add(fmt::format("cancel {}", card_.name));
    loop_.cancel(found->second.first);
    loop_.post([this, call, sink = found->second.second] {
      out_.erase(call);
      Attempt cancelled;
      cancelled.outcome = Outcome::cancelled;
      cancelled.usage.set(Meter::fresh_input, 7, Provenance::reported);
      sink->done(std::move(cancelled));
    });
  }

  Traits& mutable_traits() { return traits_; }
  ModelCard& mutable_card() { return card_; }
  std::size_t in_flight() const { return out_.size(); }

  std::vector<ChatRequest> requests;
  std::optional<Refusal> refusal;
  std::optional<std::int64_t> bytes;
  Nanos loading{};  // of a machine's lane: before the first call is computed
  int calls = 0;
  std::size_t most_in_flight = 0;

 private:
  FakeLoop& loop_;
  Journal& journal_;
  Script script_;
  Traits traits_;
  ModelCard card_;
  std::map<std::string, int, std::less<>> attempts_;
  std::map<CallId, std::pair<TimerId, CallSink*>> out_;
  CallId last_call_ = 0;
};

// Keeps to the contract of RunSink: durable on a later turn, in order; and fails the test when the runner
// does not keep to its own: each attempt left once, ended once, in this order, unless it was taken over from
// another run. With a budget it is a ledger too.
class KeepingSink final : public RunSink {
 public:
  KeepingSink(FakeLoop& loop, Journal& journal) : loop_(loop), journal_(journal) {}

  // trial#number, with role and turn where it is not the model's first call.
  static std::string name_of(const AttemptRow& row) {
    const std::string first = fmt::format("{}#{}", row.trial, row.number);
    if (row.role == CallRole::subject && row.turn == 0) return first;
    return fmt::format("{} {} {}", first, call_role_name(row.role), row.turn);
  }

  void left(AttemptRow row, std::function<void()> on_durable) override {
    CHECK_FALSE(row.ended);
    CHECK(open_.insert(name_of(row)).second);
    CHECK(!ended_names_.contains(name_of(row)));
    journal_.add("left " + name_of(row));
    durable("durable " + name_of(row), std::move(on_durable));
  }

  void scored(ScoreRow score, std::function<void()> on_durable) override {
    journal_.add(fmt::format("scored {} {} ({})", score.trial, score.value, score.detail));
    CHECK(scores.emplace(score.trial, score).second);
    durable("", std::move(on_durable));
  }

  void left_holding(AttemptRow row, Hold wanted, std::function<void(bool)> on_durable) override {
    REQUIRE(budget);
    const bool granted = held + wanted.worst <= *budget;
    most_held = std::max(most_held, held);
    if (!granted) {
      journal_.add(fmt::format("refused {}", name_of(row)));
      return durable("", [callback = std::move(on_durable)] { callback(false); });
    }
    held += wanted.worst;
    most_held = std::max(most_held, held);
    holds_[name_of(row)] = wanted.worst;
    left(std::move(row), [callback = std::move(on_durable)] { callback(true); });
  }

  void ended_holding(AttemptRow row, std::optional<ScoreRow> score, std::optional<Money> charge,
                     std::function<void()> on_durable) override {
    const auto found = holds_.find(name_of(row));
    REQUIRE(found != holds_.end());
    if (charge) held += *charge - found->second;
    holds_.erase(found);
    ended(std::move(row), std::move(score), std::move(on_durable));
  }

  void ended(AttemptRow row, std::optional<ScoreRow> score, std::function<void()> on_durable) override {
    const std::vector<std::string>& its_notes = row.attempt.notes;
    const bool taken = !its_notes.empty() && its_notes.back().starts_with("taken from run ");
    CHECK(row.ended);
    CHECK(open_.erase(name_of(row)) == (taken ? 0 : 1));
    CHECK_FALSE(holds_.contains(name_of(row)));
    CHECK(ended_names_.insert(name_of(row)).second);
    journal_.add(fmt::format("ended {} {}{}", name_of(row), outcome_row(row.attempt.outcome).name,
                             score ? fmt::format(" score {} ({})", score->value, score->detail) : ""));
    if (row.role == CallRole::subject && row.turn == 0)
      ended_attempts[{row.trial, row.number}] = row.attempt.outcome;
    const Timeline& timeline = row.attempt.timeline;
    CHECK((taken || timeline.due <= timeline.issued));
    if (timeline.due < timeline.issued)
      limited_ms[{row.trial, row.number}] = (timeline.issued - timeline.due).count / 1'000'000;
    notes[{row.trial, row.number}] = row.attempt.notes;
    if (score) CHECK(scores.emplace(row.trial, *score).second);
    rows.push_back(std::move(row));
    durable("", std::move(on_durable));
  }

  bool all_ended() const { return open_.empty(); }

  Nanos write_time;
  std::optional<Money> budget;  // what may be held and charged
  Money held;                   // what is
  Money most_held;
  std::vector<AttemptRow> rows;  // those that ended, in this order
  std::map<std::int64_t, ScoreRow> scores;
  // Of the models' first calls.
  std::map<std::pair<std::int64_t, std::uint32_t>, Outcome> ended_attempts;
  std::map<std::pair<std::int64_t, std::uint32_t>, std::int64_t> limited_ms;  // those that waited for limits
  std::map<std::pair<std::int64_t, std::uint32_t>, std::vector<std::string>> notes;

 private:
  void durable(const std::string& line, std::function<void()> callback) {
    loop_.at(loop_.clock().mono() + write_time, [this, line, callback = std::move(callback)] {
      if (!line.empty()) journal_.add(line);
      callback();
    });
  }

  FakeLoop& loop_;
  Journal& journal_;
  std::set<std::string> open_;
  std::set<std::string> ended_names_;
  std::map<std::string, Money> holds_;
};

class RecordingProgress final : public Progress {
 public:
  explicit RecordingProgress(Journal& journal) : journal_(journal) {}
  void started(std::span<const ModelProgress>) override { ++starts; }
  void advanced(std::span<const ModelProgress> models) override {
    for (const ModelProgress& model : models) {
      limits.push_back(model.limit);
      CHECK(model.done <= model.trials);
      CHECK(model.solved + model.failed <= model.done);
    }
  }
  void waiting(std::size_t model, Mono until) override {
    journal_.add(fmt::format("model {} waits until {}", model, until.ns / 1'000'000));
  }
  void finished(std::span<const ModelProgress>) override { ++finishes; }

  int starts = 0;
  int finishes = 0;
  std::vector<std::size_t> limits;

 private:
  Journal& journal_;
};

// Items "q0", "q1", ... of one task "echo", each of which expects its own prompt.
inline PlanInput echo_input(std::vector<std::string> models, std::size_t items) {
  PlanInput input;
  input.seed = 5;
  for (std::string& name : models) {
    PlanModel model;
    model.card.name = std::move(name);
    input.models.push_back(std::move(model));
  }
  TaskItems task{{"echo", "exact", 1, "Echo"}, {}};
  for (std::size_t i = 0; i < items; ++i) {
    const std::string prompt = fmt::format("q{}", i);
    task.items.push_back({fmt::format("{:016x}", i), {{Role::user, prompt}}, prompt, ""});
  }
  input.tasks.push_back(std::move(task));
  return input;
}

// A run, after which nothing may be left open.
inline RunnerResult run_to_its_end(Runner& runner, std::vector<TrialWork> work, const KeepingSink& sink,
                                   const FakeLoop& loop, const RecordingProgress& progress) {
  RunnerResult result = runner.run(std::move(work));
  CHECK(sink.all_ended());
  CHECK(loop.timers() == 0);
  CHECK(progress.finishes == 1);
  return result;
}

// A runner of models "a", "b", ... with one script each.
struct Bench {
  Bench(std::vector<FakeProvider::Script> scripts, std::size_t items, RunnerSettings wanted = {},
        std::function<void(FakeProvider&)> adjust = {}, RunnerServices services = {})
      : plan(echo_input(names(scripts.size()), items)), settings(std::move(wanted)) {
    settings.retry.seed = 9;
    std::vector<Provider*> borrowed;
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      providers.push_back(std::make_unique<FakeProvider>(loop, journal, names(i + 1).back(), scripts[i]));
      if (adjust) adjust(*providers.back());
      borrowed.push_back(providers.back().get());
    }
    runner = std::make_unique<Runner>(loop, plan, borrowed, sink, progress, settings, std::move(services));
  }

  static std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(1, static_cast<char>('a' + i));
    return all;
  }

  RunnerResult run() { return run(all_work(plan)); }
  RunnerResult run(std::vector<TrialWork> work) {
    return run_to_its_end(*runner, std::move(work), sink, loop, progress);
  }

  FakeLoop loop;
  Journal journal{loop};
  KeepingSink sink{loop, journal};
  RecordingProgress progress{journal};
  Plan plan;
  RunnerSettings settings;
  std::vector<std::unique_ptr<FakeProvider>> providers;
  std::unique_ptr<Runner> runner;
};

// A runner of models "a", "b", ... with one script each, for any plan, with a judge and a simulated user
// where they have a script.
struct Stage {
  explicit Stage(PlanInput input, std::vector<FakeProvider::Script> scripts, RunnerSettings wanted = {})
      : settings(std::move(wanted)), plan_input(std::move(input)) {
    settings.retry.seed = 9;
    for (std::size_t i = 0; i < scripts.size(); ++i)
      providers.push_back(std::make_unique<FakeProvider>(
          loop, journal, std::string(1, static_cast<char>('a' + i)), scripts[i]));
  }

  FakeProvider& add_judge(FakeProvider::Script script) {
    judge = std::make_unique<FakeProvider>(loop, journal, "judge", std::move(script));
    plan_input.judge.emplace().card.name = "judge";
    services.judge = judge.get();
    return *judge;
  }
  FakeProvider& add_user(FakeProvider::Script script) {
    user = std::make_unique<FakeProvider>(loop, journal, "user", std::move(script));
    plan_input.simulated_user.emplace().card.name = "user";
    services.simulated_user = user.get();
    return *user;
  }

  // After everything has been set up; before run().
  Runner& make() {
    plan.emplace(plan_input);
    std::vector<Provider*> borrowed;
    for (const auto& provider : providers) borrowed.push_back(provider.get());
    runner = std::make_unique<Runner>(loop, *plan, borrowed, sink, progress, settings, services);
    return *runner;
  }

  RunnerResult run() {
    if (!runner) make();
    return run(all_work(*plan));
  }
  RunnerResult run(std::vector<TrialWork> work) {
    if (!runner) make();
    return run_to_its_end(*runner, std::move(work), sink, loop, progress);
  }

  FakeLoop loop;
  Journal journal{loop};
  KeepingSink sink{loop, journal};
  RecordingProgress progress{journal};
  RunnerSettings settings;
  RunnerServices services;
  PlanInput plan_input;
  std::optional<Plan> plan;
  std::vector<std::unique_ptr<FakeProvider>> providers;
  std::unique_ptr<FakeProvider> judge;
  std::unique_ptr<FakeProvider> user;
  std::unique_ptr<Runner> runner;
};

inline ScriptedReply echo(std::string_view prompt, int, int) {
  return answer(std::string(prompt));
}

inline RunnerSettings with_concurrency(std::size_t concurrency) {
  RunnerSettings settings;
  settings.concurrency = concurrency;
  return settings;
}

// The instants of the journal's lines that begin so.
inline std::vector<std::int64_t> starts_of(const Journal& journal, std::string_view what) {
  std::vector<std::int64_t> at;
  std::istringstream in(journal.text());
  for (std::string line; std::getline(in, line);)
    if (line.substr(line.find(' ') + 1).starts_with(what)) at.push_back(std::stoll(line));
  return at;
}

}  // namespace costwar::harness::test
