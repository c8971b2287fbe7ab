// Grouped commits: order, durability, and what happens when writing fails.

#include <sys/resource.h>
#include <csignal>

#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

TEST_CASE("store: a callback comes after the commit, on the loop, in order") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(200));
  const auto sink = store->sink(a_header().id);
  const auto reader = Store::open_existing(folder.store());
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < 200; ++i)
    sink->left(leaving(i), [&, i] {
      CHECK(reader->read_trial(a_header().id, i).attempts.size() == 1);
      order.push_back(i);
    });
  CHECK(order.empty());
  loop->run([&] { return order.size() == 200; });
  for (std::int64_t i = 0; i < 200; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("store: an attempt and the score that decides its trial are committed together") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(1));
  const auto sink = store->sink(a_header().id);
  sink->ended(ended(0), ScoreRow{7, "numeric", 1, 1, true, ""}, [] { FAIL("a trial that is not there"); });
  CHECK(error_of([&] { store->flush(); }).has_value());
  CHECK(store->read_trial(a_header().id, 0).attempts.empty());
}

TEST_CASE("store: closing commits what is queued") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(50));
  const auto sink = store->sink(a_header().id);
  for (std::int64_t i = 0; i < 50; ++i) sink->ended(ended(i), a_score(i), {});
  store.reset();
  CHECK(Store::open_existing(folder.store())->list_runs().at(0).complete == 50);
}

TEST_CASE("store: an attempt that ended never changes") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(1));
  const auto sink = store->sink(a_header().id);
  sink->ended(ended(0), std::nullopt, {});
  store->flush();
  sink->left(leaving(0), [] { FAIL("written twice"); });
  const auto error = error_of([&] { loop->run([] { return false; }); });
  REQUIRE(error.has_value());
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "attempt 0 of trial 0 has ended and is written again");
  CHECK(store->read_trial(a_header().id, 0).attempts.at(0).attempt.text == "1");
}

// A limit on the size of files is the full disk that a test can have.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit small{bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;
  ~SmallFiles() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

TEST_CASE("store: a full disk ends the run with an error, and what was durable stays") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  std::int64_t durable = 0;
  {
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(a_header(), trials(2'000));
    const auto sink = store->sink(a_header().id);
    store->flush();
    const SmallFiles limit(2'000'000);
    AttemptRow row = ended(0);
    std::optional<Error> error;
    for (std::int64_t i = 0; i < 2'000 && !error; ++i) {
      row.trial = i;
      row.attempt.text = std::string(20'000, 'x');
      sink->ended(row, std::nullopt, [&, expected = i + 1] {
        ++durable;
        CHECK(durable == expected);
      });
      error = error_of([&] { loop->run([&] { return durable == i + 1; }); });
    }
    REQUIRE(error.has_value());
    CHECK(error->kind() == ErrorKind::input);
    CHECK(std::string(error->what()).find(folder.store().string()) != std::string::npos);
    CHECK(error->hint().find("free some space") != std::string::npos);
    CHECK(durable > 10);
    sink->left(leaving(1'999), [] { FAIL("after a failure nothing is durable"); });
    CHECK(error_of([&] { store->flush(); }).has_value());
  }
  const auto store = Store::open(folder.store(), *loop);
  CHECK(store->list_runs().at(0).attempts == durable);
  CHECK(store->resume_run(a_header().id).missing.size() == 2'000);
}

TEST_CASE("store: a store that is removed while it is in use is an error, not a silent loss") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->create_run(a_header(), trials(1));
  const auto sink = store->sink(a_header().id);
  std::filesystem::remove_all(folder.store().parent_path());
  sink->left(leaving(0), [] { FAIL("written to a file without a name"); });
  const auto error = error_of([&] { loop->run([] { return false; }); });
  REQUIRE(error.has_value());
  CHECK(std::string(error->what()) ==
        fmt::format("the store {} was removed while it was in use", folder.store().string()));
  CHECK(error_of([&] { store->create_run(a_header("other"), std::span<const TrialRow>()); }).has_value());
}

}  // namespace
}  // namespace costwar::harness::store_test
