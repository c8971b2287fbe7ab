#include "reports/views/estimate_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

namespace costwar::reports {
namespace {

bool is_percent(NumberStyle style) {
  return style == NumberStyle::share || style == NumberStyle::points;
}

std::optional<Money> money_of(Currency currency, double amount, std::int64_t tasks) {
  const double times = amount * static_cast<double>(tasks);
  return std::isfinite(times) ? std::optional(Money::from_statistic(currency, times)) : std::nullopt;
}

}  // namespace

Cell estimated_cell(double value, const std::optional<stats::Interval>& interval, NumberStyle style) {
  if (std::isnan(value)) return Unknown{};
  if (!interval || std::isnan(interval->low)) return NumberCell{value, is_percent(style) ? 1 : 3, style};
  const double width = interval->width() * (is_percent(style) ? 100 : 1);
  const int decimals = std::isfinite(width) && width > 0
                           ? supported_decimals(width, is_percent(style) ? 2 : 6)
                           : (is_percent(style) ? 1 : 3);
  return IntervalCell{value, interval->low, interval->high, decimals, style};
}

Cell estimated_cell(const std::optional<analysis::Estimated>& figure, NumberStyle style) {
  return figure ? estimated_cell(figure->value, figure->interval, style) : Cell{Unknown{}};
}

Cell estimated_cost_cell(const std::optional<Currency>& currency,
                         const std::optional<analysis::Estimated>& amount, std::int64_t tasks) {
  if (!currency || !amount || std::isnan(amount->value)) return Unknown{};
  CostCell cell{*currency, money_of(*currency, amount->value, tasks), {}, {}};
  if (amount->interval && !std::isnan(amount->interval->low)) {
    cell.low = money_of(*currency, amount->interval->low, tasks);
    cell.high = money_of(*currency, amount->interval->high, tasks);
  }
  return cell;
}

TaskUnit task_unit(const std::vector<double>& costs_per_task) {
  double least = 1;
  for (const double cost : costs_per_task)
    if (cost > 0) least = std::min(least, cost);
  if (least >= 0.01) return {1, "per task"};
  if (least >= 0.00001) return {1'000, "per 1,000 tasks"};
  return {1'000'000, "per million tasks"};
}

std::string amount_words(Currency currency, double per_task, const TaskUnit& unit) {
  const Money money = Money::from_statistic(currency, per_task * static_cast<double>(unit.tasks));
  return fmt::format("{} {}", money_text(money, money_decimals(money)), unit.per);
}

std::string percent_words(double share, int decimals) {
  return joined(cell_text(NumberCell{share, decimals, NumberStyle::share}));
}

std::string estimated_words(const analysis::Estimated& figure, NumberStyle style) {
  return joined(cell_text(estimated_cell(figure, style)));
}

Estimate chart_estimate(const analysis::Estimated& figure, double times) {
  Estimate estimate{figure.value * times};
  if (!figure.interval || std::isnan(figure.interval->low)) return estimate;
  estimate.low = figure.interval->low * times;
  if (std::isfinite(figure.interval->high)) estimate.high = figure.interval->high * times;
  return estimate;
}

std::string unsettled_words(bool settled, double worst_error, std::int64_t resamples) {
  if (settled) return {};
  return fmt::format(
      "After {} resamples the Monte Carlo error of an interval's end is still {:.1f} % of its width: with "
      "few "
      "items a figure takes few values.",
      grouped(resamples), worst_error * 100);
}

}  // namespace costwar::reports
