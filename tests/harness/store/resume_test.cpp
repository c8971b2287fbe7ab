// A process that is killed, and what the next one finds.

#include <csignal>

#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

const std::string kResumedRun = a_header().id;

// Measures until `killed_after` attempts have ended durably with one more out, then dies as by kill -9.
bool killed_run(const std::filesystem::path& path, std::int64_t killed_after) {
  const auto loop = make_event_loop();
  const auto store = Store::open(path, *loop);
  store->create_run(a_header(), trials(4));
  const auto sink = store->sink(kResumedRun);
  std::int64_t done = 0;
  std::function<void(std::int64_t)> measure = [&](std::int64_t trial) {
    sink->left(leaving(trial), [&, trial] {
      if (trial == killed_after) std::raise(SIGKILL);
      sink->ended(ended(trial), a_score(trial), [&, trial] {
        ++done;
        measure(trial + 1);
      });
    });
  };
  measure(0);
  loop->run([&] { return done == 4; });
  return false;
}

TEST_CASE("store: after kill -9 what ended is kept, what left is in doubt, and the rest is missing") {
  const TempFolder folder;
  const int status = in_child([&] { return killed_run(folder.store(), 2); });
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(WTERMSIG(status) == SIGKILL);

  {
    const auto reader = Store::open_existing(folder.store());
    const RunSummary summary = reader->list_runs().at(0);
    CHECK(summary.trials == 4);
    CHECK(summary.complete == 2);
    CHECK(summary.attempts == 3);
    CHECK(summary.in_doubt == 1);
    CHECK(!summary.live);
    const AttemptRow open = reader->read_trial(kResumedRun, 2).attempts.at(0);
    CHECK(!open.ended);
    CHECK(open.attempt.outcome == Outcome::in_doubt);
  }

  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  const Resumption resumption = store->resume_run(kResumedRun);
  CHECK(resumption.in_doubt == 1);
  CHECK(resumption.missing == std::vector<std::int64_t>{2, 3});
  const AttemptRow marked = store->read_trial(kResumedRun, 2).attempts.at(0);
  CHECK(marked.ended);
  CHECK(marked.attempt.outcome == Outcome::in_doubt);
  CHECK(marked.attempt.timeline.issued == leaving(2).attempt.timeline.issued);

  const auto sink = store->sink(kResumedRun);
  for (const std::int64_t trial : resumption.missing) {
    const std::uint32_t number = trial == 2 ? 1 : 0;
    sink->left(leaving(trial, number), {});
    sink->ended(ended(trial, number), a_score(trial), {});
  }
  store->flush();
  const RunSummary summary = store->list_runs().at(0);
  CHECK(summary.complete == 4);
  CHECK(summary.attempts == 5);
  CHECK(summary.in_doubt == 1);
  CHECK(summary.live);
  CHECK(store->resume_run(kResumedRun).missing.empty());
}

TEST_CASE("store: a run that another process works on is neither in doubt nor taken over") {
  const TempFolder folder;
  int to_child[2];
  int to_parent[2];
  REQUIRE(pipe(to_child) == 0);
  REQUIRE(pipe(to_parent) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(to_child[1]);  // so that it ends with its parent, whatever becomes of that
    const auto loop = make_event_loop();
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(a_header(), trials(2));
    store->sink(kResumedRun)->left(leaving(0), {});
    store->flush();
    char byte = 'r';
    if (write(to_parent[1], &byte, 1) != 1) _exit(1);
    if (read(to_child[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(to_parent[0], &byte, 1) == 1);
  {
    const auto loop = make_event_loop();
    const auto store = Store::open(folder.store(), *loop);
    const RunSummary summary = store->list_runs().at(0);
    CHECK(summary.live);
    CHECK(summary.in_doubt == 0);
    CHECK(std::get<AttemptRow>(rows_of(*store, kResumedRun).at(2)).attempt.outcome != Outcome::in_doubt);
    const auto resumed = error_of([&] { store->resume_run(kResumedRun); });
    REQUIRE(resumed.has_value());
    CHECK(std::string(resumed->what()) == "another process works on run 20261123T194500Z-4f21c0");
    CHECK(error_of([&] { store->delete_run(kResumedRun); }).has_value());
    CHECK(error_of([&] { store->sink(kResumedRun); })->kind() == ErrorKind::internal);

    // Two processes write to one store at the same time.
    store->create_run(a_header("20261123T194501Z-aaaaaa"), trials(1));
    REQUIRE(write(to_child[1], &byte, 1) == 1);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(!store->list_runs().at(0).live);
    CHECK(store->resume_run(kResumedRun).in_doubt == 1);
  }
  for (const int fd : {to_child[0], to_child[1], to_parent[0], to_parent[1]}) close(fd);
}

TEST_CASE("store: processes that open and write a new store at once all succeed") {
  const TempFolder folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const int failed = error_of([&] {
                           const auto loop = make_event_loop();
                           const auto store = Store::open(folder.store(), *loop);
                           const std::string id = fmt::format("run-{}", i);
                           store->create_run(a_header(id), trials(100));
                           const auto sink = store->sink(id);
                           for (std::int64_t t = 0; t < 100; ++t) {
                             sink->left(leaving(t), {});
                             if (t % 10 == 0) store->flush();
                             sink->ended(ended(t), a_score(t), {});
                           }
                           store->flush();
                         }).has_value();
      _exit(failed);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const auto runs = Store::open_existing(folder.store())->list_runs();
  REQUIRE(runs.size() == 4);
  for (const RunSummary& run : runs) CHECK(run.complete == 100);
}

TEST_CASE("store: a first run gives way to one of the same plan") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  CHECK(store->create_first_run(a_header(), trials(2)));
  RunHeader second = a_header();
  second.id += "-2";
  CHECK_FALSE(store->create_first_run(second, trials(2)));
  CHECK(store->list_runs().size() == 1);
  second.plan += "-2";
  CHECK(store->create_first_run(second, trials(2)));
  CHECK(store->list_runs().size() == 2);
}

TEST_CASE("store: a run resumed where it is under way keeps what is out") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(2));
  store->sink(kResumedRun)->left(leaving(0), {});
  const Resumption resumption = store->resume_run(kResumedRun);
  CHECK(resumption.in_doubt == 0);
  CHECK(resumption.missing.size() == 2);
  CHECK(!store->read_trial(kResumedRun, 0).attempts.at(0).ended);
}

}  // namespace
}  // namespace costwar::harness::store_test
