// Reconciling: what a usage log adds up to beside what the vendor billed, per day and model, and where the
// difference comes from. Pure: values in, values out.
//
// Every difference (invoiced - computed) is split so that the parts add up to it exactly:
//   quantity     the two sides count a meter differently: (billed - logged count) x the log's own rate of
//   that meter
//                and day; or only one side has the meter at all, then its whole amount
//   price        what is left where both counts are known: the same tokens at another rate
//   rounding     at most half a unit of the last printed digit for each line of the invoice
//   range        within the least and the most that the log's own tariff can be read as
//   unexplained  everything else, days and models that only one side has among it
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fx.h"
#include "core/money.h"
#include "core/usage.h"
#include "pricing/invoice/invoice.h"
#include "pricing/traffic/traffic.h"

namespace costwar::pricing {

// "provider/model" of a name as invoices print it, or empty.
using MatchModel = std::function<std::string(std::string_view name)>;

struct DifferenceParts {
  Money quantity, price, rounding, range, unexplained;

  explicit DifferenceParts(Currency currency = {})
      : quantity(currency, 0),
        price(currency, 0),
        rounding(currency, 0),
        range(currency, 0),
        unexplained(currency, 0) {}
  DifferenceParts& operator+=(const DifferenceParts& other);
  Money sum() const { return quantity + price + rounding + range + unexplained; }
};

// One meter, of one day and model or summed over all of them. visible_output stands for all output.
struct ReconciledMeter {
  std::optional<Meter> meter;     // none: lines of the invoice that name no meter
  std::optional<Money> computed;  // nullopt: the log has none of this meter
  std::optional<Money> invoiced;  // nullopt: no line of the invoice
  std::optional<int128> logged;   // count
  std::optional<int128> billed;   // count, where the invoice prints one
  DifferenceParts parts;
};

enum class Side : std::uint8_t { both, invoice_only, log_only };
std::string_view side_name(Side side);

struct ReconciledGroup {
  std::int64_t day = 0;
  std::string model;    // "provider/model", the invoice's name where nothing matches, empty: all models
  std::string printed;  // the name on the invoice where it is another
  Side side = Side::both;
  std::optional<Money> computed;  // nullopt: nothing in the log, or nothing that could be priced
  std::optional<Money> low, high;
  std::optional<Money> invoiced;
  Money difference;  // invoiced - computed, what is missing counting as 0
  DifferenceParts parts;
  std::vector<ReconciledMeter> meters;  // where the invoice tells meters apart
  Money slack;                          // what rounding can hide
  std::int64_t lines = 0;               // of the invoice
  std::int64_t unpriced = 0;            // records of the log without a whole price: `computed` is "at least"
};

struct ReconciledDay {
  std::int64_t day = 0;
  Money computed, invoiced, difference;
  DifferenceParts parts;
  bool complete = true;  // false: a line had no exchange rate
};

// Credits, taxes, minimums, rounding and the like: beside the usage, never in it.
struct SeparateLines {
  LineKind kind = LineKind::other;
  std::string label;
  Money amount;  // in the invoice's currency
  std::int64_t lines = 0;
};

struct MissingRate {
  std::int64_t day = 0;
  Currency from;
  std::int64_t lines = 0;
  Money amount;
};

struct Reconciliation {
  std::string title;  // of the invoice
  Currency currency;  // of the log: everything but separate lines and missing rates is in it
  std::int64_t day_offset_ns = 0;
  std::int64_t first_day = 0, last_day = 0;  // that the invoice covers
  std::vector<ReconciledGroup> groups;       // by day and model
  std::vector<ReconciledDay> days;
  std::vector<ReconciledMeter> meters;  // over all groups that tell meters apart
  ReconciledDay total;
  std::vector<SeparateLines> separate;
  std::vector<MissingRate> missing_rates;
  std::vector<std::string> shifted_models;  // whose differences cancel out over the days
  std::vector<std::string> converted_from;  // currencies that were exchanged
  std::int64_t days_outside = 0;            // of the log, before or after the invoice
  Money outside;
  std::int64_t other_providers = 0;  // models of the log that another vendor bills
  int decimals = 2;
  std::size_t other_offsets = 0;  // lines of the invoice printed in another zone
  std::size_t bad_lines = 0;
  std::vector<BadInvoiceLine> bad_samples;
};

// Error{input} when the invoice is in another currency and `fx` is null; Error{internal} unless traffic's
// dimensions are day and model and it has a column.
Reconciliation reconcile(const Traffic& traffic, const Invoice& invoice, const FxTable* fx,
                         const MatchModel& match);

// "Claude Haiku 4.5" and "claude-haiku-4-5-20251001" have the same: lower case, blanks, dots and underscores
// as dashes, without the date of a snapshot.
std::string canonical_model(std::string_view name);

}  // namespace costwar::pricing
