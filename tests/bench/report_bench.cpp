// A million observations from columns to a page: costing aside, what a report takes. Reading columns from a
// store is in store_bench.cpp; tools/scale measures whole processes.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <vector>

#include "analysis/comparison.h"
#include "analysis/diff.h"
#include "core/columns.h"
#include "core/random.h"
#include "reports/render/format.h"
#include "reports/views/comparison_view.h"

namespace {

using namespace costwar;

constexpr std::int64_t kTrials = 1'000'000;

// Two models on half as many items.
const RunColumns& million() {
  static const RunColumns columns = [] {
    RunHeader header;
    header.id = "bench";
    header.models.resize(2);
    header.models[0].name = "x/a";
    header.models[1].name = "x/b";
    header.tasks = {{"codes", "exact", 1, ""}};
    RunColumnsBuilder builder(header);
    RandomStream random(1, "bench");
    for (std::int64_t i = 0; i < kTrials; ++i) {
      const auto model = static_cast<std::uint32_t>(i * 2 / kTrials);
      builder.add(TrialRow{i, model, 0, fmt::format("{:016x}", i % (kTrials / 2)), 0, "", "", "", ""});
    }
    for (std::int64_t i = 0; i < kTrials; ++i) {
      AttemptRow row;
      row.trial = i;
      row.ended = true;
      row.attempt.outcome = Outcome::ok;
      row.attempt.usage.set(Meter::fresh_input, 400, Provenance::reported);
      row.attempt.usage.set(Meter::visible_output, random.between(50, 500), Provenance::reported);
      row.attempt.timeline.end = row.attempt.timeline.issued + milliseconds(random.between(200, 3000));
      builder.add(row);
      const bool solved = random.unit() < (i * 2 < kTrials ? 0.85 : 0.64);
      builder.add(ScoreRow{i, "exact", 1, solved ? 1.0 : 0.0, solved, "", {}});
    }
    return builder.finish();
  }();
  return columns;
}

analysis::CostColumns costs() {
  analysis::CostColumns made;
  made.reserve(static_cast<std::size_t>(kTrials));
  RandomStream random(2, "bench");
  for (std::int64_t i = 0; i < kTrials; ++i) {
    analysis::AttemptCost cost;
    cost.amount = Money(Currency(), int128{random.between(1'000, 9'000)} * 1'000'000'000);
    made.push_back(cost);
  }
  return made;
}

void compare_a_million(benchmark::State& state) {
  const RunColumns& run = million();
  const analysis::CostColumns bills = state.range(0) != 0
                                          ? costs()
                                          : analysis::CostColumns(std::vector<analysis::AttemptCost>(
                                                static_cast<std::size_t>(kTrials), {{}, {}, {}, true}));
  for (auto _ : state) benchmark::DoNotOptimize(analysis::compare_models(run, bills, {}, {}));
  state.SetItemsProcessed(state.iterations() * kTrials);
}
BENCHMARK(compare_a_million)->ArgName("priced")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void diff_a_million(benchmark::State& state) {
  const RunColumns& run = million();
  const analysis::CostColumns bills = costs();
  for (auto _ : state) benchmark::DoNotOptimize(analysis::diff_models(run, bills, 0, 1, {}));
  state.SetItemsProcessed(state.iterations() * kTrials);
}
BENCHMARK(diff_a_million)->Unit(benchmark::kMillisecond);

// What is rendered is a summary, whatever the number of observations.
void render_a_million(benchmark::State& state) {
  const Document document =
      reports::comparison_document(analysis::compare_models(million(), costs(), {}, {}));
  for (auto _ : state) {
    benchmark::DoNotOptimize(reports::render_markdown(document, {}));
    benchmark::DoNotOptimize(reports::render_json(document, {}));
  }
}
BENCHMARK(render_a_million)->Unit(benchmark::kMillisecond);

}  // namespace
