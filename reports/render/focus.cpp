// Cost rows in the shape of FOCUS, the FinOps Open Cost and Usage Specification, version 1.2
// (https://focus.finops.org): its mandatory columns, and the conditional ones that have a meaning here, one
// row per line of the `costs` table. They are estimates from list prices and say so in every row
// (ChargeDescription, x_CostwarEstimate): no invoice, no negotiated discount, no tax. FOCUS wants a cost in
// every row; a line whose amount is not known has none here, and x_CostwarCostKnown is false, because unknown
// is not zero.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/csv.h"
#include "core/durations.h"
#include "core/error.h"
#include "core/json.h"
#include "reports/render/flat.h"
#include "reports/render/format.h"
#include "reports/render/safe_csv.h"

namespace costwar::reports {
namespace {

constexpr std::string_view kVersion = "1.2";

// A line of `costs` by the keys of its columns.
class Line {
 public:
  Line(const FlatTable& costs, FlatRow row) : costs_(costs), row_(row) {}

  std::string text(std::string_view key) const {
    for (std::size_t i = 0; i < row_.size(); ++i)
      if (costs_.columns[i].key == key) return flat_text(row_[i]);
    return {};
  }
  std::int64_t integer(std::string_view key) const {
    for (std::size_t i = 0; i < row_.size(); ++i)
      if (costs_.columns[i].key == key)
        if (const auto* value = std::get_if<std::int64_t>(&row_[i])) return *value;
    return 0;
  }

 private:
  const FlatTable& costs_;
  FlatRow row_;
};

std::string instant(CivilDate date) {
  return format_wall({days_from_civil(date) * kNanosPerDay});
}

CivilDate next_month(CivilDate date) {
  return date.month == 12 ? CivilDate{date.year + 1, 1, 1} : CivilDate{date.year, date.month + 1, 1};
}

std::string provider_of(const Line& line) {
  const std::string priced_as = line.text("priced_as");
  return priced_as.empty() ? "unknown" : priced_as.substr(0, priced_as.find('/'));
}

std::string model_of(const Line& line) {
  const std::string priced_as = line.text("priced_as");
  const std::size_t slash = priced_as.find('/');
  return slash == std::string::npos ? "" : priced_as.substr(slash + 1);
}

bool own_machine(const Line& line) {
  return line.text("kind") == "machine_time";
}

// "Tokens", "Hours": capitalised plural units, as the specification's unit format asks.
std::string unit_of(const Line& line) {
  if (own_machine(line)) return "Hours";
  std::string unit = line.text("unit");
  if (unit == "token-hours") return "Token-Hours";
  if (!unit.empty() && unit.front() >= 'a' && unit.front() <= 'z')
    unit.front() = static_cast<char>(unit.front() - 'a' + 'A');
  return unit;
}

// The count in units of the price, exactly but for 18 digits: count / per.
std::string pricing_quantity(const Line& line) {
  if (line.text("count").empty() || line.integer("per") <= 0) return {};
  return Money(Currency(), 1'000'000'000'000'000'000)
      .scaled(line.integer("count"), line.integer("per"))
      .decimal();
}

std::string pricing_unit(const Line& line) {
  if (line.integer("per") <= 0) return {};
  return own_machine(line) || line.integer("per") == 1
             ? unit_of(line)
             : fmt::format("{} {}", line.integer("per"), unit_of(line));
}

std::string sku(const Line& line) {
  if (line.text("meter").empty()) return {};
  return line.text("priced_as") + "/" + line.text("meter");
}

std::string sku_price(const Line& line) {
  const std::string record = line.text("record");
  if (line.text("rate").empty()) return {};
  return (record.empty() ? line.text("priced_as") : record) + "#" + line.text("meter");
}

std::string description(const Line& line) {
  const std::string meter = line.text("meter");
  return fmt::format("{}, not an invoice: {}{}{} ({})",
                     line.text("kind") == "imported" ? "Cost as the source of an imported run told it"
                                                     : "Estimate by costwar from list prices",
                     line.text("account"), meter.empty() ? "" : ", ", meter, line.text("kind"));
}

std::string tags(const Line& line) {
  return Json{{"costwar/model", line.text("model")}, {"costwar/role", line.text("role")}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

std::string service_category(const Line& line) {
  return own_machine(line) ? "Compute" : "AI and Machine Learning";
}

std::string service_subcategory(const Line& line) {
  return own_machine(line) ? "Other (Compute)" : "Generative AI";
}

std::string service_name(const Line& line) {
  return own_machine(line) ? "Own machine" : provider_of(line) + " API";
}

std::string region(const Line& line) {
  const std::string name = line.text("region");
  return name == "any" ? "" : name;
}

std::string amount(const Line& line) {
  return line.text("amount");
}

CivilDate date_of(const Line& line) {
  return civil_from_days(parse_wall(line.text("day")).ns / kNanosPerDay);
}

CivilDate month_of(const Line& line) {
  const CivilDate date = date_of(line);
  return {date.year, date.month, 1};
}

struct FocusColumn {
  std::string_view id;
  std::string (*value)(const Line& line);
  bool number = false;
};

std::string currency(const Line& line) {
  for (const char* key : {"amount_currency", "rate_currency"})
    if (const std::string code = line.text(key); !code.empty()) return code;
  return "USD";
}

const std::array kColumns{
    FocusColumn{"BilledCost", amount, true},
    FocusColumn{"BillingAccountId", [](const Line&) { return std::string("costwar"); }},
    FocusColumn{"BillingAccountName", [](const Line&) { return std::string("costwar estimate"); }},
    FocusColumn{"BillingAccountType", [](const Line&) { return std::string("Estimate"); }},
    FocusColumn{"BillingCurrency", currency},
    FocusColumn{"BillingPeriodEnd", [](const Line& line) { return instant(next_month(month_of(line))); }},
    FocusColumn{"BillingPeriodStart", [](const Line& line) { return instant(month_of(line)); }},
    FocusColumn{"ChargeCategory", [](const Line&) { return std::string("Usage"); }},
    FocusColumn{"ChargeClass", [](const Line&) { return std::string(); }},
    FocusColumn{"ChargeDescription", description},
    FocusColumn{"ChargeFrequency", [](const Line&) { return std::string("Usage-Based"); }},
    FocusColumn{
        "ChargePeriodEnd",
        [](const Line& line) { return instant(civil_from_days(days_from_civil(date_of(line)) + 1)); }},
    FocusColumn{"ChargePeriodStart", [](const Line& line) { return instant(date_of(line)); }},
    FocusColumn{
        "ConsumedQuantity",
        [](const Line& line) { return own_machine(line) ? pricing_quantity(line) : line.text("count"); },
        true},
    FocusColumn{"ConsumedUnit", unit_of},
    FocusColumn{"ContractedCost", amount, true},
    FocusColumn{"ContractedUnitPrice", [](const Line& line) { return line.text("rate"); }, true},
    FocusColumn{"EffectiveCost", amount, true},
    FocusColumn{"InvoiceIssuerName", provider_of},
    FocusColumn{"ListCost", amount, true},
    FocusColumn{"ListUnitPrice", [](const Line& line) { return line.text("rate"); }, true},
    FocusColumn{"PricingCategory", [](const Line&) { return std::string("Standard"); }},
    FocusColumn{"PricingQuantity", pricing_quantity, true},
    FocusColumn{"PricingUnit", pricing_unit},
    FocusColumn{"ProviderName", provider_of},
    FocusColumn{"PublisherName", provider_of},
    FocusColumn{"RegionId", region},
    FocusColumn{"ResourceId", [](const Line& line) { return line.text("account"); }},
    FocusColumn{"ResourceName", model_of},
    FocusColumn{"ResourceType", [](const Line&) { return std::string("Model"); }},
    FocusColumn{"ServiceCategory", service_category},
    FocusColumn{"ServiceName", service_name},
    FocusColumn{"ServiceSubcategory", service_subcategory},
    FocusColumn{"SkuId", sku},
    FocusColumn{"SkuMeter", [](const Line& line) { return line.text("meter"); }},
    FocusColumn{"SkuPriceId", sku_price},
    FocusColumn{"Tags", tags},
    FocusColumn{"x_CostwarCostHigh", [](const Line& line) { return line.text("high"); }, true},
    FocusColumn{"x_CostwarCostKnown",
                [](const Line& line) { return std::string(amount(line).empty() ? "false" : "true"); }},
    FocusColumn{"x_CostwarCostLow", [](const Line& line) { return line.text("low"); }, true},
    FocusColumn{"x_CostwarEstimate", [](const Line&) { return std::string("true"); }},
    FocusColumn{"x_CostwarKind", [](const Line& line) { return line.text("kind"); }},
    FocusColumn{"x_FocusVersion", [](const Line&) { return std::string(kVersion); }},
    FocusColumn{"x_ServiceClass", [](const Line& line) { return line.text("service_class"); }},
};

const Table& costs_of(const Document& document) {
  const auto found = std::find_if(document.tables.begin(), document.tables.end(),
                                  [](const Table& table) { return table.key == "costs"; });
  if (found == document.tables.end())
    throw Error(ErrorKind::usage, "this report has no cost lines, which the format focus is made of",
                "costwar report RUN and costwar export RUN have them");
  return *found;
}

}  // namespace

void render_focus(const Document& document, ItemRows*, const RenderOptions& options, const Output& out) {
  const FlatTable costs = flat_table(costs_of(document));
  const char delimiter = csv_separator(options.csv_dialect);
  std::string text = options.csv_dialect == CsvDialect::excel_eu ? "\xEF\xBB\xBF" : "";
  for (const FocusColumn& column : kColumns) {
    if (&column != kColumns.data()) text += delimiter;
    text += column.id;
  }
  text += "\r\n";
  out(text);
  costs.rows([&](FlatRow row) {
    const Line line(costs, row);
    text.clear();
    for (const FocusColumn& column : kColumns) {
      if (&column != kColumns.data()) text += delimiter;
      const std::string value = column.value(line);
      if (column.number)
        csv_field(text, value, delimiter);
      else
        csv_text_field(text, value, delimiter);
    }
    text += "\r\n";
    out(text);
  });
}

}  // namespace costwar::reports
