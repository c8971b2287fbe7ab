// What costwar runs says of ledgers and does to them: their state, and the settling of holds by hand.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "core/document.h"
#include "harness/store/store.h"

namespace costwar::cli {

struct SettleFlags {
  std::optional<std::int64_t> trial;
  std::string at;  // an amount, or "worst"
  bool release = false;
  std::string note;
};
void declare_settle_flags(CLI::App& app, SettleFlags& flags);

// Limits and sums, a row for all models together and one for each.
Table ledger_table(const harness::LedgerState& state);
Document ledgers_document(const std::vector<harness::LedgerState>& states);

// Without a choice lists what the run holds without a known charge and changes nothing; else settles what is
// in doubt of it and says so. `run`: an id, also of a run that was deleted. Error{usage} where there is
// nothing to settle.
Document settle(harness::Store& store, const std::string& run, const SettleFlags& flags,
                const Environment& environment);

}  // namespace costwar::cli
