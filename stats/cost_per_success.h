// What one success costs: total cost / successes, failures paid for, with an interval; and how two such costs
// compare on the same items. Built on the bootstrap-t of the log ratio, because costs have heavy tails, and
// on the Wilson bound of the solve rate where the bootstrap has seen only one kind of outcome and would claim
// to be sure of it. Clusters (an item with its repeats, items that share a prefix) are resampled whole. Pure;
// definitions in docs/measuring.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/bootstrap.h"
#include "stats/interval.h"

namespace costwar::stats {

// One item: what all its attempts cost, within [cost_low, cost_high] where the price itself is not certain.
struct CostedItem {
  double cost = 0;
  double cost_low = 0;
  double cost_high = 0;
  bool solved = false;
};

// A cluster: the sums over its items, each repeat counted as one.
struct CostedCluster {
  double cost = 0;
  double cost_low = 0;
  double cost_high = 0;
  std::int64_t solved = 0;
  std::int64_t items = 0;
};

// Interval of total cost / solved items.
// - Nothing solved: [mean cost / upper Wilson bound of the solve rate, infinity].
// - All solved, or every item costs the same: the bootstrap interval of the mean cost, its low end divided by
// the
//   upper and its high end by the lower Wilson bound.
// - Otherwise the bootstrap of the ratio, in which a resample with nothing solved is infinite.
// nullopt without items, and where no item costs anything: nothing is in doubt then.
std::optional<Interval> cost_per_success_interval(std::span<const CostedItem> items,
                                                  const BootstrapOptions& options);

// The same where every cluster holds one item; their memory is used.
std::optional<Interval> single_cost_per_success_interval(std::vector<CostedCluster> items,
                                                         const BootstrapOptions& options);

// The same over clusters, with Wilson's bounds from the effective number of items. nullopt also for fewer
// than two clusters.
std::optional<Interval> clustered_cost_per_success_interval(std::span<const CostedCluster> clusters,
                                                            const BootstrapOptions& options);

struct CostedPair {
  CostedItem first;
  CostedItem second;
};

// Interval of the first's cost per success divided by the second's, on shared items with one resampling for
// both. A model that solved all of them may still not solve all there are: its Wilson bound widens the end
// that it could move. Where one of them solved nothing, the bounds of both sides alone are divided instead.
// nullopt without items, where either is free, and where neither solved anything.
std::optional<Interval> cost_ratio_interval(std::span<const CostedPair> items,
                                            const BootstrapOptions& options);

struct CostedClusterPair {
  CostedCluster first;
  CostedCluster second;
};

// The same over clusters, both models' resampled together. nullopt also for fewer than two clusters.
std::optional<Interval> clustered_cost_ratio_interval(std::span<const CostedClusterPair> clusters,
                                                      const BootstrapOptions& options);

}  // namespace costwar::stats
