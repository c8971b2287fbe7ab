// What an account may do: requests and tokens a minute, requests at one time, requests and tokens in all; and
// the headers that tell of it, in OpenAI's words and in Anthropic's. A state machine that is given its
// instants: it reads no clock. One thread.
//
// A limit a minute is a bucket that begins full and is refilled evenly. A request is let in while its bucket
// holds what it asks with (one request; its prompt's tokens, or a whole bucket where they are more); what it
// then generates is taken too and may leave a debt. A request that is refused takes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace costwar::mock {

struct MockLimits {
  std::uint64_t requests_per_minute = 0;  // 0: no limit
  std::uint64_t tokens_per_minute = 0;    // prompt and completion; 0: no limit
  std::uint64_t in_flight = 0;            // let in and not over; 0: no limit
  std::optional<std::uint64_t> quota;     // requests let in until the quota is used up: 429
  std::optional<std::uint64_t> balance;   // tokens until the balance is: 402
};

enum class LimitHit { none, requests, tokens, in_flight, quota, balance };

class RateLimiter {
 public:
  RateLimiter(const MockLimits& limits, Mono start);

  struct Verdict {
    LimitHit hit = LimitHit::none;
    Nanos wait{};  // of requests and tokens: until this request would be let in
  };

  // Counts the request where it is let in: requests, prompt tokens and the place in flight are taken.
  Verdict admit(Mono now, std::uint64_t prompt_tokens);
  void generated(std::uint64_t completion_tokens);  // of a request that was let in
  void over();                                      // a request that was let in has left

  // Header lines, each with its end; empty without limits a minute. OpenAI's reset is a duration, Anthropic's
  // an instant.
  std::string headers(Mono now, Wall wall);

 private:
  struct Bucket {
    std::uint64_t limit = 0;  // 0: none
    double level = 0;         // may be below 0
    Mono filled;

    void refill(Mono now);
    bool holds(double amount) const { return limit == 0 || level >= needed(amount); }
    double needed(double amount) const;
    Nanos until(double amount) const;
    void take(double amount) { level -= limit == 0 ? 0 : amount; }
  };

  static void append(std::string& out, const Bucket& bucket, std::string_view what, Wall wall);

  MockLimits limits_;
  Bucket requests_;
  Bucket tokens_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t admitted_ = 0;
  std::uint64_t spent_tokens_ = 0;
};

// A duration as OpenAI writes it in its headers: 120ms, 1s, 1.5s, 6m0s, 1h2m0s.
std::string openai_duration(Nanos duration);

// The error that a refused request gets, in the words of OpenAI's codes.
struct LimitWords {
  int status;
  std::string_view code;
  std::string_view message;
};
LimitWords limit_words(LimitHit hit);

}  // namespace costwar::mock
