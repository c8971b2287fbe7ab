// OpenAI: the cost export of the usage dashboard, which is the organization costs API as CSV.
// Columns as in an export of 2025-10-12 that is public at github.com/xavierjflanagan/Guardian
// (shared/docs/.../openai-usage-and-cost-report-2025-10-12.md): start_time, end_time, start_time_iso,
// end_time_iso, amount_value, amount_currency, line_item, project_id, organization_id, organization_name.
// Without grouping by line item, line_item is empty and a row is the whole day; a day without cost has an
// empty amount_value. `quantity` is a nullable field of the API's cost object; whether the CSV carries it was
// not checked. Line items such as "gpt-5.5-2026-04-23, cached input", "priority | gpt-5.6-sol, output, long
// context", "gpt-4.1, cache writes" and "web search tool calls": as readers of public projects name them.
// Days are UTC.
#include <array>

#include "core/error.h"
#include "pricing/invoice/formats.h"

namespace costwar::pricing {
namespace {

constexpr std::array kOpenAiColumns{
    InvoiceColumn{"day", "start_time_iso|start_time|date"}, InvoiceColumn{"amount", "amount_value"},
    InvoiceColumn{"currency", "amount_currency"},           InvoiceColumn{"item", "line_item", false},
    InvoiceColumn{"quantity", "quantity", false},
};

struct Direction {
  std::string_view words;
  Meter meter;
};
constexpr std::array kDirections{
    Direction{"input", Meter::fresh_input},           Direction{"cached input", Meter::cache_read},
    Direction{"cache writes", Meter::cache_write_5m}, Direction{"cache write", Meter::cache_write_5m},
    Direction{"output", Meter::visible_output},
};

// "priority | gpt-5.6-sol, output, long context": class, model and modality, direction, tier.
void read_item(std::string_view item, InvoiceLine& line) {
  line.label = item;
  std::string_view rest = item;
  if (const std::size_t bar = rest.find('|'); bar != std::string_view::npos) rest = rest.substr(bar + 1);
  const std::size_t comma = rest.find(',');
  if (comma == std::string_view::npos) return;
  const std::string_view model = trimmed(rest.substr(0, comma));
  rest = rest.substr(comma + 1);
  const std::string_view words = trimmed(rest.substr(0, rest.find(',')));
  for (const Direction& direction : kDirections) {
    if (lowered(trimmed(words)) != direction.words) continue;
    line.model = model;
    // "gpt-image-2 text, input": other meters of the same model than those of text.
    if (model.find(' ') == std::string_view::npos) line.meter = direction.meter;
  }
}

ReadLine read_openai(const InvoiceRow& row, const InvoiceOptions& options) {
  ReadLine out;
  if (trimmed(row["amount"]).empty()) {
    out.skip = true;
    return out;
  }
  read_day(row["day"], out);
  read_money(row["amount"], read_currency(row["currency"], options), out);
  read_item(trimmed(row["item"]), out.line);
  if (out.line.model.empty()) out.line.kind = kind_of_label(out.line.label);
  out.line.quantity = read_quantity(row["quantity"]);
  return out;
}

}  // namespace

const InvoiceFormat kOpenAiCosts{
    "openai",       "OpenAI cost export",
    "openai",       "an export of 2025-10-12, github.com/xavierjflanagan/Guardian",
    kOpenAiColumns, true,
    read_openai};

}  // namespace costwar::pricing
