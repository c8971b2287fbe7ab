// Batches in the store: written with their attempts, never in doubt while they are out.

#include <csignal>

#include "harness/store/sqlite.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

const std::string kRun = a_header().id;

BatchRow a_batch(const std::string& tag = "b0") {
  BatchRow row;
  row.tag = tag;
  row.model = 1;
  row.requests = 2;
  row.submitted = parse_wall("2026-11-23T19:45:02Z");
  return row;
}

// Leaves with a batch of trials 0 and 1 and a single call of trial 2, and dies as by kill -9.
bool killed_with_a_batch(const std::filesystem::path& path) {
  const auto loop = make_event_loop();
  const auto store = Store::open(path, *loop);
  store->create_run(a_header(), trials(3));
  store->sink(kRun)->left(leaving(2), {});
  store->batch_log(kRun)->leaving(a_batch(), {leaving(0), leaving(1)}, [] { std::raise(SIGKILL); });
  loop->run([] { return false; });
  return false;
}

TEST_CASE("store: a batch and its attempts are durable together, and outlive a kill without being in doubt") {
  const TempFolder folder;
  const int status = in_child([&] { return killed_with_a_batch(folder.store()); });
  REQUIRE(WIFSIGNALED(status));
  {
    const auto reader = Store::open_existing(folder.store());
    const RunSummary summary = reader->list_runs().at(0);
    CHECK(summary.attempts == 3);
    CHECK(summary.in_doubt == 1);
    CHECK(summary.in_batch == 2);
  }
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  CHECK(store->resume_run(kRun).in_doubt == 1);
  const auto open = store->open_batches(kRun);
  REQUIRE(open.size() == 1);
  CHECK(open[0].row == a_batch());
  CHECK(open[0].items == std::vector<BatchItem>{{0, 0}, {1, 0}});
  CHECK(!store->read_trial(kRun, 0).attempts.at(0).ended);

  const auto log = store->batch_log(kRun);
  const auto sink = store->sink(kRun);
  BatchRow over = a_batch();
  over.vendor_id = "batch_7";
  over.state = BatchState::completed;
  over.ended = parse_wall("2026-11-23T20:45:02.5Z");
  over.error = "one of two";
  log->changed(over, {});
  sink->ended(ended(0), a_score(0), {});
  store->flush();
  CHECK(store->read_batches(kRun) == std::vector<BatchRow>{over});
  CHECK(store->open_batches(kRun).at(0).items == std::vector<BatchItem>{{1, 0}});
  CHECK(store->list_runs().at(0).in_batch == 1);
  sink->ended(ended(1), a_score(1), {});
  store->flush();
  CHECK(store->open_batches(kRun).empty());
  CHECK(store->read_batches(kRun).size() == 1);
  CHECK(store->list_runs().at(0).in_batch == 0);
}

TEST_CASE("store: a tag is used once, and only a batch that left can change") {
  for (const bool twice : {true, false}) {
    const TempFolder folder;
    const auto loop = make_event_loop();
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(a_header(), trials(3));
    const auto log = store->batch_log(kRun);
    log->leaving(a_batch(), {leaving(0)}, {});
    if (twice) {
      log->leaving(a_batch(), {leaving(1)}, {});
    } else {
      log->changed(a_batch("unknown"), {});
    }
    const auto error = error_of([&] { store->flush(); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(std::string(error->what()) ==
          (twice ? "the batch b0 has left already" : "the batch unknown never left"));
  }
}

TEST_CASE("store: a run that is deleted takes its batches along") {
  const TempFolder folder;
  {
    const auto loop = make_event_loop();
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(a_header(), trials(2));
    store->batch_log(kRun)->leaving(a_batch(), {leaving(0), leaving(1)}, {});
    store->flush();
  }
  Store::open_existing(folder.store())->delete_run(kRun);
  Database database(folder.store(), Database::Mode::existing);
  CHECK(database.integer("SELECT count(*) FROM batches") == 0);
  CHECK(database.integer("SELECT count(*) FROM attempts") == 0);
}

TEST_CASE("store: a state that nobody knows is damage") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(1));
  store->batch_log(kRun)->leaving(a_batch(), {leaving(0)}, {});
  store->flush();
  Database(folder.store(), Database::Mode::existing).execute("UPDATE batches SET state='dreaming'");
  const auto error = error_of([&] { static_cast<void>(store->read_batches(kRun)); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
}

}  // namespace
}  // namespace costwar::harness::store_test
