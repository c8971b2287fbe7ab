// A distribution in few points, so that it can be drawn without every value. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace costwar::analysis {

struct DistributionPoint {
  double value = 0;
  double share = 0;  // of all values that are at most `value`: 0..1
  friend bool operator==(const DistributionPoint&, const DistributionPoint&) = default;
};

inline constexpr std::size_t kDistributionPoints = 200;

// The empirical distribution function at some of its steps: every distinct value where there are at most
// `most`, else the values at `most` evenly spaced ranks; the least and the greatest are always among them.
// Each point is exact. `ascending` may be empty; most >= 2.
std::vector<DistributionPoint> distribution_of_sorted(std::span<const double> ascending,
                                                      std::size_t most = kDistributionPoints);

}  // namespace costwar::analysis
