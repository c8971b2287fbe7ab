// Leases of a budget: blocks are held before calls leave and settled with what they cost; no limit is
// overshot, by two processes or after a crash.

#include "harness/load/lease.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "core/random.h"
#include "harness/load/lease_pool.h"
#include "harness/store/load_store.h"
#include "tests/harness/store/store_fixture.h"
#include "tests/support/load_samples.h"

namespace costwar::harness::lease_test {
namespace {

using store_test::error_of;
using store_test::in_child;
using store_test::TempFolder;

const Wall kLeaseDay = parse_wall("2026-11-28T04:00:00Z");
constexpr const char* kFirstRun = "20261128T040000Z-aaaaaa";
constexpr const char* kSecondRun = "20261128T040000Z-bbbbbb";

Money milli(std::int64_t count) {
  return {Currency(), int128{count} * 1'000'000'000'000'000};
}

// A store with a load run that pays from the ledger "load", and this process works on.
std::unique_ptr<LoadStore> budgeted(const TempFolder& folder, const std::string& run, const Money& limit) {
  auto store = LoadStore::open(folder.store());
  store->begin(load_test::a_load_header(run));
  store->budget_run(run, {"load", limit, {}}, kLeaseDay);
  return store;
}

std::unique_ptr<LedgerLease> lease_of(const TempFolder& folder, const std::string& run) {
  return std::make_unique<LedgerLease>(LeaseSettings{folder.store(), run, "load", "mock/good"});
}

LedgerState ledger(const TempFolder& folder) {
  return *Store::open_existing(folder.store())->find_ledger("load");
}

// take(), and again each time it is worth asking; false: refused.
bool take(LedgerLease& lease, const Money& worst) {
  std::mutex mutex;
  std::condition_variable woken;
  while (true) {
    bool again = false;
    const auto answer = lease.take(worst, [&] {
      const std::lock_guard lock(mutex);
      again = true;
      woken.notify_all();
    });
    if (answer != SpendGate::Answer::wait) return answer == SpendGate::Answer::granted;
    std::unique_lock lock(mutex);
    woken.wait(lock, [&] { return again; });
  }
}

int128 sum_of(const std::vector<LeaseSettlement>& settled) {
  int128 sum = 0;
  for (const LeaseSettlement& each : settled) sum += each.charge + each.unknown;
  return sum;
}

TEST_CASE("what is held is what was charged, is out, or is free") {
  RandomStream random(7, "pool");
  LeasePool pool;
  std::vector<int128> out;
  int128 held = 0, spent = 0;
  std::int64_t next = 0;
  const auto settle = [&](const std::vector<LeaseSettlement>& settled) {
    for (const LeaseSettlement& each : settled) {
      held -= each.block.held;
      spent -= each.charge + each.unknown;
      CHECK(each.charge >= 0);
      CHECK(each.unknown >= 0);
      CHECK(each.charge + each.unknown <= each.block.held);
    }
  };
  for (int i = 0; i < 20'000; ++i) {
    switch (random.below(6)) {
      case 0: {
        const auto block = static_cast<int128>(1 + random.below(400));
        pool.add_block(next++, block);
        held += block;
        break;
      }
      case 1:
      case 2: {
        const auto worst = static_cast<int128>(random.below(100));
        if (pool.take(worst)) out.push_back(worst);
        break;
      }
      case 3:
      case 4:
        if (out.empty()) break;
        {
          const int128 worst = out.back();
          out.pop_back();
          const bool known = random.below(5) != 0;
          const auto charge = static_cast<int128>(random.below(static_cast<std::uint64_t>(worst) + 1));
          pool.settle(worst, known ? std::optional(charge) : std::nullopt);
          spent += known ? charge : worst;
        }
        break;
      default:
        settle(random.below(2) == 0 ? pool.used_up() : pool.idle(random.below(3)));
    }
    int128 outside = 0;
    for (const int128 worst : out) outside += worst;
    REQUIRE(pool.out() == outside);
    REQUIRE(pool.charged() + pool.unknown() == spent);
    REQUIRE(pool.free() >= 0);
    REQUIRE(held == spent + outside + pool.free());
  }
  int128 outside = 0;
  for (const int128 worst : out) outside += worst;
  CHECK(sum_of(pool.all(next)) == spent + outside);
  CHECK(pool.empty());
}

TEST_CASE("a charge above what was held stands in the last block, or in one that never was") {
  LeasePool pool;
  pool.add_block(0, 10);
  REQUIRE(pool.take(10));
  pool.settle(10, 25);
  CHECK(pool.free() == -15);
  CHECK_FALSE(pool.take(1));
  CHECK(pool.take(0));
  pool.settle(0, 0);
  const auto used = pool.used_up();
  REQUIRE(used.size() == 1);
  CHECK(used[0].charge == 10);
  const auto rest = pool.all(1);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].block.number == 1);
  CHECK(rest[0].charge == 15);
}

TEST_CASE("a block is a second of calls, at most an eighth of what is left, at least what is needed") {
  BlockQuestion question;
  question.rate = 1000;
  question.needed = question.largest = 10;
  CHECK(next_block(question) == int128{1000});
  question.too_little = 700;
  CHECK(next_block(question) == int128{1400});
  question.left = 1600;
  CHECK(next_block(question) == int128{200});
  question.left = 40;
  CHECK(next_block(question) == int128{10});
  question.left = 9;
  CHECK_FALSE(next_block(question));
  question = {};
  question.needed = question.largest = 10;  // the rate is not known yet
  CHECK(next_block(question) == int128{160});
}

TEST_CASE("calls cost what they cost, and nothing stays held") {
  const TempFolder folder;
  const auto store = budgeted(folder, kFirstRun, milli(10'000));
  const auto lease = lease_of(folder, kFirstRun);
  REQUIRE(lease->prepare(milli(10), milli(200)));
  CHECK(ledger(folder).total.held >= milli(200));
  for (int i = 0; i < 100; ++i) REQUIRE(take(*lease, milli(10)));
  CHECK(ledger(folder).total.held >= milli(1000));
  for (int i = 0; i < 100; ++i) lease->settle(milli(10), milli(3));
  lease->finish();
  const LedgerState state = ledger(folder);
  CHECK(state.total.settled == milli(300));
  CHECK(state.total.held == milli(0));
  CHECK(state.models.at(0).settled == milli(300));
  CHECK(state.open == 0);
  CHECK(state.breaches == 0);
  CHECK(lease->totals().charged == milli(300));
  CHECK(lease->take(milli(1), {}) == SpendGate::Answer::refused);
}

TEST_CASE("a call is refused when there is no room and nothing of this run is out") {
  const TempFolder folder;
  const auto store = budgeted(folder, kFirstRun, milli(25));
  const auto lease = lease_of(folder, kFirstRun);
  CHECK_FALSE(lease->prepare(milli(26), milli(0)));
  REQUIRE(take(*lease, milli(10)));
  REQUIRE(take(*lease, milli(10)));
  bool woken = false;  // by settle(), on this thread, or by the lease's before it
  std::mutex mutex;
  REQUIRE(lease->take(milli(10), [&] {
    const std::lock_guard lock(mutex);
    woken = true;
  }) == SpendGate::Answer::wait);
  lease->settle(milli(10), milli(10));
  lease->settle(milli(10), milli(4));  // 11 are left
  REQUIRE(take(*lease, milli(10)));
  {
    const std::lock_guard lock(mutex);
    CHECK(woken);
  }
  lease->settle(milli(10), milli(10));
  CHECK_FALSE(take(*lease, milli(10)));
  CHECK(take(*lease, milli(1)));
  CHECK(take(*lease, milli(0)));
  lease->settle(milli(1), milli(1));
  lease->settle(milli(0), milli(0));
  lease->finish();
  CHECK(ledger(folder).total.settled == milli(25));
}

TEST_CASE("a call that fits does not wait behind one that does not") {
  const TempFolder folder;
  const auto store = budgeted(folder, kFirstRun, milli(100));
  const auto lease = lease_of(folder, kFirstRun);
  REQUIRE(take(*lease, milli(60)));
  std::mutex mutex;
  std::condition_variable woken;
  bool large = false, small = false;
  const auto ask = [&](std::int64_t worst, bool& flag) {
    return lease->take(milli(worst), [&] {
      const std::lock_guard lock(mutex);
      flag = true;
      woken.notify_all();
    });
  };
  REQUIRE(ask(50, large) == SpendGate::Answer::wait);
  REQUIRE(ask(41, small) == SpendGate::Answer::wait);
  lease->settle(milli(60), milli(58));
  std::unique_lock lock(mutex);
  CHECK(woken.wait_for(lock, std::chrono::seconds(20), [&] { return small; }));
  lock.unlock();
  CHECK(take(*lease, milli(41)));
  lease->finish();
}

TEST_CASE("what a call cost that nobody knows stays in doubt at its worst, for a person to settle") {
  const TempFolder folder;
  {
    const auto store = budgeted(folder, kFirstRun, milli(1000));
    const auto lease = lease_of(folder, kFirstRun);
    for (int i = 0; i < 3; ++i) REQUIRE(take(*lease, milli(10)));
    lease->settle(milli(10), milli(2));
    lease->settle(milli(10), std::nullopt);
    lease->finish();  // one is out
    const LedgerState state = ledger(folder);
    CHECK(state.total.settled == milli(2));
    CHECK(state.total.held == milli(20));
    CHECK(state.total.in_doubt == milli(20));
  }
  const auto store = Store::open_existing(folder.store());
  auto holds = store->open_holds(kFirstRun);
  REQUIRE(holds.size() == 1);
  CHECK(holds[0].worst == milli(20));
  CHECK(holds[0].in_doubt);
  store->settle_holds(holds, milli(12), kLeaseDay, "by me");
  CHECK(ledger(folder).total.settled == milli(14));
  CHECK(ledger(folder).total.held == milli(0));
}

TEST_CASE("a call that costs more than its worst case is charged whole, and counts as a breach") {
  const TempFolder folder;
  const auto store = budgeted(folder, kFirstRun, milli(1000));
  const auto lease = lease_of(folder, kFirstRun);
  REQUIRE(take(*lease, milli(10)));
  lease->settle(milli(10), milli(5000));
  CHECK(lease->totals().breaches == 1);
  CHECK_FALSE(take(*lease, milli(10)));
  lease->finish();
  CHECK(ledger(folder).total.settled == milli(5000));
  CHECK(ledger(folder).breaches >= 1);
}

TEST_CASE("what a killed process held is in doubt at its worst, and the run goes on beside it") {
  const TempFolder folder;
  const int status = in_child([&] {
    const auto store = budgeted(folder, kFirstRun, milli(1000));
    const auto lease = lease_of(folder, kFirstRun);
    for (int i = 0; i < 5; ++i)
      if (!take(*lease, milli(10))) return false;
    std::raise(SIGKILL);
    return true;
  });
  CHECK(WTERMSIG(status) == SIGKILL);
  const LedgerState before = ledger(folder);
  CHECK(before.total.held >= milli(50));
  CHECK(before.total.in_doubt == before.total.held);
  const auto store = LoadStore::open(folder.store());
  store->resume(kFirstRun);
  {
    const auto lease = lease_of(folder, kFirstRun);
    REQUIRE(take(*lease, milli(10)));
    lease->settle(milli(10), milli(7));
  }
  const LedgerState after = ledger(folder);
  CHECK(after.total.settled == milli(7));
  CHECK(after.total.held == before.total.held);
  CHECK(after.total.in_doubt == before.total.held);
  const auto runs = Store::open_existing(folder.store());
  runs->settle_holds(runs->open_holds(kFirstRun), milli(0), kLeaseDay, "by me");
  CHECK(ledger(folder).total.spent() == milli(7));
}

// Calls from two threads until nothing is granted any more; what was really charged.
Money spend_all(LedgerLease& lease, std::uint64_t seed) {
  std::mutex mutex;
  Money charged;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      RandomStream random(seed + t, "spend");
      std::vector<Money> out;
      const auto settle_one = [&] {
        const Money worst = out.back();
        out.pop_back();
        const Money charge =
            milli(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(10 + 1))) / 2);
        const Money real = std::min(charge, worst);
        lease.settle(worst, real);
        const std::lock_guard lock(mutex);
        charged += real;
      };
      while (true) {
        const Money worst = milli(1 + static_cast<std::int64_t>(random.below(10)));
        const auto answer = lease.take(worst, [] {});
        if (answer == SpendGate::Answer::granted) {
          out.push_back(worst);
          if (out.size() > random.below(20)) settle_one();
        } else if (!out.empty()) {
          settle_one();
        } else if (answer == SpendGate::Answer::refused) {
          return;
        } else {
          std::this_thread::yield();
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  return charged;
}

TEST_CASE("two leases on one ledger use it up and do not overshoot it") {
  const TempFolder folder;
  const auto first_store = budgeted(folder, kFirstRun, milli(3000));
  const auto second_store = budgeted(folder, kSecondRun, milli(3000));
  const auto first = lease_of(folder, kFirstRun);
  const auto second = lease_of(folder, kSecondRun);
  Money of_first, of_second;
  std::thread other([&] { of_second = spend_all(*second, 100); });
  of_first = spend_all(*first, 1);
  other.join();
  first->finish();
  second->finish();
  const LedgerState state = ledger(folder);
  CHECK(state.total.settled == of_first + of_second);
  CHECK(state.total.held == milli(0));
  CHECK(state.total.settled <= milli(3000));
  CHECK(state.total.settled >= milli(2000));  // what one held at its end was in the other's way, no more
  CHECK(state.breaches == 0);
}

TEST_CASE("amounts of another currency and ledgers that are not there are refused") {
  const TempFolder folder;
  const auto store = budgeted(folder, kFirstRun, milli(100));
  const auto lease = lease_of(folder, kFirstRun);
  CHECK(error_of([&] { lease->take(Money(Currency("EUR"), 1), [] {}); })->kind() == ErrorKind::internal);
  CHECK(error_of([&] {
          LedgerLease({folder.store(), kFirstRun, "none", "m"});
        })->kind() == ErrorKind::internal);
  CHECK(lease->take(Money(Currency(), -1), [] {}) == SpendGate::Answer::refused);
}

}  // namespace
}  // namespace costwar::harness::lease_test
