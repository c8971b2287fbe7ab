// What a comparison looks like: cost against quality, cost per solved task, seconds per item, tokens by kind.
// A chart that has nothing to show is left out.
#pragma once

#include <vector>

#include "analysis/comparison.h"
#include "core/document.h"

namespace costwar::reports {

std::vector<Chart> comparison_charts(const analysis::Comparison& comparison);

}  // namespace costwar::reports
