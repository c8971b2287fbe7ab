// The ledger of a budget in the store: limits, sums, and one row for every hold. Pure mapping over an open
// Database; transactions are the caller's, and because a write transaction takes the lock at once, what is
// checked in one still holds when it commits, whatever other processes do. The sums are kept beside the
// limits, so that a hold costs the same however many there are.
//
// What is spent of a limit is what was charged plus what is held. A hold counts at its worst case until its
// charge is known; one whose attempt ended without a known charge, or never ended, goes on counting so until
// a person settles it. Rows stay when their run is deleted: what was spent stays spent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money.h"
#include "core/run.h"
#include "core/time.h"
#include "harness/budget.h"
#include "harness/store/sqlite.h"

namespace costwar::harness {

// The number of the ledger of this name, made where it is missing; its limits become those given, and those
// that are not mentioned stay. Error{input} with the figures where a limit is below what is spent of it, for
// another currency, and for a new ledger without any limit.
std::int64_t open_ledger(Database& database, const BudgetLimits& limits, Wall now);

// Who holds: names are text, since a hold outlives its run.
struct HoldKey {
  std::string run;  // its id
  std::int64_t trial = 0;
  CallRole role = CallRole::subject;
  std::uint32_t turn = 0;
  std::uint32_t number = 0;
};

// False, with nothing written, where the ledger or the model has less left than the worst case. A hold of
// nothing is granted and leaves no row.
bool hold(Database& database, std::int64_t ledger, const HoldKey& key, const Hold& hold, Wall now);

// The attempt ended. nullopt: what it cost is not known, and its hold stays spent. A charge without a hold
// counts too, on no model's line, as a breach.
void settle(Database& database, std::int64_t ledger, const HoldKey& key, const std::optional<Money>& charge,
            Wall now);

// Every hold of a run that is out belongs to an attempt that will not be seen to end; but for those of
// `run`'s attempts that are in a batch.
void give_up_holds(Database& database, std::int64_t run, std::string_view run_id);

// Numbers of ledgers, oldest first; and the one of a run, if it has one. For any version of the store.
std::vector<std::int64_t> list_ledgers(Database& database);
std::optional<std::int64_t> ledger_of_run(Database& database, std::int64_t run);
std::optional<std::int64_t> find_ledger(Database& database, std::string_view name);

// Without in_doubt, which only who knows the living runs can tell.
LedgerState read_ledger(Database& database, std::int64_t ledger);

// Holds whose charge is not known, by run, trial and the order of attempts; of one ledger or one run.
std::vector<HoldRow> open_holds_of_ledger(Database& database, std::int64_t ledger);
std::vector<HoldRow> open_holds_of_run(Database& database, std::string_view run_id);

// A person says what an open hold did cost; 0 releases it. `note` says who and why. More than was held is
// refused: Error{usage}.
void settle_by_hand(Database& database, const HoldRow& hold, const Money& charge, Wall now,
                    std::string_view note);

}  // namespace costwar::harness
