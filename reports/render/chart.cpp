#include "reports/render/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "core/durations.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr double kLinearSpan = 8;  // above this factor between the values the axis is logarithmic
constexpr std::size_t kFewestRows = 5;
constexpr std::size_t kMostRows = 10;
constexpr std::size_t kFewestColumns = 16;
constexpr std::size_t kTickGap = 3;  // columns between two labels of the time axis

// How a series is drawn. Up and down are the corners of a step, named by where the line comes from.
struct Stroke {
  std::string_view across, along, up_from, up_to, down_from, down_to;
};
constexpr std::array<Stroke, 4> kStrokes{{{"─", "│", "┘", "┌", "┐", "└"},
                                          {"━", "┃", "┛", "┏", "┓", "┗"},
                                          {"═", "║", "╝", "╔", "╗", "╚"},
                                          {"╌", "╎", "╯", "╭", "╮", "╰"}}};
constexpr std::array<Stroke, 4> kAsciiStrokes{{{"-", "|", "+", "+", "+", "+"},
                                               {"=", "|", "+", "+", "+", "+"},
                                               {"~", "|", "+", "+", "+", "+"},
                                               {"*", "|", "+", "+", "+", "+"}}};

const Stroke& stroke(std::size_t series, bool ascii) {
  return ascii ? kAsciiStrokes[series % kAsciiStrokes.size()] : kStrokes[series % kStrokes.size()];
}

// The value axis of one panel: which row, from the bottom, a value is drawn on.
class ValueAxis {
 public:
  explicit ValueAxis(const StepPanel& panel) {
    for (const StepSeries& series : panel.series)
      for (const StepPoint& point : series.points)
        if (point.value) values_.insert(point.value->atto());
    for (const StepSeries& series : panel.series)
      for (const StepPoint& point : series.points)
        if (point.value) currency_ = point.value->currency();
    const auto positive =
        std::find_if(values_.begin(), values_.end(), [](int128 value) { return value > 0; });
    if (positive == values_.end()) return;
    least_ = approximate(*positive);
    most_ = approximate(*values_.rbegin());
    logarithmic_ = most_ / least_ > kLinearSpan;
    if (values_.size() > 1) choose_rows();
  }

  std::size_t rows() const { return rows_; }
  bool logarithmic() const { return logarithmic_; }

  std::size_t row(const Money& value) const {
    if (rows_ == 1 || value.atto() <= 0) return 0;
    const double share = logarithmic_
                             ? std::log(approximate(value.atto()) / least_) / std::log(most_ / least_)
                             : approximate(value.atto()) / most_;
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(rows_ - 1)));
  }

  // The exact values of each row; where two meet, the least and the most.
  std::map<std::size_t, std::string> labels(bool ascii) const {
    std::map<std::size_t, std::pair<int128, int128>> spans;
    for (const int128 value : values_) {
      const auto [found, fresh] = spans.try_emplace(row(Money(currency_, value)), value, value);
      if (!fresh) found->second.second = value;
    }
    std::map<std::size_t, std::string> texts;
    for (const auto& [at, span] : spans) {
      texts[at] = format_price(Money(currency_, span.first));
      if (span.second != span.first)
        texts[at] += (ascii ? "-" : "–") + format_price(Money(currency_, span.second));
    }
    return texts;
  }

 private:
  // The fewest rows on which the fewest values meet.
  void choose_rows() {
    std::size_t best = 0;
    for (std::size_t rows = kFewestRows; rows <= kMostRows; ++rows) {
      rows_ = rows;
      const std::size_t apart = labels(true).size();
      if (apart <= best_apart_) continue;
      best_apart_ = apart;
      best = rows;
    }
    rows_ = best;
  }

  double approximate(int128 atto) const { return Money(currency_, atto).approximate(); }

  std::set<int128> values_;
  Currency currency_;
  double least_ = 0;
  double most_ = 0;
  bool logarithmic_ = false;
  std::size_t best_apart_ = 0;
  std::size_t rows_ = 1;
};

// A drawing of rows of single characters, row 0 at the bottom.
class Canvas {
 public:
  Canvas(std::size_t rows, std::size_t columns) : cells_(rows, std::vector<std::string_view>(columns, " ")) {}

  void put(std::size_t row, std::size_t column, std::string_view character) {
    cells_[row][column] = character;
  }

  std::string line(std::size_t row) const {
    std::string text;
    for (const std::string_view cell : cells_[row]) text += cell;
    return text;
  }

 private:
  std::vector<std::vector<std::string_view>> cells_;
};

class ChartDrawing {
 public:
  ChartDrawing(const StepChart& chart, const ChartOptions& options)
      : chart_(chart), ascii_(options.ascii), width_(std::max<std::size_t>(options.width, 40)) {
    for (const StepPanel& panel : chart.panels) {
      axes_.emplace_back(panel);
      for (const auto& [row, label] : axes_.back().labels(ascii_))
        gutter_ = std::max(gutter_, display_width(label));
    }
    columns_ = std::max(kFewestColumns, width_ - std::min(width_, gutter_ + 3));
  }

  std::string run() const {
    std::string out;
    for (std::size_t i = 0; i < chart_.panels.size(); ++i) {
      out += heading(chart_.panels[i], axes_[i]);
      out += panel(chart_.panels[i], axes_[i]);
    }
    return chart_.panels.empty() ? out : out + time_axis();
  }

 private:
  std::string clean(std::string_view text) const {
    return ascii_ ? to_ascii(printable(text)) : printable(text);
  }

  std::string heading(const StepPanel& panel, const ValueAxis& axis) const {
    std::string text = " " + clean(panel.title);
    if (axis.logarithmic()) text += " (logarithmic axis)";
    for (std::size_t i = 0; i < panel.series.size(); ++i) {
      if (panel.series[i].name.empty()) continue;
      const std::string_view line = stroke(i, ascii_).across;
      text += fmt::format("{}{}{} {}", i == 0 ? ":  " : "   ", line, line, clean(panel.series[i].name));
    }
    if (display_width(text) <= width_) return text + "\n";
    std::string lines;
    for (const std::string& line : wrap(text, width_)) lines += line + "\n";
    return lines;
  }

  std::size_t column(Wall instant) const {
    const auto whole = static_cast<double>(chart_.until.ns - chart_.from.ns);
    if (instant <= chart_.from || whole <= 0) return 0;
    const double share = static_cast<double>(instant.ns - chart_.from.ns) / whole;
    return static_cast<std::size_t>(share * static_cast<double>(columns_));
  }

  // The row of each column, nullopt where nothing is known. A step is at least one column wide, so that none
  // is lost.
  std::vector<std::optional<std::size_t>> rows_of(const StepSeries& series, const ValueAxis& axis) const {
    std::vector<std::optional<std::size_t>> rows(columns_);
    std::size_t start = 0;
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const StepPoint& point = series.points[i];
      start = i == 0 ? column(point.from) : std::max(column(point.from), start + 1);
      const std::optional<std::size_t> row =
          point.value ? std::optional(axis.row(*point.value)) : std::nullopt;
      for (std::size_t at = start; at < columns_; ++at) rows[at] = row;
    }
    return rows;
  }

  void draw(Canvas& canvas, const StepSeries& series, const ValueAxis& axis, const Stroke& pen) const {
    const auto rows = rows_of(series, axis);
    for (std::size_t at = 0; at < columns_; ++at) {
      if (!rows[at]) continue;
      const bool step = at > 0 && rows[at - 1] && *rows[at - 1] != *rows[at];
      if (!step) {
        canvas.put(*rows[at], at, pen.across);
        continue;
      }
      const std::size_t before = *rows[at - 1];
      const bool up = *rows[at] > before;
      for (std::size_t row = std::min(before, *rows[at]) + 1; row < std::max(before, *rows[at]); ++row)
        canvas.put(row, at, pen.along);
      canvas.put(before, at, up ? pen.up_from : pen.down_from);
      canvas.put(*rows[at], at, up ? pen.up_to : pen.down_to);
    }
  }

  std::string panel(const StepPanel& panel, const ValueAxis& axis) const {
    Canvas canvas(axis.rows(), columns_);
    for (std::size_t i = 0; i < panel.series.size(); ++i)
      draw(canvas, panel.series[i], axis, stroke(i, ascii_));
    const auto labels = axis.labels(ascii_);
    std::string out;
    for (std::size_t row = axis.rows(); row-- > 0;) {
      const auto label = labels.find(row);
      const bool labelled = label != labels.end();
      std::string line =
          fmt::format(" {} {}{}", pad_left(labelled ? label->second : "", gutter_),
                      ascii_ ? (labelled ? "+" : "|") : (labelled ? "┤" : "│"), canvas.line(row));
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

  struct Tick {
    std::size_t column;
    std::string text;
  };

  // Starts of months, every second, third, ... so that the labels keep apart; days where that is too coarse.
  std::vector<Tick> ticks() const {
    for (const int months : {1, 2, 3, 6, 12, 24, 60, 120}) {
      std::vector<Tick> found = month_ticks(months);
      if (found.size() >= 2 && keep_apart(found)) return found;
    }
    for (const int days : {1, 2, 7, 14}) {
      std::vector<Tick> found = day_ticks(days);
      if (found.size() >= 2 && keep_apart(found)) return found;
    }
    return {};
  }

  bool keep_apart(const std::vector<Tick>& found) const {
    for (std::size_t i = 1; i < found.size(); ++i)
      if (found[i].column < found[i - 1].column + found[i - 1].text.size() + kTickGap) return false;
    return true;
  }

  std::vector<Tick> month_ticks(int step) const {
    std::vector<Tick> found;
    CivilDate date = civil_from_days(chart_.from.ns / kNanosPerDay);
    date.day = 1;
    date.month = (date.month - 1) / std::min(step, 12) * std::min(step, 12) + 1;
    if (step > 12) date.year -= date.year % (step / 12);
    for (;;) {
      const Wall at{days_from_civil(date) * kNanosPerDay};
      if (at >= chart_.until || found.size() > columns_) return found;
      if (at >= chart_.from) found.push_back({column(at), fmt::format("{:04}-{:02}", date.year, date.month)});
      date.month += step % 12;
      date.year += step / 12 + (date.month > 12 ? 1 : 0);
      if (date.month > 12) date.month -= 12;
    }
  }

  std::vector<Tick> day_ticks(int step) const {
    std::vector<Tick> found;
    std::int64_t day = chart_.from.ns / kNanosPerDay;
    for (; found.size() <= columns_; day += step) {
      const Wall at{day * kNanosPerDay};
      if (at >= chart_.until) break;
      if (at >= chart_.from) found.push_back({column(at), format_wall(at).substr(0, 10)});
    }
    return found;
  }

  std::string time_axis() const {
    std::string rule = std::string(gutter_ + 2, ' ') + (ascii_ ? "+" : "└");
    std::string labels(gutter_ + 3, ' ');
    const std::vector<Tick> marked = ticks();
    for (std::size_t at = 0; at < columns_; ++at) {
      const bool tick =
          std::any_of(marked.begin(), marked.end(), [&](const Tick& each) { return each.column == at; });
      rule += ascii_ ? (tick ? "+" : "-") : (tick ? "┬" : "─");
    }
    for (const Tick& tick : marked) {
      if (gutter_ + 3 + tick.column + tick.text.size() > width_) continue;
      labels.resize(gutter_ + 3 + tick.column, ' ');
      labels += tick.text;
    }
    return rule + "\n" + (marked.empty() ? "" : labels + "\n");
  }

  const StepChart& chart_;
  bool ascii_;
  std::size_t width_;
  std::size_t gutter_ = 0;
  std::size_t columns_ = 0;
  std::vector<ValueAxis> axes_;
};

}  // namespace

std::string draw_chart(const StepChart& chart, const ChartOptions& options) {
  return ChartDrawing(chart, options).run();
}

}  // namespace costwar::reports
