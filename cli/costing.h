// From a run's usage to money: which tariff each model's attempts are billed under, what the own machine
// costs, and what the same token counts would cost elsewhere.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/attempt_cost.h"
#include "analysis/cost_lines.h"
#include "cli/price_book.h"
#include "core/columns.h"
#include "core/time.h"

namespace costwar::cli {

struct CostingFlags {
  std::string machine_rate;          // USD per hour; empty: the documented default
  std::vector<std::string> reprice;  // provider/model; empty: the default list
  bool no_reprice = false;
  bool imported_costs = false;  // the word of an imported run's source counts before a bill
  std::string at;               // an instant: as if every attempt had been made then; empty: each at its own
  BookFlags books;
};

void declare_costing_flags(CLI::App& app, CostingFlags& flags);

// Error{usage} for a bad rate or an unknown model; for verbs to call before they spend anything.
void check_costing_flags(const CostingFlags& flags, const pricing::PriceBook& book, Wall known_at);

struct Costing {
  analysis::CostColumns costs;                  // one per attempt of the run
  std::vector<analysis::ModelPricing> pricing;  // one per model of the run
  analysis::CostColumns cold;  // had no prompt cache helped, one per attempt; empty: none did
};

// The instant that --at names. Error{usage} for what is no instant.
std::optional<Wall> costing_instant(const CostingFlags& flags);

// Prices as known at `known_at`, each attempt at its own instant, or at that of --at. `lines`: also gets
// every bill, line by line, in the same pass; nullptr: nobody asks.
Costing cost_run(const RunColumns& run, const CostingFlags& flags, const pricing::PriceBook& book,
                 Wall known_at, analysis::CostLines* lines = nullptr);

}  // namespace costwar::cli
