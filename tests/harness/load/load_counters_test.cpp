#include "harness/load/load_counters.h"

#include <doctest/doctest.h>

#include <cmath>
#include <thread>
#include <vector>

namespace costwar::harness {
namespace {

TEST_CASE("buckets of times to first token are in order and at most 13 % wide") {
  std::size_t last = 0;
  for (std::int64_t us = 0; us < 10'000'000; us += 1 + us / 50) {
    const std::size_t bucket = ttft_bucket(microseconds(us));
    CHECK(bucket >= last);
    CHECK(bucket <= last + 1);
    last = bucket;
    if (us >= 64)
      CHECK(std::abs(ttft_of_bucket(bucket).seconds() * 1e6 / static_cast<double>(us) - 1) < 0.13);
  }
  CHECK(ttft_bucket(nanoseconds(-5)) == 0);
  CHECK(ttft_bucket(Nanos{INT64_MAX}) == kTtftBuckets - 1);
  CHECK(ttft_of_bucket(kTtftBuckets - 1) > seconds(600));
}

TEST_CASE("threads count, and a look adds up") {
  LoadCounters counters;
  counters.begin_run(Mono{1000});
  counters.begin_stage(2, "64 at once", Mono{3000}, seconds(10));
  counters.set_budget(Money::parse(Currency(), "5"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        counters.call_begun();
        counters.first_token(milliseconds(300));
        counters.chunks(3);
        counters.bytes(100);
        counters.spend(Money::parse(Currency(), "0.0001"));
        counters.call_ended(i % 10 == 0 ? Outcome::capacity : Outcome::ok, i % 10 == 1, 7);
      }
    });
  for (std::thread& thread : threads) thread.join();
  counters.call_begun();
  const LoadSnapshot seen = counters.look(Mono{5000});
  CHECK(seen.begun == 4001);
  CHECK(seen.ended == 4000);
  CHECK(seen.in_flight() == 1);
  CHECK(seen.cut == 400);
  CHECK(seen.ok() == 3200);
  CHECK(seen.failed() == 400);
  CHECK(seen.chunks == 12'000);
  CHECK(seen.tokens == 28'000);
  CHECK(seen.bytes == 400'000);
  CHECK(seen.ttft[ttft_bucket(milliseconds(300))] == 4000);
  CHECK(seen.spent == Money::parse(Currency(), "0.4"));
  CHECK(seen.budget == Money::parse(Currency(), "5"));
  CHECK(seen.elapsed == nanoseconds(4000));
  CHECK(seen.stage_elapsed == nanoseconds(2000));
  CHECK(seen.stage == 2);
}

}  // namespace
}  // namespace costwar::harness
