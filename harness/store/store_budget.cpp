// The ledgers of budgets, with what only the store knows: which holds are in doubt, because nobody works on
// their run.
#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "core/error.h"
#include "harness/store/ledger.h"
#include "harness/store/load_rows.h"
#include "harness/store/store_state.h"

namespace costwar::harness {

// Whether a process works on the run or load run of this id.
bool Store::Impl::is_live(std::string_view run) {
  Statement statement = database.use("SELECT run FROM runs WHERE id=?");
  if (statement.bind_text(run).step()) return claims->live(statement.integer(0));
  const auto load = load_run_number(database, run);
  return load && claims->live(kLoadClaims + *load);
}

// A hold that is out while nobody works on its run is in doubt, like its attempt; not one that left in a
// batch, which may still come back.
std::vector<HoldRow> Store::Impl::with_doubts(std::vector<HoldRow> holds) {
  std::map<std::string, bool, std::less<>> live;  // by run
  for (HoldRow& hold : holds) {
    auto known = live.find(hold.run);
    if (known == live.end()) {
      known = live.emplace(hold.run, is_live(hold.run)).first;
    }
    hold.in_doubt = hold.ended || !known->second;
  }
  return holds;
}

LedgerState Store::Impl::ledger_state(std::int64_t ledger) {
  LedgerState state = read_ledger(database, ledger);
  for (const HoldRow& hold : with_doubts(harness::open_holds_of_ledger(database, ledger))) {
    ++state.open;
    if (!hold.in_doubt) continue;
    ++state.in_doubt;
    state.total.in_doubt += hold.worst;
    for (LedgerLine& line : state.models)
      if (line.model == hold.model) line.in_doubt += hold.worst;
  }
  return state;
}

std::optional<LedgerState> Store::ledger_of(std::string_view run) const {
  const ReadSnapshot snapshot(impl_->database);
  const auto ledger = ledger_of_run(impl_->database, impl_->number(run));
  return ledger ? std::optional(impl_->ledger_state(*ledger)) : std::nullopt;
}

std::vector<LedgerState> Store::ledgers() const {
  const ReadSnapshot snapshot(impl_->database);
  std::vector<LedgerState> states;
  for (const std::int64_t ledger : list_ledgers(impl_->database))
    states.push_back(impl_->ledger_state(ledger));
  return states;
}

std::optional<LedgerState> Store::find_ledger(std::string_view name) const {
  const ReadSnapshot snapshot(impl_->database);
  const auto ledger = harness::find_ledger(impl_->database, name);
  return ledger ? std::optional(impl_->ledger_state(*ledger)) : std::nullopt;
}

std::vector<HoldRow> Store::open_holds(std::string_view run) const {
  return impl_->with_doubts(open_holds_of_run(impl_->database, run));
}

std::vector<HoldRow> Store::open_holds_of_ledger(std::string_view name) const {
  const ReadSnapshot snapshot(impl_->database);
  const auto ledger = harness::find_ledger(impl_->database, name);
  if (!ledger) return {};
  return impl_->with_doubts(harness::open_holds_of_ledger(impl_->database, *ledger));
}

LedgerState Store::budget_run(std::string_view run, const BudgetLimits& limits, Wall now) {
  const std::int64_t number = impl_->mine(run);
  WriteTransaction transaction(impl_->database);
  const std::int64_t ledger = open_ledger(impl_->database, limits, now);
  const auto before = ledger_of_run(impl_->database, number);
  if (before && *before != ledger)
    throw Error(ErrorKind::input,
                fmt::format("run {} is held in the ledger {}, not in {}", run,
                            read_ledger(impl_->database, *before).name, limits.ledger),
                "leave out --ledger, or measure anew with --fresh");
  impl_->database.use("UPDATE runs SET ledger=? WHERE run=?").bind(ledger).bind(number).step();
  LedgerState state = impl_->ledger_state(ledger);
  transaction.commit();
  return state;
}

void Store::settle_holds(const std::vector<HoldRow>& holds, const std::optional<Money>& each, Wall now,
                         std::string_view note) {
  WriteTransaction transaction(impl_->database);
  for (HoldRow& current : impl_->with_doubts(holds)) {
    if (!current.in_doubt)
      throw Error(
          ErrorKind::usage,
          fmt::format("trial {} of run {} is out, in a process that works on it", current.trial, current.run),
          "wait for it to end");
    settle_by_hand(impl_->database, current, each.value_or(current.worst), now, note);
  }
  transaction.commit();
}

}  // namespace costwar::harness
