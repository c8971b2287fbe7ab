// Charts as the report's script takes them. What its members mean stands in html/charts.js. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/document.h"

namespace costwar::reports {

// One JSON array, safe within a <script> block.
std::string chart_data(const std::vector<Chart>& charts);

}  // namespace costwar::reports
