// The ledger of a budget: exact sums, limits that hold whoever writes, and what a crash leaves behind.

#include "harness/store/ledger.h"

#include <memory>
#include <utility>

#include "harness/store/schema.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

Money usd(std::string_view decimal) {
  return Money::parse(Currency(), decimal);
}

const Wall kNow = parse_wall("2026-11-23T19:46:00Z");

BudgetLimits limits(std::string_view total, std::vector<std::pair<std::string, Money>> of_model = {},
                    const std::string& name = "team") {
  return {name, total.empty() ? std::nullopt : std::optional(usd(total)), std::move(of_model)};
}

// A run under a budget in a store of its own, with what was granted counted.
struct Held {
  explicit Held(const TempFolder& folder, const BudgetLimits& given, const std::string& run = "run-a",
                std::int64_t count = 100)
      : loop(make_event_loop()), store(Store::open(folder.store(), *loop)), id(run) {
    RunHeader header = a_header(id);
    header.plan = id;
    store->create_run(header, trials(count));
    store->budget_run(id, given, kNow);
    sink = store->sink(id);
  }

  bool leave(std::int64_t trial, std::string_view worst, const std::string& model = "a",
             std::uint32_t number = 0) {
    std::optional<bool> answer;
    sink->left_holding(leaving(trial, number), {usd(worst), model}, [&](bool granted) { answer = granted; });
    loop->run([&] { return answer.has_value(); });
    return *answer;
  }

  void end(std::int64_t trial, const std::optional<std::string>& charge, std::uint32_t number = 0) {
    const auto money = charge ? std::optional(usd(*charge)) : std::nullopt;
    sink->ended_holding(ended(trial, number), std::nullopt, money, {});
    store->flush();
  }

  LedgerState state() const { return *store->ledger_of(id); }

  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Store> store;
  std::string id;
  std::unique_ptr<RunSink> sink;
};

std::string figures(const LedgerLine& line) {
  return fmt::format("{} {} {} {}", line.limit ? line.limit->decimal() : "-", line.settled.decimal(),
                     line.held.decimal(), line.in_doubt.decimal());
}

TEST_CASE("ledger: holds fill the limit to its last digit and no further; charges take their place") {
  const TempFolder folder;
  Held run(folder, limits("1"));
  CHECK(run.leave(0, "0.6"));
  CHECK(run.leave(1, "0.399999999999999999"));
  CHECK(!run.leave(2, "0.000000000000000002"));
  CHECK(run.leave(2, "0.000000000000000001"));
  CHECK(!run.leave(3, "0.000000000000000001"));
  CHECK(figures(run.state().total) == "1 0 1 0");
  // What was refused left no row at all.
  CHECK(run.store->read_columns(run.id).attempts.size() == 3);

  run.end(0, "0.1");
  CHECK(figures(run.state().total) == "1 0.1 0.4 0");
  run.end(1, "0");  // rejected: released
  CHECK(figures(run.state().total) == "1 0.1 0.000000000000000001 0");
  run.end(2, std::nullopt);  // maybe billed: all of it stays
  CHECK(figures(run.state().total) == "1 0.1 0.000000000000000001 0.000000000000000001");
  CHECK(run.state().open == 1);
  CHECK(run.state().in_doubt == 1);
  CHECK(run.state().breaches == 0);
  CHECK(!run.leave(3, "0.9"));
  CHECK(run.leave(3, "0.899999999999999999"));
  CHECK(run.state().total.left() == usd("0"));
}

TEST_CASE("ledger: a model has a limit of its own beside that of all") {
  const TempFolder folder;
  Held run(folder, limits("1", {{"a", usd("0.3")}}));
  CHECK(run.leave(0, "0.3", "a"));
  CHECK(!run.leave(1, "0.01", "a"));
  CHECK(run.leave(1, "0.7", "b"));
  CHECK(!run.leave(2, "0.01", "c"));
  run.end(0, "0.05");
  CHECK(run.leave(2, "0.2", "a"));
  CHECK(!run.leave(3, "0.06", "a"));
  const LedgerState state = run.state();
  REQUIRE(state.models.size() == 2);  // a refusal makes no line
  CHECK(state.models[0].model == "a");
  CHECK(figures(state.models[0]) == "0.3 0.05 0.2 0");
  CHECK(state.models[1].model == "b");
  CHECK(figures(state.models[1]) == "- 0 0.7 0");
  CHECK(figures(state.total) == "1 0.05 0.9 0");

  SUBCASE("limits of models alone bound nothing else") {
    const TempFolder other;
    Held only(other, limits("", {{"a", usd("0.3")}}));
    CHECK(only.leave(0, "1000", "b"));
    CHECK(!only.leave(1, "0.31", "a"));
    CHECK(!only.state().total.limit);
  }
}

TEST_CASE("ledger: a charge above its hold, or without one, is counted whole and is a breach") {
  const TempFolder folder;
  Held run(folder, limits("1"));
  CHECK(run.leave(0, "0.4"));
  run.end(0, "0.9");
  CHECK(run.state().breaches == 1);
  CHECK(figures(run.state().total) == "1 0.9 0 0");
  CHECK(run.leave(1, "0"));  // costs nothing: no hold
  run.end(1, "0");
  CHECK(run.state().breaches == 1);
  CHECK(run.leave(2, "0"));
  run.end(2, "0.25");
  CHECK(run.state().breaches == 2);
  CHECK(figures(run.state().total) == "1 1.15 0 0");
  CHECK(run.state().total.left() == usd("-0.15"));
  CHECK(!run.leave(3, "0.000000000000000001"));
  CHECK(run.leave(3, "0"));
  // Counts of a hostile server: the sum stays readable.
  run.sink->ended_holding(ended(3), std::nullopt,
                          Money(Currency(), int128{1'000'000'000'000'000'000} * 1'000'000'000'000'000'000),
                          {});
  run.store->flush();
  CHECK(run.state().total.settled == usd("1000000000000001.15"));
}

TEST_CASE("ledger: limits are raised and lowered later, but not below what is spent") {
  const TempFolder folder;
  Held run(folder, limits("1"));
  CHECK(run.leave(0, "0.5", "a"));
  run.end(0, "0.2");
  CHECK(run.leave(1, "0.3", "a"));
  const auto change = [&](const BudgetLimits& given) {
    return error_of([&] { run.store->budget_run(run.id, given, kNow); });
  };
  const auto refused = change(limits("0.499999999999999999"));
  REQUIRE(refused.has_value());
  CHECK(refused->kind() == ErrorKind::input);
  CHECK(std::string(refused->what()) ==
        "the limit of $0.499999999999999999 is below what the ledger team has spent: $0.20 charged and "
        "$0.30 held");
  CHECK(figures(run.state().total) == "1 0.2 0.3 0");
  CHECK(!change(limits("0.5")));
  CHECK(!run.leave(2, "0.1"));
  CHECK(!change(limits("0.6")));
  CHECK(run.leave(2, "0.1"));
  // One wrong limit among several: none changes.
  CHECK(change(limits("2", {{"a", usd("0.1")}})));
  CHECK(figures(run.state().total) == "0.6 0.2 0.4 0");
  CHECK(!change(limits("", {{"a", usd("0.9")}})));  // the total is not mentioned, and stays
  CHECK(figures(run.state().total) == "0.6 0.2 0.4 0");

  const auto other = change({"team", Money::parse(Currency("CNY"), "5"), {}});
  REQUIRE(other.has_value());
  CHECK(std::string(other->what()) == "the ledger team is in USD, and the limit is in CNY");
  const auto moved = change(limits("5", {}, "another"));
  REQUIRE(moved.has_value());
  CHECK(std::string(moved->what()) == "run run-a is held in the ledger team, not in another");
  CHECK(!run.store->find_ledger("another"));
}

TEST_CASE("ledger: a new one needs a limit, an old one keeps its own for further runs") {
  const TempFolder folder;
  Held first(folder, limits("1"));
  CHECK(first.leave(0, "0.7"));
  const auto create = [&](const std::string& id, const BudgetLimits& given) {
    RunHeader header = a_header(id);
    first.store->create_run(header, trials(1));
    return error_of([&] { first.store->budget_run(id, given, kNow); });
  };
  const auto none = create("run-b", limits("", {}, "new"));
  REQUIRE(none.has_value());
  CHECK(std::string(none->what()) == "there is no ledger new, and no limit for a new one");
  CHECK(!first.store->ledger_of("run-b"));
  CHECK(!create("run-c", limits("")));
  const auto sink = first.store->sink("run-c");
  std::vector<bool> answers;
  for (const std::string worst : {"0.31", "0.3"})
    sink->left_holding(leaving(0), {usd(worst), "z"}, [&](bool granted) { answers.push_back(granted); });
  first.loop->run([&] { return answers.size() == 2; });
  CHECK(answers == std::vector<bool>{false, true});
  CHECK(figures(first.state().total) == "1 0 1 0");
  // Without a budget there is nothing to hold in.
  const auto error = error_of([&] {
    first.store->sink("run-b")->left_holding(leaving(0), {usd("1"), "z"}, [](bool) {});
  });
  REQUIRE(error.has_value());
  CHECK(error->kind() == ErrorKind::internal);
}

TEST_CASE("ledger: what a crash leaves stays spent until a person settles it; then the run goes on") {
  const TempFolder folder;
  CHECK(in_child([&] {
          Held run(folder, limits("1"));
          run.leave(0, "0.25");
          run.leave(1, "0.25");
          run.end(1, "0.01");
          run.leave(2, "0.5");
          _exit(0);  // as after a kill: no destructor runs
          return true;
        }) == 0);
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  CHECK(figures(store->ledger_of("run-a")->total) == "1 0.01 0.75 0.75");
  CHECK(store->resume_run("run-a").in_doubt == 2);
  CHECK(figures(store->ledger_of("run-a")->total) == "1 0.01 0.75 0.75");
  std::vector<HoldRow> open = store->open_holds("run-a");
  REQUIRE(open.size() == 2);
  CHECK(open[0].trial == 0);
  CHECK(open[0].ledger == "team");
  CHECK(open[0].model == "a");
  CHECK(open[0].worst == usd("0.25"));
  CHECK(open[0].in_doubt);
  CHECK(open[1].trial == 2);

  const auto dear = error_of([&] { store->settle_holds(open, usd("0.3"), kNow, "me"); });
  REQUIRE(dear.has_value());
  CHECK(std::string(dear->what()) == "$0.30 is more than the $0.25 that trial 0 can have cost");
  CHECK(figures(store->ledger_of("run-a")->total) == "1 0.01 0.75 0.75");  // all or none
  store->settle_holds({open[0]}, usd("0.02"), kNow, "me: the vendor's page shows it");
  CHECK(figures(store->ledger_of("run-a")->total) == "1 0.03 0.5 0.5");
  store->settle_holds({open[1]}, usd("0"), kNow, "me");
  CHECK(figures(store->ledger_of("run-a")->total) == "1 0.03 0 0");
  CHECK(store->open_holds("run-a").empty());
  const auto again = error_of([&] { store->settle_holds({open[1]}, usd("0"), kNow, "me"); });
  REQUIRE(again.has_value());
  Database database(folder.store(), Database::Mode::existing);
  Statement note = database.use("SELECT note FROM holds WHERE trial=0");
  REQUIRE(note.step());
  CHECK(note.text(0) == "me: the vendor's page shows it");
}

TEST_CASE("ledger: what is out in a living process cannot be settled by hand") {
  const TempFolder folder;
  Held run(folder, limits("1"));
  CHECK(run.leave(0, "0.25"));
  CHECK(figures(run.state().total) == "1 0 0.25 0");
  const auto error = error_of([&] {
    Store::open_existing(folder.store())->settle_holds(run.store->open_holds(run.id), usd("0"), kNow, "me");
  });
  REQUIRE(error.has_value());
  CHECK(std::string(error->what()) == "trial 0 of run run-a is out, in a process that works on it");
}

TEST_CASE("ledger: what was spent is not forgotten with the run") {
  const TempFolder folder;
  {
    Held run(folder, limits("1"));
    run.leave(0, "0.25");
    run.end(0, "0.2");
    run.leave(1, "0.5");
  }
  const auto loop = make_event_loop();
  const auto store = Store::open(folder.store(), *loop);
  store->delete_run("run-a");
  CHECK(figures(store->find_ledger("team")->total) == "1 0.2 0.5 0.5");
  CHECK(store->open_holds_of_ledger("team").size() == 1);
  CHECK(store->ledgers().size() == 1);
  store->settle_holds(store->open_holds("run-a"), usd("0"), kNow, "me");
  CHECK(figures(store->find_ledger("team")->total) == "1 0.2 0 0");
}

TEST_CASE("ledger: an amount that is none is named") {
  const TempFolder folder;
  Held run(folder, limits("1"));
  for (const std::string bad : {"", "1.5", "-", "x", "999999999999999999999999999999999999999"}) {
    Database(folder.store(), Database::Mode::existing)
        .execute(fmt::format("UPDATE ledger_lines SET held='{}'", bad));
    const auto error = error_of([&] { static_cast<void>(run.state()); });
    REQUIRE(error.has_value());
    CHECK(std::string(error->what()).find(fmt::format("holds the amount '{}'", bad)) != std::string::npos);
  }
}

}  // namespace
}  // namespace costwar::harness::store_test
