// What a record of a log costs before it is priced: a key looked up, and counts made disjoint and checked.
#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <string_view>
#include <vector>

#include "core/usage/normalise.h"

namespace {

using namespace costwar;

// The keys of a chat completion's usage object with its details, in the order in which OpenAI prints them:
// half of them are counts, half mean nothing here.
constexpr std::array<std::string_view, 12> kKeys{"prompt_tokens",
                                                 "completion_tokens",
                                                 "total_tokens",
                                                 "prompt_tokens_details",
                                                 "cached_tokens",
                                                 "audio_tokens",
                                                 "completion_tokens_details",
                                                 "reasoning_tokens",
                                                 "audio_tokens",
                                                 "accepted_prediction_tokens",
                                                 "rejected_prediction_tokens",
                                                 "cache_write_tokens"};

void usage_field(benchmark::State& state) {
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(raw_usage_field(kKeys[next]));
    next = next + 1 == kKeys.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(usage_field);

constexpr std::size_t kUsages = 1 << 12;

std::vector<RawUsage> openai_usages() {
  std::mt19937_64 random(42);
  const auto up_to = [&](std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(0, high)(random);
  };
  std::vector<RawUsage> usages(kUsages);
  for (RawUsage& raw : usages) {
    raw.input = 1 + up_to(100'000);
    raw.output = 1 + up_to(10'000);
    raw.total = *raw.input + *raw.output;
    raw.cached = up_to(*raw.input);
    raw.reasoning = up_to(*raw.output);
  }
  return usages;
}

std::vector<RawUsage> anthropic_usages() {
  std::vector<RawUsage> usages = openai_usages();
  for (RawUsage& raw : usages) {
    raw.total.reset();
    raw.cache_write_5m = *raw.cached / 3;
    raw.cache_write_1h = *raw.cached / 7;
    raw.cache_write = *raw.cache_write_5m + *raw.cache_write_1h;
  }
  return usages;
}

void normalise(benchmark::State& state, UsageDialect dialect, const std::vector<RawUsage>& usages) {
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(normalise_usage(dialect, usages[next++ % kUsages]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(normalise, openai, UsageDialect::openai, openai_usages());
BENCHMARK_CAPTURE(normalise, anthropic, UsageDialect::anthropic, anthropic_usages());

// A log in which nothing adds up must not be slow either: its messages are the only allocation.
void normalise_mismatch(benchmark::State& state) {
  const RawUsage raw{.input = 100, .output = 5, .total = 106, .cached = 12};
  for (auto _ : state) benchmark::DoNotOptimize(normalise_usage(UsageDialect::openai, raw));
}
BENCHMARK(normalise_mismatch);

}  // namespace
