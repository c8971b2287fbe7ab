#include "cli/load/load_budget.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "core/error.h"

namespace costwar::cli {
namespace {

// Bytes and cap of the smallest request: whether it can be bounded at all.
constexpr std::int64_t kLeast = 1;

harness::CallPrices prices_for_thread(const harness::PlanInput& input, const pricing::PriceBook& book,
                                      const Clock& clock, Nanos deadline) {
  const harness::BudgetPrices all = budget_prices(input, book, clock, deadline);
  harness::CallPrices prices;
  prices.worst = [all](std::int64_t bytes, std::int64_t cap) {
    return all.worst(CallRole::subject, 0, bytes, cap);
  };
  prices.charge = [all](const Attempt& attempt) { return all.charge(CallRole::subject, 0, attempt); };
  return prices;
}

void require_a_word(const FoundTarget& found, bool priced) {
  if (found.model.card.own_machine) return;
  if (priced)
    throw Error(ErrorKind::usage,
                fmt::format("{} costs money, and a load spends it fast", found.model.card.name),
                "set a limit: --budget 5usd; or say --no-budget");
  if (found.vendor)
    throw Error(ErrorKind::usage, fmt::format("what {} costs is not known", found.model.card.name),
                "give its prices with --book and a limit with --budget; or say --no-budget");
}

}  // namespace

LoadBudget::LoadBudget(const BudgetFlags& flags, bool no_budget, const FoundTarget& found, bool priced,
                       bool bounded, const std::string& extra_body, Nanos deadline,
                       const pricing::PriceBook& book, const Clock& clock)
    : flags_(flags), book_(book), clock_(clock), deadline_(deadline), priced_(priced) {
  input_.models = {found.model};
  if (!flags.any()) {
    if (!no_budget) require_a_word(found, priced);
    return;
  }
  limits_ = parse_limits(flags, input_);
  if (!bounded)
    throw Error(ErrorKind::usage, "there is a budget, and --output-tokens any has no bound",
                "name a length: --output-tokens 512");
  check_extra_body(extra_body);
  const auto worst = budget_prices(input_, book, clock, deadline).worst(CallRole::subject, 0, kLeast, kLeast);
  if (const auto* refusal = std::get_if<Refusal>(&worst))
    throw Error(ErrorKind::usage, refusal->message, refusal->hint);
}

void LoadBudget::begin(harness::LoadStore& store, const std::string& run) {
  const auto before = store.ledger_of(run);
  if (!flags_.any() && !before) return;
  if (limits_.ledger.empty()) limits_.ledger = before ? before->name : run;
  if (flags_.any()) store.budget_run(run, limits_, clock_.wall());
  if (!limits_.total && before) limits_.total = before->total.limit;
  lease_ = std::make_unique<harness::LedgerLease>(
      harness::LeaseSettings{store.path(), run, limits_.ledger, input_.models.front().card.name});
}

void LoadBudget::settle_into(harness::LoadSettings& settings) {
  settings.gate = lease_.get();
  if (!lease_ && !priced_) return;
  settings.prices = [this](std::uint32_t) { return prices_for_thread(input_, book_, clock_, deadline_); };
}

bool LoadBudget::prepare(std::int64_t bytes, std::int64_t cap, double calls_per_s) {
  const auto worst = budget_prices(input_, book_, clock_, deadline_).worst(CallRole::subject, 0, bytes, cap);
  if (const auto* refusal = std::get_if<Refusal>(&worst))
    throw Error(ErrorKind::usage, refusal->message, refusal->hint);
  const Money each = std::get<Money>(worst);
  return lease_->prepare(each, each.times(static_cast<std::int64_t>(calls_per_s) + 1));
}

void LoadBudget::finish() {
  if (lease_) lease_->finish();
}

}  // namespace costwar::cli
