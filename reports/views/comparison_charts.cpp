#include "reports/views/comparison_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/text.h"
#include "reports/render/cell_text.h"
#include "reports/views/comparison_parts.h"

namespace costwar::reports {
namespace {

using analysis::Comparison;
using analysis::ModelFinding;

constexpr double kLinearBarSpan = 30;     // bars further apart than this are drawn on a logarithmic axis
constexpr std::size_t kFewestModels = 2;  // one point says nothing that the table does not

bool is_measured(const ModelFinding& model) {
  return model.quality.items > 0;
}

std::string counted(const ModelFinding& model) {
  return fmt::format("{} of {} items solved", with_commas(model.quality.solved),
                     with_commas(model.quality.items));
}

std::string sourced(const ModelFinding& model) {
  return model.pricing.basis.empty() ? counted(model)
                                     : fmt::format("{}; {}", counted(model), model.pricing.basis);
}

std::optional<double> plain(const std::optional<Money>& money, std::int64_t tasks) {
  return money ? std::optional(money->times(tasks).approximate()) : std::nullopt;
}

std::optional<Estimate> cost_estimate(const ModelFinding& model, const SolvedUnit& unit) {
  const analysis::CostPerSolved& cost = model.cost_per_solved;
  if (!cost.amount) return std::nullopt;
  return Estimate{cost.amount->times(unit.tasks).approximate(), plain(cost.low, unit.tasks),
                  plain(cost.high, unit.tasks)};
}

// The decimals at which the least of the values keeps three digits.
int decimals_for(const std::vector<double>& values) {
  int decimals = 2;
  for (const double value : values)
    if (value > 0 && value < 1)
      decimals = std::max(decimals, 2 - static_cast<int>(std::floor(std::log10(value))));
  return std::min(decimals, 12);
}

Axis cost_axis(const Comparison& comparison, const std::vector<double>& values) {
  const Currency currency = comparison.currency.value_or(Currency{});
  return {fmt::format("{} {}", currency.code(), solved_unit(comparison).per), NumberStyle::plain,
          decimals_for(values), currency, false};
}

void mark_frontier(std::vector<ScatterPoint>& points) {
  for (ScatterPoint& point : points)
    point.on_frontier = std::none_of(points.begin(), points.end(), [&](const ScatterPoint& other) {
      return other.x.value <= point.x.value && other.y.value >= point.y.value &&
             (other.x.value < point.x.value || other.y.value > point.y.value);
    });
}

std::optional<Chart> cost_and_quality(const Comparison& comparison) {
  const SolvedUnit unit = solved_unit(comparison);
  ScatterChart chart{
      "cost_quality", "Cost against quality", {}, {"Solved", NumberStyle::share, 1, {}, false}, {}};
  std::vector<double> costs;
  for (const ModelFinding& model : comparison.models) {
    const auto cost = cost_estimate(model, unit);
    if (!is_measured(model) || !cost) continue;
    Estimate quality{model.quality.value};
    if (model.quality.interval)
      quality = {quality.value, model.quality.interval->low, model.quality.interval->high};
    chart.points.push_back({model.label, *cost, quality, false, sourced(model)});
    costs.push_back(cost->value);
  }
  if (chart.points.size() < kFewestModels) return std::nullopt;
  mark_frontier(chart.points);
  chart.x = cost_axis(comparison, costs);
  chart.x.logarithmic = true;
  return chart;
}

std::optional<Chart> cost_bars(const Comparison& comparison) {
  const SolvedUnit unit = solved_unit(comparison);
  BarChart chart{"cost_per_solved", fmt::format("Cost {}", unit.per), {}, {}, {{"", {}, {}}}, false};
  std::vector<double> costs;
  for (const ModelFinding& model : comparison.models) {
    const auto cost = cost_estimate(model, unit);
    chart.categories.push_back(model.label);
    chart.series[0].values.push_back(cost);
    chart.series[0].details.push_back(sourced(model));
    if (cost) costs.push_back(cost->value);
  }
  if (costs.empty()) return std::nullopt;
  chart.value = cost_axis(comparison, costs);
  const auto [least, most] = std::minmax_element(costs.begin(), costs.end());
  chart.value.logarithmic = *least > 0 && *most / *least > kLinearBarSpan;
  return chart;
}

std::optional<Chart> latency(const Comparison& comparison) {
  LineChart chart{"latency", "Seconds per item: share of the items that took at most so long", {}, {}, {}};
  std::vector<double> extremes;
  for (const ModelFinding& model : comparison.models) {
    if (model.time.distribution.size() < 2) continue;
    LineSeries series{
        model.label,
        {},
        fmt::format("{} items, all attempts of each together", with_commas(model.time.timed_items))};
    for (const analysis::DistributionPoint& point : model.time.distribution)
      series.points.emplace_back(point.value, point.share);
    extremes.push_back(series.points.front().first);
    extremes.push_back(series.points.back().first);
    chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) return std::nullopt;
  const auto [least, most] = std::minmax_element(extremes.begin(), extremes.end());
  chart.x = {"Seconds",
             NumberStyle::plain,
             std::min(decimals_for({*least}), 6),
             {},
             *least > 0 && *most / *least > kLinearBarSpan};
  chart.y = {"Share of items", NumberStyle::share, 0, {}, false};
  return chart;
}

std::optional<Chart> tokens(const Comparison& comparison) {
  BarChart chart{
      "tokens", "Tokens by kind, of all attempts", {"Tokens", NumberStyle::plain, 0, {}, false}, {}, {},
      true};
  for (const ModelFinding& model : comparison.models) chart.categories.push_back(model.label);
  for (const MeterRow& row : meters()) {
    if (row.unit != meter_row(Meter::fresh_input).unit) continue;
    BarSeries series{std::string(row.title), {}, {}};
    bool any = false;
    for (const ModelFinding& model : comparison.models) {
      const auto& totals = model.tokens.meters;
      const auto found = std::find_if(totals.begin(), totals.end(), [&](const analysis::MeterTotal& total) {
        return total.meter == row.meter;
      });
      const bool known = found != totals.end();
      any = any || (known && found->value > 0);
      series.values.push_back(known ? std::optional(Estimate{static_cast<double>(found->value)})
                                    : std::nullopt);
      series.details.push_back(known ? fmt::format("{}; {} attempts", provenance_name(found->weakest),
                                                   with_commas(model.cost.attempts))
                                     : "");
    }
    if (any) chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) return std::nullopt;
  return chart;
}

}  // namespace

std::vector<Chart> comparison_charts(const Comparison& comparison) {
  std::vector<Chart> charts;
  for (auto* build : {cost_and_quality, cost_bars, latency, tokens})
    if (std::optional<Chart> chart = build(comparison)) charts.push_back(std::move(*chart));
  return charts;
}

}  // namespace costwar::reports
