// Comparisons as a user would meet them, built from runs through the whole analysis.
#pragma once

#include <string_view>
#include <vector>

#include "analysis/comparison.h"

namespace costwar::testing {

struct NamedComparison {
  std::string_view name;  // of its golden files
  analysis::Comparison comparison;
};

analysis::Comparison two_tiny_models();  // 300 items, four tasks, retries, other rates
std::vector<NamedComparison> golden_comparisons();

}  // namespace costwar::testing
