#include "core/usage.h"

#include <doctest/doctest.h>

#include "core/usage/normalise.h"

using namespace costwar;

namespace {
Usage good(const RawUsage& raw) {
  const auto result = normalise_openai_usage(raw);
  REQUIRE(std::holds_alternative<Usage>(result));
  return std::get<Usage>(result);
}
std::string bad(const RawUsage& raw) {
  const auto result = normalise_openai_usage(raw);
  REQUIRE(std::holds_alternative<UsageMismatch>(result));
  return std::get<UsageMismatch>(result).message;
}
std::int64_t value(const Usage& usage, Meter meter) {
  REQUIRE(usage[meter]);
  return usage[meter]->value;
}
}  // namespace

TEST_CASE("OpenAI's worked example: 2,600 input is 2,000 read, 400 written, 200 fresh") {
  const Usage usage = good(
      {.input = 2600, .output = 100, .total = 2700, .cached = 2000, .cache_write = 400, .reasoning = 40});
  CHECK(value(usage, Meter::fresh_input) == 200);
  CHECK(value(usage, Meter::cache_read) == 2000);
  CHECK(value(usage, Meter::cache_write_5m) == 400);
  CHECK(value(usage, Meter::visible_output) == 60);
  CHECK(value(usage, Meter::reasoning) == 40);
  CHECK(usage.prompt_tokens() == 2600);
  CHECK(usage.output_tokens() == 100);
}

TEST_CASE("DeepSeek's hit and miss make the prompt") {
  const Usage usage = good({.output = 5, .cache_hit = 64, .cache_miss = 36});
  CHECK(value(usage, Meter::fresh_input) == 36);
  CHECK(value(usage, Meter::cache_read) == 64);
}

TEST_CASE("what nobody reported stays unknown") {
  const Usage usage = good({.input = 10});
  CHECK_FALSE(usage[Meter::cache_read]);
  CHECK_FALSE(usage[Meter::visible_output]);
  CHECK_FALSE(usage.output_tokens());
}

TEST_CASE("reasoning counted outside the output is added when the total proves it") {
  const Usage usage = good({.input = 10, .output = 5, .total = 45, .reasoning = 30});
  CHECK(value(usage, Meter::visible_output) == 5);
  CHECK(value(usage, Meter::reasoning) == 30);
}

TEST_CASE("what does not add up is rejected with both numbers") {
  CHECK(bad({.input = 10, .output = 5, .total = 16}) == "total tokens are 16 but input + output is 15");
  CHECK(bad({.input = 10, .cached = 12}) == "cache reads and writes are 12 but input tokens are 10");
  CHECK(bad({.output = 5, .reasoning = 6}) == "reasoning tokens 6 exceed output tokens 5");
  CHECK(bad({.input = 10, .cache_hit = 4, .cache_miss = 4}) ==
        "cache hit + miss is 8 but input tokens are 10");
  CHECK(bad({.input = -1}) == "input tokens is -1");
  CHECK(bad({.cached = 3, .cache_hit = 4}) == "cached tokens 3 differ from cache hit tokens 4");
}

TEST_CASE("adding usage keeps unknown apart from zero and the weaker provenance") {
  Usage a;
  a.set(Meter::fresh_input, 5, Provenance::reported);
  Usage b;
  b.set(Meter::fresh_input, 2, Provenance::estimated);
  b.set(Meter::requests, 1, Provenance::reported);
  a.add(b);
  CHECK(a[Meter::fresh_input] == Count{7, Provenance::estimated});
  CHECK(value(a, Meter::requests) == 1);
  CHECK_FALSE(a[Meter::cache_read]);
}

TEST_CASE("every meter is found by its name") {
  for (const MeterRow& row : meters()) {
    CHECK(meter_by_name(row.name) == row.meter);
    CHECK(&meter_row(row.meter) == &row);
  }
  CHECK(meters().size() == kMeterCount);
  CHECK_FALSE(meter_by_name("tokens"));
}
