// The account's limits on a clock that is set by hand.
#include "mock/limits.h"

#include <doctest/doctest.h>

#include <string>

using namespace costwar;
using namespace costwar::mock;

namespace {

Mono at_ms(std::int64_t ms) {
  return Mono{} + milliseconds(ms);
}

}  // namespace

TEST_CASE("requests a minute: a full bucket, then one every sixtieth of a minute") {
  MockLimits limits;
  limits.requests_per_minute = 60;
  RateLimiter account(limits, at_ms(0));
  for (int i = 0; i < 60; ++i) CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
  const auto refused = account.admit(at_ms(0), 1);
  CHECK(refused.hit == LimitHit::requests);
  CHECK(refused.wait == seconds(1));
  CHECK(account.admit(at_ms(400), 1).wait == milliseconds(600));
  CHECK(account.admit(at_ms(999), 1).hit == LimitHit::requests);
  CHECK(account.admit(at_ms(1000), 1).hit == LimitHit::none);
  CHECK(account.admit(at_ms(1000), 1).hit == LimitHit::requests);
  // The bucket holds no more than its limit, however long nobody asks.
  for (int i = 0; i < 60; ++i) CHECK(account.admit(at_ms(3'600'000), 1).hit == LimitHit::none);
  CHECK(account.admit(at_ms(3'600'000), 1).hit == LimitHit::requests);
}

TEST_CASE("whoever waits as long as it was told is let in") {
  for (const std::uint64_t limit : {1U, 7U, 60U, 333U, 60'000U}) {
    MockLimits limits;
    limits.requests_per_minute = limit;
    RateLimiter account(limits, Mono{17});
    Mono now{17};
    for (std::uint64_t i = 0; i < limit; ++i) REQUIRE(account.admit(now, 1).hit == LimitHit::none);
    for (int i = 0; i < 1000; ++i) {
      const auto refused = account.admit(now, 1);
      REQUIRE(refused.hit == LimitHit::requests);
      REQUIRE(refused.wait.count > 0);
      now = now + refused.wait;
      REQUIRE(account.admit(now, 1).hit == LimitHit::none);
    }
  }
}

TEST_CASE("tokens a minute: the prompt opens the door, the answer may leave a debt") {
  MockLimits limits;
  limits.tokens_per_minute = 600;  // 10 a second
  RateLimiter account(limits, at_ms(0));
  CHECK(account.admit(at_ms(0), 100).hit == LimitHit::none);
  account.generated(520);  // 20 tokens of debt
  const auto refused = account.admit(at_ms(0), 30);
  CHECK(refused.hit == LimitHit::tokens);
  CHECK(refused.wait == seconds(5));
  CHECK(account.admit(at_ms(5000), 30).hit == LimitHit::none);
  // More than the limit allows at all: a full bucket is enough.
  CHECK(account.admit(at_ms(5000), 5000).wait == seconds(60));
  CHECK(account.admit(at_ms(65'000), 5000).hit == LimitHit::none);
}

TEST_CASE("requests at one time") {
  MockLimits limits;
  limits.in_flight = 2;
  RateLimiter account(limits, at_ms(0));
  CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
  CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
  CHECK(account.admit(at_ms(0), 1).hit == LimitHit::in_flight);
  account.over();
  CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
  CHECK(account.headers(at_ms(0), {}).empty());
}

TEST_CASE("what is used up stays so") {
  MockLimits limits;
  SUBCASE("the quota counts requests that were let in") {
    limits.quota = 2;
    limits.in_flight = 1;
    RateLimiter account(limits, at_ms(0));
    CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
    CHECK(account.admit(at_ms(0), 1).hit == LimitHit::in_flight);
    account.over();
    CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
    account.over();
    CHECK(account.admit(at_ms(86'400'000), 1).hit == LimitHit::quota);
  }
  SUBCASE("none at all") {
    limits.quota = 0;
    RateLimiter account(limits, at_ms(0));
    CHECK(account.admit(at_ms(0), 1).hit == LimitHit::quota);
  }
  SUBCASE("the balance counts tokens, also those that are generated") {
    limits.balance = 100;
    RateLimiter account(limits, at_ms(0));
    CHECK(account.admit(at_ms(0), 40).hit == LimitHit::none);
    account.generated(59);
    CHECK(account.admit(at_ms(0), 1).hit == LimitHit::none);
    CHECK(account.admit(at_ms(0), 1).hit == LimitHit::balance);
  }
  CHECK(limit_words(LimitHit::quota).status == 429);
  CHECK(limit_words(LimitHit::quota).code == "insufficient_quota");
  CHECK(limit_words(LimitHit::balance).status == 402);
}

TEST_CASE("headers of both styles") {
  MockLimits limits;
  limits.requests_per_minute = 60;
  limits.tokens_per_minute = 6000;
  RateLimiter account(limits, at_ms(0));
  const Wall wall = Wall{} + seconds(1'798'761'600);  // 2027-01-01T00:00:00Z
  CHECK(account.admit(at_ms(0), 150).hit == LimitHit::none);
  CHECK(account.headers(at_ms(0), wall) ==
        "x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 59\r\nx-ratelimit-reset-requests: "
        "1s\r\n"
        "anthropic-ratelimit-requests-limit: 60\r\nanthropic-ratelimit-requests-remaining: 59\r\n"
        "anthropic-ratelimit-requests-reset: 2027-01-01T00:00:01Z\r\n"
        "x-ratelimit-limit-tokens: 6000\r\nx-ratelimit-remaining-tokens: 5850\r\nx-ratelimit-reset-tokens: "
        "1.5s\r\n"
        "anthropic-ratelimit-tokens-limit: 6000\r\nanthropic-ratelimit-tokens-remaining: 5850\r\n"
        "anthropic-ratelimit-tokens-reset: 2027-01-01T00:00:02Z\r\n");
}

TEST_CASE("durations as OpenAI writes them") {
  CHECK(openai_duration({}) == "0ms");
  CHECK(openai_duration(milliseconds(120)) == "120ms");
  CHECK(openai_duration(microseconds(1)) == "1ms");
  CHECK(openai_duration(seconds(1)) == "1s");
  CHECK(openai_duration(milliseconds(1050)) == "1.05s");
  CHECK(openai_duration(seconds(360)) == "6m0s");
  CHECK(openai_duration(seconds(3720)) == "1h2m0s");
}
