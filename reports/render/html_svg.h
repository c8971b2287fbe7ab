// SVG piece by piece, for charts: shapes take their look from classes of the report's style sheet, because
// its policy allows no style of their own. Series differ by dash or mark, never by colour alone. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/document.h"
#include "reports/render/html_axis.h"

namespace costwar::reports {

inline constexpr std::size_t kSeriesStyles = 8;  // then they repeat

// "s3"
std::string series_class(std::size_t series);

using SvgPoint = std::pair<double, double>;

class Svg {
 public:
  enum class Anchor : std::uint8_t { start, middle, end };

  void line(double x1, double y1, double x2, double y2, std::string_view classes);
  void text(double x, double y, Anchor anchor, std::string_view classes, std::string_view text);
  void rect(double x, double y, double width, double height, std::string_view classes, std::string_view tip);
  void path(const std::vector<SvgPoint>& points, std::string_view classes);
  // The mark of a series: circle, square, diamond, triangle, in turn.
  void mark(double x, double y, std::size_t series, std::string_view tip);

  // The whole picture; title and description are for those who hear it. `id` is unique in the page.
  std::string picture(double width, double height, std::string_view id, std::string_view title,
                      std::string_view description) const;

 private:
  void tip_and_end(std::string_view element, std::string_view tip);

  std::string out_;
};

// Where the values are drawn.
struct PlotArea {
  double left = 64;
  double top = 16;
  double right = 704;
  double bottom = 280;
};

// Grid lines, tick labels and title of an axis below, or to the left of, the area.
void draw_bottom_axis(Svg& svg, const PlotArea& area, const Scale& scale, const std::string& title);
void draw_left_axis(Svg& svg, const PlotArea& area, const Scale& scale, const std::string& title);

// Names beside their marks in a row, from (x, y) to the right, over several rows where they do not fit;
// returns the height used.
double draw_legend(Svg& svg, double x, double y, double width, const std::vector<std::string>& names,
                   bool lines);

// About how wide text is at the size of labels.
double text_width(std::string_view text);

}  // namespace costwar::reports
