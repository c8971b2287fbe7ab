// Finding, listing, importing and deleting runs.

#include <cmath>

#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

TEST_CASE("store: a run is found by its id, by a beginning of it, and by its plan") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  RunHeader first = a_header("20261123T1-a");
  RunHeader second = a_header("20261123T1-b");
  RunHeader longer = a_header("20261123T1-b2");
  second.created = first.created + seconds(5);
  longer.plan = "other";
  store->create_run(first, std::span<const TrialRow>());
  store->create_run(second, std::span<const TrialRow>());
  store->create_run(longer, std::span<const TrialRow>());

  CHECK(store->find_run("20261123T1-a")->id == "20261123T1-a");
  CHECK(store->find_run("20261123T1-b")->id == "20261123T1-b");
  CHECK(store->find_run("20261123T1-b2")->id == "20261123T1-b2");
  CHECK(!store->find_run("2025").has_value());
  CHECK(!store->find_run("").has_value());
  CHECK(!store->find_run("%").has_value());
  const auto ambiguous = error_of([&] { store->find_run("20261123T1-"); });
  REQUIRE(ambiguous.has_value());
  CHECK(ambiguous->kind() == ErrorKind::usage);
  CHECK(std::string(ambiguous->what()) ==
        "3 runs begin with '20261123T1-': 20261123T1-a, 20261123T1-b, 20261123T1-b2");

  CHECK(store->find_run_by_plan("9d2f")->id == "20261123T1-b");
  CHECK(!store->find_run_by_plan("none").has_value());
  CHECK(store->list_runs().front().header.id == "20261123T1-a");
  CHECK(store->list_runs().back().header.id == "20261123T1-b");
}

TEST_CASE("store: a run or trial that is not there") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(1));
  const auto message = [&](const std::function<void()>& action) {
    const auto error = error_of(action);
    REQUIRE(error.has_value());
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };
  CHECK(message([&] { store->read_columns("x"); }) ==
        fmt::format("there is no run x in {}", folder.store().string()));
  CHECK(message([&] { store->read_trial(a_header().id, 1); }) ==
        "run 20261123T194500Z-4f21c0 has no trial 1");
  CHECK(error_of([&] { store->create_run(a_header(), std::span<const TrialRow>()); })->kind() ==
        ErrorKind::input);
}

TEST_CASE("store: an import is all or nothing") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  const std::vector<RunRow> rows = {a_trial(0), a_trial(1), ended(0), a_score(0)};

  SUBCASE("all") {
    std::size_t at = 0;
    store->import_run(a_header(), [&](RunRow& row) {
      if (at == rows.size()) return false;
      row = rows[at++];
      return true;
    });
    const auto back = rows_of(*store, a_header().id);
    REQUIRE(back.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) CHECK(to_json_line(back[i]) == to_json_line(rows[i]));
    CHECK(!store->list_runs().at(0).live);
  }

  SUBCASE("nothing") {
    std::size_t at = 0;
    const auto error = error_of([&] {
      store->import_run(a_header(), [&](RunRow& row) {
        if (at == 3) throw Error(ErrorKind::input, "line 4 is cut off");
        row = rows[at++];
        return true;
      });
    });
    REQUIRE(error.has_value());
    CHECK(std::string(error->what()) == "line 4 is cut off");
    CHECK(store->list_runs().empty());
  }
}

TEST_CASE("store: a deleted run is gone with all its rows, and others stay") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  {
    const auto store = Store::open(folder.store(), *loop);
    for (const std::string id : {"a", "b"}) {
      store->create_run(a_header(id), trials(10));
      for (std::int64_t i = 0; i < 10; ++i) store->sink(id)->ended(ended(i), a_score(i), {});
    }
    CHECK(std::string(error_of([&] { store->delete_run("a"); })->what()) == "this process works on run a");
  }
  const auto store = Store::open_existing(folder.store());
  store->delete_run("a");
  CHECK(!store->find_run("a").has_value());
  const auto runs = store->list_runs();
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].complete == 10);
  CHECK(runs[0].attempts == 10);
  CHECK(rows_of(*store, "b").size() == 30);
}

TEST_CASE("store: ten thousand trials") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  const std::int64_t n = 10'000;
  store->create_run(a_header(), trials(n));
  const auto sink = store->sink(a_header().id);
  std::int64_t durable = 0;
  for (std::int64_t i = 0; i < n; ++i) sink->left(leaving(i), [&] { ++durable; });
  for (std::int64_t i = 0; i < n; ++i) sink->ended(ended(i), a_score(i), [&] { ++durable; });
  loop->run([&] { return durable == 2 * n; });
  const RunColumns columns = store->read_columns(a_header().id);
  CHECK(columns.trials.size() == static_cast<std::size_t>(n));
  CHECK(columns.attempts.size() == static_cast<std::size_t>(n));
  CHECK(columns.items == static_cast<std::size_t>(n));
  CHECK(columns.attempts.usage[9'999][Meter::fresh_input] == Count{12, Provenance::reported});
  CHECK(store->resume_run(a_header().id).missing.empty());
}

}  // namespace
}  // namespace costwar::harness::store_test
