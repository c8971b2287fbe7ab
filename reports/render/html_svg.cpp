#include "reports/render/html_svg.h"

#include <fmt/format.h>

#include <iterator>

#include "reports/render/html_text.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr double kCharacterWidth = 6.6;  // of a label, on average
constexpr double kTickRoom = 18;         // between the area and its labels' baseline
constexpr double kTitleRoom = 40;
constexpr double kMarkSize = 5;
constexpr double kLegendLine = 20;

std::string_view anchor_name(Svg::Anchor anchor) {
  switch (anchor) {
    case Svg::Anchor::middle:
      return "middle";
    case Svg::Anchor::end:
      return "end";
    case Svg::Anchor::start:
      break;
  }
  return "start";
}

}  // namespace

std::string series_class(std::size_t series) {
  return fmt::format("s{}", series % kSeriesStyles);
}

double text_width(std::string_view text) {
  return static_cast<double>(display_width(text)) * kCharacterWidth;
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view classes) {
  fmt::format_to(std::back_inserter(out_),
                 "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
                 y2, classes);
}

void Svg::text(double x, double y, Anchor anchor, std::string_view classes, std::string_view text) {
  fmt::format_to(std::back_inserter(out_),
                 "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y,
                 anchor_name(anchor), classes, html_escaped(text));
}

void Svg::tip_and_end(std::string_view element, std::string_view tip) {
  if (tip.empty())
    out_ += "/>\n";
  else
    fmt::format_to(std::back_inserter(out_), "><title>{}</title></{}>\n", html_escaped(tip), element);
}

void Svg::rect(double x, double y, double width, double height, std::string_view classes,
               std::string_view tip) {
  fmt::format_to(std::back_inserter(out_),
                 "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"", x, y,
                 std::max(0.0, width), std::max(0.0, height), classes);
  tip_and_end("rect", tip);
}

void Svg::path(const std::vector<SvgPoint>& points, std::string_view classes) {
  if (points.empty()) return;
  out_ += "<path d=\"";
  for (std::size_t i = 0; i < points.size(); ++i)
    fmt::format_to(std::back_inserter(out_), "{}{:.1f} {:.1f}", i == 0 ? "M" : "L", points[i].first,
                   points[i].second);
  fmt::format_to(std::back_inserter(out_), "\" class=\"{}\"/>\n", classes);
}

void Svg::mark(double x, double y, std::size_t series, std::string_view tip) {
  const double r = kMarkSize;
  const std::string classes = "mark " + series_class(series);
  std::string_view element = "path";
  const auto to = std::back_inserter(out_);
  switch (series % 4) {
    case 0:
      fmt::format_to(to, "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"", x, y, r, classes);
      element = "circle";
      break;
    case 1:
      fmt::format_to(to, "<path d=\"M{:.1f} {:.1f}h{:.1f}v{:.1f}h-{:.1f}z\" class=\"{}\"", x - r * 0.9,
                     y - r * 0.9, r * 1.8, r * 1.8, r * 1.8, classes);
      break;
    case 2:
      fmt::format_to(to,
                     "<path d=\"M{:.1f} {:.1f}l{:.1f} {:.1f}l-{:.1f} {:.1f}l-{:.1f} -{:.1f}z\" class=\"{}\"",
                     x, y - r * 1.3, r * 1.3, r * 1.3, r * 1.3, r * 1.3, r * 1.3, r * 1.3, classes);
      break;
    default:
      fmt::format_to(to, "<path d=\"M{:.1f} {:.1f}l{:.1f} {:.1f}h-{:.1f}z\" class=\"{}\"", x, y - r * 1.2,
                     r * 1.2, r * 2.1, r * 2.4, classes);
  }
  tip_and_end(element, tip);
}

std::string Svg::picture(double width, double height, std::string_view id, std::string_view title,
                         std::string_view description) const {
  return fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-labelledby=\"{2}-t {2}-d\">\n"
      "<title id=\"{2}-t\">{3}</title><desc id=\"{2}-d\">{4}</desc>\n{5}</svg>\n",
      width, height, html_escaped(id), html_escaped(title), html_escaped(description), out_);
}

void draw_bottom_axis(Svg& svg, const PlotArea& area, const Scale& scale, const std::string& title) {
  double last = -1e9;
  for (const AxisTick& tick : scale.ticks()) {
    const double x = scale.at(tick.value);
    svg.line(x, area.top, x, area.bottom, "grid");
    const double half = text_width(tick.text) / 2;
    if (x - half < last + 8) continue;
    svg.text(x, area.bottom + kTickRoom, Svg::Anchor::middle, "tick", tick.text);
    last = x + half;
  }
  svg.line(area.left, area.bottom, area.right, area.bottom, "axis");
  if (!title.empty())
    svg.text((area.left + area.right) / 2, area.bottom + kTitleRoom, Svg::Anchor::middle, "label", title);
}

void draw_left_axis(Svg& svg, const PlotArea& area, const Scale& scale, const std::string& title) {
  for (const AxisTick& tick : scale.ticks()) {
    const double y = scale.at(tick.value);
    svg.line(area.left, y, area.right, y, "grid");
    svg.text(area.left - 8, y + 4, Svg::Anchor::end, "tick", tick.text);
  }
  if (!title.empty()) svg.text(area.left, area.top - 10, Svg::Anchor::start, "label", title);
}

double draw_legend(Svg& svg, double x, double y, double width, const std::vector<std::string>& names,
                   bool lines) {
  double at = x;
  double used = kLegendLine;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double needed = 28 + text_width(names[i]) + 16;
    if (at > x && at + needed > x + width) {
      at = x;
      used += kLegendLine;
    }
    const double middle = y + used - kLegendLine / 2;
    if (lines)
      svg.line(at, middle, at + 22, middle, "line " + series_class(i));
    else
      svg.rect(at + 6, middle - 6, 12, 12, "bar " + series_class(i), "");
    svg.text(at + 28, middle + 4, Svg::Anchor::start, "label", names[i]);
    at += needed;
  }
  return used;
}

}  // namespace costwar::reports
