#include "analysis/distribution.h"

#include <algorithm>

namespace costwar::analysis {

std::vector<DistributionPoint> distribution_of_sorted(std::span<const double> ascending, std::size_t most) {
  std::vector<DistributionPoint> points;
  const std::size_t count = ascending.size();
  const std::size_t wanted = std::min(count, most);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t rank = wanted == count ? i : i * (count - 1) / (wanted - 1);
    const double value = ascending[rank];
    if (!points.empty() && points.back().value == value) continue;
    const auto within = std::upper_bound(ascending.begin(), ascending.end(), value) - ascending.begin();
    points.push_back({value, static_cast<double>(within) / static_cast<double>(count)});
  }
  return points;
}

}  // namespace costwar::analysis
