// Invoice: what a vendor says a period cost, line by line, as its cost export prints it. Readers in
// pricing/invoice make one out of CSV, one file and one row of the table each; a line that cannot be read is
// counted and kept as such, never dropped. Values; no threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/money.h"
#include "core/usage.h"

namespace costwar::pricing {

// usage is compared with the log; everything else is a line of its own.
enum class LineKind : std::uint8_t { usage, credit, tax, minimum, rounding, other };
std::string_view line_kind_name(LineKind kind);

struct InvoiceLine {
  std::int64_t day = 0;        // in the billing zone, days since 1970-01-01
  std::string model;           // as printed; empty where the line names none
  std::optional<Meter> meter;  // visible_output stands for all output, reasoning included
  LineKind kind = LineKind::usage;
  Money amount;
  std::optional<std::int64_t> quantity;  // tokens, or whatever the meter counts
  std::string label;                     // as printed: what the line is for
  std::size_t line = 0;                  // in the file, from 1
};

struct BadInvoiceLine {
  std::size_t line = 0;
  std::string what;
};

struct Invoice {
  std::string format;    // the reader's name
  std::string title;     // "OpenAI cost export"
  std::string provider;  // of the price book; empty: any
  std::vector<InvoiceLine> lines;
  Currency currency;               // of the first line
  std::int64_t day_offset_ns = 0;  // the billing day begins at midnight of this zone
  std::size_t other_offsets = 0;   // lines that were printed in another zone
  int decimals = 2;                // the most that a usage amount is printed with, at least cents
  std::size_t empty_lines = 0;     // without an amount: days on which nothing was billed
  std::size_t bad_lines = 0;
  std::vector<BadInvoiceLine> bad_samples;  // the first few
};

}  // namespace costwar::pricing
