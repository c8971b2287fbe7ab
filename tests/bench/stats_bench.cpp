// How long the intervals of a comparison take, 10,000 resamples over n items, and what a confidence sequence
// takes per look.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "stats/bootstrap.h"
#include "stats/clustered.h"
#include "stats/confidence_sequence.h"
#include "stats/cost_per_success.h"
#include "stats/paired.h"

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

void bca_ratio(benchmark::State& state) {
  RandomStream random(1, "bench");
  std::vector<costwar::stats::RatioItem> items;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    items.push_back({random.unit(), random.unit() < 0.8 ? 1.0 : 0.0});
  for (auto _ : state) benchmark::DoNotOptimize(costwar::stats::bca_ratio(items, {}));
}

void clustered_intervals(benchmark::State& state) {
  RandomStream random(1, "bench");
  std::vector<double> solved;
  std::vector<std::int64_t> clusters;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    solved.push_back(random.unit() < 0.8 ? 1 : 0);
    clusters.push_back(i / 4);
  }
  for (auto _ : state) {
    const auto mean = costwar::stats::clustered_mean(costwar::stats::cluster_totals(solved, clusters));
    benchmark::DoNotOptimize(costwar::stats::effective_wilson_interval(*mean));
    benchmark::DoNotOptimize(costwar::stats::clustered_difference_interval(*mean));
  }
}

// One look each: the candidates left after so many values are what costs.
void confidence_sequence(benchmark::State& state) {
  RandomStream random(1, "bench");
  const auto draw = [&] {
    const double u = random.unit();
    return u < 0.075 ? 1.0 : u < 0.15 ? -1.0 : 0.0;
  };
  for (auto _ : state) {
    costwar::stats::ConfidenceSequence sequence(0.05);
    for (std::int64_t i = 0; i < state.range(0); ++i) sequence.add(draw());
    benchmark::DoNotOptimize(sequence.interval());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// The worst case: as even as is not yet trivial, so the sum is long.
void mcnemar(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(
        costwar::stats::mcnemar_exact_log10_p(state.range(0) / 2 + 100, state.range(0) / 2 - 100));
}

}  // namespace

BENCHMARK(bca_ratio)->Arg(300)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(clustered_intervals)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(confidence_sequence)->Arg(100)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(mcnemar)->Arg(1'000)->Arg(10'000'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(cost_per_success)->Arg(300)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(cost_ratio)->Arg(300)->Arg(10'000)->Unit(benchmark::kMillisecond);
