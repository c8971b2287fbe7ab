// What bounds the money of a load run: a budget, held ahead in leases, or the user's word that there is none.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/budget.h"
#include "cli/load/load_target.h"
#include "harness/load/lease.h"
#include "harness/load/load_settings.h"
#include "harness/store/load_store.h"
#include "pricing/price_book.h"

namespace costwar::cli {

class LoadBudget {
 public:
  // `priced`: its calls have a price. `bounded`: every call has a cap on its output. Error{usage} where a
  // model costs money and neither a budget nor --no-budget is given, and for a budget that cannot bound it.
  // Borrows book and clock.
  LoadBudget(const BudgetFlags& flags, bool no_budget, const FoundTarget& found, bool priced, bool bounded,
             const std::string& extra_body, Nanos deadline, const pricing::PriceBook& book,
             const Clock& clock);

  // Puts the run under the limits, or under the ledger that it already has. `store` has begun or resumed it.
  void begin(harness::LoadStore& store, const std::string& run);

  // For the engine: prices, and the gate where there is a budget.
  void settle_into(harness::LoadSettings& settings);

  // Holds ahead for a stage whose first call has so many bytes and may answer with so many tokens. False
  // where the limit has not room for one call.
  bool prepare(std::int64_t bytes, std::int64_t cap, double calls_per_s);

  bool held() const { return lease_ != nullptr; }
  std::optional<Money> limit() const { return limits_.total; }

  // Settles what is held. Throws the store's Error if there was one.
  void finish();

 private:
  BudgetFlags flags_;
  harness::PlanInput input_;
  const pricing::PriceBook& book_;
  const Clock& clock_;
  Nanos deadline_;
  bool priced_ = false;
  harness::BudgetLimits limits_;
  std::unique_ptr<harness::LedgerLease> lease_;
};

}  // namespace costwar::cli
