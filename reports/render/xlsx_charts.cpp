// Charts as spreadsheets draw them, and the sheet of figures that they are drawn from. The intervals of a
// point need not be symmetric, which error bars of the library's are: they are lines of their own.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/render/sheet_days.h"
#include "reports/render/xlsx_parts.h"

namespace costwar::reports {
namespace {

// Told apart also by people who see few colours (Okabe and Ito, 2008).
constexpr std::array<std::uint32_t, 7> kColours{0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7,
                                                0xE69F00, 0x56B4E9, 0x666666};
constexpr std::size_t kChartRows = 25;  // that a chart covers

std::uint32_t colour(std::size_t index) {
  return kColours[index % kColours.size()];
}

std::string axis_format(const Axis& axis) {
  return axis.currency ? money_format(*axis.currency, axis.decimals)
                       : style_format(axis.style, axis.decimals);
}

class ChartSheets {
 public:
  ChartSheets(Workbook& book, std::size_t chart_sheet, std::size_t data_sheet)
      : book_(book), chart_sheet_(chart_sheet), data_(data_sheet) {}

  void operator()(const ScatterChart& chart) {
    begin(chart.title);
    DrawnChart drawn = axes(chart.title, chart.x, chart.y, all_positive(chart));
    header({"Point", chart.x.title, "low", "high", chart.y.title, "low", "high", "Detail"});
    const std::string x_format = axis_format(chart.x);
    const std::string y_format = axis_format(chart.y);
    for (std::size_t i = 0; i < chart.points.size(); ++i) {
      const ScatterPoint& point = chart.points[i];
      book_.text(data_, row_, 0, point.label);
      estimate(1, point.x, x_format);
      estimate(4, point.y, y_format);
      book_.text(data_, row_, 7, point.detail);
      drawn.series.push_back({point.label, cell(1), cell(4), false, true, false, colour(i)});
      ++row_;
    }
    for (std::size_t i = 0; i < chart.points.size(); ++i) intervals(drawn, chart.points[i], colour(i));
    frontier(drawn, chart);
    place(drawn);
  }

  void operator()(const BarChart& chart) {
    begin(chart.title);
    DrawnChart drawn;
    drawn.kind = chart.stacked ? DrawnKind::stacked_bars : DrawnKind::bars;
    drawn.title = chart.title;
    drawn.x = {chart.value.title, axis_format(chart.value), false};
    const std::size_t first = row_ + 1;
    const std::size_t last = row_ + chart.categories.size();
    std::vector<std::string> titles{""};
    for (const BarSeries& series : chart.series)
      for (const std::string& part : {std::string(), std::string(" low"), std::string(" high")})
        titles.push_back((series.name.empty() ? chart.value.title : series.name) + part);
    header(titles);
    for (std::size_t c = 0; c < chart.categories.size(); ++c, ++row_) {
      book_.text(data_, row_, 0, chart.categories[c]);
      for (std::size_t s = 0; s < chart.series.size(); ++s)
        if (c < chart.series[s].values.size() && chart.series[s].values[c])
          estimate(1 + 3 * s, *chart.series[s].values[c], drawn.x.number_format);
    }
    for (std::size_t s = 0; s < chart.series.size(); ++s)
      drawn.series.push_back({titles[1 + 3 * s],
                              {data_, first, last, 0},
                              {data_, first, last, 1 + 3 * s},
                              false,
                              false,
                              false,
                              colour(s)});
    if (!chart.categories.empty()) place(drawn);
  }

  void operator()(const LineChart& chart) {
    begin(chart.title);
    bool positive = true;
    for (const LineSeries& series : chart.series)
      for (const auto& [x, y] : series.points)
        positive = positive && x > 0 && (y > 0 || !chart.y.logarithmic);
    DrawnChart drawn = axes(chart.title, chart.x, chart.y, positive);
    header({"Line", chart.x.title, chart.y.title});
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const std::size_t first = row_;
      for (const auto& [x, y] : chart.series[s].points)
        point(chart.series[s].name, x, drawn.x.number_format, y, drawn.y.number_format);
      if (row_ > first) line(drawn, chart.series[s].name, first, colour(s));
    }
    place(drawn);
  }

  // One chart per panel, since their values differ in size.
  void operator()(const StepChart& chart) {
    for (const StepPanel& panel : chart.panels) {
      begin(fmt::format("{}: {}", chart.title, panel.title));
      DrawnChart drawn;
      drawn.title = fmt::format("{}: {}", chart.title, panel.title);
      drawn.x = {"", "yyyy-mm-dd", false};
      drawn.y.number_format = "#,##0.00####";
      header({"Line", "Time (UTC)", panel.title});
      for (std::size_t s = 0; s < panel.series.size(); ++s) {
        const std::size_t first = row_;
        steps(panel.series[s], chart.until);
        if (row_ > first)
          line(drawn, panel.series[s].name.empty() ? panel.title : panel.series[s].name, first, colour(s));
      }
      place(drawn);
    }
  }

 private:
  void begin(const std::string& title) {
    if (row_ > 0) ++row_;
    book_.text(data_, row_++, 0, title, {Look::label});
  }
  void header(const std::vector<std::string>& titles) {
    for (std::size_t i = 0; i < titles.size(); ++i)
      if (!titles[i].empty()) book_.text(data_, row_, i, titles[i], {Look::header});
    ++row_;
  }
  SheetRange cell(std::size_t column) const { return {data_, row_, row_, column}; }

  static DrawnChart axes(const std::string& title, const Axis& x, const Axis& y, bool positive) {
    DrawnChart drawn;
    drawn.title = title;
    drawn.x = {x.title, axis_format(x), x.logarithmic && positive};
    drawn.y = {y.title, axis_format(y), y.logarithmic && positive, y.style == NumberStyle::share};
    return drawn;
  }

  static bool all_positive(const ScatterChart& chart) {
    return std::all_of(chart.points.begin(), chart.points.end(), [&](const ScatterPoint& point) {
      const auto positive = [](const Estimate& value) {
        return value.value > 0 && value.low.value_or(1) > 0;
      };
      return (!chart.x.logarithmic || positive(point.x)) && (!chart.y.logarithmic || positive(point.y));
    });
  }

  void estimate(std::size_t column, const Estimate& value, const std::string& format) {
    book_.number(data_, row_, column, value.value, {Look::plain, format});
    if (value.low) book_.number(data_, row_, column + 1, *value.low, {Look::plain, format});
    if (value.high) book_.number(data_, row_, column + 2, *value.high, {Look::plain, format});
  }

  void point(const std::string& name, double x, const std::string& x_format, double y,
             const std::string& y_format) {
    book_.text(data_, row_, 0, name);
    book_.number(data_, row_, 1, x, {Look::plain, x_format});
    book_.number(data_, row_, 2, y, {Look::plain, y_format});
    ++row_;
  }

  // From `first` to the row before this one.
  void line(DrawnChart& drawn, const std::string& name, std::size_t first, std::uint32_t of,
            bool dashed = false) {
    drawn.series.push_back(
        {name, {data_, first, row_ - 1, 1}, {data_, first, row_ - 1, 2}, true, false, dashed, of});
  }

  // Where there is no upper bound, as far as the estimate.
  void intervals(DrawnChart& drawn, const ScatterPoint& point, std::uint32_t of) {
    const auto draw_between = [&](const Estimate& value, auto end_at) {
      if (!value.low) return;
      const std::size_t first = row_;
      end_at(*value.low);
      end_at(value.high.value_or(value.value));
      line(drawn, "", first, of);
    };
    const std::string name = point.label + ", interval";
    draw_between(point.y, [&](double y) {
      this->point(name, point.x.value, drawn.x.number_format, y, drawn.y.number_format);
    });
    draw_between(point.x, [&](double x) {
      this->point(name, x, drawn.x.number_format, point.y.value, drawn.y.number_format);
    });
  }

  void frontier(DrawnChart& drawn, const ScatterChart& chart) {
    std::vector<std::pair<double, double>> best;
    for (const ScatterPoint& point : chart.points)
      if (point.on_frontier) best.emplace_back(point.x.value, point.y.value);
    if (best.size() < 2) return;
    std::sort(best.begin(), best.end());
    const std::size_t first = row_;
    for (const auto& [x, y] : best) point("Frontier", x, drawn.x.number_format, y, drawn.y.number_format);
    line(drawn, "Frontier", first, 0x888888, true);
  }

  void steps(const StepSeries& series, Wall until) {
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      if (!series.points[i].value) continue;
      const double value = series.points[i].value->approximate();
      const Wall end = i + 1 < series.points.size() ? series.points[i + 1].from : until;
      point(series.name, sheet_days(series.points[i].from), "yyyy-mm-dd hh:mm", value, "#,##0.00####");
      point(series.name, sheet_days(end), "yyyy-mm-dd hh:mm", value, "#,##0.00####");
    }
  }

  void place(const DrawnChart& drawn) {
    if (drawn.series.empty()) return;
    book_.draw(chart_sheet_, 1 + placed_ / 2 * kChartRows, placed_ % 2 * 13, drawn);
    ++placed_;
  }

  Workbook& book_;
  std::size_t chart_sheet_;
  std::size_t data_;
  std::size_t row_ = 0;
  std::size_t placed_ = 0;
};

}  // namespace

void draw_charts(Workbook& book, const std::vector<Chart>& charts, std::size_t chart_sheet,
                 std::size_t data_sheet) {
  book.column_width(data_sheet, 0, 32);
  for (std::size_t column = 1; column < 8; ++column) book.column_width(data_sheet, column, 16);
  ChartSheets sheets(book, chart_sheet, data_sheet);
  for (const Chart& chart : charts) std::visit(sheets, chart);
}

}  // namespace costwar::reports
