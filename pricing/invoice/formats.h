// The readers of invoices as rows: which columns a layout has, under which spellings, and what a line of it
// means. Columns are found by their names in any order; further ones are ignored.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "pricing/invoice/invoice.h"

namespace costwar::pricing {

struct InvoiceColumn {
  std::string_view key;
  std::string_view spellings;  // lower case, separated by '|'
  bool required = true;
};

// One line of the file, by column key. Absent columns and missing fields are empty.
class InvoiceRow {
 public:
  using Lookup = std::function<std::string_view(std::string_view key)>;
  explicit InvoiceRow(Lookup lookup) : lookup_(std::move(lookup)) {}
  std::string_view operator[](std::string_view key) const { return lookup_(key); }

 private:
  Lookup lookup_;
};

struct InvoiceOptions {
  std::optional<Currency> currency;            // for layouts that print none
  std::map<std::string, std::string> columns;  // generic: key to the column's name in the file
};

// What a reader fills for one line. `amount` must be set, or `skip`.
struct ReadLine {
  InvoiceLine line;
  std::optional<std::int64_t> offset_ns;  // of the day, where printed
  int decimals = 0;                       // of the amount as printed
  bool exact = false;  // the amount was calculated from a rate and a quantity: nothing was rounded
  bool skip = false;   // nothing was billed
};

struct InvoiceFormat {
  std::string_view name;      // as --invoice-format takes it
  std::string_view title;     // for people
  std::string_view provider;  // empty: any
  std::string_view source;    // where the layout is known from
  std::span<const InvoiceColumn> columns;
  bool guessed = true;  // may be recognised by its columns
  // Throws Error{input} for a line that cannot be read.
  ReadLine (*read)(const InvoiceRow& row, const InvoiceOptions& options);
};

std::span<const InvoiceFormat> invoice_formats();

// One file each.
extern const InvoiceFormat kOpenAiCosts;
extern const InvoiceFormat kAnthropicCosts;
extern const InvoiceFormat kDeepSeekCosts;
extern const InvoiceFormat kDeepSeekAmounts;
extern const InvoiceFormat kGenericInvoice;

// Reads `text`; `format` empty: the first whose required columns are all there. `name` is for messages.
// Error{input} for an unknown layout (naming the columns found and those needed) and for a file without one
// readable line; Error{usage} for an unknown format.
Invoice read_invoice(std::string_view text, std::string_view format, const InvoiceOptions& options,
                     const std::string& name);

// For readers.
struct ReadAmount {
  Money amount;
  int decimals = 0;
};
// "12.40", "-0.0031", "$1,234.56", "3.625e-9"; exact, more than 18 decimals are rounded once, half away from
// zero. Error{input} for anything else and from 1e12 up.
ReadAmount read_amount(std::string_view text, Currency currency);
// Sets the line's amount and its decimals by read_amount().
void read_money(std::string_view text, Currency currency, ReadLine& out);
// A whole number of at most 15 digits; "1000.0" passes, "0.5" does not. Empty: nullopt.
std::optional<std::int64_t> read_quantity(std::string_view text);
// Sets day and offset. Error{input} unless it is a day.
void read_day(std::string_view text, ReadLine& out);
// The currency printed, in any case; else the option's; Error{input} without either.
Currency read_currency(std::string_view printed, const InvoiceOptions& options);
// "credit", "tax", "VAT", "minimum", "rounding" as words of a label; usage when there is none.
LineKind kind_of_label(std::string_view label);

}  // namespace costwar::pricing
