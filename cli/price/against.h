// costwar price --against INVOICE.csv: the flags, what the invoice asks of the log's reader, and the report.
// The verb adds up the log by day and model, in the zone that billing_offset_ns says.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/output.h"
#include "core/money.h"
#include "pricing/reconcile.h"
#include "pricing/traffic/traffic.h"

namespace costwar::cli {

struct AgainstFlags {
  std::string against;               // the invoice; empty: no reconciling
  std::string invoice_format;        // empty: by its columns
  std::vector<std::string> columns;  // KEY=COLUMN, for the generic format
  std::string invoice_currency;      // for layouts that print none
  std::string fx;                    // dated exchange rates
  std::string tolerance;             // "0.50" or "0.5 %"; empty: 0
  std::string billing_zone;          // empty: as the invoice prints
  std::string gate = "unexplained";  // or "difference": what the tolerance is for
};

void declare_against_flags(CLI::App& app, AgainstFlags& flags);

// Error{usage} for values that are none, and for flags that need --against; before anything is read.
void check_against_flags(const AgainstFlags& flags);

// Nanoseconds east of UTC at whose midnight the vendor's billing day begins: --billing-zone, else what the
// invoice prints, else UTC. Reads the invoice unless the flag is given.
std::int64_t billing_offset_ns(const AgainstFlags& flags);

// How much of a day may stay unexplained: an amount in the log's currency, or a share of the day's invoice.
struct Tolerance {
  int128 atto = 0;
  std::optional<std::int64_t> millionths_of_percent;
};
// "0.50", "0.5 %", "0.5%"; empty is 0. At most 6 decimals in a percentage. Error{usage} otherwise.
Tolerance parse_tolerance(const std::string& text);

// Days whose unexplained remainder (with `whole_difference`: whose difference), or that of one of their
// models, is above the tolerance, or not known for want of an exchange rate.
std::vector<std::int64_t> open_days(const pricing::Reconciliation& result, const Tolerance& tolerance,
                                    bool whole_difference = false);

// Prints the reconciliation; kGateFailed when a day is open, kBadInput when a line of the invoice could not
// be read, else kOk. `traffic`: by day and model.
int reconcile_and_report(const pricing::Traffic& traffic, const AgainstFlags& flags,
                         const OutputFlags& output, Environment& environment,
                         const pricing::MatchModel& match = {});

}  // namespace costwar::cli
