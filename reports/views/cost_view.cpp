#include "reports/views/cost_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/durations.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using analysis::CostKind;
using analysis::CostLine;
using analysis::CostLines;
using analysis::CostRate;

std::string day_text(std::int64_t day) {
  return format_wall({day * kNanosPerDay}).substr(0, 10);
}

// A model's own calls stand under its name; what measuring it cost is another account.
std::string account_of(const CostLine& line, const std::vector<std::string>& models) {
  const std::string& model = models.at(line.model);
  return line.role == CallRole::subject ? model : fmt::format("{} ({})", model, call_role_name(line.role));
}

std::string rate_id(std::size_t index) {
  return fmt::format("P{}", index + 1);
}

Table prices_table(const CostLines& lines) {
  TableBuilder table("prices", "Prices: change a rate, and the costs and totals follow");
  table.show(Show::data_only).text("id", "Price").text("priced_as", "Priced as").text("meter", "Meter");
  table.number("rate", "Rate").number("per", "for so many").text("unit", "Unit");
  table.text("service_class", "Service class").text("region", "Region").text("provider", "Provider");
  table.text("record", "Price record").text("effective_from", "In effect from (UTC)");
  table.text("source", "Source");
  const std::vector<CostRate>& rates = lines.rates();
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const CostRate& rate = rates[i];
    table.row({TextCell{rate_id(i)}, TextCell{rate.priced_as},
               TextCell{std::string(meter_row(rate.meter).name)}, MoneyCell{rate.rate, true},
               IntegerCell{rate.per}, TextCell{std::string(meter_row(rate.meter).unit)},
               text_cell(rate.service_class), text_cell(rate.region), text_cell(rate.provider),
               text_cell(rate.record), text_cell(rate.from ? format_wall(*rate.from) : ""),
               text_cell(rate.source)});
  }
  return table.build();
}

Cell amount_cell(const CostLine& line, const std::optional<Money>& amount) {
  if (!amount) return Unknown{};
  if (!line.rate || !line.count) return MoneyCell{*amount};
  return ProductCell{*amount, "count", {"prices", *line.rate, "rate"}, 1};
}

Table costs_table(const CostLines& lines, const std::vector<CostLine>& all,
                  const std::vector<std::string>& models) {
  TableBuilder table("costs", "What was billed, by day (UTC), model, meter and rate");
  table.show(Show::data_only).text("day", "Day (UTC)").text("account", "Account").text("model", "Model");
  table.text("role", "Role").text("kind", "Kind").text("priced_as", "Priced as");
  table.text("service_class", "Service class").text("region", "Region").text("meter", "Meter");
  table.text("unit", "Unit").number("attempts", "Attempts").number("count", "Count");
  table.text("price", "Price").number("rate", "Rate").number("per", "for so many");
  table.number("amount", "Amount").number("low", "Low").number("high", "High");
  table.text("record", "Price record");
  for (const CostLine& line : all) {
    const CostRate* rate = line.rate ? &lines.rates()[*line.rate] : nullptr;
    const auto amount = [&](const std::optional<Money>& value) {
      Cell cell = amount_cell(line, value);
      if (auto* product = std::get_if<ProductCell>(&cell)) product->per = rate->per;
      return cell;
    };
    table.row({TextCell{day_text(line.day)}, TextCell{account_of(line, models)},
               TextCell{models.at(line.model)}, TextCell{std::string(call_role_name(line.role))},
               TextCell{std::string(analysis::cost_kind_name(line.kind))}, text_cell(line.priced_as),
               text_cell(rate != nullptr ? rate->service_class : ""),
               text_cell(rate != nullptr ? rate->region : ""),
               text_cell(line.meter ? std::string(meter_row(*line.meter).name) : ""),
               text_cell(line.meter ? std::string(meter_row(*line.meter).unit) : ""),
               IntegerCell{line.attempts}, integer_cell(line.count),
               text_cell(line.rate ? rate_id(*line.rate) : ""),
               rate != nullptr ? Cell(SumCell{rate->rate, "prices", "rate", "id", rate_id(*line.rate)})
                               : Cell(Unknown{}),
               rate != nullptr ? Cell(IntegerCell{rate->per}) : Cell(Unknown{}), amount(line.amount),
               amount(line.low), amount(line.high), text_cell(rate != nullptr ? rate->record : "")});
  }
  return table.build();
}

struct Total {
  std::string account;
  std::optional<Money> amount;
  std::optional<Money> low;
  std::optional<Money> high;
  std::int64_t unpriced = 0;
};

// Nothing is nothing in every currency.
void add(std::optional<Money>& sum, const std::optional<Money>& amount) {
  if (!amount) return;
  if (!sum || sum->is_zero())
    sum = sum && amount->is_zero() ? sum : amount;
  else if (!amount->is_zero())
    *sum += *amount;
}

// In the order of the run; what measuring cost stands behind.
std::vector<Total> totals_of(const std::vector<CostLine>& all, const std::vector<std::string>& models) {
  std::vector<Total> totals;
  for (const CallRole role : {CallRole::subject, CallRole::judge, CallRole::simulated_user})
    for (std::uint32_t model = 0; model < models.size(); ++model) {
      Total total;
      for (const CostLine& line : all) {
        if (line.role != role || line.model != model) continue;
        total.account = account_of(line, models);
        add(total.amount, line.amount);
        add(total.low, line.low);
        add(total.high, line.high);
        if (line.kind == CostKind::unpriced || line.kind == CostKind::unreported ||
            line.kind == CostKind::in_doubt)
          ++total.unpriced;
      }
      if (!total.account.empty()) totals.push_back(std::move(total));
    }
  return totals;
}

Table totals_table(const std::vector<CostLine>& all, const std::vector<std::string>& models) {
  TableBuilder table("totals", "What is known of the costs, in total");
  table.show(Show::data_only).text("account", "Account").number("amount", "Total");
  table.number("low", "Low").number("high", "High").number("unpriced_lines", "Lines without an amount");
  for (const Total& total : totals_of(all, models)) {
    const auto sum = [&](const std::optional<Money>& value, const char* column) {
      return SumCell{value, "costs", column, "account", total.account};
    };
    // Beside a line without an amount, nothing bounds the total from above.
    table.row({TextCell{total.account}, sum(total.amount, "amount"), sum(total.low, "low"),
               total.unpriced > 0 ? Cell(Unknown{}) : Cell(sum(total.high, "high")),
               IntegerCell{total.unpriced}});
  }
  return table.build();
}

}  // namespace

std::vector<Table> cost_tables(const CostLines& lines, const std::vector<std::string>& models) {
  const std::vector<CostLine> all = lines.lines();
  if (all.empty()) return {};
  return {totals_table(all, models), costs_table(lines, all, models), prices_table(lines)};
}

}  // namespace costwar::reports
