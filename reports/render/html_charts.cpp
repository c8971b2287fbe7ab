#include "reports/render/html_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "reports/render/html_axis.h"
#include "reports/render/html_svg.h"

namespace costwar::reports {
namespace {

constexpr double kWidth = 720;
constexpr double kLabelHeight = 14;
constexpr std::string_view kBelow = "The figures are in the table below.";

Table figures_table(std::vector<std::pair<std::string, Align>> titles) {
  Table table{"figures", "", {}};
  for (auto& [title, align] : titles) table.columns.push_back({"", std::move(title), align});
  return table;
}

TextCell with_source(const std::string& detail) {
  return {detail};
}

std::string tip(std::string_view name, std::string_view values, std::string_view detail) {
  return fmt::format("{}: {}{}{}", name, values, detail.empty() ? "" : "; ", detail);
}

// Labels of points, each where it covers no other, if there is such a place.
class Labels {
 public:
  void draw(Svg& svg, const PlotArea& area, double x, double y, const std::string& text) {
    const double width = text_width(text);
    const bool left = x + 9 + width > area.right + 12;
    const double from = left ? x - 9 - width : x + 9;
    double at = y;
    for (const double shift : {-12.0, 12.0, -28.0, 28.0, -44.0, 44.0}) {
      at = y + shift;
      if (std::none_of(boxes_.begin(), boxes_.end(), [&](const Box& box) {
            return from < box.right && from + width > box.left && std::abs(at - box.y) < kLabelHeight;
          }))
        break;
    }
    boxes_.push_back({from, from + width, at});
    svg.text(left ? x - 9 : x + 9, at + 4, left ? Svg::Anchor::end : Svg::Anchor::start, "name", text);
  }

 private:
  struct Box {
    double left, right, y;
  };
  std::vector<Box> boxes_;
};

// From low to high, with an end where there is one: without `high` the line runs to the axis's end.
void draw_interval(Svg& svg, const Estimate& estimate, const Scale& scale, double across, bool horizontal,
                   std::size_t series) {
  if (!estimate.low) return;
  const double from = scale.at(*estimate.low);
  const double to = scale.at(estimate.high.value_or(scale.high()));
  const std::string classes = "interval " + series_class(series);
  const auto segment = [&](double a, double b, double c, double d) {
    if (horizontal)
      svg.line(a, c, b, d, classes);
    else
      svg.line(c, a, d, b, classes);
  };
  segment(from, to, across, across);
  segment(from, from, across - 4, across + 4);
  if (estimate.high) segment(to, to, across - 4, across + 4);
}

ChartFigure draw(const ScatterChart& chart, const std::string& id) {
  ValueRange xs;
  ValueRange ys;
  for (const ScatterPoint& point : chart.points) {
    xs.add(point.x);
    ys.add(point.y);
  }
  const PlotArea area{64, 40, 690, 330};
  const Scale x(chart.x, xs, false, area.left, area.right);
  const Scale y(chart.y, ys, false, area.bottom, area.top);
  Svg svg;
  draw_left_axis(svg, area, y, axis_title(chart.y, y.logarithmic()) + ", higher is better");
  draw_bottom_axis(svg, area, x, axis_title(chart.x, x.logarithmic()) + ", lower is better");
  std::vector<const ScatterPoint*> frontier;
  for (const ScatterPoint& point : chart.points)
    if (point.on_frontier) frontier.push_back(&point);
  std::sort(frontier.begin(), frontier.end(),
            [](const ScatterPoint* a, const ScatterPoint* b) { return a->x.value < b->x.value; });
  std::vector<SvgPoint> steps;
  for (const ScatterPoint* point : frontier) {
    if (!steps.empty()) steps.emplace_back(x.at(point->x.value), steps.back().second);
    steps.emplace_back(x.at(point->x.value), y.at(point->y.value));
  }
  svg.path(steps, "frontier");
  ChartFigure figure{"", figures_table({{chart.point_title, Align::left},
                                        {chart.x.title, Align::right},
                                        {chart.y.title, Align::right},
                                        {"On the frontier", Align::left},
                                        {"Counts and sources", Align::left}})};
  Labels labels;
  for (std::size_t i = 0; i < chart.points.size(); ++i) {
    const ScatterPoint& point = chart.points[i];
    const double px = x.at(point.x.value);
    const double py = y.at(point.y.value);
    draw_interval(svg, point.x, x, py, true, i);
    draw_interval(svg, point.y, y, px, false, i);
    const std::string cost = estimate_text(chart.x, point.x);
    const std::string quality = estimate_text(chart.y, point.y);
    svg.mark(px, py, i, tip(point.label, quality + " at " + cost, point.detail));
    labels.draw(svg, area, px, py, point.label);
    figure.table.rows.push_back({TextCell{point.label}, TextCell{cost}, TextCell{quality},
                                 BooleanCell{point.on_frontier}, with_source(point.detail)});
  }
  figure.picture = svg.picture(
      kWidth, 382, id, chart.title,
      fmt::format("{} The dashed line is the frontier: no other point is at least as good on both axes.",
                  kBelow));
  return figure;
}

// Where the bars of a series in a category lie, from the top.
struct ShadedBand {
  double top;
  double height;
};
ShadedBand band(const BarChart& chart, const PlotArea& area, std::size_t category, std::size_t series) {
  const double room =
      (area.bottom - area.top) / static_cast<double>(std::max<std::size_t>(1, chart.categories.size()));
  const double inner = room * 0.62;
  const double top = area.top + room * static_cast<double>(category) + (room - inner) / 2;
  if (chart.stacked) return {top, inner};
  const double each = inner / static_cast<double>(std::max<std::size_t>(1, chart.series.size()));
  return {top + each * static_cast<double>(series), each};
}

ValueRange bar_range(const BarChart& chart) {
  ValueRange range;
  for (std::size_t category = 0; category < chart.categories.size(); ++category) {
    double sum = 0;
    for (const BarSeries& series : chart.series) {
      const auto& value = series.values.at(category);
      if (!value) continue;
      sum += value->value;
      if (!chart.stacked) range.add(*value);
    }
    if (chart.stacked) range.add(sum);
  }
  return range;
}

std::vector<std::string> names_of(const BarChart& chart) {
  std::vector<std::string> names;
  for (const BarSeries& series : chart.series) names.push_back(series.name);
  return names;
}

Table bar_table(const BarChart& chart) {
  std::vector<std::pair<std::string, Align>> titles{{"Model", Align::left}};
  bool details = false;
  for (const BarSeries& series : chart.series) {
    titles.emplace_back(series.name.empty() ? chart.value.title : series.name, Align::right);
    details = details || (!chart.stacked && !series.details.empty());
  }
  if (details) titles.emplace_back("Counts and sources", Align::left);
  Table table = figures_table(std::move(titles));
  for (std::size_t category = 0; category < chart.categories.size(); ++category) {
    std::vector<Cell> row{TextCell{chart.categories[category]}};
    for (const BarSeries& series : chart.series) {
      const auto& value = series.values.at(category);
      row.push_back(value ? Cell{TextCell{estimate_text(chart.value, *value)}} : Cell{Unknown{}});
    }
    if (details) row.push_back(with_source(chart.series.front().details.at(category)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ChartFigure draw(const BarChart& chart, const std::string& id) {
  double widest = 0;
  for (const std::string& category : chart.categories) widest = std::max(widest, text_width(category));
  const bool legend = chart.series.size() > 1;
  Svg svg;
  PlotArea area{std::min(260.0, widest + 16), 12, 690, 0};
  if (legend) area.top += draw_legend(svg, area.left, 0, area.right - area.left, names_of(chart), false);
  area.bottom =
      area.top + static_cast<double>(chart.categories.size()) * (chart.stacked || !legend ? 40 : 56);
  const Scale scale(chart.value, bar_range(chart), true, area.left, area.right);
  draw_bottom_axis(svg, area, scale, axis_title(chart.value, scale.logarithmic()));
  for (std::size_t category = 0; category < chart.categories.size(); ++category) {
    double sum = 0;
    const ShadedBand whole = band(chart, area, category, 0);
    svg.text(area.left - 8,
             (chart.stacked || !legend ? whole.top + whole.height / 2 : whole.top + whole.height) + 4,
             Svg::Anchor::end, "name", chart.categories[category]);
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
      const BarSeries& series = chart.series[i];
      const auto& value = series.values.at(category);
      if (!value) continue;
      const ShadedBand at = band(chart, area, category, i);
      const double from = sum > 0 ? scale.at(sum) : area.left;
      const double to = scale.at(sum + value->value);
      const std::string detail = series.details.empty() ? "" : series.details.at(category);
      const std::string name =
          series.name.empty() ? chart.categories[category] : chart.categories[category] + ", " + series.name;
      const std::size_t colour = legend ? i : 0;
      svg.rect(from, at.top, to - from, at.height, "bar " + series_class(colour),
               tip(name, estimate_text(chart.value, *value), detail));
      if (!chart.stacked) draw_interval(svg, *value, scale, at.top + at.height / 2, true, colour);
      if (chart.stacked) sum += value->value;
    }
  }
  return {svg.picture(kWidth, area.bottom + 52, id, chart.title, kBelow), bar_table(chart)};
}

constexpr std::array kReadAt{0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0};
constexpr std::size_t kRowsOfCurve = 12;

// A distribution is read off at the shares that people ask for; of another curve, some of its points.
Table line_table(const LineChart& chart) {
  if (chart.y.style == NumberStyle::share) {
    std::vector<std::pair<std::string, Align>> titles{{chart.y.title, Align::left}};
    for (const LineSeries& series : chart.series) titles.emplace_back(series.name, Align::right);
    Table table = figures_table(std::move(titles));
    for (const double share : kReadAt) {
      std::vector<Cell> row{TextCell{value_text(chart.y, share)}};
      for (const LineSeries& series : chart.series) {
        const auto reached = std::find_if(series.points.begin(), series.points.end(),
                                          [&](const auto& point) { return point.second >= share - 1e-12; });
        row.push_back(reached == series.points.end() ? Cell{Unknown{}}
                                                     : Cell{TextCell{value_text(chart.x, reached->first)}});
      }
      table.rows.push_back(std::move(row));
    }
    return table;
  }
  Table table =
      figures_table({{"", Align::left}, {chart.x.title, Align::right}, {chart.y.title, Align::right}});
  for (const LineSeries& series : chart.series) {
    const std::size_t rows = std::min(series.points.size(), kRowsOfCurve);
    for (std::size_t i = 0; i < rows; ++i) {
      const auto& [x, y] = series.points[rows < 2 ? 0 : i * (series.points.size() - 1) / (rows - 1)];
      table.rows.push_back(
          {TextCell{series.name}, TextCell{value_text(chart.x, x)}, TextCell{value_text(chart.y, y)}});
    }
  }
  return table;
}

ChartFigure draw(const LineChart& chart, const std::string& id) {
  ValueRange xs;
  ValueRange ys;
  std::vector<std::string> names;
  for (const LineSeries& series : chart.series) {
    names.push_back(series.name);
    for (const auto& [x, y] : series.points) {
      xs.add(x);
      ys.add(y);
    }
  }
  if (chart.y.style == NumberStyle::share) ys.add(0);
  Svg svg;
  PlotArea area{64, 28, 690, 0};
  area.top += draw_legend(svg, area.left, 0, area.right - area.left, names, true);
  area.bottom = area.top + 230;
  const Scale x(chart.x, xs, false, area.left, area.right);
  const Scale y(chart.y, ys, false, area.bottom, area.top);
  draw_left_axis(svg, area, y, axis_title(chart.y, y.logarithmic()));
  draw_bottom_axis(svg, area, x, axis_title(chart.x, x.logarithmic()));
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    std::vector<SvgPoint> points;
    for (const auto& [px, py] : chart.series[i].points) points.emplace_back(x.at(px), y.at(py));
    svg.path(points, "line " + series_class(i));
  }
  return {svg.picture(kWidth, area.bottom + 52, id, chart.title, kBelow), line_table(chart)};
}

Axis panel_axis(const StepPanel& panel) {
  Axis axis{panel.title, NumberStyle::plain, 2, {}, false};
  for (const StepSeries& series : panel.series)
    for (const StepPoint& point : series.points)
      if (point.value) axis.currency = point.value->currency();
  return axis;
}

std::string draw_panel(const StepChart& chart, const StepPanel& panel, const std::string& id) {
  ValueRange values;
  std::vector<std::string> names;
  for (const StepSeries& series : panel.series) {
    names.push_back(series.name);
    for (const StepPoint& point : series.points)
      if (point.value) values.add(point.value->approximate());
  }
  Axis axis = panel_axis(panel);
  axis.logarithmic = values.least() > 0 && values.most() / values.least() > kStepLinearSpan;
  Svg svg;
  PlotArea area{64, 28, 690, 0};
  if (panel.series.size() > 1 || !names.front().empty())
    area.top += draw_legend(svg, area.left, 0, area.right - area.left, names, true);
  area.bottom = area.top + 150;
  const Scale y(axis, values, true, area.bottom, area.top);
  const auto whole = static_cast<double>(std::max<std::int64_t>(1, chart.until.ns - chart.from.ns));
  const auto at = [&](Wall instant) {
    const double share = static_cast<double>(instant.ns - chart.from.ns) / whole;
    return area.left + std::clamp(share, 0.0, 1.0) * (area.right - area.left);
  };
  draw_left_axis(svg, area, y, axis_title(axis, y.logarithmic()));
  for (const auto& [instant, text] : month_ticks(chart.from, chart.until)) {
    svg.line(at(instant), area.top, at(instant), area.bottom, "grid");
    svg.text(at(instant), area.bottom + 18, Svg::Anchor::middle, "tick", text);
  }
  svg.line(area.left, area.bottom, area.right, area.bottom, "axis");
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const auto& points = panel.series[i].points;
    std::vector<SvgPoint> run;
    for (std::size_t p = 0; p < points.size(); ++p) {
      const Wall end = p + 1 < points.size() ? points[p + 1].from : chart.until;
      if (points[p].value) {
        const double level = y.at(points[p].value->approximate());
        run.emplace_back(at(points[p].from), level);
        run.emplace_back(at(end), level);
      } else {
        svg.path(run, "line " + series_class(i));
        run.clear();
      }
    }
    svg.path(run, "line " + series_class(i));
  }
  const std::string title = fmt::format("{}: {}", chart.title, panel.title);
  return svg.picture(kWidth, area.bottom + 28, id + "-" + panel.key, title, kBelow);
}

ChartFigure draw(const StepChart& chart, const std::string& id) {
  ChartFigure figure{"", figures_table({{"Price of", Align::left},
                                        {"Line", Align::left},
                                        {"From, UTC", Align::left},
                                        {"Price", Align::right}})};
  for (const StepPanel& panel : chart.panels) {
    figure.picture += draw_panel(chart, panel, id);
    for (const StepSeries& series : panel.series)
      for (const StepPoint& point : series.points)
        figure.table.rows.push_back({TextCell{panel.title}, TextCell{series.name},
                                     TextCell{format_wall(point.from).substr(0, 16)},
                                     point.value ? Cell{MoneyCell{*point.value, true}} : Cell{Unknown{}}});
  }
  return figure;
}

}  // namespace

ChartFigure draw_figure(const Chart& chart, const std::string& id) {
  return std::visit([&](const auto& shape) { return draw(shape, id); }, chart);
}

const std::string& chart_key(const Chart& chart) {
  return std::visit([](const auto& shape) -> const std::string& { return shape.key; }, chart);
}

const std::string& chart_title(const Chart& chart) {
  return std::visit([](const auto& shape) -> const std::string& { return shape.title; }, chart);
}

}  // namespace costwar::reports
