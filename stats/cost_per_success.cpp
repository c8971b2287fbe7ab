#include "stats/cost_per_success.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "stats/proportion.h"
#include "stats/quantile.h"

namespace costwar::stats {
namespace {

using CostField = double CostedItem::*;

bool has_range(const CostedItem& item) {
  return item.cost_low != item.cost || item.cost_high != item.cost;
}

double total(std::span<const CostedItem> items, CostField field) {
  double sum = 0;
  for (const CostedItem& item : items) sum += item.*field;
  return sum;
}

std::int64_t solved_count(std::span<const CostedItem> items) {
  return std::count_if(items.begin(), items.end(), [](const CostedItem& item) { return item.solved; });
}

Interval ratio_interval(std::span<const CostedItem> items, CostField field, const BootstrapOptions& options) {
  std::vector<RatioItem> terms;
  terms.reserve(items.size());
  for (const CostedItem& item : items) terms.push_back({item.*field, item.solved ? 1.0 : 0.0});
  return bootstrap_ratio(terms, options);
}

Interval mean_cost_interval(std::span<const CostedItem> items, CostField field,
                            const BootstrapOptions& options) {
  std::vector<double> costs;
  costs.reserve(items.size());
  for (const CostedItem& item : items) costs.push_back(item.*field);
  return bootstrap_mean(costs, options);
}

// Calls `interval` for the low and the high prices and joins the outer ends; once where prices are certain.
template <typename OfField>
Interval over_price_range(bool ranged, OfField interval) {
  if (!ranged) return interval(&CostedItem::cost);
  return {interval(&CostedItem::cost_low).low, interval(&CostedItem::cost_high).high};
}

bool costs_the_same(std::span<const CostedItem> items) {
  return std::all_of(items.begin(), items.end(),
                     [&](const CostedItem& item) { return item.cost == items[0].cost; });
}

struct Side {
  std::vector<CostedItem> items;
  std::int64_t solved = 0;
  Interval rate;
  double share() const { return static_cast<double>(solved) / static_cast<double>(items.size()); }
  bool all_solved() const { return solved == static_cast<std::int64_t>(items.size()); }
};

Side side_of(std::span<const CostedPair> pairs, CostedItem CostedPair::*which, double level) {
  Side side;
  side.items.reserve(pairs.size());
  for (const CostedPair& pair : pairs) side.items.push_back(pair.*which);
  side.solved = solved_count(side.items);
  side.rate = wilson_interval(side.solved, static_cast<std::int64_t>(pairs.size()), level);
  return side;
}

Interval paired_interval(std::span<const CostedPair> pairs, CostField first, CostField second,
                         const BootstrapOptions& options) {
  std::vector<RatioPairItem> terms;
  terms.reserve(pairs.size());
  for (const CostedPair& pair : pairs)
    terms.push_back({{pair.first.*first, pair.first.solved ? 1.0 : 0.0},
                     {pair.second.*second, pair.second.solved ? 1.0 : 0.0}});
  return bootstrap_ratio_of_ratios(terms, options);
}

}  // namespace

std::optional<Interval> cost_per_success_interval(std::span<const CostedItem> items,
                                                  const BootstrapOptions& options) {
  if (items.empty() || total(items, &CostedItem::cost_high) <= 0) return std::nullopt;
  const auto n = static_cast<std::int64_t>(items.size());
  const std::int64_t solved = solved_count(items);
  const Interval rate = wilson_interval(solved, n, options.level);
  if (solved == 0)
    return Interval{total(items, &CostedItem::cost_low) / static_cast<double>(n) / rate.high,
                    std::numeric_limits<double>::infinity()};
  const bool ranged = std::any_of(items.begin(), items.end(), has_range);
  if (solved < n && !costs_the_same(items)) {
    const Interval bootstrap =
        over_price_range(ranged, [&](CostField field) { return ratio_interval(items, field, options); });
    if (bootstrap.width() > 0) return bootstrap;
  }
  const Interval mean_cost =
      over_price_range(ranged, [&](CostField field) { return mean_cost_interval(items, field, options); });
  return Interval{mean_cost.low / rate.high, mean_cost.high / rate.low};
}

namespace {

// Where one of the two solved nothing every resample is infinite or zero, and only the bounds of each side
// alone tell how far apart they can be. Both sides cost something.
Interval apart(const Side& first, const Side& second, const BootstrapOptions& options) {
  const Interval above = cost_per_success_interval(first.items, options).value();
  const Interval below = cost_per_success_interval(second.items, options).value();
  return {above.low / below.high, above.high / below.low};
}

}  // namespace

std::optional<Interval> cost_ratio_interval(std::span<const CostedPair> items,
                                            const BootstrapOptions& options) {
  if (items.empty()) return std::nullopt;
  const Side first = side_of(items, &CostedPair::first, options.level);
  const Side second = side_of(items, &CostedPair::second, options.level);
  if (total(first.items, &CostedItem::cost_low) <= 0 || total(second.items, &CostedItem::cost_low) <= 0 ||
      (first.solved == 0 && second.solved == 0))
    return std::nullopt;
  if (first.solved == 0 || second.solved == 0) return apart(first, second, options);
  const bool ranged = std::any_of(items.begin(), items.end(), [](const CostedPair& pair) {
    return has_range(pair.first) || has_range(pair.second);
  });
  Interval bounds =
      ranged ? Interval{paired_interval(items, &CostedItem::cost_low, &CostedItem::cost_high, options).low,
                        paired_interval(items, &CostedItem::cost_high, &CostedItem::cost_low, options).high}
             : paired_interval(items, &CostedItem::cost, &CostedItem::cost, options);
  if (first.all_solved()) bounds.high /= first.rate.low;
  if (second.all_solved()) bounds.low *= second.rate.low;
  if (bounds.width() > 0) return bounds;
  // The models never differed in any resample: only the doubt about both solve rates is left.
  return Interval{bounds.low * (second.rate.low / second.share()) * (first.share() / first.rate.high),
                  bounds.high * (second.rate.high / second.share()) * (first.share() / first.rate.low)};
}

}  // namespace costwar::stats
