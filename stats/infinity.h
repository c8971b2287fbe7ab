// What a ratio over nothing is. For the sources of stats alone.
#pragma once

#include <limits>

namespace costwar::stats {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace costwar::stats
