// Tango 1998, Statistics in Medicine 17, 891-908: for a supposed difference d, the discordant shares are
// estimated under it, and the score statistic (b - c - n d) / sqrt(n (2 q + d (1 - d))) is compared with the
// critical value.
#include <algorithm>
#include <cmath>

#include "stats/paired.h"
#include "stats/proportion.h"

namespace costwar::stats {
namespace {

struct Counts {
  double first = 0;
  double second = 0;
  double items = 0;
};

// The score statistic of a supposed difference; falls as the difference rises.
double score(const Counts& counts, double difference) {
  const double n = counts.items;
  const double a = 2 * n;
  const double b = -counts.first - counts.second + (2 * n - counts.first + counts.second) * difference;
  const double c = -counts.second * difference * (1 - difference);
  const double root = std::sqrt(std::max(0.0, b * b - 4 * a * c));
  // The share that only the second solves, under the difference: the larger root, in the form that does not
  // subtract what is nearly equal.
  const double share = b > 0 ? (root + b > 0 ? -2 * c / (root + b) : 0) : (root - b) / (2 * a);
  const double variance = n * (2 * share + difference * (1 - difference));
  const double distance = counts.first - counts.second - n * difference;
  if (variance > 0) return distance / std::sqrt(variance);
  return distance == 0 ? 0 : std::copysign(INFINITY, distance);
}

// Where the statistic falls through `target`, between a difference at which it is above and one at which it
// is not.
double crossing(const Counts& counts, double target, double above, double below) {
  for (int step = 0; step < 200; ++step) {
    const double middle = above + (below - above) / 2;
    if (middle == above || middle == below) break;
    (score(counts, middle) > target ? above : below) = middle;
  }
  return above + (below - above) / 2;
}

}  // namespace

Interval tango_interval_of_counts(double only_first, double only_second, double items, double critical) {
  if (!(items > 0)) return {-1, 1};
  const Counts counts{only_first, only_second, items};
  const double estimate = std::clamp((only_first - only_second) / items, -1.0, 1.0);
  const Interval bounds{only_second >= items ? -1 : crossing(counts, critical, -1, estimate),
                        only_first >= items ? 1 : crossing(counts, -critical, estimate, 1)};
  return {std::min(bounds.low, estimate), std::max(bounds.high, estimate)};
}

Interval tango_interval(const PairedCounts& counts, double level) {
  return tango_interval_of_counts(static_cast<double>(counts.only_first),
                                  static_cast<double>(counts.only_second),
                                  static_cast<double>(counts.items()), normal_quantile(0.5 + level / 2));
}

}  // namespace costwar::stats
