#include "reports/render/html_chart_data.h"

#include <cmath>

#include "core/json.h"
#include "reports/render/html_axis.h"
#include "reports/render/html_text.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr double kMillisecond = 1e6;  // in nanoseconds

Json chart_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

// [value, low, high]; no high where the interval has no upper bound.
Json estimate(const Estimate& each) {
  Json values = Json::array({chart_number(each.value)});
  if (each.low || each.high) {
    values.push_back(each.low ? chart_number(*each.low) : Json(nullptr));
    values.push_back(each.high ? chart_number(*each.high) : Json(nullptr));
  }
  return values;
}

std::string_view style_name(NumberStyle style) {
  switch (style) {
    case NumberStyle::share:
      return "share";
    case NumberStyle::points:
      return "points";
    case NumberStyle::factor:
      return "factor";
    case NumberStyle::plain:
      break;
  }
  return "plain";
}

// `range`: what the axis shows. The ends and ticks are those of the static picture.
Json axis(const Axis& each, const ValueRange& range, bool from_zero) {
  const Scale scale(each, range, from_zero, 0, 1);
  Json ticks = Json::array();
  for (const AxisTick& tick : scale.ticks()) ticks.push_back({tick.value, tick.text});
  return {{"title", printable(axis_title(each, scale.logarithmic()))},
          {"style", style_name(each.style)},
          {"decimals", each.decimals},
          {"money", each.currency.has_value()},
          {"prefix", each.currency && each.currency->code() == "USD" ? "$" : ""},
          {"log", scale.logarithmic()},
          {"min", scale.low()},
          {"max", scale.high()},
          {"ticks", std::move(ticks)}};
}

Json shape(const ScatterChart& chart) {
  ValueRange xs;
  ValueRange ys;
  Json points = Json::array();
  for (const ScatterPoint& point : chart.points) {
    xs.add(point.x);
    ys.add(point.y);
    points.push_back({{"label", printable(point.label)},
                      {"x", estimate(point.x)},
                      {"y", estimate(point.y)},
                      {"frontier", point.on_frontier},
                      {"detail", printable(point.detail)}});
  }
  return {{"kind", "scatter"},
          {"x", axis(chart.x, xs, false)},
          {"y", axis(chart.y, ys, false)},
          {"points", std::move(points)}};
}

Json shape(const BarChart& chart) {
  ValueRange range;
  Json categories = Json::array();
  for (const std::string& category : chart.categories) categories.push_back(printable(category));
  Json all = Json::array();
  std::vector<double> sums(chart.categories.size());
  for (const BarSeries& series : chart.series) {
    Json values = Json::array();
    Json details = Json::array();
    for (std::size_t i = 0; i < chart.categories.size(); ++i) {
      const auto& value = series.values.at(i);
      values.push_back(value ? estimate(*value) : Json(nullptr));
      details.push_back(series.details.empty() ? "" : printable(series.details.at(i)));
      if (!value) continue;
      sums[i] += value->value;
      if (!chart.stacked) range.add(*value);
    }
    all.push_back(
        {{"name", printable(series.name)}, {"values", std::move(values)}, {"details", std::move(details)}});
  }
  if (chart.stacked)
    for (const double sum : sums) range.add(sum);
  return {{"kind", "bar"},
          {"stacked", chart.stacked},
          {"value", axis(chart.value, range, true)},
          {"categories", std::move(categories)},
          {"series", std::move(all)}};
}

Json shape(const LineChart& chart) {
  ValueRange xs;
  ValueRange ys;
  Json all = Json::array();
  for (const LineSeries& series : chart.series) {
    Json points = Json::array();
    for (const auto& [x, y] : series.points) {
      xs.add(x);
      ys.add(y);
      points.push_back({chart_number(x), chart_number(y)});
    }
    all.push_back({{"name", printable(series.name)},
                   {"points", std::move(points)},
                   {"detail", printable(series.detail)}});
  }
  if (chart.y.style == NumberStyle::share) ys.add(0);
  return {{"kind", "line"},
          {"x", axis(chart.x, xs, false)},
          {"y", axis(chart.y, ys, false)},
          {"series", std::move(all)}};
}

Json shape(const StepChart& chart) {
  Json panels = Json::array();
  for (const StepPanel& panel : chart.panels) {
    ValueRange range;
    Axis money{panel.title, NumberStyle::plain, 4, {}, false};
    Json all = Json::array();
    for (const StepSeries& series : panel.series) {
      Json points = Json::array();
      for (const StepPoint& point : series.points) {
        if (point.value) range.add(point.value->approximate());
        if (point.value) money.currency = point.value->currency();
        points.push_back({static_cast<double>(point.from.ns) / kMillisecond,
                          point.value ? Json(point.value->approximate()) : Json(nullptr)});
      }
      all.push_back({{"name", printable(series.name)}, {"points", std::move(points)}});
    }
    money.logarithmic = range.least() > 0 && range.most() / range.least() > kStepLinearSpan;
    panels.push_back(
        {{"title", printable(panel.title)}, {"y", axis(money, range, true)}, {"series", std::move(all)}});
  }
  Json months = Json::array();
  for (const auto& [instant, text] : month_ticks(chart.from, chart.until))
    months.push_back({static_cast<double>(instant.ns) / kMillisecond, text});
  return {{"kind", "step"},
          {"months", std::move(months)},
          {"from", static_cast<double>(chart.from.ns) / kMillisecond},
          {"until", static_cast<double>(chart.until.ns) / kMillisecond},
          {"panels", std::move(panels)}};
}

}  // namespace

std::string chart_data(const std::vector<Chart>& charts) {
  Json all = Json::array();
  for (const Chart& chart : charts)
    all.push_back(std::visit([](const auto& each) { return shape(each); }, chart));
  return script_safe(all.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace costwar::reports
