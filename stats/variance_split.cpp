#include "stats/variance_split.h"

#include <algorithm>
#include <cmath>

namespace costwar::stats {

double VarianceSplit::standard_error(double item_count, double repeat_count) const {
  return std::sqrt((between + within / repeat_count) / item_count);
}

std::optional<VarianceSplit> variance_split(std::span<const ClusterTotal> items) {
  VarianceSplit split;
  double answers = 0;
  double squared_answers = 0;
  double sum = 0;
  for (const ClusterTotal& item : items) {
    if (item.items == 0) continue;
    const double repeats = static_cast<double>(item.items);
    ++split.items;
    answers += repeats;
    squared_answers += repeats * repeats;
    sum += item.sum;
  }
  const double n = static_cast<double>(split.items);
  if (split.items < 2 || answers <= n) return std::nullopt;
  double within = 0;
  double between = 0;
  for (const ClusterTotal& item : items) {
    if (item.items == 0) continue;
    const double repeats = static_cast<double>(item.items);
    const double item_mean = item.sum / repeats;
    within += std::max(0.0, item.squares - item.sum * item_mean);
    between += repeats * (item_mean - sum / answers) * (item_mean - sum / answers);
  }
  split.repeats = (answers - squared_answers / answers) / (n - 1);
  split.within = within / (answers - n);
  split.between = std::max(0.0, (between / (n - 1) - split.within) / split.repeats);
  return split;
}

}  // namespace costwar::stats
