#include "stats/matched_ratio.h"

#include <cmath>
#include <vector>

#include "stats/clustered.h"
#include "stats/infinity.h"
#include "stats/proportion.h"

namespace costwar::stats {
namespace {

// Falls as the supposed ratio rises.
double matched_score(const MatchedShares& counts, double ratio) {
  const double r = ratio;
  const double solved = counts.both + counts.only_first + counts.only_second;
  // Under the ratio, of those that anybody solved: how many only the first did. The likelihood's derivative
  // is a quadratic; its larger root is the one inside the permitted range.
  const double a = r * (1 + r);
  const double b =
      (r * r - 1) * counts.both + (2 * r * r - 1) * counts.only_first + r * r * counts.only_second;
  const double c = r * (r - 1) * solved * counts.only_first;
  const double root = std::sqrt(std::max(0.0, b * b - 4 * a * c));
  const double first = std::max(0.0, (b + root) / (2 * a));
  const double second = std::max(0.0, r * first - (r - 1) * solved);
  const double variance = r * (first + second);
  const double distance = (counts.both + counts.only_first) - r * (counts.both + counts.only_second);
  if (variance > 0) return distance / std::sqrt(variance);
  return distance == 0 ? 0 : std::copysign(INFINITY, distance);
}

// Under a supposed ratio the shares of two independent sets are the roots of a quadratic (Koopman 1984).
double unpaired_score(const ShareOf& first, const ShareOf& second, double ratio) {
  const double m = first.items;
  const double n = second.items;
  const double x = first.share * m;
  const double y = second.share * n;
  const double a = (m + n) * ratio;
  const double b = ratio * (m + y) + x + n;
  const double c = x + y;
  const double share = (b - std::sqrt(std::max(0.0, b * b - 4 * a * c))) / (2 * a);  // of the second
  const double scaled = ratio * share;
  const double variance = scaled * (1 - scaled) / m + ratio * ratio * share * (1 - share) / n;
  const double distance = first.share - ratio * second.share;
  if (variance > 0) return distance / std::sqrt(variance);
  return distance == 0 ? 0 : std::copysign(INFINITY, distance);
}

constexpr double kLeastLog = -30;  // beyond, a ratio is nothing or without bound
constexpr double kMostLog = 30;

// The logarithm at which a falling score passes `target`.
template <typename Score>
double crossing_log(Score score, double target) {
  double above = kLeastLog;
  double below = kMostLog;
  for (int step = 0; step < 100; ++step) {
    const double middle = (above + below) / 2;
    (score(std::exp(middle)) > target ? above : below) = middle;
  }
  return (above + below) / 2;
}

template <typename Score>
Interval ratio_ends(Score score, double critical) {
  Interval bounds{0, kInfinity};
  if (score(std::exp(kLeastLog)) > critical) bounds.low = std::exp(crossing_log(score, critical));
  if (score(std::exp(kMostLog)) < -critical) bounds.high = std::exp(crossing_log(score, -critical));
  return bounds;
}

}  // namespace

double matched_ratio(const PairedCounts& counts) {
  return static_cast<double>(counts.both + counts.only_first) /
         static_cast<double>(counts.both + counts.only_second);
}

Interval matched_ratio_interval_of_counts(const MatchedShares& counts, double critical) {
  if (!(counts.both + counts.only_first + counts.only_second > 0)) return {0, kInfinity};
  return ratio_ends([&](double ratio) { return matched_score(counts, ratio); }, critical);
}

Interval matched_ratio_interval(const PairedCounts& counts, double level) {
  return matched_ratio_interval_of_counts(
      {static_cast<double>(counts.both), static_cast<double>(counts.only_first),
       static_cast<double>(counts.only_second)},
      normal_quantile(0.5 + level / 2));
}

std::optional<Interval> clustered_matched_ratio_interval(std::span<const PairedCounts> clusters,
                                                         double level) {
  PairedCounts all;
  for (const PairedCounts& cluster : clusters) {
    all.both += cluster.both;
    all.only_first += cluster.only_first;
    all.only_second += cluster.only_second;
    all.neither += cluster.neither;
  }
  const double ratio = matched_ratio(all);
  const bool usable = std::isfinite(ratio) && ratio > 0;
  // Without a ratio of its own the contrast is the plain difference.
  const double r = usable ? ratio : 1;
  std::vector<ClusterTotal> contrasts;
  contrasts.reserve(clusters.size());
  for (const PairedCounts& cluster : clusters) {
    const double both = static_cast<double>(cluster.both);
    const double first = static_cast<double>(cluster.only_first);
    const double second = static_cast<double>(cluster.only_second);
    contrasts.push_back({both * (1 - r) + first - r * second,
                         both * (1 - r) * (1 - r) + first + r * r * second, cluster.items()});
  }
  const auto mean = clustered_mean(contrasts);
  if (!mean) return std::nullopt;
  const EffectiveItems effective = effective_score_items(*mean, level);
  const double scale = effective.items / static_cast<double>(mean->items);
  return matched_ratio_interval_of_counts(
      {static_cast<double>(all.both) * scale, static_cast<double>(all.only_first) * scale,
       static_cast<double>(all.only_second) * scale},
      effective.critical);
}

Interval unpaired_ratio_interval(const ShareOf& first, const ShareOf& second, double level) {
  if (!(first.items > 0) || !(second.items > 0) || (first.share <= 0 && second.share <= 0))
    return {0, kInfinity};
  return ratio_ends([&](double ratio) { return unpaired_score(first, second, ratio); },
                    normal_quantile(0.5 + level / 2));
}

}  // namespace costwar::stats
