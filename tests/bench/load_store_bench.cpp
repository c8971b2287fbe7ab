// Load runs in the store: what writing a call costs, how many bytes it takes, and reading a stage back; and
// what asking the spending gate costs.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "harness/load/lease.h"
#include "harness/store/load_store.h"
#include "harness/store/sqlite.h"
#include "tests/support/load_samples.h"

namespace {

using namespace costwar;
using namespace costwar::harness;

class LoadFixture {
 public:
  LoadFixture() {
    std::string name = (std::filesystem::current_path() / "load-store-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder to write in");
    folder_ = name;
    store = LoadStore::open(path());
    store->begin(load_test::a_load_header());
    stage = load_test::a_load_stage(0);
    store->write_stage(load_test::a_load_header().id, stage);
  }
  LoadFixture(const LoadFixture&) = delete;
  LoadFixture& operator=(const LoadFixture&) = delete;
  ~LoadFixture() {
    store.reset();
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path path() const { return folder_ / "store.db"; }
  std::string run() const { return load_test::a_load_header().id; }

  std::unique_ptr<LoadStore> store;
  LoadStageRow stage;

 private:
  std::filesystem::path folder_;
};

// Calls of so many events, from one thread, to disk. Bytes are those of the file, once what was logged is in
// it;
void write_load_calls(benchmark::State& state) {
  LoadFixture fixture;
  const auto sink = fixture.store->sink(fixture.run());
  const LoadCall sample = load_test::a_load_call(fixture.stage, 7, static_cast<int>(state.range(0)));
  constexpr std::int64_t kCalls = 20'000;
  std::int64_t calls = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < kCalls; ++i) {
      LoadCall call = sample;
      call.session = static_cast<std::uint64_t>(calls++);
      call.timeline.due = call.timeline.due + milliseconds(calls % 30'000);
      sink->call(std::move(call));
    }
    fixture.store->flush();
  }
  state.SetItemsProcessed(calls);
  Database database(fixture.path(), Database::Mode::existing);
  database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  state.counters["bytes_per_call"] =
      static_cast<double>(std::filesystem::file_size(fixture.path())) / static_cast<double>(calls);
  state.counters["event_bytes"] = static_cast<double>(sample.timeline.events.size());
}
BENCHMARK(write_load_calls)->Arg(0)->Arg(50)->Arg(500)->Unit(benchmark::kMillisecond)->UseRealTime();

void read_load_calls(benchmark::State& state) {
  LoadFixture fixture;
  constexpr std::uint64_t kCalls = 20'000;
  {
    const auto sink = fixture.store->sink(fixture.run());
    for (std::uint64_t i = 0; i < kCalls; ++i) sink->call(load_test::a_load_call(fixture.stage, i, 50));
    fixture.store->flush();
  }
  for (auto _ : state)
    fixture.store->read_calls(fixture.run(), 0,
                              [](const LoadCall& call) { benchmark::DoNotOptimize(call.timeline.end); });
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCalls));
}
BENCHMARK(read_load_calls)->Unit(benchmark::kMillisecond);

// One call's take and settle while money is held.
void lease_take_and_settle(benchmark::State& state) {
  LoadFixture fixture;
  const Money worst(Currency(), 1'000'000'000'000);
  fixture.store->budget_run(fixture.run(), {"bench", worst.times(1'000'000'000'000), {}}, Wall{});
  LedgerLease lease({fixture.path(), fixture.run(), "bench", "m"});
  lease.prepare(worst, worst.times(100'000'000));
  std::int64_t waited = 0;
  for (auto _ : state) {
    if (lease.take(worst, [] {}) == SpendGate::Answer::granted)
      lease.settle(worst, worst);
    else
      ++waited;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["waited"] = static_cast<double>(waited);
}
BENCHMARK(lease_take_and_settle);

}  // namespace
