// Charts as text: each panel a step line over a shared time axis, with the exact values at its left edge.
// Series differ by their line (light, heavy, double), never by colour alone. The axis begins at 0, or is
// logarithmic where the values span more than a factor of 8, and then says so. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "core/document.h"

namespace costwar::reports {

struct ChartOptions {
  std::size_t width = 80;  // columns at most, at least 40
  bool ascii = false;
};

// Lines with their ends; without the chart's title.
std::string draw_chart(const StepChart& chart, const ChartOptions& options);

}  // namespace costwar::reports
