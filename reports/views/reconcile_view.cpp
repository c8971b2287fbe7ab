#include "reports/views/reconcile_view.h"

#include <algorithm>
#include <array>

#include "core/day.h"
#include "reports/render/cell_text.h"
#include "reports/views/reconcile_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

using pricing::DifferenceParts;
using pricing::MissingRate;
using pricing::ReconciledDay;
using pricing::ReconciledGroup;
using pricing::ReconciledMeter;
using pricing::Reconciliation;
using pricing::SeparateLines;

// The parts of a difference as columns; what is 0 everywhere is left to JSON.
struct PartColumn {
  std::string_view key;
  std::string_view title;
  Money DifferenceParts::*part;
};
constexpr std::array kParts{
    PartColumn{"quantity", "Quantity", &DifferenceParts::quantity},
    PartColumn{"price", "Price", &DifferenceParts::price},
    PartColumn{"rounding", "Rounding", &DifferenceParts::rounding},
    PartColumn{"range", "Tariff range", &DifferenceParts::range},
    PartColumn{"unexplained", "Unexplained", &DifferenceParts::unexplained},
};

template <class Rows>
void declare_parts(TableBuilder& table, const Rows& rows) {
  for (const PartColumn& column : kParts) {
    const bool used = column.part == &DifferenceParts::unexplained ||
                      std::any_of(rows.begin(), rows.end(),
                                  [&](const auto& row) { return !(row.parts.*column.part).is_zero(); });
    if (used) {
      table.number(std::string(column.key), std::string(column.title));
    } else {
      table.data(std::string(column.key));
    }
  }
}

void append_parts(std::vector<Cell>& cells, const DifferenceParts& parts) {
  for (const PartColumn& column : kParts) cells.emplace_back(MoneyCell{parts.*column.part});
}

Cell computed_text(const ReconciledGroup& group) {
  if (!group.computed) return Unknown{};
  if (group.low == group.high) return MoneyCell{*group.computed};
  return CostCell{group.computed->currency(), group.computed, group.low, group.high};
}

Cell side_text(const ReconciledGroup& group) {
  if (group.side == pricing::Side::invoice_only) return TextCell{"invoice only"};
  if (group.side == pricing::Side::log_only) return TextCell{"log only"};
  return TextCell{"both"};
}

Table groups_table(const Reconciliation& result) {
  TableBuilder table("groups", "");
  table.text("day", "Day").text("model", "Model").data("printed_model");
  table.data("side");
  table.shown("Computed").data("computed").data("computed_low").data("computed_high");
  table.number("invoiced", "Invoiced").number("difference", "Difference");
  declare_parts(table, result.groups);
  const bool one_sided =
      std::any_of(result.groups.begin(), result.groups.end(),
                  [](const ReconciledGroup& group) { return group.side != pricing::Side::both; });
  if (one_sided) table.shown("On", Align::left);
  table.data("invoice_lines").data("unpriced_records");
  for (const ReconciledGroup& group : result.groups) {
    std::vector<Cell> cells{TextCell{format_day(group.day)},
                            TextCell{group.model.empty() ? "all models" : group.model},
                            text_cell(group.printed),
                            TextCell{std::string(side_name(group.side))},
                            computed_text(group),
                            money_cell(group.computed),
                            money_cell(group.low),
                            money_cell(group.high),
                            money_cell(group.invoiced),
                            MoneyCell{group.difference}};
    append_parts(cells, group.parts);
    if (one_sided) cells.push_back(side_text(group));
    cells.emplace_back(IntegerCell{group.lines});
    cells.emplace_back(IntegerCell{group.unpriced});
    table.row(std::move(cells));
  }
  return table.build();
}

Table days_table(const Reconciliation& result, const ReconcileVerdict& verdict) {
  TableBuilder table("days", "By day");
  table.text("day", "Day").number("computed", "Computed").number("invoiced", "Invoiced");
  table.number("difference", "Difference");
  declare_parts(table, result.days);
  table.data("above_tolerance").shown("Tolerance", Align::left);
  for (const ReconciledDay& day : result.days) {
    const bool open =
        std::find(verdict.open_days.begin(), verdict.open_days.end(), day.day) != verdict.open_days.end();
    std::vector<Cell> cells{TextCell{format_day(day.day)}, MoneyCell{day.computed},
                            day.complete ? Cell{MoneyCell{day.invoiced}} : Cell{Unknown{}},
                            day.complete ? Cell{MoneyCell{day.difference}} : Cell{Unknown{}}};
    append_parts(cells, day.parts);
    if (!day.complete) cells.back() = Unknown{};
    cells.emplace_back(BooleanCell{open});
    const Money& left = verdict.whole_difference ? day.difference : day.parts.unexplained;
    cells.emplace_back(TextCell{!open            ? "within"
                                : !day.complete  ? "unknown"
                                : left.is_zero() ? "above, by model"
                                                 : "above"});
    table.row(std::move(cells));
  }
  return table.build();
}

Cell count_cell(const std::optional<int128>& count) {
  if (!count) return Unknown{};
  constexpr int128 kMostCounted = INT64_MAX;
  return IntegerCell{static_cast<std::int64_t>(std::clamp(*count, -kMostCounted, kMostCounted))};
}

Table meters_table(const Reconciliation& result) {
  TableBuilder table("meters", "By meter");
  table.data("meter").shown("Meter", Align::left);
  table.number("logged", "In the log").number("billed", "Billed");
  table.number("computed", "Computed").number("invoiced", "Invoiced");
  declare_parts(table, result.meters);
  for (const ReconciledMeter& meter : result.meters) {
    std::vector<Cell> cells{
        meter.meter ? Cell{TextCell{std::string(meter_row(*meter.meter).name)}} : Cell{Unknown{}},
        TextCell{billed_name(meter.meter)},
        count_cell(meter.logged),
        count_cell(meter.billed),
        money_cell(meter.computed),
        money_cell(meter.invoiced)};
    append_parts(cells, meter.parts);
    table.row(std::move(cells));
  }
  return table.build();
}

Table separate_table(const Reconciliation& result) {
  TableBuilder table("separate", "Beside the usage");
  table.text("kind", "Kind").text("label", "Line").number("lines", "Lines").number("amount", "Amount");
  for (const SeparateLines& lines : result.separate)
    table.row({TextCell{std::string(line_kind_name(lines.kind))}, text_cell(lines.label),
               IntegerCell{lines.lines}, MoneyCell{lines.amount}});
  return table.build();
}

Table rates_table(const Reconciliation& result) {
  TableBuilder table("missing_rates", "Without an exchange rate");
  table.text("day", "Day").text("from", "From").number("lines", "Lines").number("amount", "Amount");
  for (const MissingRate& missing : result.missing_rates)
    table.row({TextCell{format_day(missing.day)}, TextCell{missing.from.code()}, IntegerCell{missing.lines},
               MoneyCell{missing.amount}});
  return table.build();
}

Table bad_lines_table(const Reconciliation& result) {
  TableBuilder table("bad_lines", "");
  table.number("line", "").text("what", "").show(Show::data_only);
  for (const pricing::BadInvoiceLine& bad : result.bad_samples)
    table.row({IntegerCell{static_cast<std::int64_t>(bad.line)}, TextCell{bad.what}});
  return table.build();
}

}  // namespace

Document reconcile_document(const Reconciliation& result, const ReconcileVerdict& verdict) {
  Document document;
  document.kind = "reconciliation";
  document.headline = reconcile_headline(result);
  const ReconciledDay& total = result.total;
  const bool any_day = result.first_day <= result.last_day;
  document.facts = {
      {"invoice", TextCell{result.title}},
      {"currency", TextCell{result.currency.code()}},
      {"billing_zone", TextCell{format_offset(result.day_offset_ns)}},
      {"first_day", any_day ? Cell{TextCell{format_day(result.first_day)}} : Cell{Unknown{}}},
      {"last_day", any_day ? Cell{TextCell{format_day(result.last_day)}} : Cell{Unknown{}}},
      {"computed", MoneyCell{total.computed}},
      {"invoiced", total.complete ? Cell{MoneyCell{total.invoiced}} : Cell{Unknown{}}},
      {"difference", total.complete ? Cell{MoneyCell{total.difference}} : Cell{Unknown{}}},
      {"unexplained", total.complete ? Cell{MoneyCell{total.parts.unexplained}} : Cell{Unknown{}}},
      {"tolerance", TextCell{verdict.tolerance.empty() ? "0" : verdict.tolerance}},
      {"within_tolerance", BooleanCell{verdict.open_days.empty()}},
      {"unread_lines", IntegerCell{static_cast<std::int64_t>(result.bad_lines)}}};
  document.tables.push_back(groups_table(result));
  document.tables.push_back(days_table(result, verdict));
  document.tables.push_back(meters_table(result));
  document.tables.push_back(separate_table(result));
  document.tables.push_back(rates_table(result));
  document.tables.push_back(bad_lines_table(result));
  document.notes = reconcile_notes(result, verdict);
  return document;
}

}  // namespace costwar::reports
