// Any other invoice as CSV, read by costwar's own names for the columns or by a column map. Only the day and
// the amount are needed. It is never guessed: an unknown file must be named as generic.
#include <array>

#include "core/error.h"
#include "pricing/invoice/formats.h"

namespace costwar::pricing {
namespace {

constexpr std::array kGenericColumns{
    InvoiceColumn{"day", "day|date"},
    InvoiceColumn{"amount", "amount|cost"},
    InvoiceColumn{"currency", "currency", false},
    InvoiceColumn{"model", "model", false},
    InvoiceColumn{"meter", "meter", false},
    InvoiceColumn{"quantity", "quantity", false},
    InvoiceColumn{"kind", "kind", false},
    InvoiceColumn{"label", "label|description", false},
};

LineKind read_kind(std::string_view text, const InvoiceLine& line) {
  const std::string kind = lowered(trimmed(text));
  for (int i = 0; i <= static_cast<int>(LineKind::other); ++i)
    if (kind == line_kind_name(static_cast<LineKind>(i))) return static_cast<LineKind>(i);
  if (!kind.empty())
    throw Error(ErrorKind::input,
                "'" + kind + "' is not one of usage, credit, tax, minimum, rounding, other");
  return line.model.empty() ? kind_of_label(line.label) : LineKind::usage;
}

ReadLine read_generic(const InvoiceRow& row, const InvoiceOptions& options) {
  ReadLine out;
  read_day(row["day"], out);
  read_money(row["amount"], read_currency(row["currency"], options), out);
  out.line.model = trimmed(row["model"]);
  out.line.label = trimmed(row["label"]);
  out.line.quantity = read_quantity(row["quantity"]);
  const std::string meter = lowered(trimmed(row["meter"]));
  if (meter == "output") {
    out.line.meter = Meter::visible_output;
  } else if (!meter.empty()) {
    out.line.meter = meter_by_name(meter);
    if (!out.line.meter) throw Error(ErrorKind::input, "'" + meter + "' is not a meter");
  }
  out.line.kind = read_kind(trimmed(row["kind"]), out.line);
  return out;
}

}  // namespace

const InvoiceFormat kGenericInvoice{
    "generic", "Invoice", "", "costwar's own names, or a column map", kGenericColumns, false, read_generic};

}  // namespace costwar::pricing
