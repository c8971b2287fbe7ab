// How long a frontier and routes take over many items, with the resamples that it took and the Monte Carlo
// error that is left. COSTWAR_BENCH_ROWS names a file: the rows of the frontier as CSV, for
// tools/peers/scipy_bootstrap, which resamples the same.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "analysis/frontier.h"
#include "analysis/routing.h"
#include "core/columns.h"
#include "core/random.h"
#include "stats/resampled.h"
#include "tests/support/outcome_sample.h"

namespace {

using namespace costwar;

constexpr std::size_t kModels = 4;
constexpr std::array<double, kModels> kAbility{0.4, 0.6, 0.75, 0.9};
constexpr std::array<double, kModels> kCost{0.0002, 0.001, 0.004, 0.02};  // USD, the median of a task

// What one item does to every model: costs are lognormal and grow with its difficulty.
struct BenchItem {
  std::array<bool, kModels> solved{};
  std::array<std::int64_t, kModels> micros{};  // millionths of a dollar
  double sure = 0;                             // a score that tells something of the first model
};

BenchItem bench_item(RandomStream& random) {
  BenchItem item;
  const double difficulty = random.unit() - 0.5;
  for (std::size_t m = 0; m < kModels; ++m) {
    item.solved[m] = random.unit() < std::min(1.0, std::max(0.0, kAbility[m] - 0.6 * difficulty));
    const double normal = std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(6.283185307 * random.unit());
    item.micros[m] = std::llround(1e6 * kCost[m] * std::exp(0.5 * normal + difficulty));
  }
  item.sure = (item.solved[0] ? 0.3 : 0.0) + random.unit();
  return item;
}

std::vector<BenchItem> bench_items(std::int64_t count) {
  RandomStream random(1, "decisions");
  std::vector<BenchItem> items;
  for (std::int64_t i = 0; i < count; ++i) items.push_back(bench_item(random));
  return items;
}

struct BenchRun {
  RunColumns columns;
  analysis::CostColumns costs;
};

BenchRun bench_run(const std::vector<BenchItem>& items) {
  RunHeader header;
  header.id = "bench";
  header.seed = 1;
  header.tasks.push_back({"task", "exact", 1, ""});
  for (std::size_t m = 0; m < kModels; ++m) {
    ModelCard card;
    card.name = card.model = "x/" + std::to_string(m);
    header.models.push_back(card);
  }
  RunColumnsBuilder builder(header);
  BenchRun run;
  std::int64_t trial = 0;
  for (std::size_t i = 0; i < items.size(); ++i)
    for (std::uint32_t m = 0; m < kModels; ++m, ++trial) {
      TrialRow row;
      row.trial = trial;
      row.model = m;
      row.item = "item" + std::to_string(i);
      builder.add(row);
      AttemptRow attempt;
      attempt.trial = trial;
      attempt.ended = true;
      attempt.attempt.outcome = Outcome::ok;
      attempt.attempt.timeline.end = Mono{1'000'000'000};
      builder.add(attempt);
      ScoreRow score;
      score.trial = trial;
      score.scorer = "exact";
      score.solved = items[i].solved[m];
      score.value = score.solved ? 1 : 0;
      builder.add(score);
      analysis::AttemptCost cost;
      cost.amount = Money::from_statistic(Currency{}, 1e-6 * static_cast<double>(items[i].micros[m]));
      run.costs.push_back(cost);
    }
  run.columns = builder.finish();
  return run;
}

void write_rows(const std::vector<BenchItem>& items, const char* path) {
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) return;
  for (const BenchItem& item : items)
    for (std::size_t m = 0; m < kModels; ++m)
      std::fprintf(file, "%lld,%d%c", static_cast<long long>(item.micros[m]), item.solved[m] ? 1 : 0,
                   m + 1 == kModels ? '\n' : ',');
  std::fclose(file);
}

void frontier_of_items(benchmark::State& state) {
  const std::vector<BenchItem> items = bench_items(state.range(0));
  if (const char* path = std::getenv("COSTWAR_BENCH_ROWS")) write_rows(items, path);
  const BenchRun run = bench_run(items);
  analysis::FrontierPositions positions;
  for (auto _ : state) {
    const analysis::Frontier frontier = analysis::find_frontier(run.columns, run.costs, {});
    positions = frontier.positions;
    benchmark::DoNotOptimize(positions);
  }
  state.counters["resamples"] = static_cast<double>(positions.resamples);
  state.counters["error"] = positions.worst_error;
}

// The part of it that resamples, as scipy.stats.bootstrap would: cost per task and share solved of each
// model, so many resamples of all of them together.
void resampled_sums(benchmark::State& state) {
  const std::vector<BenchItem> items = bench_items(state.range(0));
  constexpr std::size_t kColumns = 2 * kModels + 1;
  std::vector<double> rows;
  for (const BenchItem& item : items) {
    for (std::size_t m = 0; m < kModels; ++m) {
      rows.push_back(1e-6 * static_cast<double>(item.micros[m]));
      rows.push_back(item.solved[m] ? 1 : 0);
    }
    rows.push_back(1);
  }
  for (auto _ : state) {
    stats::BootstrapOptions options;
    options.seed = 1;
    stats::ClusterSums sums(rows, kColumns, options);
    std::vector<double> totals(kColumns);
    stats::ResamplingOptions resampling;
    resampling.fewest = resampling.most = state.range(1);
    const stats::Resampled resampled(2 * kModels, resampling, [&](std::span<double> values) {
      sums.draw(totals);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = totals[i] / totals[2 * kModels];
    });
    benchmark::DoNotOptimize(resampled.interval(0));
    state.counters["low"] = resampled.interval(1).low;
    state.counters["high"] = resampled.interval(1).high;
  }
}

void routes_of_items(benchmark::State& state) {
  const std::vector<BenchItem> items = bench_items(state.range(0));
  testing::OutcomeSample sample({"x/0", "x/1", "x/2", "x/3"});
  analysis::RouteSignal signal{"sure", false, {}};
  for (const BenchItem& item : items) {
    std::vector<double> costs;
    for (const std::int64_t micros : item.micros) costs.push_back(1e-6 * static_cast<double>(micros));
    sample.row(std::vector<bool>(item.solved.begin(), item.solved.end()), costs);
    signal.keep.push_back(item.sure);
  }
  const RunColumns run = sample.run();
  analysis::Routing routing;
  for (auto _ : state) {
    routing = analysis::find_routes(run, sample.shared(), std::span(&signal, 1), {});
    benchmark::DoNotOptimize(routing);
  }
  state.counters["resamples"] = static_cast<double>(routing.resamples);
  state.counters["error"] = routing.worst_error;
}

BENCHMARK(frontier_of_items)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(resampled_sums)->Args({100'000, 1'000})->Unit(benchmark::kMillisecond);
BENCHMARK(routes_of_items)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
