// A budget is never overshot: random attempts, many at once, with every way to end, with processes that are
// killed, and with several of them on one ledger. What was really spent is counted apart from the ledger.

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "tests/harness/store/store_fixture.h"

namespace costwar::harness::store_test {
namespace {

constexpr std::size_t kAtOnce = 64;
const Wall kSomeDay = parse_wall("2026-11-23T19:46:00Z");
const std::array<std::string, 3> kModels{"a", "b", "c"};

Money atto(std::int64_t count) {
  return {Currency(), count};
}

struct Out {
  std::int64_t trial = 0;
  std::string model;
  Money worst;
  bool granted = false;
};

// What the vendor takes for an attempt, and what came to be known of it.
struct End {
  Money truth;
  std::optional<Money> charge;
  bool breach = false;
};

// One process that spends: as the runner does, nothing leaves without its hold, nothing after a breach.
class Spender {
 public:
  Spender(const std::filesystem::path& path, std::string run, const BudgetLimits& limits, std::uint64_t seed,
          bool greedy_server)
      : path_(path), run_(std::move(run)), limits_(limits), random_(seed, run_), greedy_(greedy_server) {
    open();
    RunHeader header = a_header(run_);
    header.plan = run_;
    store_->create_run(header, trials(kTrials));
    store_->budget_run(run_, limits_, kSomeDay);
    sink_ = store_->sink(run_);
  }

  // Up to so many more leave together; false when not one was granted.
  bool leave_some() {
    std::vector<std::shared_ptr<Out>> asked;
    answered_ = 0;
    const auto count = std::min<std::size_t>(1 + random_.below(kAtOnce), kAtOnce - out_.size());
    for (std::size_t i = 0; i < count && next_ < kTrials && !breached_; ++i) {
      auto out = std::make_shared<Out>();
      out->trial = next_++;
      out->model = kModels[random_.below(kModels.size())];
      out->worst = atto(random_.between(1, kMostWorst));
      sink_->left_holding(leaving(out->trial), {out->worst, out->model}, [this, out](bool granted) {
        out->granted = granted;
        ++answered_;
      });
      asked.push_back(std::move(out));
    }
    loop_->run([&] { return answered_ == asked.size(); });
    const std::size_t before = out_.size();
    for (const auto& out : asked)
      if (out->granted) out_.push_back(*out);
    return out_.size() > before;
  }

  void end_some() {
    for (std::size_t i = random_.below(out_.size() + 1); i > 0; --i) {
      const std::size_t which = random_.below(out_.size());
      const Out out = std::exchange(out_[which], out_.back());
      out_.pop_back();
      const End end = how_it_ends(out);
      truth_ += end.truth;
      if (end.breach) {
        breached_ = true;
        excess_ += end.truth - out.worst;
      }
      sink_->ended_holding(ended(out.trial), std::nullopt, end.charge, {});
    }
    store_->flush();
  }

  // As after kill -9: what is out is never settled, though the vendor bills some of it.
  void die_and_come_back() {
    for (const Out& out : std::exchange(out_, {})) truth_ += share_of(out.worst);
    sink_.reset();
    store_.reset();
    loop_.reset();
    open();
    store_->resume_run(run_);
    sink_ = store_->sink(run_);
  }

  LedgerState state() const { return *store_->ledger_of(run_); }
  Store& store() { return *store_; }
  const Money& truth() const { return truth_; }
  const Money& excess() const { return excess_; }
  bool idle() const { return out_.empty(); }
  bool finished() const { return next_ == kTrials && out_.empty(); }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

  static constexpr std::int64_t kTrials = 3'000;
  static constexpr std::int64_t kMostWorst = 1'000;

 private:
  void open() {
    loop_ = make_event_loop();
    store_ = Store::open(path_, *loop_);
  }

  Money share_of(const Money& worst) {
    return atto(random_.between(0, static_cast<std::int64_t>(worst.atto())));
  }

  End how_it_ends(const Out& out) {
    switch (random_.below(8)) {
      case 0:  // rejected before any work
        return {atto(0), atto(0), false};
      case 1:  // broke off without usage: billed, and nobody says how much
        return {share_of(out.worst), std::nullopt, false};
      case 2:  // to the last digit
        return {out.worst, out.worst, false};
      case 3:
        if (greedy_ && random_.below(20) == 0) {
          const Money taken = out.worst + atto(random_.between(1, kMostWorst));
          return {taken, taken, true};
        }
        [[fallthrough]];
      default: {
        const Money taken = share_of(out.worst);
        return {taken, taken, false};
      }
    }
  }

  std::filesystem::path path_;
  std::string run_;
  BudgetLimits limits_;
  RandomStream random_;
  bool greedy_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<RunSink> sink_;
  std::vector<Out> out_;
  std::size_t answered_ = 0;
  std::int64_t next_ = 0;
  Money truth_;
  Money excess_;
  bool breached_ = false;
};

BudgetLimits some_limits(const std::string& ledger) {
  return {ledger, atto(60'000), {{"a", atto(9'000)}, {"c", atto(1'000'000)}}};
}

void check_sums(const LedgerState& state, const Money& truth, const Money& excess) {
  Money settled;
  Money held;
  for (const LedgerLine& line : state.models) {
    settled += line.settled;
    held += line.held;
    CHECK(line.held >= atto(0));
    if (line.limit) CHECK(line.spent() <= *line.limit + excess);
  }
  CHECK(settled == state.total.settled);
  CHECK(held == state.total.held);
  CHECK(state.total.spent() <= *state.total.limit + excess);
  CHECK(truth <= state.total.spent());
}

void spend_to_the_end(Spender& spender, bool killed) {
  int refused = 0;
  while (refused < 3 && !spender.finished()) {
    refused = spender.leave_some() ? 0 : refused + 1;
    check_sums(spender.state(), spender.truth(), spender.excess());
    spender.end_some();
    check_sums(spender.state(), spender.truth(), spender.excess());
    if (killed && spender.below(8) == 0) {
      spender.die_and_come_back();
      check_sums(spender.state(), spender.truth(), spender.excess());
    }
  }
  while (!spender.idle()) spender.end_some();
  check_sums(spender.state(), spender.truth(), spender.excess());
}

// What each hold says, summed again, is what the lines say.
void check_against_holds(Store& store, const std::string& ledger) {
  const LedgerState state = *store.find_ledger(ledger);
  Money open;
  for (const HoldRow& hold : store.open_holds_of_ledger(ledger)) open += hold.worst;
  CHECK(open == state.total.held);
}

TEST_CASE("a budget is never overshot by 64 attempts at once, however they end, nor over kills") {
  for (const bool killed : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      CAPTURE(seed);
      CAPTURE(killed);
      const TempFolder folder;
      Spender spender(folder.store(), "run-a", some_limits("team"), seed, false);
      spend_to_the_end(spender, killed);
      const LedgerState state = spender.state();
      CHECK(state.breaches == 0);
      CHECK(spender.truth() <= atto(60'000));
      // It stopped for the limit: less is left than the dearest attempt would hold.
      CHECK(*state.total.left() < atto(Spender::kMostWorst));
      check_against_holds(spender.store(), "team");
    }
  }
}

TEST_CASE(
    "a server that takes more than the cap allows: a breach, and no more than what was out overshoots") {
  int breaches = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const TempFolder folder;
    Spender spender(folder.store(), "run-a", some_limits("team"), seed, true);
    spend_to_the_end(spender, false);
    const LedgerState state = spender.state();
    CHECK(state.breaches <= static_cast<std::int64_t>(kAtOnce));
    CHECK((state.breaches > 0) == (spender.excess() > atto(0)));
    CHECK(spender.truth() <= atto(60'000) + spender.excess());
    breaches += static_cast<int>(state.breaches);
    check_against_holds(spender.store(), "team");
  }
  CHECK(breaches > 0);
}

TEST_CASE("several processes on one ledger, some of them killed, never overshoot it together") {
  const TempFolder folder;
  {
    const auto loop = make_event_loop();
    Store::open(folder.store(), *loop);
  }
  constexpr int kProcesses = 4;
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    try {
      Spender spender(folder.store(), fmt::format("run-{}", i), some_limits("team"), 11, false);
      bool sound = true;
      int refused = 0;
      for (int round = 0; refused < 3; ++round) {
        refused = spender.leave_some() ? 0 : refused + 1;
        if (i == 0 && round == 3) spender.die_and_come_back();
        const LedgerState state = spender.state();
        sound = sound && state.total.spent() <= *state.total.limit && spender.truth() <= state.total.spent();
        spender.end_some();
      }
      while (!spender.idle()) spender.end_some();
      const auto truth = static_cast<std::int64_t>(spender.truth().atto());
      const bool told = write(pipe_ends[1], &truth, sizeof truth) == sizeof truth;
      _exit(sound && told ? 0 : 1);
    } catch (const std::exception& error) {
      fmt::print(stderr, "child: {}\n", error.what());
      _exit(2);
    }
  }
  close(pipe_ends[1]);
  Money truth;
  for (std::int64_t each = 0; read(pipe_ends[0], &each, sizeof each) == sizeof each;) truth += atto(each);
  close(pipe_ends[0]);
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const auto store = Store::open_existing(folder.store());
  const LedgerState state = *store->find_ledger("team");
  check_sums(state, truth, atto(0));
  CHECK(truth <= atto(60'000));
  CHECK(*state.total.left() < atto(Spender::kMostWorst));
  CHECK(store->list_runs().size() == kProcesses);
  check_against_holds(*store, "team");
}

}  // namespace
}  // namespace costwar::harness::store_test
