// Properties over random usages: disjoint meters, printed as each API prints them, come back exactly; one
// count changed where a rule covers it is rejected.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "core/usage/normalise.h"

using namespace costwar;

namespace {

constexpr int kRounds = 2000;

struct Truth {
  std::int64_t fresh, tool_prompt, read, write_5m, write_1h, visible, reasoning, web_searches;
};

// Zero one time in four, else up to 10, to 10,000 or to 10 million.
std::int64_t some_count(RandomStream& random) {
  constexpr std::int64_t kHighest[] = {0, 10, 10'000, 10'000'000};
  return random.between(0, kHighest[random.below(4)]);
}

Truth some_truth(RandomStream& random) {
  Truth truth{};
  for (std::int64_t* count : {&truth.fresh, &truth.tool_prompt, &truth.read, &truth.write_5m, &truth.write_1h,
                              &truth.visible, &truth.reasoning, &truth.web_searches})
    *count = some_count(random);
  return truth;
}

using Member = std::optional<std::int64_t> RawUsage::*;

// One way an API prints its counts: the meters expected back, and the members each of which a rule ties to
// others whatever their values are.
struct Shape {
  const char* name;
  UsageDialect dialect;
  RawUsage (*print)(const Truth&);
  std::vector<Meter> meters;
  std::vector<Member> tied;
};

RawUsage print_openai(const Truth& t) {
  const std::int64_t input = t.fresh + t.read + t.write_5m;
  const std::int64_t output = t.visible + t.reasoning;
  return {.input = input,
          .output = output,
          .total = input + output,
          .cached = t.read,
          .cache_write = t.write_5m,
          .reasoning = t.reasoning};
}

RawUsage print_deepseek(const Truth& t) {
  const std::int64_t input = t.fresh + t.read;
  const std::int64_t output = t.visible + t.reasoning;
  return {.input = input,
          .output = output,
          .total = input + output,
          .cached = t.read,
          .reasoning = t.reasoning,
          .cache_hit = t.read,
          .cache_miss = t.fresh};
}

RawUsage print_gateway(const Truth& t) {
  const std::int64_t input = t.fresh + t.read;
  return {.input = input,
          .output = t.visible,
          .total = input + t.visible + t.reasoning,
          .cached = t.read,
          .reasoning = t.reasoning};
}

RawUsage print_anthropic(const Truth& t) {
  return {.input = t.fresh,
          .output = t.visible + t.reasoning,
          .cached = t.read,
          .cache_write = t.write_5m + t.write_1h,
          .reasoning = t.reasoning,
          .cache_write_5m = t.write_5m,
          .cache_write_1h = t.write_1h,
          .web_searches = t.web_searches};
}

RawUsage print_gemini(const Truth& t) {
  const std::int64_t input = t.fresh + t.read;
  return {.input = input,
          .output = t.visible,
          .total = input + t.tool_prompt + t.visible + t.reasoning,
          .cached = t.read,
          .reasoning = t.reasoning,
          .tool_prompt = t.tool_prompt};
}

RawUsage print_ollama(const Truth& t) {
  return {.input = t.fresh, .output = t.visible};
}

RawUsage print_llama_server(const Truth& t) {
  return {.input = t.fresh, .output = t.visible, .cached = t.read};
}

const std::vector<Shape>& shapes() {
  using M = Meter;
  static const std::vector<Shape> kShapes{
      {"OpenAI",
       UsageDialect::openai,
       print_openai,
       {M::fresh_input, M::cache_read, M::cache_write_5m, M::visible_output, M::reasoning},
       {&RawUsage::input, &RawUsage::output, &RawUsage::total}},
      {"DeepSeek",
       UsageDialect::openai,
       print_deepseek,
       {M::fresh_input, M::cache_read, M::visible_output, M::reasoning},
       {&RawUsage::input, &RawUsage::output, &RawUsage::total, &RawUsage::cached, &RawUsage::cache_hit,
        &RawUsage::cache_miss}},
      {"reasoning outside",
       UsageDialect::openai,
       print_gateway,
       {M::fresh_input, M::cache_read, M::visible_output, M::reasoning},
       {&RawUsage::input, &RawUsage::output, &RawUsage::total}},
      {"Anthropic",
       UsageDialect::anthropic,
       print_anthropic,
       {M::fresh_input, M::cache_read, M::cache_write_5m, M::cache_write_1h, M::visible_output, M::reasoning,
        M::web_searches},
       {&RawUsage::cache_write, &RawUsage::cache_write_5m, &RawUsage::cache_write_1h}},
      {"Gemini",
       UsageDialect::gemini,
       print_gemini,
       {M::fresh_input, M::cache_read, M::visible_output, M::reasoning},
       {&RawUsage::input, &RawUsage::output, &RawUsage::total, &RawUsage::reasoning, &RawUsage::tool_prompt}},
      {"Ollama", UsageDialect::ollama, print_ollama, {M::fresh_input, M::visible_output}, {}},
      {"llama-server",
       UsageDialect::llama_server,
       print_llama_server,
       {M::fresh_input, M::cache_read, M::visible_output},
       {}},
  };
  return kShapes;
}

Usage expected(const Shape& shape, const Truth& truth) {
  const bool tool_prompt_told = shape.dialect == UsageDialect::gemini;
  Usage usage;
  for (const Meter meter : shape.meters) {
    std::int64_t count = 0;
    switch (meter) {
      case Meter::fresh_input:
        count = truth.fresh + (tool_prompt_told ? truth.tool_prompt : 0);
        break;
      case Meter::cache_read:
        count = truth.read;
        break;
      case Meter::cache_write_5m:
        count = truth.write_5m;
        break;
      case Meter::cache_write_1h:
        count = truth.write_1h;
        break;
      case Meter::visible_output:
        count = truth.visible;
        break;
      case Meter::reasoning:
        count = truth.reasoning;
        break;
      case Meter::web_searches:
        count = truth.web_searches;
        break;
      default:
        FAIL("no such meter here");
    }
    usage.set(meter, count, Provenance::reported);
  }
  return usage;
}

bool rejected(const Shape& shape, const RawUsage& raw) {
  return std::holds_alternative<UsageMismatch>(normalise_usage(shape.dialect, raw));
}

// OpenAI's total has two readings, so a change by exactly the reasoning tokens turns one into the other.
bool other_reading(const Shape& shape, const RawUsage& raw) {
  return shape.dialect == UsageDialect::openai &&
         (*raw.total == *raw.input + *raw.output ||
          *raw.total == *raw.input + *raw.output + raw.reasoning.value_or(0));
}

}  // namespace

TEST_CASE("what each API prints of disjoint meters normalises to the same meters") {
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    RandomStream random(3, shape.name);
    for (int i = 0; i < kRounds; ++i) {
      const Truth truth = some_truth(random);
      const auto result = normalise_usage(shape.dialect, shape.print(truth));
      const auto* mismatch = std::get_if<UsageMismatch>(&result);
      if (mismatch != nullptr) FAIL(mismatch->message);
      REQUIRE(std::get<Usage>(result) == expected(shape, truth));
    }
  }
}

TEST_CASE("one count that is off is rejected where a rule ties it to others") {
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    RandomStream random(4, shape.name);
    int changed = 0;
    for (int i = 0; i < kRounds; ++i) {
      const RawUsage honest = shape.print(some_truth(random));
      for (const Member member : shape.tied) {
        RawUsage raw = honest;
        const std::int64_t off = 1 + some_count(random);
        *(raw.*member) += random.below(2) == 0 && off <= *(raw.*member) ? -off : off;
        if ((member == &RawUsage::input || member == &RawUsage::output || member == &RawUsage::total) &&
            other_reading(shape, raw))
          continue;
        ++changed;
        CAPTURE(i);
        REQUIRE(rejected(shape, raw));
      }
    }
    // The exception above must stay one.
    CHECK(changed >= static_cast<int>(shape.tied.size()) * kRounds * 9 / 10);
  }
}

TEST_CASE("a part above its whole is rejected") {
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    RandomStream random(5, shape.name);
    const bool cache_inside = shape.dialect == UsageDialect::openai || shape.dialect == UsageDialect::gemini;
    const bool reasoning_inside =
        shape.dialect == UsageDialect::openai || shape.dialect == UsageDialect::anthropic;
    for (int i = 0; i < kRounds; ++i) {
      const RawUsage honest = shape.print(some_truth(random));
      if (cache_inside && honest.cached) {
        RawUsage raw = honest;
        raw.cached = *raw.input - raw.cache_write.value_or(0) + 1 + some_count(random);
        REQUIRE(rejected(shape, raw));
      }
      if (reasoning_inside && honest.reasoning) {
        RawUsage raw = honest;
        raw.reasoning = *raw.output + 1 + some_count(random);
        if (raw.total) raw.total = *raw.input + *raw.output;
        REQUIRE(rejected(shape, raw));
      }
    }
  }
}

TEST_CASE("a count below zero or absurdly high is rejected in every member and dialect") {
  constexpr Member kAll[] = {&RawUsage::input,          &RawUsage::output,      &RawUsage::total,
                             &RawUsage::cached,         &RawUsage::cache_write, &RawUsage::reasoning,
                             &RawUsage::cache_hit,      &RawUsage::cache_miss,  &RawUsage::cache_write_5m,
                             &RawUsage::cache_write_1h, &RawUsage::tool_prompt, &RawUsage::tool_calls,
                             &RawUsage::web_searches};
  for (const Shape& shape : shapes())
    for (const Member member : kAll)
      for (const std::int64_t count : {std::int64_t{-1}, INT64_MIN, kMaxUsageCount + 1, INT64_MAX}) {
        RawUsage raw;
        raw.*member = count;
        REQUIRE(rejected(shape, raw));
      }
}
