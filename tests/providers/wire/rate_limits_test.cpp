#include "providers/wire/rate_limits.h"

#include <doctest/doctest.h>

#include "core/time.h"
#include "providers/wire/retry_advice.h"

using namespace costwar;

namespace {
using Headers = std::vector<std::pair<std::string, std::string>>;
const Wall kNow = parse_wall("2026-04-26T12:00:00Z");

RateLimits limits_of(Headers headers) {
  return wire::read_rate_limits(HttpHead{200, std::move(headers)}, kNow);
}
}  // namespace

TEST_CASE("durations") {
  using wire::parse_limit_duration;
  CHECK(parse_limit_duration("1s") == seconds(1));
  CHECK(parse_limit_duration("6m0s") == seconds(360));
  CHECK(parse_limit_duration("120ms") == milliseconds(120));
  CHECK(parse_limit_duration("1h2m") == seconds(3720));
  CHECK(parse_limit_duration("0s") == seconds(0));
  CHECK(parse_limit_duration("2m59.56s") == milliseconds(179'560));
  CHECK(parse_limit_duration("1d1h1m1s1ms") == milliseconds(90'061'001));
  CHECK(parse_limit_duration("31d") == seconds(31 * 86'400));
  for (const char* nonsense : {"", "1", "s", "-1s", "1s2m", "1s1s", "1 s", "1x", "1mss", "32d", "1e9s", "inf",
                               "nans", "0", "-1", ".s", "1m "}) {
    CAPTURE(nonsense);
    CHECK_FALSE(parse_limit_duration(nonsense));
  }
}

TEST_CASE("OpenAI's style") {
  const RateLimits got = limits_of({{"x-ratelimit-limit-requests", "60"},
                                    {"x-ratelimit-remaining-requests", "0"},
                                    {"x-ratelimit-reset-requests", "1s"},
                                    {"x-ratelimit-limit-tokens", "150000"},
                                    {"x-ratelimit-remaining-tokens", " 149984 "},
                                    {"x-ratelimit-reset-tokens", "6m0s"}});
  CHECK(got.requests == RateLimit{60, 0, seconds(1)});
  CHECK(got.tokens == RateLimit{150'000, 149'984, seconds(360)});
  CHECK(got.input_tokens == RateLimit{});
  CHECK(limits_of({}) == RateLimits{});
  CHECK(limits_of({{"x-ratelimit-limit-requests", "many"}, {"x-ratelimit-reset-requests", "30"}}) ==
        RateLimits{});
}

TEST_CASE("Azure prints -1 and 0 where it does not count") {
  CHECK(limits_of({{"x-ratelimit-limit-requests", "-1"}, {"x-ratelimit-remaining-requests", "-1"}}) ==
        RateLimits{});
  CHECK(limits_of({{"x-ratelimit-limit-tokens", "0"}, {"x-ratelimit-remaining-tokens", "0"}}) ==
        RateLimits{});
  CHECK(limits_of({{"x-ratelimit-remaining-tokens", "0"}}) == RateLimits{});
  CHECK(limits_of({{"x-ratelimit-remaining-tokens", "5"}}).tokens == RateLimit{{}, 5, {}});
}

TEST_CASE("Anthropic's style") {
  const Headers headers{{"anthropic-ratelimit-requests-limit", "50"},
                        {"anthropic-ratelimit-requests-remaining", "49"},
                        {"anthropic-ratelimit-requests-reset", "2026-04-26T12:00:07Z"},
                        {"anthropic-ratelimit-tokens-limit", "1000"},
                        {"anthropic-ratelimit-input-tokens-limit", "800"},
                        {"anthropic-ratelimit-input-tokens-remaining", "700"},
                        {"anthropic-ratelimit-output-tokens-limit", "200"},
                        {"anthropic-ratelimit-output-tokens-reset", "2026-04-26T11:59:00Z"}};
  const RateLimits got = limits_of(headers);
  CHECK(got.requests == RateLimit{50, 49, seconds(7)});
  CHECK(got.tokens == RateLimit{1000, {}, {}});
  CHECK(got.input_tokens == RateLimit{800, 700, {}});
  CHECK(got.output_tokens == RateLimit{200, {}, seconds(0)});  // has passed

  Headers dated = headers;
  dated.emplace_back("date", "Sun, 26 Apr 2026 12:00:05 GMT");  // the server's own clock
  CHECK(limits_of(dated).requests.reset == seconds(2));
  for (const char* nonsense : {"soon", "7", "2026-04-26", "2026-04-26T12:00:07", "2027-04-26T12:00:07Z"}) {
    CAPTURE(nonsense);
    CHECK_FALSE(limits_of({{"anthropic-ratelimit-requests-reset", nonsense}}).requests.reset);
  }
}

TEST_CASE("limits come with the advice of every answer") {
  const RetryAdvice advice =
      read_retry_advice(HttpHead{200, {{"x-ratelimit-remaining-requests", "3"}}}, kNow);
  CHECK(advice.limits.requests.remaining == 3);
  CHECK_FALSE(advice.wait);
}
