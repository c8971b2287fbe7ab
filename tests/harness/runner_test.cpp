#include "harness/runner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {}  // namespace

TEST_CASE("an attempt leaves when it is written and durable, and is written again when it ends") {
  Bench bench({echo}, 2, with_concurrency(1));
  bench.sink.write_time = milliseconds(3);
  const RunnerResult result = bench.run();
  CHECK(bench.journal.text() ==
        "0 left 0#0\n"
        "3 durable 0#0\n"
        "3 start a q0\n"
        "13 ended 0#0 ok score 1 (\"q0\")\n"
        "13 left 1#0\n"
        "16 durable 1#0\n"
        "16 start a q1\n"
        "26 ended 1#0 ok score 1 (\"q1\")\n");
  CHECK_FALSE(result.interrupted);
  CHECK_FALSE(result.error);
  CHECK(result.models[0].done == 2);
  CHECK(result.models[0].solved == 2);
  CHECK(result.models[0].attempts == 2);
  CHECK(result.models[0].prompt_tokens == 14);
  CHECK(result.models[0].output_tokens == 4);
  CHECK(bench.progress.starts == 1);
}

TEST_CASE("a run of nothing finishes at once") {
  Bench bench({echo}, 2);
  CHECK(bench.run({}).models[0].trials == 0);
  CHECK(bench.journal.text().empty());
}

TEST_CASE("as many calls are out at once as allowed, per model, and never more") {
  Bench bench({echo, echo}, 200, with_concurrency(8));
  CHECK(bench.run().models[1].solved == 200);
  CHECK(bench.providers[0]->most_in_flight == 8);
  CHECK(bench.providers[1]->most_in_flight == 8);
  CHECK(bench.loop.clock().mono() == Mono{} + milliseconds(10 * 200 / 8));

  Bench modest({echo}, 50, with_concurrency(8),
               [](FakeProvider& p) { p.mutable_traits().max_concurrency = 3; });
  modest.run();
  CHECK(modest.providers[0]->most_in_flight == 3);
}

TEST_CASE("ten thousand trials need no more than a window of them in hand") {
  Bench bench({echo}, 10'000, with_concurrency(64));
  CHECK(bench.run().models[0].solved == 10'000);
  CHECK(bench.sink.scores.size() == 10'000);
  CHECK(bench.providers[0]->most_in_flight == 64);
}

TEST_CASE("wrong answers and refusals are decided at once, without a second try") {
  Bench bench({[](std::string_view prompt, int, int) {
                return prompt == "q0"   ? answer("something else")
                       : prompt == "q1" ? failure(Outcome::refused)
                                        : answer("q2");
              }},
              3);
  const RunnerResult result = bench.run();
  std::string details;
  for (const auto& [trial, score] : bench.sink.scores) details += score.detail + " / ";
  CHECK(result.models[0].attempts == 3);
  CHECK(result.models[0].solved == 1);
  CHECK(result.models[0].failed == 0);
  CHECK(details.find("\"something else\", expected \"q0\"") != std::string::npos);
  CHECK(details.find("no answer: refused") != std::string::npos);
}

TEST_CASE("retries are attempts of their own, after exactly the wait that the policy gives") {
  const auto script = [](std::string_view prompt, int, int attempt) {
    if (prompt != "q1") return answer(std::string(prompt));
    return attempt < 2 ? failure(Outcome::network) : answer("q1");
  };
  Bench bench({script}, 2, with_concurrency(1));
  const RunnerResult result = bench.run();
  CHECK(result.models[0].solved == 2);
  CHECK(result.models[0].attempts == 4);
  const std::int64_t trial = bench.plan[0].item == 1 ? 0 : 1;
  CHECK(bench.sink.ended_attempts.at({trial, 0}) == Outcome::network);
  CHECK(bench.sink.ended_attempts.at({trial, 1}) == Outcome::network);
  CHECK(bench.sink.ended_attempts.at({trial, 2}) == Outcome::ok);
  Attempt network;
  network.outcome = Outcome::network;
  const Nanos waits = decide_retry(bench.settings.retry, network, trial, 1).wait +
                      decide_retry(bench.settings.retry, network, trial, 2).wait;
  CHECK(bench.loop.clock().mono() == Mono{} + milliseconds(40) + waits);
}

TEST_CASE("a trial whose retries are used up is not solved and keeps its attempts") {
  Bench bench({[](std::string_view prompt, int, int) {
                return prompt == "q0" ? failure(Outcome::server_error) : answer(std::string(prompt));
              }},
              3, with_concurrency(1));
  const RunnerResult result = bench.run();
  CHECK_FALSE(result.error);
  CHECK(result.models[0].done == 3);
  CHECK(result.models[0].failed == 1);
  CHECK(result.models[0].solved == 2);
  CHECK(result.models[0].attempts == 6);
  CHECK(bench.sink.scores.size() == 3);
}

TEST_CASE("a call that does not end in time is cancelled, recorded with its cost, and tried again") {
  RunnerSettings settings = with_concurrency(1);
  settings.deadline = seconds(5);
  Bench bench({[](std::string_view prompt, int call, int) {
                return answer(std::string(prompt), seconds(call == 0 ? 60 : 1));
              }},
              1, settings);
  bench.run();
  CHECK(bench.sink.ended_attempts.at({0, 0}) == Outcome::timed_out);
  CHECK(bench.sink.ended_attempts.at({0, 1}) == Outcome::ok);
  CHECK(starts_of(bench.journal, "cancel a") == std::vector<std::int64_t>{5000});
}

TEST_CASE("a pause that the server asks for holds every call to this model and none to another") {
  const auto limited = [](std::string_view prompt, int call, int) {
    return call == 0 ? failure(Outcome::capacity, seconds(2)) : answer(std::string(prompt));
  };
  Bench bench({limited, echo}, 4, with_concurrency(1));
  const RunnerResult result = bench.run();
  CHECK(result.models[0].solved == 4);
  CHECK(starts_of(bench.journal, "start a") == std::vector<std::int64_t>{0, 2010, 2020, 2030, 2040});
  CHECK(starts_of(bench.journal, "start b") == std::vector<std::int64_t>{0, 10, 20, 30});
  CHECK(bench.journal.text().find("10 model 0 waits until 2010") != std::string::npos);
}

TEST_CASE("refusals for capacity halve the calls that are out, and answers bring them back") {
  const auto limited = [](std::string_view prompt, int call, int) {
    return call < 16 ? failure(Outcome::capacity) : answer(std::string(prompt));
  };
  Bench bench({limited}, 400, with_concurrency(16));
  CHECK(bench.run().models[0].solved == 400);
  CHECK(bench.progress.limits.front() == 8);
  CHECK(*std::min_element(bench.progress.limits.begin(), bench.progress.limits.end()) == 8);
  CHECK(bench.progress.limits.back() == 16);
}

TEST_CASE("on a lane one trial runs at a time, retries included, while other models go on") {
  const auto on_lane = [](FakeProvider& provider) {
    if (provider.card().name != "c") provider.mutable_traits().lane = "machine";
  };
  int out = 0, most_out = 0;
  const auto shaky = [&](std::string_view prompt, int, int attempt) {
    most_out = std::max(most_out, ++out);
    --out;
    return prompt == "q3" && attempt == 0 ? failure(Outcome::server_error) : answer(std::string(prompt));
  };
  Bench bench({shaky, shaky, echo}, 20, with_concurrency(4), on_lane);
  const RunnerResult result = bench.run();
  CHECK(result.models[0].solved == 20);
  CHECK(result.models[1].solved == 20);
  CHECK(bench.providers[2]->most_in_flight == 4);

  // Starts and ends on the lane alternate, a retried trial is not interrupted, and models change every
  // sixteen items.
  std::string open, last_prompt, order;
  std::istringstream in(bench.journal.text());
  for (std::string line; std::getline(in, line);) {
    const std::string event = line.substr(line.find(' ') + 1);
    if (event.starts_with("start a") || event.starts_with("start b")) {
      CHECK(open.empty());
      open = event.substr(6);
      if (!last_prompt.empty()) CHECK(open == last_prompt);
      last_prompt.clear();
      if (order.empty() || order.back() != open[0]) order += open[0];
    } else if (event.starts_with("ended")) {
      const std::int64_t trial = std::stoll(event.substr(6));
      if (bench.plan[trial].model == 2) continue;
      if (event.find("score") == std::string::npos) last_prompt = open;
      open.clear();
    }
  }
  CHECK(order == "aba");
}
