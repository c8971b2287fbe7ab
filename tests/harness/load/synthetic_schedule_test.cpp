#include "harness/load/synthetic_schedule.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tests/harness/load/load_text.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::complaint_of;

namespace {

LoadStage closed_of(std::size_t concurrency) {
  LoadStage stage;
  stage.concurrency = concurrency;
  return stage;
}

LoadStage poisson_of(double rate) {
  LoadStage stage;
  stage.arrivals = Arrivals::poisson;
  stage.concurrency = 0;
  stage.rate = rate;
  return stage;
}

SyntheticSettings drawn_settings() {
  SyntheticSettings settings;
  settings.input = Drawn::parse("lognormal:200,0.5", "--input-tokens", DrawUnit::count, kTokenBounds);
  settings.output = Drawn::parse("50..150", "--output-tokens", DrawUnit::count, kTokenBounds);
  settings.turns = Drawn::parse("1..4", "--turns", DrawUnit::count, kTurnBounds);
  settings.think = Drawn::parse("exponential:2s", "--think", DrawUnit::time, kTimeBounds);
  settings.cancel_share = 0.25;
  settings.cancel_after = Drawn::parse("1s..2s", "--cancel", DrawUnit::time, kTimeBounds);
  return settings;
}

std::string settings_complaint(const SyntheticSettings& settings) {
  return complaint_of([&] { (void)synthetic_schedule(closed_of(1), 0, 1, settings); }, ErrorKind::usage);
}

}  // namespace

TEST_CASE("a closed schedule has no end unless it is given one") {
  LoadStage stage = closed_of(4);
  CHECK_FALSE(synthetic_schedule(stage, 0, 1, {})->sessions().has_value());
  CHECK(synthetic_schedule(stage, 0, 1, {})->session(1'000'000'000).due == Nanos{});
  stage.sessions = 20;
  const auto bounded = synthetic_schedule(stage, 0, 1, {});
  CHECK(bounded->sessions() == 20U);
  CHECK(bounded->stage() == stage);
  CHECK_THROWS_AS((void)bounded->session(20), Error);
  CHECK_THROWS_AS((void)bounded->messages(20, 0), Error);
}

TEST_CASE("an open schedule is in order of its due instants") {
  const auto schedule = synthetic_schedule(poisson_of(20), 0, 1, {});
  const std::uint64_t count = schedule->sessions().value_or(0);
  REQUIRE(count > 400);
  Nanos before{};
  for (std::uint64_t i = 0; i < count; ++i) {
    CHECK(schedule->session(i).due >= before);
    before = schedule->session(i).due;
  }
}

TEST_CASE("sessions are the same in every stage of a run, and their texts are not") {
  const SyntheticSettings settings = drawn_settings();
  const auto first = synthetic_schedule(closed_of(8), 0, 5, settings);
  const auto second = synthetic_schedule(closed_of(16), 1, 5, settings);
  const auto again = synthetic_schedule(closed_of(8), 0, 5, settings);
  const auto other = synthetic_schedule(closed_of(8), 0, 6, settings);
  std::size_t alike = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    CHECK(first->session(i) == second->session(i));
    CHECK(first->session(i) == again->session(i));
    alike += first->session(i) == other->session(i) ? 1U : 0U;
    for (std::uint32_t turn = 0; turn < first->session(i).turns.size(); ++turn) {
      CHECK(first->messages(i, turn) == again->messages(i, turn));
      CHECK(first->messages(i, turn) != second->messages(i, turn));
    }
  }
  CHECK(alike == 0);
}

TEST_CASE("turns, lengths, thinking and cancellation are drawn as asked") {
  const auto schedule = synthetic_schedule(closed_of(8), 0, 5, drawn_settings());
  std::map<std::size_t, int> turns;
  int calls = 0;
  int cancelled = 0;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const PlannedSession session = schedule->session(i);
    ++turns[session.turns.size()];
    CHECK(session.turns[0].think == Nanos{});
    for (const PlannedCall& call : session.turns) {
      ++calls;
      CHECK(call.output_tokens.value_or(0) >= 50);
      CHECK(call.output_tokens.value_or(1000) <= 150);
      if (!call.cancel_after) continue;
      ++cancelled;
      CHECK(*call.cancel_after >= seconds(1));
      CHECK(*call.cancel_after <= seconds(2));
    }
  }
  REQUIRE(turns.size() == 4);
  for (const auto& one : turns) CHECK(one.second == doctest::Approx(1000).epsilon(0.1));
  CHECK(static_cast<double>(cancelled) / calls == doctest::Approx(0.25).epsilon(0.08));
}

TEST_CASE("made prompts differ, and sessions that share a prefix share all of it") {
  SyntheticSettings settings;
  settings.input = Drawn::fixed(64);
  settings.prefixes = 3;
  settings.prefix_tokens = 100;
  const auto schedule = synthetic_schedule(closed_of(8), 0, 5, settings);
  std::map<std::string, int> prefixes;
  std::set<std::string> texts;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const auto messages = schedule->messages(i, 0);
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].role == Role::system);
    ++prefixes[messages[0].content];
    texts.insert(messages[1].content);
    CHECK(schedule->messages(i, 1).size() == 1);
  }
  CHECK(texts.size() == 300);
  REQUIRE(prefixes.size() == 3);
  for (const auto& one : prefixes) CHECK(one.second == doctest::Approx(100).epsilon(0.3));
  const auto later = synthetic_schedule(closed_of(8), 1, 5, settings);
  CHECK(prefixes.count(later->messages(0, 0)[0].content) == 0);
}

TEST_CASE("the user's own prompts are drawn in an order of each stage, all before one comes again") {
  auto prompts = std::make_shared<PromptSet>();
  prompts->source = "p.jsonl";
  for (int i = 0; i < 10; ++i)
    prompts->prompts.push_back({{Role::system, "s"}, {Role::user, "prompt number " + std::to_string(i)}});
  SyntheticSettings settings;
  settings.turns = Drawn::fixed(2);
  settings.prompts = prompts;
  const auto schedule = synthetic_schedule(closed_of(1), 0, 5, settings);
  std::vector<std::string> order;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const auto messages = schedule->messages(i, 0);
    REQUIRE(messages.size() == 2);
    order.push_back(messages[1].content);
    CHECK(messages == schedule->messages(i + 10, 0));
    // "s" is one token, the prompt's 15 characters are four.
    CHECK(schedule->session(i).turns[0].input_tokens == 5);
    const auto later = schedule->messages(i, 1);
    REQUIRE(later.size() == 1);
    CHECK(later[0] == schedule->messages(i + 1, 0)[1]);
  }
  CHECK(std::set<std::string>(order.begin(), order.end()).size() == 10);
  const auto second = synthetic_schedule(closed_of(1), 1, 5, settings);
  std::vector<std::string> other;
  for (std::uint64_t i = 0; i < 10; ++i) other.push_back(second->messages(i, 0)[1].content);
  CHECK(order != other);
}

TEST_CASE("settings that contradict each other are refused") {
  SyntheticSettings settings;
  CHECK(settings_complaint(settings) == "no error");
  settings.cancel_share = 1.5;
  CHECK(settings_complaint(settings).starts_with("--cancel: 1.5 is not a share"));
  settings.cancel_share = 0;
  settings.prefixes = 4;
  CHECK(settings_complaint(settings).starts_with("--prefixes: shared prefixes without a length"));
  settings.prefix_tokens = 20'000'000;
  CHECK(settings_complaint(settings).starts_with("--prefixes: 4 texts of 20000000 tokens are too many"));
  LoadStage trace = closed_of(1);
  trace.arrivals = Arrivals::trace;
  CHECK(complaint_of([&] { (void)synthetic_schedule(trace, 0, 1, {}); }, ErrorKind::usage)
            .starts_with("arrivals of a trace need a trace"));
}

TEST_CASE("settings are JSON for the run's header") {
  CHECK(settings_json(SyntheticSettings{}).dump() ==
        R"({"input_tokens":"512","turns":"1","prompt_text_version":1})");
  SyntheticSettings settings = drawn_settings();
  settings.prefixes = 2;
  settings.prefix_tokens = 10;
  CHECK(
      settings_json(settings).dump() ==
      R"({"input_tokens":"lognormal:200,0.5","output_tokens":"50..150","turns":"1..4","think":"exponential:2s",)"
      R"("prefixes":2,"prefix_tokens":10,"cancel_share":0.25,"cancel_after":"1s..2s","prompt_text_version":1})");
}
