// Limits of an account: what holds calls back, for how long, and that the wait is told apart from latency.
#include <doctest/doctest.h>

#include <sstream>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

using Waits = std::map<std::pair<std::int64_t, std::uint32_t>, std::int64_t>;

ScriptedReply limited_answer(std::string_view prompt, std::int64_t remaining, Nanos reset) {
  ScriptedReply reply = answer(std::string(prompt));
  reply.attempt.advice.limits.requests.remaining = remaining;
  reply.attempt.advice.limits.requests.reset = reset;
  return reply;
}

std::string without_trials(const Waits& waits) {
  std::string text;
  for (const auto& [attempt, wait] : waits) text += fmt::format("#{}:{} ", attempt.second, wait);
  return text;
}

const auto on_one_account = [](FakeProvider& provider) {
  provider.mutable_traits().account = "vendor/model";
  provider.mutable_traits().max_concurrency = 6;
};

}  // namespace

TEST_CASE("without limits every attempt is due when it is issued, also where rows take time to be written") {
  Bench bench({[](std::string_view prompt, int call, int) {
                return call == 3 ? failure(Outcome::network) : answer(std::string(prompt));
              }},
              20, with_concurrency(3));
  bench.sink.write_time = milliseconds(5);
  bench.run();
  CHECK(bench.sink.limited_ms.empty());
}

TEST_CASE("no request left: the line waits until the reset, and the wait is apart from latency") {
  const auto script = [](std::string_view prompt, int call, int) {
    return limited_answer(prompt, call < 2 ? 1 - call : 5, milliseconds(1000));
  };
  Bench bench({script, echo}, 4, with_concurrency(1));
  CHECK(bench.run().models[0].solved == 4);
  CHECK(starts_of(bench.journal, "start a") == std::vector<std::int64_t>{0, 10, 1020, 1030});
  CHECK(starts_of(bench.journal, "start b") == std::vector<std::int64_t>{0, 10, 20, 30});
  CHECK(without_trials(bench.sink.limited_ms) == "#0:1000 ");
  CHECK(bench.journal.text().find("20 model 0 waits until 1020") != std::string::npos);
}

TEST_CASE("every place of the line that a limit holds counts its own wait") {
  const auto script = [](std::string_view prompt, int call, int) {
    ScriptedReply reply = limited_answer(prompt, call < 4 ? 0 : 100, milliseconds(1000));
    reply.after = milliseconds(10 + 10 * (call % 4));  // ends at 10, 20, 30, 40
    return reply;
  };
  Bench bench({script}, 8, with_concurrency(4));
  CHECK(bench.run().models[0].solved == 8);
  // The newest word comes at 40 and holds until 1040; the places were free since 10, 20, 30 and 40.
  CHECK(starts_of(bench.journal, "start a") == std::vector<std::int64_t>{0, 0, 0, 0, 1040, 1040, 1040, 1040});
  std::multiset<std::int64_t> waits;
  for (const auto& [attempt, wait] : bench.sink.limited_ms) waits.insert(wait);
  CHECK(waits == std::multiset<std::int64_t>{1000, 1010, 1020, 1030});
}

TEST_CASE("a pause that the server asks for is a wait for limits, of the retry and of those it holds") {
  const auto limited = [](std::string_view prompt, int call, int) {
    return call == 0 ? failure(Outcome::capacity, seconds(2)) : answer(std::string(prompt));
  };
  Bench bench({limited}, 3, with_concurrency(2));
  bench.run();
  // Both left at 0; the second answered at 10 and its place was held until 2010, as was the retry.
  CHECK(starts_of(bench.journal, "start a") == std::vector<std::int64_t>{0, 0, 2010, 2010});
  CHECK(without_trials(bench.sink.limited_ms) == "#1:2000 #0:2000 ");
}

TEST_CASE("the back-off after another failure is no wait for limits") {
  Bench bench({[](std::string_view prompt, int, int attempt) {
                return attempt == 0 ? failure(Outcome::server_error) : answer(std::string(prompt));
              }},
              4, with_concurrency(2));
  bench.run();
  CHECK(bench.sink.ended_attempts.size() == 8);
  CHECK(bench.sink.limited_ms.empty());
}

TEST_CASE("an error inside an answer that means too much at once halves the calls that are out") {
  const auto limited = [](std::string_view prompt, int call, int) {
    if (call >= 16) return answer(std::string(prompt));
    ScriptedReply reply = failure(Outcome::stream_error);
    reply.attempt.advice.overloaded = true;
    return reply;
  };
  Bench bench({limited}, 400, with_concurrency(16));
  CHECK(bench.run().models[0].solved == 400);
  CHECK(bench.progress.limits.front() == 8);
  CHECK(bench.progress.limits.back() == 16);
}

TEST_CASE("models of one account share its places and take turns; another account has its own") {
  std::size_t most = 0;
  Bench* made = nullptr;
  const auto counting = [&](std::string_view prompt, int, int) {
    most = std::max(most, made->providers[0]->in_flight() + made->providers[1]->in_flight() + 1);
    return answer(std::string(prompt));
  };
  Bench bench({counting, counting, echo}, 60, with_concurrency(4), [](FakeProvider& provider) {
    if (provider.card().name != "c") on_one_account(provider);
  });
  made = &bench;
  const RunnerResult result = bench.run();
  CHECK(most == 6);
  CHECK(bench.providers[0]->most_in_flight == 3);
  CHECK(bench.providers[1]->most_in_flight == 3);
  CHECK(bench.providers[2]->most_in_flight == 4);
  CHECK(bench.loop.clock().mono() == Mono{} + milliseconds(10 * 120 / 6));
  CHECK(result.models[0].solved + result.models[1].solved + result.models[2].solved == 180);
}

TEST_CASE("a pause and a word on limits hold all models of the account") {
  const auto limited = [](std::string_view prompt, int call, int) {
    return call == 0 ? failure(Outcome::capacity, seconds(2)) : answer(std::string(prompt));
  };
  Bench paused({limited, echo}, 2, with_concurrency(1), on_one_account);
  paused.run();
  CHECK(starts_of(paused.journal, "start b") == std::vector<std::int64_t>{0, 2010});

  const auto last = [](std::string_view prompt, int, int) {
    return limited_answer(prompt, 0, milliseconds(500));
  };
  Bench short_of({last, echo}, 2, with_concurrency(1), on_one_account);
  short_of.run();
  CHECK(starts_of(short_of.journal, "start b") == std::vector<std::int64_t>{0, 510});
}

TEST_CASE("a run that stops while a limit holds it leaves no timer behind") {
  const auto script = [](std::string_view prompt, int, int) {
    return limited_answer(prompt, 0, seconds(100));
  };
  Bench bench({script, [](std::string_view, int, int) { return failure(Outcome::auth, {}, seconds(1)); }}, 3,
              with_concurrency(1));
  CHECK(bench.run().error);
  CHECK(bench.loop.clock().mono() == Mono{} + seconds(1));
}

TEST_CASE("a call that left whole and brought no usage is noted as maybe billed") {
  const auto script = [](std::string_view prompt, int, int attempt) {
    ScriptedReply reply = attempt == 0 ? failure(Outcome::network) : answer(std::string(prompt));
    if (prompt == "q0") reply.attempt.timeline.sent = Mono{};
    return reply;
  };
  Bench bench({script}, 2, with_concurrency(1));
  bench.run();
  const std::int64_t sent = bench.plan[0].item == 0 ? 0 : 1;
  CHECK(bench.sink.notes.at({sent, 0}) ==
        std::vector<std::string>{"maybe billed: it left whole and no usage came back"});
  CHECK(bench.sink.notes.at({sent, 1}).empty());
  CHECK(bench.sink.notes.at({1 - sent, 0}).empty());
}
