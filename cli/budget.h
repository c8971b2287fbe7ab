// Budgets, from flags and prices: what --budget and --ledger say, what a request can cost at most and what an
// attempt did cost by the price book. The ledger itself is the store's (harness/store/ledger.h).
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "harness/budget.h"
#include "harness/plan.h"
#include "harness/store/store.h"
#include "pricing/own_machine.h"
#include "pricing/price_book.h"

namespace costwar::cli {

struct BudgetFlags {
  std::vector<std::string> limits;  // "5usd", "openai/gpt-5.5=2usd"
  std::string ledger;               // empty: the run's own
  bool any() const { return !limits.empty() || !ledger.empty(); }
};

void declare_budget_flags(CLI::App& app, BudgetFlags& flags);

// "5usd", "0.50 USD", "$5". Error{usage} with `flag` otherwise, for 0 and less, and for another currency.
Money parse_budget(std::string_view text, std::string_view flag);

// What the flags say for this plan. `ledger` stays empty without --ledger. Error{usage} for a model that is
// not in the plan, and for a limit that is given twice.
harness::BudgetLimits parse_limits(const BudgetFlags& flags, const harness::PlanInput& plan);

// The prices that a budget goes by, as known when it is made: USD, each quote at the instant when it is
// asked for. `deadline`: of one call. It borrows book and clock.
harness::BudgetPrices budget_prices(const harness::PlanInput& plan, const pricing::PriceBook& book,
                                    const Clock& clock, Nanos deadline);

// Before anything leaves: Error{usage} where a model, the judge or the simulated user has no price, a setting
// can make a request dearer than any quote, or the flags make no sense for this plan.
void check_budget(const harness::Plan& plan, const harness::BudgetPrices& prices, const BudgetFlags& flags);

// Error{usage} for members of --extra-body that may make a request cost more than it can be held for.
void check_extra_body(const std::string& extra_body);

// Puts the run under what the flags say, and under the ledger that it already has where they do not name one.
// False: it has no budget. `store` has created or resumed the run.
bool begin_budget(harness::Store& store, const std::string& run, const BudgetFlags& flags,
                  const harness::Plan& plan, Wall now);

// "$5.00: $4.87 charged, $0.10 held, $0.03 left", and how much of what is held is in doubt.
std::string ledger_line_text(const harness::LedgerLine& line);

// The error of a run that a limit stopped, with the ledger's figures and what is left to do.
Error with_ledger(const Error& stopped, const harness::LedgerState& state, const std::string& run,
                  std::size_t missing);

}  // namespace costwar::cli
