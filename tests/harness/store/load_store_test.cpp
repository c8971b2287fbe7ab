// Load runs in the store: what is written comes back, claims, resumption, import and deletion, failures.

#include "harness/store/load_store.h"

#include <csignal>
#include <set>
#include <thread>

#include "harness/store/run_claims.h"
#include "harness/store/schema.h"
#include "tests/harness/store/store_fixture.h"
#include "tests/support/load_samples.h"

namespace costwar::harness::store_test {
namespace {

const Wall kLoadDay = parse_wall("2026-11-28T04:00:00Z");

std::vector<std::string> calls_of(const LoadStore& store, const std::string& run, std::uint32_t stage) {
  std::vector<std::string> lines;
  store.read_calls(run, stage, [&](const LoadCall& call) { lines.push_back(to_json_line(call)); });
  return lines;
}

// A run of one whole stage with three calls, and one that has only begun.
void measure(LoadStore& store, const LoadHeader& header) {
  store.begin(header);
  const auto sink = store.sink(header.id);
  LoadStageRow first = load_test::a_load_stage(0);
  LoadStageRow begun = first;
  begun.complete = false;
  begun.audits.clear();
  store.write_stage(header.id, begun);
  sink->call(load_test::a_load_call(first, 0));
  sink->call(load_test::a_failed_load_call(first, 1));
  sink->call(load_test::a_cut_load_call(first, 2));
  store.write_stage(header.id, first);
  LoadStageRow second = load_test::a_load_stage(1, Arrivals::closed);
  second.complete = false;
  store.write_stage(header.id, second);
  sink->call(load_test::a_load_call(second, 0, 500));
  store.flush();
}

TEST_CASE("every field of a load run comes back as it was, also beside a Store and in another process") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto beside = Store::open(folder.store(), *loop);
  const LoadHeader header = load_test::a_load_header();
  {
    const auto store = LoadStore::open(folder.store());
    measure(*store, header);
  }
  const auto store = LoadStore::open_existing(folder.store());
  const LoadStageRow first = load_test::a_load_stage(0);
  const LoadStageRow second = load_test::a_load_stage(1, Arrivals::closed);
  const auto stages = store->read_stages(header.id);
  REQUIRE(stages.size() == 2);
  CHECK(to_json_line(stages[0]) == to_json_line(first));
  CHECK_FALSE(stages[1].complete);
  CHECK(calls_of(*store, header.id, 0) == std::vector{to_json_line(load_test::a_load_call(first, 0)),
                                                      to_json_line(load_test::a_failed_load_call(first, 1)),
                                                      to_json_line(load_test::a_cut_load_call(first, 2))});
  CHECK(calls_of(*store, header.id, 1) == std::vector{to_json_line(load_test::a_load_call(second, 0, 500))});
  CHECK(calls_of(*store, header.id, 7).empty());
  CHECK(to_json_line(store->require("nightly")) == to_json_line(header));
  const LoadRunSummary summary = store->summary(header.id);
  CHECK(summary.stages == 2);
  CHECK(summary.complete == 1);
  CHECK(summary.calls == 4);
  CHECK(summary.failed == 1);
  CHECK(summary.interrupted());
  CHECK_FALSE(summary.live);
  CHECK_FALSE(summary.ledger);
}

TEST_CASE("a load run is found by its id, the beginning of one, its label and its plan") {
  const TempFolder folder;
  const auto store = LoadStore::open(folder.store());
  LoadHeader older = load_test::a_load_header("20261127T040000Z-aaaaaa");
  older.created = parse_wall("2026-11-27T04:00:00Z");
  store->begin(older);
  const LoadHeader newer = load_test::a_load_header();
  store->begin(newer);
  CHECK(store->find("20261127")->id == older.id);
  CHECK(store->find(newer.id)->id == newer.id);
  CHECK(store->find_by_label("nightly")->id == newer.id);
  CHECK(store->find_by_plan("77aa")->id == newer.id);
  CHECK_FALSE(store->find("x"));
  CHECK_FALSE(store->find(""));
  CHECK_FALSE(store->find_by_plan("none"));
  CHECK(store->list().size() == 2);
  CHECK(store->list().front().header.id == older.id);
  const auto ambiguous = error_of([&] { store->find("2026112"); });
  REQUIRE(ambiguous);
  CHECK(ambiguous->kind() == ErrorKind::usage);
  CHECK(std::string(ambiguous->what()) ==
        "2 load runs begin with '2026112': 20261127T040000Z-aaaaaa, 20261128T040000Z-1d0a11");
  const auto missing = error_of([&] { store->require("x"); });
  REQUIRE(missing);
  CHECK(std::string(missing->what()) == "there is no load run x");
  CHECK(error_of([&] { store->read_stages("x"); })->kind() == ErrorKind::usage);
  const auto taken = error_of([&] { store->begin(newer); });
  REQUIRE(taken);
  CHECK(taken->kind() == ErrorKind::input);
}

TEST_CASE("the id of a run is not given to a load run") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto runs = Store::open(folder.store(), *loop);
  runs->create_run(a_header(), trials(1));
  const auto store = LoadStore::open(folder.store());
  CHECK(error_of([&] { store->begin(load_test::a_load_header(a_header().id)); })->kind() == ErrorKind::input);
}

TEST_CASE("calls of many threads are all kept, once") {
  constexpr std::uint64_t kEach = 6000;  // more than are queued at once
  const TempFolder folder;
  const auto store = LoadStore::open(folder.store());
  const LoadHeader header = load_test::a_load_header();
  store->begin(header);
  const LoadStageRow stage = load_test::a_load_stage(0);
  store->write_stage(header.id, stage);
  {
    const auto sink = store->sink(header.id);
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < kEach; ++i) sink->call(load_test::a_load_call(stage, t * kEach + i));
      });
    for (std::thread& thread : threads) thread.join();
  }
  store->flush();
  std::set<std::uint64_t> sessions;
  std::uint64_t rows = 0;
  store->read_calls(header.id, 0, [&](const LoadCall& call) {
    ++rows;
    sessions.insert(call.session);
  });
  CHECK(rows == 4 * kEach);
  CHECK(sessions.size() == 4 * kEach);
  CHECK(*sessions.rbegin() == 4 * kEach - 1);
}

TEST_CASE("facts that never repeat are kept too") {
  const TempFolder folder;
  const auto store = LoadStore::open(folder.store());
  const LoadHeader header = load_test::a_load_header();
  store->begin(header);
  const LoadStageRow stage = load_test::a_load_stage(0);
  store->write_stage(header.id, stage);
  std::vector<std::string> made;
  {
    const auto sink = store->sink(header.id);
    for (std::uint64_t i = 0; i < 5000; ++i) {
      LoadCall call = load_test::a_load_call(stage, i);
      call.billing.served_model = fmt::format("model-{}", i % 4999);
      made.push_back(to_json_line(call));
      sink->call(std::move(call));
    }
  }
  store->flush();
  CHECK(calls_of(*store, header.id, 0) == made);
}

TEST_CASE("a run whose process was killed is interrupted, and can be gone on with by one process") {
  const TempFolder folder;
  const LoadHeader header = load_test::a_load_header();
  const int status = in_child([&] {
    const auto store = LoadStore::open(folder.store());
    measure(*store, header);
    std::raise(SIGKILL);
    return true;
  });
  CHECK(WTERMSIG(status) == SIGKILL);
  const auto store = LoadStore::open(folder.store());
  CHECK(store->summary(header.id).interrupted());
  CHECK(error_of([&] { store->sink(header.id); })->kind() == ErrorKind::internal);
  const auto stages = store->resume(header.id);
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].complete);
  CHECK_FALSE(stages[1].complete);
  CHECK(store->summary(header.id).live);
  const auto other = LoadStore::open(folder.store());
  const auto refused = error_of([&] { other->resume(header.id); });
  REQUIRE(refused);
  CHECK(std::string(refused->what()) == "another process works on load run 20261128T040000Z-1d0a11");
  CHECK(error_of([&] { other->delete_run(header.id); })->kind() == ErrorKind::input);
  CHECK(error_of([&] { store->delete_run(header.id); })->kind() == ErrorKind::input);
  // The broken stage can get calls that were still on their way, and a next one begins behind it.
  LoadStageRow third = load_test::a_load_stage(2);
  store->write_stage(header.id, third);
  const auto sink = store->sink(header.id);
  sink->call(load_test::a_load_call(stages[1], 99));
  sink->call(load_test::a_load_call(third, 5));
  store->flush();
  CHECK(calls_of(*store, header.id, 1).size() == 2);
  CHECK(calls_of(*store, header.id, 2).size() == 1);
  CHECK(other->summary(header.id).live);
  CHECK_FALSE(other->summary(header.id).interrupted());
}

TEST_CASE("load runs move as files, whole or not at all, and are deleted with all they have") {
  const TempFolder folder;
  const LoadHeader header = load_test::a_load_header();
  std::vector<std::string> lines;
  {
    const auto store = LoadStore::open(folder.store());
    measure(*store, header);
    LoadHeader kept = load_test::a_load_header("20261128T050000Z-keptxx");
    measure(*store, kept);
  }
  const auto store = LoadStore::open(folder.store());
  const auto all = [&](const std::string& run) {
    std::vector<std::string> written;
    store->export_run(run, [&](std::string_view line) { written.emplace_back(line); });
    return written;
  };
  lines = all(header.id);
  REQUIRE(lines.size() == 1 + 2 + 4 + 1);
  store->delete_run(header.id);
  CHECK(store->list().size() == 1);
  CHECK(all("20261128T050000Z-keptxx").size() == lines.size());

  const auto import = [&](std::size_t count) {
    LoadRunReader reader;
    std::size_t next = 0;
    reader.read(lines[next++], "f:1");
    store->import_run(*reader.header(), [&]() -> std::optional<LoadRow> {
      while (next < count)
        if (auto row = reader.read(lines[next++], "f")) return row;
      reader.finish("f");
      return std::nullopt;
    });
  };
  CHECK(error_of([&] { import(lines.size() - 1); })->kind() == ErrorKind::input);
  CHECK(store->list().size() == 1);
  import(lines.size());
  CHECK(all(header.id) == lines);
  CHECK(error_of([&] { import(lines.size()); })->kind() == ErrorKind::input);
}

TEST_CASE("a call without its stage, and a stage that begins twice, are final and told") {
  const TempFolder folder;
  const LoadHeader header = load_test::a_load_header();
  const LoadStageRow stage = load_test::a_load_stage(0);
  {
    const auto store = LoadStore::open(folder.store());
    store->begin(header);
    const auto sink = store->sink(header.id);
    sink->call(load_test::a_load_call(stage, 0));
    CHECK(error_of([&] { store->flush(); })->kind() == ErrorKind::internal);
    CHECK(error_of([&] { sink->call(load_test::a_load_call(stage, 1)); })->kind() == ErrorKind::internal);
    CHECK(error_of([&] { store->write_stage(header.id, stage); })->kind() == ErrorKind::internal);
  }
  const auto store = LoadStore::open(folder.store());
  store->resume(header.id);
  store->write_stage(header.id, stage);
  LoadStageRow moved = stage;
  moved.begin = moved.begin + nanoseconds(1);
  CHECK(error_of([&] { store->write_stage(header.id, moved); })->kind() == ErrorKind::internal);
}

TEST_CASE("a store of an earlier version has no load runs, and gets them when it is written") {
  const TempFolder folder;
  {
    const auto loop = make_event_loop();
    Store::open(folder.store(), *loop)->create_run(a_header(), trials(1));
    Database old(folder.store(), Database::Mode::existing);
    old.execute(
        "DROP TABLE load_calls; DROP TABLE load_facts; DROP TABLE load_stages; DROP TABLE load_runs;"
        "PRAGMA user_version = 5");
  }
  {
    const auto store = LoadStore::open_existing(folder.store());
    CHECK(store->list().empty());
    CHECK_FALSE(store->find("2026"));
    CHECK_FALSE(store->find_by_label("nightly"));
    CHECK(error_of([&] { store->summary("x"); })->kind() == ErrorKind::usage);
    CHECK(Store::open_existing(folder.store())->ledgers().empty());
  }
  const auto store = LoadStore::open(folder.store());
  measure(*store, load_test::a_load_header());
  CHECK(store->list().size() == 1);
  CHECK(Store::open_existing(folder.store())->list_runs().size() == 1);
}

TEST_CASE("the budget of a load run is one ledger") {
  const TempFolder folder;
  const auto store = LoadStore::open(folder.store());
  const LoadHeader header = load_test::a_load_header();
  store->begin(header);
  const Money five = Money::parse(Currency(), "5");
  CHECK(store->budget_run(header.id, {"load", five, {}}, kLoadDay).total.limit == five);
  CHECK(store->summary(header.id).ledger == "load");
  CHECK(store->ledger_of(header.id)->name == "load");
  CHECK(error_of([&] {
          store->budget_run(header.id, {"other", five, {}}, kLoadDay);
        })->kind() == ErrorKind::input);
  CHECK(store->budget_run(header.id, {"load", Money::parse(Currency(), "7"), {}}, kLoadDay).total.limit ==
        Money::parse(Currency(), "7"));
}

}  // namespace
}  // namespace costwar::harness::store_test
