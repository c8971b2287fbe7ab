#include "stats/littles_law.h"

#include <algorithm>
#include <cmath>

namespace costwar::stats {

double mean_inside(std::span<const Stay> stays, std::int64_t from, std::int64_t until) {
  if (until <= from) return 0;
  double overlap = 0;
  for (const Stay& stay : stays)
    overlap += static_cast<double>(
        std::max<std::int64_t>(0, std::min(stay.end, until) - std::max(stay.begin, from)));
  return overlap / static_cast<double>(until - from);
}

LittlesLaw littles_law(std::span<const Stay> stays, std::int64_t from, std::int64_t until) {
  LittlesLaw law;
  if (until <= from) return law;
  std::int64_t crossings = 0;
  double spent = 0;  // nanoseconds; of those that began and of those that ended, so each stay up to twice
  for (const Stay& stay : stays) {
    const int times =
        (stay.begin >= from && stay.begin < until ? 1 : 0) + (stay.end >= from && stay.end < until ? 1 : 0);
    crossings += times;
    spent += times * static_cast<double>(stay.end - stay.begin);
  }
  law.inside = mean_inside(stays, from, until);
  const double window = static_cast<double>(until - from) / 1e9;
  law.rate = static_cast<double>(crossings) / 2 / window;
  if (crossings > 0) law.seconds = spent / 1e9 / static_cast<double>(crossings);
  if (law.inside > 0) law.residual = std::abs(law.inside - law.rate * law.seconds) / law.inside;
  return law;
}

}  // namespace costwar::stats
