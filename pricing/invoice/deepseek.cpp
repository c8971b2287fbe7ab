// DeepSeek: the two files in the zip that "Export" on the platform's usage page gives for a month.
// cost-*.csv: user_id, utc_date, model, wallet_type, cost, currency. amount-*.csv: user_id, utc_date, model,
// api_key_name, api_key, type, price, amount, where price is per token, in a currency that the file does not
// name, and amount is a count. Source: DEV.md of github.com/jerrychan7/deepseek-usage-chart. Since August
// 2026 the exports have start_time_iso and end_time_iso ("2026-08-17T00:00:00+08:00") instead of utc_date, in
// the account's zone, and utc_date may be 20260701: as tests of several public readers show; not checked
// against an export of our own. So the billing day is UTC for utc_date, else that of the printed offset. What
// is paid from granted balance (wallet_type) is usage all the same.
#include <array>

#include "core/error.h"
#include "pricing/invoice/formats.h"

namespace costwar::pricing {
namespace {

constexpr std::array kCostColumns{
    InvoiceColumn{"day", "start_time_iso|utc_date"},
    InvoiceColumn{"model", "model"},
    InvoiceColumn{"amount", "cost"},
    InvoiceColumn{"currency", "currency"},
    InvoiceColumn{"wallet", "wallet_type", false},
};

constexpr std::array kAmountColumns{
    InvoiceColumn{"day", "start_time_iso|utc_date"},
    InvoiceColumn{"model", "model"},
    InvoiceColumn{"type", "type"},
    InvoiceColumn{"price", "price"},
    InvoiceColumn{"quantity", "amount"},
    InvoiceColumn{"currency", "currency", false},
};

struct UsageType {
  std::string_view name;
  Meter meter;
};
constexpr std::array kUsageTypes{
    UsageType{"input_cache_miss_tokens", Meter::fresh_input},
    UsageType{"input_tokens", Meter::fresh_input},
    UsageType{"input_cache_hit_tokens", Meter::cache_read},
    UsageType{"output_tokens", Meter::visible_output},
    UsageType{"request_count", Meter::requests},
};

ReadLine read_cost(const InvoiceRow& row, const InvoiceOptions& options) {
  ReadLine out;
  read_day(row["day"], out);
  read_money(row["amount"], read_currency(row["currency"], options), out);
  out.line.model = trimmed(row["model"]);
  out.line.label = trimmed(row["wallet"]);
  return out;
}

ReadLine read_amounts(const InvoiceRow& row, const InvoiceOptions& options) {
  ReadLine out;
  out.exact = true;
  read_day(row["day"], out);
  out.line.model = trimmed(row["model"]);
  out.line.label = trimmed(row["type"]);
  const std::string type = lowered(trimmed(row["type"]));
  for (const UsageType& candidate : kUsageTypes)
    if (type == candidate.name) out.line.meter = candidate.meter;
  if (!out.line.meter)
    throw Error(ErrorKind::input, "'" + out.line.label + "' is not a type of usage that is known");
  out.line.quantity = read_quantity(row["quantity"]);
  if (!out.line.quantity) throw Error(ErrorKind::input, "the amount is empty");
  const Currency currency = read_currency(row["currency"], options);
  const bool counted_only = trimmed(row["price"]).empty();  // requests have no price
  if (counted_only && out.line.meter != Meter::requests) throw Error(ErrorKind::input, "the price is empty");
  const Money price = counted_only ? Money(currency, 0) : read_amount(row["price"], currency).amount;
  // A price below 1 and a quantity below 1e15 stay within the range of every other amount.
  if (price >= Money::parse(currency, "1")) throw Error(ErrorKind::input, "a price from 1 a token up");
  out.line.amount = price.times(*out.line.quantity);
  return out;
}

}  // namespace

const InvoiceFormat kDeepSeekCosts{"deepseek",   "DeepSeek cost export",
                                   "deepseek",   "DEV.md of github.com/jerrychan7/deepseek-usage-chart",
                                   kCostColumns, true,
                                   read_cost};

const InvoiceFormat kDeepSeekAmounts{
    "deepseek-amount", "DeepSeek amount export",
    "deepseek",        "DEV.md of github.com/jerrychan7/deepseek-usage-chart",
    kAmountColumns,    true,
    read_amounts};

}  // namespace costwar::pricing
