#include "mock/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/durations.h"

namespace costwar::mock {
namespace {

constexpr double kNanosPerMinute = 60e9;
constexpr std::int64_t kNanosPerMs = 1'000'000;
// Levels are sums of fractions: what differs by less than this is the same, so that a client which waits as
// long as it was told is let in.
constexpr double kSame = 1e-6;

}  // namespace

bool has_limits(const MockLimits& limits) {
  return limits.requests_per_minute != 0 || limits.tokens_per_minute != 0 || limits.in_flight != 0 ||
         limits.quota || limits.balance;
}

RateLimiter::RateLimiter(const MockLimits& limits, Mono start)
    : limits_(limits),
      requests_{limits.requests_per_minute, static_cast<double>(limits.requests_per_minute), start},
      tokens_{limits.tokens_per_minute, static_cast<double>(limits.tokens_per_minute), start} {}

void RateLimiter::Bucket::refill(Mono now) {
  const auto whole = static_cast<double>(limit);
  const double gained = static_cast<double>((now - filled).count) / kNanosPerMinute * whole;
  level = std::min(whole, level + gained);
  filled = now;
}

double RateLimiter::Bucket::needed(double amount) const {
  return std::min(amount, static_cast<double>(limit)) - kSame;
}

Nanos RateLimiter::Bucket::until(double amount) const {
  const double missing = std::min(amount, static_cast<double>(limit)) - level;
  if (limit == 0 || missing <= 0) return {};
  return nanoseconds(
      static_cast<std::int64_t>(std::ceil(missing / static_cast<double>(limit) * kNanosPerMinute)));
}

RateLimiter::Verdict RateLimiter::admit(Mono now, std::uint64_t prompt_tokens) {
  const auto tokens = static_cast<double>(prompt_tokens);
  requests_.refill(now);
  tokens_.refill(now);
  if (limits_.quota && admitted_ >= *limits_.quota) return {LimitHit::quota, {}};
  if (limits_.balance && spent_tokens_ >= *limits_.balance) return {LimitHit::balance, {}};
  if (limits_.in_flight != 0 && in_flight_ >= limits_.in_flight) return {LimitHit::in_flight, {}};
  if (!requests_.holds(1)) return {LimitHit::requests, std::max(requests_.until(1), tokens_.until(tokens))};
  if (!tokens_.holds(tokens)) return {LimitHit::tokens, tokens_.until(tokens)};
  requests_.take(1);
  tokens_.take(tokens);
  ++in_flight_;
  ++admitted_;
  spent_tokens_ += prompt_tokens;
  return {};
}

void RateLimiter::generated(std::uint64_t completion_tokens) {
  tokens_.take(static_cast<double>(completion_tokens));
  spent_tokens_ += completion_tokens;
}

void RateLimiter::over() {
  if (in_flight_ > 0) --in_flight_;
}

void RateLimiter::append(std::string& out, const Bucket& bucket, std::string_view what, Wall wall) {
  if (bucket.limit == 0) return;
  const auto remaining = static_cast<std::uint64_t>(std::floor(std::max(0.0, bucket.level + kSame)));
  const Nanos reset = bucket.until(static_cast<double>(bucket.limit));
  // Rounded up to the second: an instant that has passed must not find the bucket short.
  const std::int64_t second = ((wall + reset).ns + kNanosPerSecond - 1) / kNanosPerSecond;
  fmt::format_to(
      std::back_inserter(out),
      "x-ratelimit-limit-{0}: {1}\r\nx-ratelimit-remaining-{0}: {2}\r\nx-ratelimit-reset-{0}: {3}\r\n"
      "anthropic-ratelimit-{0}-limit: {1}\r\nanthropic-ratelimit-{0}-remaining: {2}\r\n"
      "anthropic-ratelimit-{0}-reset: {4}\r\n",
      what, bucket.limit, remaining, openai_duration(reset), format_wall(Wall{} + seconds(second)));
}

std::string RateLimiter::headers(Mono now, Wall wall) {
  requests_.refill(now);
  tokens_.refill(now);
  std::string out;
  append(out, requests_, "requests", wall);
  append(out, tokens_, "tokens", wall);
  return out;
}

std::string openai_duration(Nanos duration) {
  const std::int64_t ms = (duration.count + kNanosPerMs - 1) / kNanosPerMs;
  if (ms < 1000) return fmt::format("{}ms", ms);
  std::string out;
  const std::int64_t minutes = ms / 60'000;
  if (minutes >= 60) out += fmt::format("{}h", minutes / 60);
  if (minutes > 0) out += fmt::format("{}m", minutes % 60);
  std::string fraction = fmt::format("{:03}", ms % 1000);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  out += fmt::format("{}{}{}s", ms / 1000 % 60, fraction.empty() ? "" : ".", fraction);
  return out;
}

std::string wait_lines(Nanos wait) {
  const std::int64_t ms = (wait.count + kNanosPerMs - 1) / kNanosPerMs;
  return fmt::format("retry-after-ms: {}\r\nRetry-After: {}\r\n", ms, (ms + 999) / 1000);
}

LimitWords limit_words(LimitHit hit) {
  switch (hit) {
    case LimitHit::none:
      break;
    case LimitHit::requests:
      return {429, "rate_limit_exceeded", "the limit of requests a minute is reached"};
    case LimitHit::tokens:
      return {429, "rate_limit_exceeded", "the limit of tokens a minute is reached"};
    case LimitHit::in_flight:
      return {429, "rate_limit_exceeded", "the limit of requests at one time is reached"};
    case LimitHit::quota:
      return {429, "insufficient_quota", "the quota of requests is used up"};
    case LimitHit::balance:
      return {402, "insufficient_balance", "the balance is used up"};
  }
  return {200, {}, {}};
}

}  // namespace costwar::mock
