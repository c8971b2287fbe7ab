// The store: rows per second with grouped and with single commits, and reading a run back as columns.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/store/store.h"
#include "system/event_loop.h"

namespace {

using namespace costwar;
using namespace costwar::harness;

constexpr std::int64_t kTrials = 10'000;

RunHeader header(const std::string& id) {
  RunHeader made;
  made.id = id;
  made.plan = "bench";
  made.models.resize(1);
  made.tasks.resize(1);
  return made;
}

std::vector<TrialRow> trials() {
  std::vector<TrialRow> rows;
  for (std::int64_t i = 0; i < kTrials; ++i)
    rows.push_back({i, 0, 0, fmt::format("{:016x}", i), 0, "", fmt::format("What is {} + 1?", i),
                    std::to_string(i + 1)});
  return rows;
}

AttemptRow leaving(std::int64_t trial) {
  AttemptRow row;
  row.trial = trial;
  row.attempt.billing.requested = Wall{1'795'000'000'000'000'000 + trial};
  row.attempt.timeline.due = row.attempt.timeline.issued = Mono{5'000'000'000'000 + trial};
  return row;
}

// An attempt as an API's answer leaves it: usage, stamps, 600 bytes of text, 60 events.
AttemptRow ended(std::int64_t trial) {
  AttemptRow row = leaving(trial);
  row.ended = true;
  Attempt& attempt = row.attempt;
  attempt.outcome = Outcome::ok;
  attempt.finish_reason = "stop";
  attempt.http_status = 200;
  attempt.text = std::string(600, 'a');
  attempt.request_id = "req_0123456789abcdef";
  attempt.usage.set(Meter::fresh_input, 400, Provenance::reported);
  attempt.usage.set(Meter::visible_output, 150, Provenance::reported);
  attempt.raw_usage = R"({"prompt_tokens":400,"completion_tokens":150,"total_tokens":550})";
  attempt.billing.served_model = "good-2026-04-23";
  attempt.billing.service_class = "standard";
  attempt.billing.completed = attempt.billing.requested + milliseconds(900);
  Timeline& timeline = attempt.timeline;
  timeline.sent = timeline.issued + milliseconds(1);
  timeline.headers = timeline.first_any = timeline.first_visible = timeline.issued + milliseconds(300);
  timeline.end = timeline.issued + milliseconds(900);
  timeline.events = std::string(120, '\x10');
  timeline.event_count = 60;
  return row;
}

class Fixture {
 public:
  Fixture() {
    std::string name = (std::filesystem::current_path() / "store-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder to write in");
    folder_ = name;
    loop = make_event_loop();
    store = Store::open(folder_ / "store.db", *loop);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    store.reset();
    std::filesystem::remove_all(folder_);
  }

  std::uintmax_t bytes() const { return std::filesystem::file_size(folder_ / "store.db"); }

  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Store> store;

 private:
  std::filesystem::path folder_;
};

// Everything a run of 10,000 trials writes: trials, attempts that leave, attempts that end with their scores.
void whole_run_grouped(benchmark::State& state) {
  Fixture fixture;
  const std::vector<TrialRow> rows = trials();
  int run = 0;
  for (auto _ : state) {
    const std::string id = fmt::format("run-{}", run++);
    fixture.store->create_run(header(id), rows);
    const auto sink = fixture.store->sink(id);
    for (std::int64_t i = 0; i < kTrials; ++i) sink->left(leaving(i), {});
    for (std::int64_t i = 0; i < kTrials; ++i)
      sink->ended(ended(i), ScoreRow{i, "exact", 1, 1, true, "same"}, {});
    fixture.store->flush();
  }
  state.SetItemsProcessed(state.iterations() * kTrials * 4);
}
BENCHMARK(whole_run_grouped)->Unit(benchmark::kMillisecond)->UseRealTime();

// `in_flight` attempts are out at once; each leaves only when that is durable, as in the runner.
void in_flight_rows(benchmark::State& state) {
  Fixture fixture;
  fixture.store->create_run(header("run"), trials());
  const auto sink = fixture.store->sink("run");
  const std::int64_t in_flight = state.range(0);
  std::int64_t next = 0;
  std::uint32_t number = 0;
  for (auto _ : state) {
    std::int64_t durable = 0;
    for (std::int64_t i = 0; i < in_flight; ++i) {
      AttemptRow row = leaving(next);
      row.number = number;
      if (++next == kTrials) {
        next = 0;
        ++number;
      }
      sink->left(std::move(row), [&] { ++durable; });
    }
    fixture.loop->run([&] { return durable == in_flight; });
  }
  state.SetItemsProcessed(state.iterations() * in_flight);
}
BENCHMARK(in_flight_rows)->Arg(1)->Arg(64)->Arg(1024)->UseRealTime();

// The same, leaving and ending, and with a hold that each attempt settles: what a budget costs.
void attempts(benchmark::State& state, bool held) {
  Fixture fixture;
  fixture.store->create_run(header("run"), trials());
  const Money worst(Currency(), 1'000);
  if (held) fixture.store->budget_run("run", {"run", worst.times(1'000'000'000), {}}, Wall{});
  const auto sink = fixture.store->sink("run");
  const std::int64_t in_flight = state.range(0);
  std::int64_t next = 0;
  std::uint32_t number = 0;
  for (auto _ : state) {
    std::int64_t durable = 0;
    std::vector<AttemptRow> out;
    for (std::int64_t i = 0; i < in_flight; ++i) {
      out.push_back(ended(next));
      out.back().number = number;
      AttemptRow row = leaving(next);
      row.number = number;
      if (++next == kTrials) {
        next = 0;
        ++number;
      }
      if (held)
        sink->left_holding(std::move(row), {worst, "m"}, [&](bool) { ++durable; });
      else
        sink->left(std::move(row), [&] { ++durable; });
    }
    fixture.loop->run([&] { return durable == in_flight; });
    for (AttemptRow& row : out) {
      if (held)
        sink->ended_holding(std::move(row), std::nullopt, worst, [&] { --durable; });
      else
        sink->ended(std::move(row), std::nullopt, [&] { --durable; });
    }
    fixture.loop->run([&] { return durable == 0; });
  }
  state.SetItemsProcessed(state.iterations() * in_flight);
}
void plain_attempts(benchmark::State& state) {
  attempts(state, false);
}
void held_attempts(benchmark::State& state) {
  attempts(state, true);
}
BENCHMARK(plain_attempts)->Arg(64)->Arg(1024)->UseRealTime();
BENCHMARK(held_attempts)->Arg(64)->Arg(1024)->UseRealTime();

void read_columns(benchmark::State& state) {
  Fixture fixture;
  fixture.store->create_run(header("run"), trials());
  const auto sink = fixture.store->sink("run");
  for (std::int64_t i = 0; i < kTrials; ++i)
    sink->ended(ended(i), ScoreRow{i, "exact", 1, 1, true, "same"}, {});
  fixture.store->flush();
  for (auto _ : state) benchmark::DoNotOptimize(fixture.store->read_columns("run"));
  state.SetItemsProcessed(state.iterations() * kTrials);
  state.counters["file_bytes_per_trial"] =
      static_cast<double>(fixture.bytes()) / static_cast<double>(kTrials);
}
BENCHMARK(read_columns)->Unit(benchmark::kMillisecond);

}  // namespace
