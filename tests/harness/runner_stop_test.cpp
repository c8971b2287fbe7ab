#include <doctest/doctest.h>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

std::string stop_error_text(const std::optional<Error>& error) {
  return error ? std::string(error->what()) + " | " + error->hint() : "no error";
}

FakeProvider::Script always(Outcome outcome, int status, std::string code = {},
                            std::string message = "because") {
  return [=](std::string_view, int, int) {
    ScriptedReply reply = failure(outcome);
    reply.attempt.http_status = status;
    reply.attempt.error_code = code;
    reply.attempt.error_message = message;
    return reply;
  };
}

}  // namespace

TEST_CASE(
    "a refused key stops the run: what is out is awaited, nothing more leaves, nothing is decided by it") {
  Bench bench(
      {always(Outcome::auth, 401, "invalid_api_key", "Incorrect API key"),
       [](std::string_view prompt, int, int) { return answer(std::string(prompt), milliseconds(500)); }},
      50, with_concurrency(3));
  const RunnerResult result = bench.run();
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::credentials);
  CHECK(stop_error_text(result.error) ==
        "a: HTTP 401 (invalid_api_key): Incorrect API key | the key was refused: check the variable that "
        "holds it");
  CHECK_FALSE(result.interrupted);
  CHECK(bench.providers[0]->calls == 3);
  CHECK(bench.providers[1]->calls == 3);
  CHECK(result.models[0].done == 0);
  CHECK(result.models[1].solved == 3);
  CHECK(bench.sink.scores.size() == 3);
}

TEST_CASE("an empty account stops the run, under whatever status") {
  Bench money({always(Outcome::money, 402)}, 50, with_concurrency(1));
  CHECK(stop_error_text(money.run().error) ==
        "a: HTTP 402: because | the account has no balance or quota left: top it up and run again");
  Bench quota({[](std::string_view, int, int) {
                ScriptedReply reply = failure(Outcome::capacity);
                reply.attempt.http_status = 429;
                reply.attempt.error_code = "insufficient_quota";
                reply.attempt.advice.quota_gone = true;
                return reply;
              }},
              50, with_concurrency(1));
  const RunnerResult result = quota.run();
  CHECK(result.error->kind() == ErrorKind::provider);
  CHECK(stop_error_text(result.error) ==
        "a: HTTP 429 (insufficient_quota): because | the account has no balance or quota left: top it up and "
        "run again");
  CHECK(quota.providers[0]->calls == 1);
}

TEST_CASE("a server that asks to come back in an hour stops the run") {
  Bench bench({[](std::string_view, int, int) { return failure(Outcome::capacity, seconds(3600)); }}, 5);
  const RunnerResult result = bench.run();
  CHECK(stop_error_text(result.error) ==
        "a: capacity: because | the server asks to come back in 3600 s; what is missing is done then");
}

TEST_CASE("a model none of whose first trials is answered stops the run, and has not failed them") {
  Bench bench({always(Outcome::config, 404, "model_not_found", "no such model"), echo}, 50,
              with_concurrency(1));
  const RunnerResult result = bench.run();
  CHECK(result.error->kind() == ErrorKind::input);
  CHECK(stop_error_text(result.error) ==
        "a: none of the first 5 trials was answered; the last: HTTP 404 (model_not_found): no such model | "
        "the server rejects the request: check the model's name and settings");
  CHECK(bench.providers[0]->calls == 5);
  CHECK(result.models[0].done == 0);
  CHECK(result.models[0].failed == 0);
  for (const auto& [trial, score] : bench.sink.scores) CHECK(bench.plan[trial].model == 1);
}

TEST_CASE("no connection at all stops the run after the retries of the first trials") {
  Bench bench({always(Outcome::network, 0)}, 50, with_concurrency(1));
  CHECK(bench.run().error->kind() == ErrorKind::provider);
  CHECK(bench.providers[0]->calls == 5 * 4);
}

TEST_CASE("a plan of fewer trials than that stops when all have failed") {
  Bench bench({always(Outcome::config, 400)}, 2, with_concurrency(1));
  CHECK(stop_error_text(bench.run().error).starts_with("a: none of the first 2 trials was answered"));
  CHECK(bench.sink.scores.empty());
}

TEST_CASE("failures before the first answer count once it comes, and at the end of a resumed run") {
  const auto late = [](std::string_view prompt, int call, int) {
    return call < 4 ? failure(Outcome::config) : answer(std::string(prompt));
  };
  Bench bench({late}, 20, with_concurrency(1));
  const RunnerResult result = bench.run();
  CHECK_FALSE(result.error);
  CHECK(result.models[0].failed == 4);
  CHECK(result.models[0].done == 20);
  CHECK(bench.sink.scores.size() == 20);

  Bench resumed({always(Outcome::config, 400)}, 20, with_concurrency(1));
  const RunnerResult rest = resumed.run({{7, 3}});
  CHECK_FALSE(rest.error);
  CHECK(rest.models[0].failed == 1);
  CHECK(resumed.sink.scores.at(7).detail == "no answer: config");
}

TEST_CASE("a request that a provider cannot send is refused before anything leaves") {
  Bench bench({echo, echo}, 3);
  bench.providers[1]->refusal = Refusal{"the model takes no temperature", "leave --temperature out"};
  try {
    bench.runner->start(all_work(bench.plan));
    FAIL("started");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()).starts_with("b: the model takes no temperature (task \"echo\", item "));
    CHECK(error.hint() == "leave --temperature out");
  }
  CHECK(bench.journal.text().empty());
}

TEST_CASE("an interruption cancels what is out, sends nothing that was only written, and records both") {
  Bench bench(
      {[](std::string_view prompt, int call, int) { return answer(std::string(prompt), seconds(call + 1)); }},
      9, with_concurrency(2));
  bench.sink.write_time = milliseconds(100);
  // At 1150 ms the first call has ended (1100), its successor is being written (until 1200), the second is
  // out.
  bench.loop.at(Mono{} + milliseconds(1150), [&] { bench.runner->interrupt(); });
  const RunnerResult result = bench.run();
  CHECK(result.interrupted);
  CHECK_FALSE(result.error);
  CHECK(bench.journal.text() ==
        fmt::format(
            "0 left 0#0\n0 left 1#0\n100 durable 0#0\n100 start a {}\n100 durable 1#0\n100 start a {}\n"
            "1100 ended 0#0 ok score 1 (\"{}\")\n1100 left 2#0\n1150 cancel a\n1150 ended 1#0 cancelled\n"
            "1200 durable 2#0\n1200 ended 2#0 cancelled\n",
            prompt_of(bench.plan.item(0)), prompt_of(bench.plan.item(1)), prompt_of(bench.plan.item(0))));
  CHECK(result.models[0].done == 1);
  CHECK(bench.loop.clock().mono() == Mono{} + milliseconds(1300));
  bench.runner->interrupt();
  CHECK(bench.progress.finishes == 1);
}

TEST_CASE("an interruption drops waiting retries and pauses") {
  for (const auto wait : {std::optional<Nanos>{seconds(100)}, std::optional<Nanos>{}}) {
    Bench bench({[&](std::string_view prompt, int call, int) {
                  return call % 2 == 0 ? failure(Outcome::capacity, wait) : answer(std::string(prompt));
                }},
                9, with_concurrency(4));
    bench.loop.at(Mono{} + milliseconds(11), [&] { bench.runner->interrupt(); });
    CHECK(bench.run().interrupted);
    CHECK(bench.loop.clock().mono() < Mono{} + milliseconds(30));
    CHECK(bench.sink.scores.size() == 2);
  }
}

TEST_CASE("an interruption during a stop cancels what was awaited") {
  Bench bench({always(Outcome::auth, 401),
               [](std::string_view prompt, int, int) { return answer(std::string(prompt), seconds(500)); }},
              9, with_concurrency(2));
  bench.loop.at(Mono{} + seconds(1), [&] { bench.runner->interrupt(); });
  const RunnerResult result = bench.run();
  CHECK(result.interrupted);
  CHECK(result.error);
  CHECK(bench.loop.clock().mono() == Mono{} + seconds(1));
  CHECK(bench.sink.scores.empty());
}

TEST_CASE("an interruption before the start and of an expired call is harmless") {
  RunnerSettings settings = with_concurrency(1);
  settings.deadline = milliseconds(50);
  Bench bench({[](std::string_view prompt, int, int) { return answer(std::string(prompt), seconds(500)); }},
              2, settings);
  bench.loop.at(Mono{} + milliseconds(50), [&] { bench.loop.post([&] { bench.runner->interrupt(); }); });
  CHECK(bench.run().interrupted);
  CHECK(bench.sink.scores.empty());

  Bench early({echo}, 2);
  early.runner->interrupt();
  early.run();
  CHECK(early.providers[0]->calls == 0);
}

namespace {

// The first `good` calls are answered, the others fail so.
FakeProvider::Script after_some(int good, Outcome outcome, int status) {
  return [=](std::string_view prompt, int call, int) {
    if (call < good) return answer(std::string(prompt));
    ScriptedReply reply = failure(outcome);
    reply.attempt.http_status = status;
    reply.attempt.error_message = "because";
    return reply;
  };
}

}  // namespace

TEST_CASE("a model that is gone in the middle of a run has not failed its trials") {
  RunnerSettings settings = with_concurrency(1);
  settings.retry.attempts = 2;
  SUBCASE("no connection: as few as at the beginning") {
    Bench bench({after_some(10, Outcome::network, 0)}, 100, settings);
    const RunnerResult result = bench.run();
    CHECK(stop_error_text(result.error)
              .starts_with("a: none of the latest 5 trials was answered; the last: network"));
    CHECK(result.error->kind() == ErrorKind::provider);
    CHECK(result.models[0].done == 10);
    CHECK(result.models[0].failed == 0);
    CHECK(bench.sink.scores.size() == 10);  // what failed is left to a later run
  }
  SUBCASE("a server that answers with errors is given more time") {
    Bench bench({after_some(10, Outcome::server_error, 500)}, 100, settings);
    const RunnerResult result = bench.run();
    CHECK(stop_error_text(result.error)
              .starts_with("a: none of the latest 20 trials was answered; the last: HTTP 500"));
    CHECK(bench.sink.scores.size() == 10);
  }
  SUBCASE("answers in between show that it is there, and the failures count") {
    Bench bench({[](std::string_view prompt, int call, int) {
                  return call % 8 < 6 ? failure(Outcome::network) : answer(std::string(prompt));
                }},
                30, settings);
    const RunnerResult result = bench.run();
    CHECK_FALSE(result.error);
    CHECK(bench.sink.scores.size() == 30);
    CHECK(result.models[0].failed > 0);
  }
  SUBCASE("a failure that only a live server gives settles those before it") {
    Bench bench({[](std::string_view prompt, int call, int) {
                  if (call == 0) return answer(std::string(prompt));
                  return failure(call % 3 == 0 ? Outcome::protocol : Outcome::network);
                }},
                30, settings);
    const RunnerResult result = bench.run();
    CHECK_FALSE(result.error);
    CHECK(bench.sink.scores.size() == 30);
  }
}
