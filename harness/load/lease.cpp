#include "harness/load/lease.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.h"
#include "harness/load/lease_pool.h"
#include "harness/store/ledger.h"
#include "harness/store/schema.h"
#include "system/event_loop.h"
#include "system/this_thread.h"

namespace costwar::harness {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kBetweenRefusals{20};  // of the ledger, while calls are out
constexpr Nanos kQuiet = seconds(2);                       // without a call: what is free goes back
constexpr Nanos kOldBlock = seconds(5);                    // a block that fills slowly is settled in part
constexpr Nanos kStaysDry = seconds(1);                    // then the ledger is asked again
constexpr int128 kMostCharge = int128{1'000'000'000'000} * 1'000'000'000'000'000'000;  // 1e12 of the currency
constexpr std::uint32_t kBlockHold = 0;    // numbers of a lease's holds in the ledger
constexpr std::uint32_t kUnknownHold = 1;  // what calls of the lease may have cost

std::int64_t first_lease(Database& database, const std::string& run) {
  Statement last = database.use("SELECT max(trial) FROM holds WHERE run=?");
  return last.bind_text(run).step() && !last.is_null(0) ? last.integer(0) + 1 : 0;
}

std::optional<int128> left_of(const LedgerState& state, const std::string& model) {
  std::optional<Money> left = state.total.left();
  for (const LedgerLine& line : state.models)
    if (line.model == model && line.left()) left = left ? std::min(*left, *line.left()) : line.left();
  return left ? std::optional(std::max<int128>(0, left->atto())) : std::nullopt;
}

}  // namespace

// The lock guards everything but the database, which is the thread's, and before and after it the owner's.
class LedgerLease::Pool {
 public:
  explicit Pool(LeaseSettings settings)
      : settings_(std::move(settings)), database_(open_for_writing(settings_.store)) {
    const auto ledger = find_ledger(database_, settings_.ledger);
    if (!ledger) throw Error(ErrorKind::internal, fmt::format("there is no ledger {}", settings_.ledger));
    ledger_ = *ledger;
    currency_ = read_ledger(database_, ledger_).currency;
    charged_ = unknown_ = 0;
    next_lease_ = first_lease(database_, settings_.run);
    ticked_ = last_take_ = renewed_ = clock_.mono();
    thread_ = std::thread([this] { work(); });
  }

  int128 amount(const Money& money) const {
    if (money.currency() == currency_) return money.atto();
    throw Error(ErrorKind::internal, fmt::format("an amount in {} reached a ledger in {}",
                                                 money.currency().code(), currency_.code()));
  }
  Money money(int128 atto) const { return {currency_, atto}; }

  SpendGate::Answer take(int128 worst, std::function<void()> wake) {
    std::unique_lock lock(mutex_);
    if (closed_ || worst < 0 || worst > kMostCharge) return Answer::refused;
    largest_ = std::max(largest_, worst);
    if (pool_.take(worst)) {
      taken_ += worst;
      if (pool_.free() < low_water() && !dry_) ask();
      return Answer::granted;
    }
    if (dry_ && worst >= dry_need_ && pool_.calls_out() == 0 && clock_.mono() - dried_ < kStaysDry)
      return Answer::refused;
    waiters_.push_back({worst, std::move(wake)});
    ++waits_;
    ask();
    return Answer::wait;
  }

  void settle(int128 worst, std::optional<int128> charge) {
    std::vector<std::function<void()>> wakes;
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;  // finish() has counted it as not known
      if (charge) charge = std::clamp<int128>(*charge, 0, kMostCharge);
      (charge ? charged_ : unknown_) += charge.value_or(worst);
      if (charge && *charge > worst) ++breaches_;
      pool_.settle(worst, charge);
      ++settles_;
      dry_ = false;
      if (!waiters_.empty()) {
        wakes = awake();
        if (!waiters_.empty()) ask();
      }
    }
    for (const auto& wake : wakes) wake();
  }

  bool prepare(int128 worst, int128 per_second) {
    {
      const std::lock_guard lock(mutex_);
      rate_ = std::max(rate_, per_second);
      last_take_ = clock_.mono();
      if (pool_.free() < rate_) ask();
    }
    while (true) {
      bool woken = false;
      switch (take(worst, [&] {
        const std::lock_guard lock(mutex_);
        woken = true;
        prepared_.notify_all();
      })) {
        case Answer::granted: {
          const std::lock_guard lock(mutex_);
          pool_.settle(worst, 0);
          taken_ -= worst;
          return true;
        }
        case Answer::refused:
          check();
          return false;
        case Answer::wait: {
          std::unique_lock lock(mutex_);
          prepared_.wait(lock, [&] { return woken; });
        }
      }
    }
  }

  void finish() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    asked_for_.notify_all();
    if (thread_.joinable()) thread_.join();
    check();
  }

  void check() const {
    const std::lock_guard lock(mutex_);
    if (failure_) throw *failure_;
  }

  LeaseTotals totals() const {
    const std::lock_guard lock(mutex_);
    return {money(charged_), money(unknown_), money(pool_.out()), money(pool_.free()),
            blocks_,         waits_,          breaches_};
  }

 private:
  struct Waiter {
    int128 worst = 0;
    std::function<void()> wake;
  };
  // What the thread has to do in one transaction, decided under the lock.
  struct Round {
    std::vector<LeaseSettlement> settlements;
    std::optional<BlockQuestion> question;
    int128 needed_in_all = 0;  // with what was free
    std::uint64_t settles = 0;
    bool last = false;
  };
  struct Held {
    std::int64_t lease = 0;
    std::optional<int128> block;  // nullopt: there was no room
  };

  int128 low_water() const { return std::max(rate_ / 2, largest_); }

  void ask() {
    if (std::exchange(asked_, true)) return;
    asked_for_.notify_one();
  }

  // Those who may ask again, in order, as far as there is money for them; all, where there will be none.
  // Whoever needs less does not wait behind one who needs more than is left: that one may have left unheard
  // of.
  std::vector<std::function<void()>> awake() {
    std::vector<std::function<void()>> wakes;
    const bool hopeless = closed_ || (dry_ && pool_.calls_out() == 0);
    int128 left = pool_.free();
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      if (!hopeless && waiter->worst > left) {
        ++waiter;
        continue;
      }
      left -= waiter->worst;
      wakes.push_back(std::move(waiter->wake));
      waiter = waiters_.erase(waiter);
    }
    return wakes;
  }

  void measure_rate(Mono now) {
    const Nanos passed = now - ticked_;
    if (passed < milliseconds(100)) return;
    const int128 lately = taken_ / (passed.count / 1'000'000) * 1000;
    rate_ = std::max(lately, rate_ * 7 / 10);
    if (taken_ > 0) last_take_ = now;
    taken_ = 0;
    ticked_ = now;
  }

  Round next_round(Mono now) {
    Round round;
    round.last = closing_;
    round.settles = settles_;
    if (round.last) {
      round.settlements = pool_.all(next_lease_);
      closed_ = true;
      return round;
    }
    const bool quiet = now - last_take_ > kQuiet && waiters_.empty();
    round.settlements = pool_.used_up();
    if (quiet || now - renewed_ > kOldBlock) {
      const auto more = pool_.idle(quiet ? SIZE_MAX : 1);
      round.settlements.insert(round.settlements.end(), more.begin(), more.end());
      renewed_ = now;
    }
    if (waiters_.empty() && (quiet || largest_ == 0 || pool_.free() >= low_water())) return round;
    BlockQuestion question;
    question.rate = rate_;
    question.largest = largest_;
    round.needed_in_all = largest_;
    question.needed = largest_;
    if (!waiters_.empty()) {
      // The first in line: those behind it are woken after it. One that has been served meanwhile is told so
      // by being woken.
      const int128 first = waiters_.front().worst;
      round.needed_in_all = first;
      question.needed = std::max<int128>(0, first - pool_.free());
      question.too_little = last_block_;
      if (question.needed == 0) return round;  // it has been woken, or is about to be
    }
    round.question = question;
    return round;
  }

  Held run(Round& round) {
    Held held;
    if (round.settlements.empty() && !round.question) return held;
    const Wall now = clock_.wall();
    WriteTransaction transaction(database_);
    for (const LeaseSettlement& settlement : round.settlements) settle_block(settlement, now);
    if (round.question) {
      round.question->left = left_of(read_ledger(database_, ledger_), settings_.model);
      held.block = next_block(*round.question);
      held.lease = next_lease_;
      if (held.block &&
          !hold(database_, ledger_, key(held.lease, kBlockHold), {money(*held.block), settings_.model}, now))
        held.block.reset();
    }
    transaction.commit();
    return held;
  }

  HoldKey key(std::int64_t lease, std::uint32_t number) const {
    return {settings_.run, lease, CallRole::subject, 0, number};
  }

  void settle_block(const LeaseSettlement& settlement, Wall now) {
    const std::int64_t lease = settlement.block.number;
    harness::settle(database_, ledger_, key(lease, kBlockHold), money(settlement.charge), now);
    if (settlement.unknown == 0) return;
    const HoldKey unknown = key(lease, kUnknownHold);
    if (hold(database_, ledger_, unknown, {money(settlement.unknown), settings_.model}, now))
      harness::settle(database_, ledger_, unknown, std::nullopt, now);
    else  // calls cost more than was held: there is no room to keep it in doubt
      harness::settle(database_, ledger_, unknown, money(settlement.unknown), now);
  }

  std::vector<std::function<void()>> apply(const Round& round, const Held& held) {
    if (held.block) {
      pool_.add_block(held.lease, *held.block);
      last_block_ = *held.block;
      ++next_lease_;
      ++blocks_;
      dry_ = false;
    } else if (round.question && settles_ == round.settles) {
      dry_ = !waiters_.empty();
      dry_need_ = round.needed_in_all;
      dried_ = clock_.mono();
    } else if (round.question) {
      asked_ = true;  // calls ended meanwhile
    }
    return awake();
  }

  void work() {
    let_others_go_first();  // money is held ahead, so that no call waits for a commit
    std::vector<std::function<void()>> wakes;
    bool last = false;
    while (!last) {
      Round round;
      bool no_room = false;
      {
        std::unique_lock lock(mutex_);
        asked_for_.wait_for(lock, kTick, [this] { return asked_ || closing_; });
        asked_ = false;
        const Mono now = clock_.mono();
        measure_rate(now);
        round = next_round(now);
      }
      last = round.last;
      try {
        const Held held = run(round);
        no_room = round.question && !held.block;
        const std::lock_guard lock(mutex_);
        wakes = apply(round, held);
      } catch (const Error& error) {
        last = true;
        const std::lock_guard lock(mutex_);
        failure_ = error;
        closed_ = true;
        wakes = awake();
      }
      for (const auto& wake : wakes) wake();
      if (no_room && !last) std::this_thread::sleep_for(kBetweenRefusals);
    }
  }

  const LeaseSettings settings_;
  const SystemClock clock_{};
  Database database_;
  std::int64_t ledger_ = 0;
  std::int64_t next_lease_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable asked_for_;  // for the thread
  std::condition_variable prepared_;
  LeasePool pool_;
  std::deque<Waiter> waiters_;
  int128 rate_ = 0;     // worst cases taken a second
  int128 taken_ = 0;    // since `ticked_`
  int128 largest_ = 0;  // worst case of a call
  int128 last_block_ = 0;
  int128 charged_ = 0;  // in all
  int128 unknown_ = 0;
  int128 dry_need_ = 0;
  Mono ticked_;
  Mono last_take_;
  Mono renewed_;
  std::uint64_t settles_ = 0;
  std::int64_t blocks_ = 0;
  std::int64_t waits_ = 0;
  std::int64_t breaches_ = 0;
  bool asked_ = false;
  bool dry_ = false;  // the ledger has no room for `dry_need_`, with what was free, since the last settle()
  Mono dried_;
  bool closing_ = false;
  bool closed_ = false;
  Currency currency_;
  std::optional<Error> failure_;
  std::thread thread_;  // last: it uses all of the above
};

LedgerLease::LedgerLease(LeaseSettings settings) : pool_(std::make_unique<Pool>(std::move(settings))) {}

LedgerLease::~LedgerLease() {
  try {
    finish();
  } catch (const Error&) {
    // What could not be settled stays held, and counts at its worst.
  }
}

bool LedgerLease::prepare(const Money& worst, const Money& per_second) {
  return pool_->prepare(pool_->amount(worst), pool_->amount(per_second));
}

SpendGate::Answer LedgerLease::take(const Money& worst, std::function<void()> wake) {
  return pool_->take(pool_->amount(worst), std::move(wake));
}

void LedgerLease::settle(const Money& worst, const std::optional<Money>& charge) {
  pool_->settle(pool_->amount(worst), charge ? std::optional(pool_->amount(*charge)) : std::nullopt);
}

void LedgerLease::finish() {
  pool_->finish();
}

void LedgerLease::check() const {
  pool_->check();
}

LeaseTotals LedgerLease::totals() const {
  return pool_->totals();
}

}  // namespace costwar::harness
