// How long the intervals of a comparison take: 10,000 resamples over n items.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "stats/cost_per_success.h"

namespace {

using costwar::RandomStream;
using costwar::stats::CostedItem;
using costwar::stats::CostedPair;

CostedItem random_item(RandomStream& random) {
  const double cost = 0.001 * (1 + random.unit());
  return {cost, cost, cost, random.unit() < 0.8};
}

void cost_per_success(benchmark::State& state) {
  RandomStream random(1, "bench");
  std::vector<CostedItem> items;
  for (std::int64_t i = 0; i < state.range(0); ++i) items.push_back(random_item(random));
  for (auto _ : state) benchmark::DoNotOptimize(costwar::stats::cost_per_success_interval(items, {}));
}

void cost_ratio(benchmark::State& state) {
  RandomStream random(1, "bench");
  std::vector<CostedPair> items;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    items.push_back({random_item(random), random_item(random)});
  for (auto _ : state) benchmark::DoNotOptimize(costwar::stats::cost_ratio_interval(items, {}));
}

}  // namespace

BENCHMARK(cost_per_success)->Arg(300)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(cost_ratio)->Arg(300)->Arg(10'000)->Unit(benchmark::kMillisecond);
