#include "harness/rate_limiter.h"

#include <doctest/doctest.h>

using namespace costwar;
using namespace costwar::harness;
using Decision = RateLimiter::Decision;

namespace {

const Decision kGo{true, {}};
const Decision kAfterACall{false, {}};

Decision until_ms(std::int64_t ms) {
  return {false, Mono{} + milliseconds(ms)};
}

Mono at_ms(std::int64_t ms) {
  return Mono{} + milliseconds(ms);
}

RateLimit limit(std::optional<std::int64_t> most, std::optional<std::int64_t> remaining,
                std::optional<std::int64_t> reset_ms) {
  RateLimit told;
  told.limit = most;
  told.remaining = remaining;
  if (reset_ms) told.reset = milliseconds(*reset_ms);
  return told;
}

Attempt requests_left(std::int64_t remaining, std::optional<std::int64_t> reset_ms,
                      std::optional<std::int64_t> most = {}) {
  Attempt attempt;
  attempt.advice.limits.requests = limit(most, remaining, reset_ms);
  return attempt;
}

Attempt used(std::int64_t input, std::int64_t output) {
  Attempt attempt;
  attempt.usage.set(Meter::fresh_input, input, Provenance::reported);
  attempt.usage.set(Meter::visible_output, output, Provenance::reported);
  return attempt;
}

}  // namespace

TEST_CASE("what a server does not tell holds nothing back") {
  RateLimiter limiter(seconds(600));
  for (int i = 0; i < 100; ++i) {
    CHECK(limiter.next(at_ms(i), static_cast<std::size_t>(i)) == kGo);
    limiter.told(limiter.left(), used(1000, 1000), at_ms(i));
  }
  Attempt only_limit;
  only_limit.advice.limits.requests = limit(1, {}, 5000);
  limiter.told(limiter.left(), only_limit, at_ms(200));
  CHECK(limiter.next(at_ms(200), 0) == kGo);
  // Azure's words for what it does not count.
  limiter.told(limiter.left(), requests_left(-1, 5000), at_ms(300));
  CHECK(limiter.next(at_ms(300), 0) == kGo);
}

TEST_CASE("no request left: the next one leaves at the reset, on the instant") {
  RateLimiter limiter(seconds(600));
  limiter.told(limiter.left(), requests_left(0, 2500), at_ms(100));
  CHECK(limiter.next(at_ms(100), 0) == until_ms(2600));
  CHECK(limiter.next(at_ms(2599), 0) == until_ms(2600));
  CHECK(limiter.next(at_ms(2600), 0) == kGo);
}

TEST_CASE("a limit whose size is told fills up evenly: a call leaves as soon as it has room") {
  RateLimiter limiter(seconds(600));
  limiter.told(limiter.left(), requests_left(0, 60'000, 60), at_ms(0));  // one a second
  CHECK(limiter.next(at_ms(0), 0) == until_ms(1000));
  CHECK(limiter.next(at_ms(999), 0) == until_ms(1000));
  CHECK(limiter.next(at_ms(1000), 0) == kGo);
  limiter.left();
  CHECK(limiter.next(at_ms(1000), 1) == until_ms(2000));
  CHECK(limiter.next(at_ms(5000), 1) == kGo);
  // What is wanting beyond the whole limit is there at the reset.
  for (int i = 0; i < 100; ++i) limiter.left();
  CHECK(limiter.next(at_ms(5000), 1) == until_ms(60'000));
}

TEST_CASE("the word is as old as its headers, and an older one changes nothing") {
  RateLimiter limiter(seconds(600));
  Attempt slow = requests_left(0, 2000);
  slow.timeline.headers = at_ms(50);
  limiter.told(limiter.left(), slow, at_ms(1500));
  CHECK(limiter.next(at_ms(1500), 0) == until_ms(2050));
  Attempt older = requests_left(10, 1000);
  older.timeline.headers = at_ms(40);
  limiter.told(limiter.left(), older, at_ms(1600));
  CHECK(limiter.next(at_ms(1600), 0) == until_ms(2050));
  Attempt newer = requests_left(10, 1000);
  newer.timeline.headers = at_ms(60);
  limiter.told(limiter.left(), newer, at_ms(1700));
  CHECK(limiter.next(at_ms(1700), 0) == kGo);
}

TEST_CASE("calls that left after the answered one are not counted in its word") {
  RateLimiter limiter(seconds(600));
  const std::uint64_t first = limiter.left();
  limiter.left();
  limiter.left();
  limiter.told(first, requests_left(3, 1000), at_ms(10));
  CHECK(limiter.next(at_ms(10), 2) == kGo);
  limiter.left();
  CHECK(limiter.next(at_ms(10), 3) == until_ms(1010));
}

TEST_CASE("after the reset as many leave as the limit allows, until an answer tells more") {
  RateLimiter limiter(seconds(600));
  limiter.told(limiter.left(), requests_left(0, 1000, 2), at_ms(0));
  CHECK(limiter.next(at_ms(1000), 0) == kGo);
  limiter.left();
  CHECK(limiter.next(at_ms(1000), 1) == kGo);
  const std::uint64_t last = limiter.left();
  CHECK(limiter.next(at_ms(1000), 2) == kAfterACall);
  CHECK(limiter.next(at_ms(9000), 0) == kGo);  // nothing is out: nobody would tell
  limiter.told(last, requests_left(1, 1000, 2), at_ms(1100));
  CHECK(limiter.next(at_ms(1100), 1) == kGo);
}

TEST_CASE("tokens are enough when they are enough for a call as the answers so far needed them") {
  RateLimiter limiter(seconds(600));
  Attempt answer = used(60, 41);  // 101 tokens, in doubt rounded up: the mean of 101 and 100 is 101
  answer.advice.limits.tokens = limit(1000, 101, 3000);
  limiter.told(limiter.left(), answer, at_ms(0));
  CHECK(limiter.next(at_ms(0), 0) == kGo);
  limiter.left();
  // The one that is out needs them; 101 of the 899 that come back in 3 s: 3e9 * 101 / 899 ns, rounded up.
  CHECK(limiter.next(at_ms(0), 1) == Decision{false, Mono{337'041'157}});
  Attempt second = used(60, 40);
  second.advice.limits.tokens = limit(1000, 100, 3000);
  limiter.told(limiter.left(), second, at_ms(10));
  CHECK(limiter.next(at_ms(10), 0) == Decision{false, Mono{10'000'000 + 3'333'334}});  // 1 of 900 in 3 s
}

TEST_CASE("input and output tokens have limits of their own; the latest of the resets counts") {
  RateLimiter limiter(seconds(600));
  Attempt answer = used(60, 40);
  answer.advice.limits.input_tokens = limit({}, 59, 4000);
  answer.advice.limits.output_tokens = limit({}, 39, 7000);
  answer.advice.limits.requests = limit({}, 5, 9000);
  limiter.told(limiter.left(), answer, at_ms(0));
  CHECK(limiter.next(at_ms(0), 0) == until_ms(7000));
  CHECK(limiter.next(at_ms(5000), 0) == until_ms(7000));
  CHECK(limiter.next(at_ms(7000), 0) == kGo);
}

TEST_CASE("tokens of calls of unknown size hold back only when none is left") {
  RateLimiter limiter(seconds(600));
  Attempt refused;
  refused.advice.limits.tokens = limit(1000, 1, 3000);
  limiter.told(limiter.left(), refused, at_ms(0));
  CHECK(limiter.next(at_ms(0), 0) == kGo);
  refused.advice.limits.tokens = limit(1000, 0, 3000);
  limiter.told(limiter.left(), refused, at_ms(10));
  CHECK(limiter.next(at_ms(10), 0) == until_ms(3010));
}

TEST_CASE("a wait that the server asks for goes before its reset, and no reset holds longer than allowed") {
  RateLimiter limiter(seconds(10));
  Attempt refused = requests_left(0, 60'000);
  limiter.told(limiter.left(), refused, at_ms(0));
  CHECK(limiter.next(at_ms(0), 0) == until_ms(10'000));
  refused.advice.wait = milliseconds(700);
  limiter.told(limiter.left(), refused, at_ms(100));
  CHECK(limiter.next(at_ms(100), 0) == until_ms(800));
}

TEST_CASE("nothing left and no reset told: one call at a time finds out") {
  RateLimiter limiter(seconds(600));
  limiter.told(limiter.left(), requests_left(0, {}), at_ms(0));
  CHECK(limiter.next(at_ms(0), 0) == kGo);
  limiter.left();
  CHECK(limiter.next(at_ms(0), 1) == kAfterACall);
}
