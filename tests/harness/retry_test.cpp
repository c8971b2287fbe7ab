#include "harness/retry.h"

#include <doctest/doctest.h>

#include <vector>

#include "harness/concurrency_limit.h"

using namespace costwar;
using namespace costwar::harness;
using Action = RetryDecision::Action;

namespace {

Attempt failed(Outcome outcome) {
  Attempt attempt;
  attempt.outcome = outcome;
  return attempt;
}

}  // namespace

TEST_CASE("each outcome is retried, given up or stops the run") {
  const std::vector<std::pair<Outcome, Action>> expected{
      {Outcome::truncated, Action::retry},    {Outcome::stream_error, Action::retry},
      {Outcome::refused, Action::give_up},    {Outcome::content_filter, Action::give_up},
      {Outcome::timed_out, Action::retry},    {Outcome::queued_never_started, Action::retry},
      {Outcome::capacity, Action::retry},     {Outcome::money, Action::stop_run},
      {Outcome::auth, Action::stop_run},      {Outcome::config, Action::give_up},
      {Outcome::server_error, Action::retry}, {Outcome::network, Action::retry},
      {Outcome::protocol, Action::give_up},   {Outcome::engine, Action::give_up},
      {Outcome::cancelled, Action::give_up}};
  for (const auto& [failure, action] : expected) {
    const Outcome outcome = failure;  // a structured binding cannot be captured
    CAPTURE(outcome_row(outcome).name);
    CHECK(decide_retry({}, failed(outcome), 0, 1).action == action);
  }
}

TEST_CASE("the fourth attempt is the last") {
  CHECK(decide_retry({}, failed(Outcome::network), 0, 3).action == Action::retry);
  CHECK(decide_retry({}, failed(Outcome::network), 0, 4).action == Action::give_up);
  RetryPolicy once;
  once.attempts = 1;
  CHECK(decide_retry(once, failed(Outcome::network), 0, 1).action == Action::give_up);
}

TEST_CASE("the server's word goes before the status and the backoff") {
  Attempt attempt = failed(Outcome::capacity);
  attempt.advice.wait = milliseconds(1234);
  CHECK(decide_retry({}, attempt, 0, 1) == RetryDecision{Action::retry, milliseconds(1234)});
  attempt.advice.wait = milliseconds(-5);
  CHECK(decide_retry({}, attempt, 0, 1) == RetryDecision{Action::retry, {}});
  attempt.advice.wait = seconds(600);
  CHECK(decide_retry({}, attempt, 0, 1) == RetryDecision{Action::retry, seconds(600)});
  attempt.advice.wait = seconds(601);
  CHECK(decide_retry({}, attempt, 0, 1).action == Action::stop_run);
  attempt.advice = {};
  attempt.advice.should_retry = false;
  CHECK(decide_retry({}, attempt, 0, 1).action == Action::give_up);
  Attempt config = failed(Outcome::config);
  config.advice.should_retry = true;
  CHECK(decide_retry({}, config, 0, 1).action == Action::retry);
  config.advice.quota_gone = true;
  CHECK(decide_retry({}, config, 0, 1).action == Action::stop_run);
  Attempt money = failed(Outcome::money);
  money.advice.should_retry = true;
  CHECK(decide_retry({}, money, 0, 1).action == Action::stop_run);
}

TEST_CASE("without waits every retry comes at once, whatever the server asked for") {
  RetryPolicy policy;
  policy.waits = false;
  Attempt attempt = failed(Outcome::capacity);
  CHECK(decide_retry(policy, attempt, 0, 3) == RetryDecision{Action::retry, {}});
  attempt.advice.wait = seconds(20);
  CHECK(decide_retry(policy, attempt, 0, 3) == RetryDecision{Action::retry, {}});
  CHECK(decide_retry(policy, attempt, 0, 4).action == Action::give_up);
  attempt.advice.wait = seconds(601);  // the recorded run stopped there, too
  CHECK(decide_retry(policy, attempt, 0, 3).action == Action::stop_run);
}

TEST_CASE("an error inside an answer that means too much at once is a refusal for capacity, and retried") {
  Attempt overloaded = failed(Outcome::stream_error);
  CHECK_FALSE(at_capacity(overloaded));
  overloaded.advice.overloaded = true;
  CHECK(at_capacity(overloaded));
  CHECK(at_capacity(failed(Outcome::capacity)));
  CHECK_FALSE(at_capacity(failed(Outcome::server_error)));
  CHECK(decide_retry({}, overloaded, 0, 1).action == Action::retry);
  CHECK(decide_retry({}, overloaded, 0, 4).action == Action::give_up);
  overloaded.advice.quota_gone = true;
  CHECK(decide_retry({}, overloaded, 0, 1).action == Action::stop_run);
}

TEST_CASE("backoff is full jitter under a ceiling that doubles, the same for the same trial and seed") {
  RetryPolicy policy;
  policy.attempts = 100;
  const auto longest = [&](std::uint32_t attempts) {
    Nanos most;
    for (std::int64_t trial = 0; trial < 2000; ++trial)
      most = std::max(most, decide_retry(policy, failed(Outcome::network), trial, attempts).wait);
    return most.milliseconds();
  };
  CHECK((longest(1) > 495 && longest(1) <= 500));
  CHECK((longest(2) > 990 && longest(2) <= 1000));
  CHECK((longest(3) > 1980 && longest(3) <= 2000));
  CHECK((longest(7) > 29'000 && longest(7) <= 30'000));
  CHECK((longest(99) > 29'000 && longest(99) <= 30'000));
  const auto wait = [&](std::uint64_t seed, std::int64_t trial) {
    policy.seed = seed;
    return decide_retry(policy, failed(Outcome::network), trial, 1).wait.count;
  };
  CHECK(wait(1, 7) == wait(1, 7));
  CHECK(wait(1, 7) != wait(2, 7));
  CHECK(wait(1, 7) != wait(1, 8));
}

TEST_CASE("the concurrency limit halves once per burst and grows back by one per window") {
  ConcurrencyLimit limit(16);
  CHECK(limit.now() == 16);
  for (int i = 0; i < 16; ++i) limit.refused(Mono{0}, Mono{100 + i});
  CHECK(limit.now() == 8);
  limit.refused(Mono{100}, Mono{200});
  CHECK(limit.now() == 4);
  limit.refused(Mono{150}, Mono{210});
  CHECK(limit.now() == 4);
  for (int i = 0; i < 5; ++i) limit.answered();
  CHECK(limit.now() == 5);
  for (int i = 0; i < 1000; ++i) limit.answered();
  CHECK(limit.now() == 16);
  for (int i = 0; i < 10; ++i) limit.refused(Mono{1000 + i}, Mono{1000 + i});
  CHECK(limit.now() == 1);
  CHECK(ConcurrencyLimit(0).now() == 1);
}
