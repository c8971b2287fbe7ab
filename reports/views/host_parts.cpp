#include "reports/views/host_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/views/table_builder.h"

namespace costwar::reports {

using pricing::Assumption;
using pricing::Assumptions;
using pricing::PublishedComparison;

Cell dollars_cell(const std::optional<double>& usd) {
  if (!usd || !std::isfinite(*usd)) return Unknown{};
  return MoneyCell{Money::from_statistic(Currency(), *usd)};
}

Cell figure_cell(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return Unknown{};
  const double size = std::abs(*value);
  int decimals = 0;
  for (double limit = 100; decimals < 6 && size < limit && size > 0; limit /= 10) ++decimals;
  return NumberCell{*value, decimals};
}

std::string layout_words(const pricing::Serving& serving) {
  const pricing::Layout& layout = serving.operation.layout;
  std::vector<std::string> parts;
  if (layout.tensor > 1) parts.push_back(fmt::format("TP {}", layout.tensor));
  if (layout.pipeline > 1) parts.push_back(fmt::format("PP {}", layout.pipeline));
  const std::string how = parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, ", "));
  return fmt::format("{} x {}{}", layout.accelerators, serving.accelerator.id, how);
}

Table assumptions_table(const std::vector<std::pair<std::string, Assumptions>>& sets) {
  TableBuilder table("assumptions", "Assumptions");
  table.text("of", "Of").data("input").text("what", "What").number("value", "Value");
  table.number("low", "Low").number("high", "High").text("origin", "Origin").text("source", "Source");
  const auto same = [](const Assumption* a, const Assumption* b) {
    return (a == nullptr) == (b == nullptr) &&
           (a == nullptr || (a->value == b->value && a->source == b->source));
  };
  for (const pricing::InputRow& row : pricing::input_rows()) {
    const Assumption* first = sets.empty() ? nullptr : sets.front().second.find(row.input);
    const bool shared = std::all_of(sets.begin(), sets.end(),
                                    [&](const auto& set) { return same(first, set.second.find(row.input)); });
    for (const auto& set : sets) {
      const Assumption* it = set.second.find(row.input);
      if (it == nullptr) continue;
      table.row({TextCell{shared && sets.size() > 1 ? "all" : set.first}, TextCell{std::string(row.key)},
                 TextCell{std::string(row.title)}, figure_cell(it->value), figure_cell(it->low),
                 figure_cell(it->high), TextCell{std::string(pricing::origin_name(it->origin))},
                 text_cell(it->source)});
      if (shared) break;
    }
  }
  table.detail();
  return table.build();
}

Table published_table(const std::vector<PublishedComparison>& rows, const std::string& title, bool left_out) {
  TableBuilder table("published", title);
  table.text("accelerator", "Accelerator").text("model", "Model").text("phase", "Phase");
  table.data("point").data("conditions").data("source").data("tokens_counted");
  table.number("published", "Published, tok/s each").number("predicted", "Predicted");
  table.number("error", "Error");
  if (left_out)
    table.number("left_out_error", "Error, fitted without it");
  else
    table.data("left_out_error");
  table.number("efficiency", "Share of roofline reached").text("bound", "Bound by");
  table.data("layout").data("operating_point_published");
  table.text("remark", "Taken instead of what is not published, or why nothing is predicted");
  for (const PublishedComparison& row : rows) {
    std::string remark = row.predicted ? fmt::format("{}", fmt::join(row.taken, "; ")) : row.reason;
    const std::string phase = std::string(pricing::serving_phase_name(row.phase)) +
                              (row.tokens_counted == "total" ? " (in and out)" : "");
    table.row({TextCell{row.accelerator}, TextCell{row.model}, TextCell{phase}, TextCell{row.point},
               text_cell(row.conditions), TextCell{row.source}, TextCell{row.tokens_counted},
               figure_cell(row.published), figure_cell(row.predicted),
               number_cell(row.error(), 0, NumberStyle::share),
               number_cell(row.left_out_error(), 0, NumberStyle::share),
               number_cell(row.efficiency, 0, NumberStyle::share),
               row.bound ? Cell{TextCell{std::string(pricing::bound_name(*row.bound))}} : Cell{Unknown{}},
               IntegerCell{row.layout.accelerators}, BooleanCell{row.settled}, text_cell(std::move(remark))});
  }
  return table.build();
}

std::string error_words(const pricing::ErrorSummary& summary) {
  return summary.median ? fmt::format("±{:.0f} %", *summary.median * 100) : "";
}

std::string dollar_words(double usd) {
  return format_money(Money::from_statistic(Currency(), usd));
}

}  // namespace costwar::reports
