// A spending limit for load: SpendGate on the ledger of the store (store/ledger.h), which several processes
// share. Money is held ahead in blocks, one row of the ledger each, and calls take from what is held without
// waiting; the next block is asked for, by a thread with a connection of its own, before the last one is used
// up. As soon as what ended calls have cost fills a block, the block is settled, so that others see the
// money.
//
// What is held = what ended calls have cost and is not settled yet + the worst cases of calls that are out +
// what is free; that is kept exactly, so that no limit is overshot whatever processes do. After a crash the
// open blocks stay counted at their worst, in doubt, until a person settles them (`costwar runs settle RUN`).
// A call whose cost is not known moves its worst case to a hold of its own, which is in doubt too.
//
// take() and settle() may be called from any thread; the rest belongs to one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/money.h"
#include "harness/load/spend_gate.h"

namespace costwar::harness {

struct LeaseSettings {
  std::filesystem::path store;
  std::string run;     // id of the load run that pays
  std::string ledger;  // its name, as in BudgetLimits; it must exist
  std::string model;   // the card's name, for limits of one model
};

// What the lease has seen, for reports and the live view.
struct LeaseTotals {
  Money charged{};            // of calls that ended, known
  Money unknown{};            // worst cases of calls that ended without a known cost
  Money out{};                // worst cases of calls that are out
  Money free{};               // held and not taken; below 0 after a call that cost more than its worst case
  std::int64_t blocks = 0;    // held so far
  std::int64_t waits = 0;     // times that take() had to answer `wait`
  std::int64_t breaches = 0;  // calls that cost more than their worst case
};

class LedgerLease final : public SpendGate {
 public:
  // Error{internal} where there is no such ledger; errors of the store as of Store::open_existing.
  explicit LedgerLease(LeaseSettings settings);
  LedgerLease(const LedgerLease&) = delete;
  LedgerLease& operator=(const LedgerLease&) = delete;
  ~LedgerLease() override;  // finish(), without an error

  // Holds enough for calls of this worst case at this rate, before a stage begins; waits until it is on disk.
  // False, with nothing held, where the limit has not even room for one call. `per_second`: worst cases; 0:
  // not known.
  bool prepare(const Money& worst, const Money& per_second);

  // `wake` may be called from within settle(), or from the lease's thread.
  Answer take(const Money& worst, std::function<void()> wake) override;
  void settle(const Money& worst, const std::optional<Money>& charge) override;

  // Settles everything: nothing is held afterwards but what is not known. Calls that are still out count as
  // ended without a known cost. Later take()s are refused. Throws the store's Error if there was one.
  void finish();

  // Throws the store's Error if there was one: after it every take() is refused.
  void check() const;

  LeaseTotals totals() const;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace costwar::harness
