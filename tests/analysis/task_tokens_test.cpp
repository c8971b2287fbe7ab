// Tokens of a task as a run measured them.

#include "analysis/forecast/task_tokens.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::analysis;
using doctest::Approx;

TEST_CASE("tokens of a task: every attempt of the model itself, clusters as one") {
  testing::SampleRun run({"a", "b"}, {"task"});
  for (int i = 0; i < 4; ++i) {
    run.trial(0, 0, "item" + std::to_string(i));
    if (i == 0) run.attempt(Outcome::timed_out, 100, 10, 1);  // a retry is paid for too
    run.attempt(Outcome::ok, i < 2 ? 100 : 300, 50, 1);
    run.attempt(Outcome::ok, 5000, 5000, 1);
    run.role(CallRole::judge, 0);
    run.score(true);
  }
  const auto tokens = tokens_per_task(run.columns(), 0);
  REQUIRE(tokens.has_value());
  CHECK(tokens->trials == 4);
  CHECK(tokens->unknown == 0);
  CHECK(tokens->mean.prompt() == Approx((100 + 100 + 100 + 300 + 300) / 4.0));
  CHECK(tokens->mean.output == Approx(210 / 4.0));
  CHECK(tokens->mean.requests == Approx(5 / 4.0));
  // Prompts of 200, 100, 300, 300: a standard deviation of 95.7.
  REQUIRE(tokens->relative_error.has_value());
  CHECK(*tokens->relative_error == Approx(95.743 / 2 / 225).epsilon(0.001));
  CHECK_FALSE(tokens_per_task(run.columns(), 1).has_value());
}

TEST_CASE("one task says nothing of how tasks differ") {
  testing::SampleRun run({"a"}, {"task"});
  run.trial(0, 0, "item");
  run.attempt(Outcome::ok, 100, 50, 1);
  run.score(true);
  CHECK_FALSE(tokens_per_task(run.columns(), 0)->relative_error.has_value());
}
