// Means of values that come in clusters of related ones: repeats of an item, items that share a prefix,
// questions about one document. Items in a cluster are not independent, so the standard error is that of the
// clusters (Miller 2024, arXiv 2411.00640, section 2.2) and the critical value is t with one degree of
// freedom less than there are clusters. All values are summed up per cluster first; nothing else of the items
// is needed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/interval.h"

namespace costwar::stats {

// One cluster: the sum of its items' values, of their squares, and how many items it has.
struct ClusterTotal {
  double sum = 0;
  double squares = 0;
  std::int64_t items = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++items;
  }
};

// The clusters of values[i], which belongs to clusters[i]; in ascending order of their numbers. Both spans
// are equally long.
std::vector<ClusterTotal> cluster_totals(std::span<const double> values,
                                         std::span<const std::int64_t> clusters);

struct ClusteredMean {
  double mean = 0;         // over items: clusters weigh as many items as they have
  double mean_square = 0;  // of the items' values
  std::int64_t items = 0;
  std::int64_t clusters = 0;
  double standard_error = 0;        // of the mean, from the spread of the clusters
  double naive_standard_error = 0;  // the same as if every item stood alone, with n - 1
  // Of the clusters' variance itself, at most G - 1 (stats/student_t.h).
  double variance_degrees = 0;

  // How many times larger the variance is than without clusters; 1 where neither has any.
  double design_effect() const;
  // items / design effect, a design effect below 1 (which few clusters can show by chance) counted as 1; the
  // number of clusters where they do not vary at all.
  double effective_items() const;
};

// The mean and its standard error sqrt(G/(G-1) sum_c (sum_i (x_ic - mean))^2) / n over G clusters; with one
// item each it is s / sqrt(n). Clusters without items do not count. nullopt for fewer than two.
std::optional<ClusteredMean> clustered_mean(std::span<const ClusterTotal> clusters);

// mean -+ t(G - 1) standard errors. nullopt where the clusters do not vary: an interval without width would
// claim certainty.
std::optional<Interval> clustered_t_interval(const ClusteredMean& mean, double level = kDefaultLevel);

// Wilson's interval with the effective number of items, fewer where few clusters hold most of the variance
// (docs/measuring.md), and t on G - 1, for values in [0, 1]; for values
// between the ends the effective number also reflects that they vary less than zeros and ones do. Never of
// zero width.
Interval effective_wilson_interval(const ClusteredMean& mean, double level = kDefaultLevel);

// The interval of a mean of paired differences in [-1, 1] (item by item, first minus second): Tango's score
// interval with the effective number of items and t on G - 1. Never of zero width.
Interval clustered_difference_interval(const ClusteredMean& differences, double level = kDefaultLevel);

// What a score interval of independent items is given in the place of clustered ones: how many items they are
// worth, fewer where few clusters hold most of the variance, and t on G - 1 as the critical value.
struct EffectiveItems {
  double items = 0;
  double critical = 0;
};
EffectiveItems effective_score_items(const ClusteredMean& mean, double level = kDefaultLevel);

// Two-sided p of no difference: t on G - 1. 1 where nothing differs; nullopt where every cluster differs by
// the same, from which no spread can be told.
std::optional<double> clustered_difference_p(const ClusteredMean& differences);

}  // namespace costwar::stats
