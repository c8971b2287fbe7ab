// Charts of the HTML report: each a figure with a static picture (SVG), which the report's script replaces
// with a canvas where it runs, and a table of the figures drawn. Pure.
#pragma once

#include <string>

#include "core/document.h"

namespace costwar::reports {

struct ChartFigure {
  std::string picture;  // one <svg> or several
  Table table;          // of the figures
};

// `id` begins the ids within the picture.
ChartFigure draw_figure(const Chart& chart, const std::string& id);

// The key and title of any chart.
const std::string& chart_key(const Chart& chart);
const std::string& chart_title(const Chart& chart);

}  // namespace costwar::reports
