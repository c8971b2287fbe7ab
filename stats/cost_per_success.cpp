#include "stats/cost_per_success.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "stats/clustered.h"
#include "stats/proportion.h"

namespace costwar::stats {
namespace {

using CostField = double CostedCluster::*;

bool has_range(const CostedCluster& cluster) {
  return cluster.cost_low != cluster.cost || cluster.cost_high != cluster.cost;
}

// One model's clusters, with what is known of its solve rate.
struct Side {
  std::vector<CostedCluster> clusters;
  std::int64_t solved = 0;
  std::int64_t items = 0;
  Interval rate;

  double share() const { return static_cast<double>(solved) / static_cast<double>(items); }
  bool all_solved() const { return solved == items; }
  bool ranged() const { return std::any_of(clusters.begin(), clusters.end(), has_range); }
  double total(CostField field) const {
    double sum = 0;
    for (const CostedCluster& cluster : clusters) sum += cluster.*field;
    return sum;
  }
  bool costs_the_same() const {
    return std::all_of(clusters.begin(), clusters.end(), [&](const CostedCluster& cluster) {
      return cluster.cost == clusters[0].cost && cluster.items == clusters[0].items;
    });
  }
};

Side with_counts(std::vector<CostedCluster> clusters) {
  Side side{std::move(clusters), 0, 0, {0, 1}};
  for (const CostedCluster& cluster : side.clusters) {
    side.solved += cluster.solved;
    side.items += cluster.items;
  }
  return side;
}

CostedCluster alone(const CostedItem& item) {
  return {item.cost, item.cost_low, item.cost_high, item.solved ? 1 : 0, 1};
}

// Items that stand alone: the plain Wilson bounds.
Side side_of_items(std::vector<CostedCluster> items, double level) {
  Side side = with_counts(std::move(items));
  side.rate = wilson_interval(side.solved, side.items, level);
  return side;
}

// nullopt for fewer than two clusters.
std::optional<Side> side_of_clusters(std::vector<CostedCluster> clusters, double level) {
  std::erase_if(clusters, [](const CostedCluster& cluster) { return cluster.items == 0; });
  Side side = with_counts(std::move(clusters));
  std::vector<ClusterTotal> totals;
  for (const CostedCluster& cluster : side.clusters) {
    const double solved = static_cast<double>(cluster.solved);
    totals.push_back({solved, solved, cluster.items});
  }
  const std::optional<ClusteredMean> rate = clustered_mean(totals);
  if (!rate) return std::nullopt;
  side.rate = effective_wilson_interval(*rate, level);
  return side;
}

// The bootstrap-t; the percentiles where there is nothing to studentise by.
Interval ratio_interval(const std::vector<RatioItem>& terms, const BootstrapOptions& options) {
  if (const auto bounds = bootstrap_t_ratio(terms, options)) return *bounds;
  return bootstrap_ratio(terms, options);
}

Interval cost_over(const Side& side, CostField field, std::int64_t CostedCluster::*below,
                   const BootstrapOptions& options) {
  std::vector<RatioItem> terms;
  terms.reserve(side.clusters.size());
  for (const CostedCluster& cluster : side.clusters)
    terms.push_back({cluster.*field, static_cast<double>(cluster.*below)});
  return ratio_interval(terms, options);
}

// Calls `interval` for the low and the high prices and joins the outer ends; once where prices are certain.
template <typename OfField>
Interval over_price_range(bool ranged, OfField interval) {
  if (!ranged) return interval(&CostedCluster::cost);
  return {interval(&CostedCluster::cost_low).low, interval(&CostedCluster::cost_high).high};
}

std::optional<Interval> cost_per_success(const Side& side, const BootstrapOptions& options) {
  if (side.items == 0 || side.total(&CostedCluster::cost_high) <= 0) return std::nullopt;
  if (side.solved == 0)
    return Interval{side.total(&CostedCluster::cost_low) / static_cast<double>(side.items) / side.rate.high,
                    std::numeric_limits<double>::infinity()};
  const auto over = [&](std::int64_t CostedCluster::*below) {
    return over_price_range(side.ranged(),
                            [&](CostField field) { return cost_over(side, field, below, options); });
  };
  if (!side.all_solved() && !side.costs_the_same()) {
    const Interval bootstrap = over(&CostedCluster::solved);
    if (bootstrap.width() > 0) return bootstrap;
  }
  const Interval mean_cost = over(&CostedCluster::items);
  return Interval{mean_cost.low / side.rate.high, mean_cost.high / side.rate.low};
}

Interval paired_interval(const Side& first, const Side& second, CostField first_cost, CostField second_cost,
                         const BootstrapOptions& options) {
  std::vector<RatioPairItem> terms;
  terms.reserve(first.clusters.size());
  for (std::size_t i = 0; i < first.clusters.size(); ++i) {
    const CostedCluster& above = first.clusters[i];
    const CostedCluster& below = second.clusters[i];
    terms.push_back({{above.*first_cost, static_cast<double>(above.solved)},
                     {below.*second_cost, static_cast<double>(below.solved)}});
  }
  if (const auto bounds = bootstrap_t_ratio_of_ratios(terms, options)) return *bounds;
  return bootstrap_ratio_of_ratios(terms, options);
}

// Where one of the two solved nothing every resample is infinite or zero, and only the bounds of each side
// alone tell how far apart they can be. Both sides cost something.
Interval apart(const Side& first, const Side& second, const BootstrapOptions& options) {
  const Interval above = cost_per_success(first, options).value();
  const Interval below = cost_per_success(second, options).value();
  return {above.low / below.high, above.high / below.low};
}

std::optional<Interval> cost_ratio(const Side& first, const Side& second, const BootstrapOptions& options) {
  using Cluster = CostedCluster;
  if (first.items == 0 || first.total(&Cluster::cost_low) <= 0 || second.total(&Cluster::cost_low) <= 0 ||
      (first.solved == 0 && second.solved == 0))
    return std::nullopt;
  if (first.solved == 0 || second.solved == 0) return apart(first, second, options);
  Interval bounds =
      first.ranged() || second.ranged()
          ? Interval{paired_interval(first, second, &Cluster::cost_low, &Cluster::cost_high, options).low,
                     paired_interval(first, second, &Cluster::cost_high, &Cluster::cost_low, options).high}
          : paired_interval(first, second, &Cluster::cost, &Cluster::cost, options);
  if (first.all_solved()) bounds.high /= first.rate.low;
  if (second.all_solved()) bounds.low *= second.rate.low;
  if (bounds.width() > 0) return bounds;
  // The models never differed in any resample: only the doubt about both solve rates is left.
  return Interval{bounds.low * (second.rate.low / second.share()) * (first.share() / first.rate.high),
                  bounds.high * (second.rate.high / second.share()) * (first.share() / first.rate.low)};
}

template <typename Pair>
std::vector<CostedCluster> one_of(std::span<const Pair> pairs, auto Pair::*which, auto to_cluster) {
  std::vector<CostedCluster> clusters;
  clusters.reserve(pairs.size());
  for (const Pair& pair : pairs) clusters.push_back(to_cluster(pair.*which));
  return clusters;
}

}  // namespace

std::optional<Interval> cost_per_success_interval(std::span<const CostedItem> items,
                                                  const BootstrapOptions& options) {
  std::vector<CostedCluster> clusters;
  clusters.reserve(items.size());
  for (const CostedItem& item : items) clusters.push_back(alone(item));
  return single_cost_per_success_interval(std::move(clusters), options);
}

std::optional<Interval> single_cost_per_success_interval(std::vector<CostedCluster> items,
                                                         const BootstrapOptions& options) {
  return cost_per_success(side_of_items(std::move(items), options.level), options);
}

std::optional<Interval> clustered_cost_per_success_interval(std::span<const CostedCluster> clusters,
                                                            const BootstrapOptions& options) {
  const std::optional<Side> side = side_of_clusters({clusters.begin(), clusters.end()}, options.level);
  return side ? cost_per_success(*side, options) : std::nullopt;
}

std::optional<Interval> cost_ratio_interval(std::span<const CostedPair> items,
                                            const BootstrapOptions& options) {
  return cost_ratio(side_of_items(one_of(items, &CostedPair::first, alone), options.level),
                    side_of_items(one_of(items, &CostedPair::second, alone), options.level), options);
}

std::optional<Interval> clustered_cost_ratio_interval(std::span<const CostedClusterPair> clusters,
                                                      const BootstrapOptions& options) {
  std::vector<CostedCluster> firsts;
  std::vector<CostedCluster> seconds;
  for (const CostedClusterPair& pair : clusters) {
    // Only clusters of which both models answered something are shared.
    if (pair.first.items == 0 || pair.second.items == 0) continue;
    firsts.push_back(pair.first);
    seconds.push_back(pair.second);
  }
  const std::optional<Side> first = side_of_clusters(std::move(firsts), options.level);
  const std::optional<Side> second = side_of_clusters(std::move(seconds), options.level);
  return first && second ? cost_ratio(*first, *second, options) : std::nullopt;
}

}  // namespace costwar::stats
