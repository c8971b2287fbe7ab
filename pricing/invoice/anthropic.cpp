// Anthropic: the cost export of the Console (that it exists: support.claude.com/en/articles/9534590).
// Columns as in the fixture "in the real column order" of github.com/axigatelabs/axigate-finops
// (internal/.../anthropic, cost CSV, August 2026) and other public readers: usage_date_utc, model, workspace,
// api_key, usage_type, context_window, token_type, cost_usd, list_price_usd, cost_type, inference_geo, speed,
// api_key_id, api_key_status. Models are display names ("Claude Haiku 4.5"); costs are printed in cents; a
// row has one token type and no token count. Days are UTC, as the column says. Only token rows were seen; for
// others (searches, code execution) the row is usage without a meter.
#include <array>

#include "pricing/invoice/formats.h"

namespace costwar::pricing {
namespace {

constexpr std::array kAnthropicColumns{
    InvoiceColumn{"day", "usage_date_utc"},         InvoiceColumn{"model", "model"},
    InvoiceColumn{"type", "token_type", false},     InvoiceColumn{"amount", "cost_usd"},
    InvoiceColumn{"cost_type", "cost_type", false}, InvoiceColumn{"usage_type", "usage_type", false},
};

struct TokenType {
  std::string_view name;
  Meter meter;
};
constexpr std::array kTokenTypes{
    TokenType{"input_no_cache", Meter::fresh_input},
    TokenType{"input_cache_read", Meter::cache_read},
    TokenType{"input_cache_write_5m", Meter::cache_write_5m},
    TokenType{"input_cache_write_1h", Meter::cache_write_1h},
    TokenType{"output", Meter::visible_output},
};

ReadLine read_anthropic(const InvoiceRow& row, const InvoiceOptions&) {
  ReadLine out;
  read_day(row["day"], out);
  if (!out.offset_ns) out.offset_ns = 0;
  read_money(row["amount"], Currency("USD"), out);
  out.line.model = trimmed(row["model"]);
  const std::string type = lowered(trimmed(row["type"]));
  for (const TokenType& candidate : kTokenTypes)
    if (type == candidate.name) out.line.meter = candidate.meter;
  out.line.label = !type.empty() ? type : std::string(trimmed(row["cost_type"]));
  if (out.line.model.empty()) out.line.kind = kind_of_label(out.line.label);
  return out;
}

}  // namespace

const InvoiceFormat kAnthropicCosts{
    "anthropic",       "Anthropic Console cost export",
    "anthropic",       "the fixture of github.com/axigatelabs/axigate-finops, August 2026",
    kAnthropicColumns, true,
    read_anthropic};

}  // namespace costwar::pricing
