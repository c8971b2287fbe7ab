#include "analysis/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/bootstrap.h"
#include "stats/clustered.h"
#include "stats/matched_ratio.h"
#include "stats/power.h"
#include "stats/proportion.h"

namespace costwar::analysis {
namespace {

constexpr std::size_t kDeltaMethodFrom = 5'000;  // clusters
constexpr double kPower = 0.8;
constexpr std::size_t kFewestExact = 10;  // clusters of one cost ratio, to say that it does not vary

ClaimRatio ratio_without(std::string why, std::string kind, std::int64_t n = 0) {
  ClaimRatio ratio;
  ratio.unknown = std::move(why);
  ratio.kind = std::move(kind);
  ratio.n = n;
  return ratio;
}

struct ClusterCost {
  double cheap = 0, cheap_low = 0, cheap_high = 0;
  double strong = 0, strong_low = 0, strong_high = 0;
};

std::vector<ClusterCost> cluster_costs(const SharedOutcomes& shared, std::size_t cheap, std::size_t strong) {
  std::vector<ClusterCost> clusters(shared.clusters);
  const ModelOutcomes& a = shared.models[cheap];
  const ModelOutcomes& b = shared.models[strong];
  for (std::size_t row = 0; row < shared.rows(); ++row) {
    ClusterCost& sums = clusters[shared.cluster[row]];
    sums.cheap += a.cost[row];
    sums.cheap_low += a.cost_low[row];
    sums.cheap_high += a.cost_high[row];
    sums.strong += b.cost[row];
    sums.strong_low += b.cost_low[row];
    sums.strong_high += b.cost_high[row];
  }
  return clusters;
}

// At one level, with prices at the ends of their ranges.
std::optional<stats::Interval> cost_interval(const std::vector<ClusterCost>& clusters, double level,
                                             const ClaimOptions& options) {
  stats::BootstrapOptions bootstrap;
  bootstrap.seed = options.seed;
  bootstrap.stream = "claim/cost";
  bootstrap.resamples = options.resamples;
  bootstrap.level = level;
  const auto of = [&](double ClusterCost::*above, double ClusterCost::*below) {
    std::vector<stats::RatioItem> items;
    items.reserve(clusters.size());
    for (const ClusterCost& cluster : clusters) items.push_back({cluster.*above, cluster.*below});
    return items.size() >= kDeltaMethodFrom ? stats::delta_ratio(items, level)
                                            : stats::bootstrap_t_ratio(items, bootstrap);
  };
  const bool ranges = std::any_of(clusters.begin(), clusters.end(), [](const ClusterCost& cluster) {
    return cluster.cheap_low != cluster.cheap_high || cluster.strong_low != cluster.strong_high;
  });
  if (!ranges) return of(&ClusterCost::cheap, &ClusterCost::strong);
  const auto low = of(&ClusterCost::cheap_low, &ClusterCost::strong_high);
  const auto high = of(&ClusterCost::cheap_high, &ClusterCost::strong_low);
  if (!low || !high) return std::nullopt;
  return stats::Interval{low->low, high->high};
}

// Every cluster's ratio is the same: no item could have another.
bool is_constant(const std::vector<ClusterCost>& clusters, double ratio) {
  return std::all_of(clusters.begin(), clusters.end(), [&](const ClusterCost& cluster) {
    return cluster.cheap_low == cluster.cheap_high && cluster.strong_low == cluster.strong_high &&
           std::abs(cluster.cheap - ratio * cluster.strong) <= 1e-9 * cluster.cheap;
  });
}

ClaimVerdict part_verdict(const ClaimPart& part) {
  const ClaimRatio& ratio = part.ratio;
  if (!ratio.value) return ClaimVerdict::no_evidence;
  if (!ratio.support || !ratio.refute) return ClaimVerdict::unresolved;
  if (part.capability) {
    if (ratio.support->low >= part.bound) return ClaimVerdict::supported;
    return ratio.refute->high < part.bound ? ClaimVerdict::refuted : ClaimVerdict::unresolved;
  }
  if (ratio.support->high <= part.bound) return ClaimVerdict::supported;
  return ratio.refute->low > part.bound ? ClaimVerdict::refuted : ClaimVerdict::unresolved;
}

// The half-width of a log ratio falls with the root of the items; so many bring the bound beside it with 80 %
// power.
std::optional<std::int64_t> items_for(const ClaimPart& part, double alpha) {
  const ClaimRatio& ratio = part.ratio;
  if (!ratio.value || !ratio.support || !ratio.refute || ratio.exact || !(*ratio.value > 0))
    return std::nullopt;
  const bool holds = part.capability ? *ratio.value >= part.bound : *ratio.value <= part.bound;
  const stats::Interval& interval = holds ? *ratio.support : *ratio.refute;
  const double distance = std::abs(std::log(*ratio.value / part.bound));
  // The end that has to come nearer.
  const double end = (part.capability == holds) ? interval.low : interval.high;
  if (!(end > 0) || std::isinf(end) || !(distance > 0)) return std::nullopt;
  const double half = std::abs(std::log(end / *ratio.value));
  const double z = stats::normal_quantile(1 - (holds ? alpha : alpha / 2));  // of that end
  const double factor = std::pow(half / distance * (1 + stats::normal_quantile(kPower) / z), 2);
  const double items = static_cast<double>(ratio.clusters) * factor;
  if (!(items < 1e12)) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(items));
}

void judge_part(ClaimFinding& finding, bool capability, double bound, const ClaimRatio& ratio, double alpha) {
  ClaimPart part{capability, bound, ratio, ClaimVerdict::unresolved, {}};
  part.verdict = part_verdict(part);
  if (part.verdict == ClaimVerdict::unresolved) part.items_needed = items_for(part, alpha);
  finding.parts.push_back(std::move(part));
}

// An unresolved claim is decided by the last part that must hold, or by the first that fails.
std::optional<std::int64_t> items_for_all(const std::vector<ClaimPart>& parts) {
  std::optional<std::int64_t> to_hold = 0, to_fail;
  for (const ClaimPart& part : parts) {
    if (part.verdict != ClaimVerdict::unresolved) continue;
    const bool holds = part.ratio.value &&
                       (part.capability ? *part.ratio.value >= part.bound : *part.ratio.value <= part.bound);
    if (!holds && part.items_needed)
      to_fail = std::min(to_fail.value_or(*part.items_needed), *part.items_needed);
    if (!holds || !part.items_needed)
      to_hold.reset();
    else if (to_hold)
      to_hold = std::max(*to_hold, *part.items_needed);
  }
  return to_fail ? to_fail : to_hold;
}

}  // namespace

std::string_view claim_verdict_name(ClaimVerdict verdict) {
  switch (verdict) {
    case ClaimVerdict::supported:
      return "supported";
    case ClaimVerdict::refuted:
      return "refuted";
    case ClaimVerdict::unresolved:
      return "unresolved";
    case ClaimVerdict::no_evidence:
      break;
  }
  return "no evidence";
}

ClaimRatio capability_ratio(const SharedOutcomes& shared, std::size_t cheap, std::size_t strong,
                            const ClaimOptions& options) {
  const stats::PairedCounts counts = counts_of(shared, cheap, strong);
  ClaimRatio ratio;
  ratio.kind = "solved tasks";
  ratio.n = counts.items();
  ratio.clusters = static_cast<std::int64_t>(shared.clusters);
  if (counts.both + counts.only_second == 0) {
    ratio.unknown =
        fmt::format("{} solved nothing: there is nothing to divide by", shared.models[strong].label);
    return ratio;
  }
  ratio.value = stats::matched_ratio(counts);
  const auto at = [&](double level) -> std::optional<stats::Interval> {
    if (!shared.clustered()) return stats::matched_ratio_interval(counts, level);
    return stats::clustered_matched_ratio_interval(counts_by_cluster(shared, cheap, strong), level);
  };
  ratio.support = at(1 - 2 * options.alpha);
  ratio.refute = at(1 - options.alpha);
  if (!ratio.support) ratio.unknown = "all items belong to one cluster";
  return ratio;
}

ClaimRatio total_cost_ratio(const SharedOutcomes& shared, std::size_t cheap, std::size_t strong,
                            const ClaimOptions& options) {
  const std::string kind = "total cost";
  const auto n = static_cast<std::int64_t>(shared.rows());
  for (const std::size_t m : {cheap, strong})
    if (!shared.models[m].priced())
      return ratio_without(fmt::format("{} of {} tasks of {} have no known price", shared.models[m].unpriced,
                                       n, shared.models[m].label),
                           kind, n);
  const std::vector<ClusterCost> clusters = cluster_costs(shared, cheap, strong);
  ClusterCost all;
  for (const ClusterCost& cluster : clusters) {
    all.cheap += cluster.cheap;
    all.strong += cluster.strong;
  }
  if (!(all.strong > 0))
    return ratio_without("the strong model cost nothing: there is nothing to divide by", kind, n);
  ClaimRatio ratio;
  ratio.kind = kind;
  ratio.n = n;
  ratio.clusters = static_cast<std::int64_t>(clusters.size());
  ratio.value = all.cheap / all.strong;
  if (clusters.size() >= kFewestExact && is_constant(clusters, *ratio.value)) {
    ratio.exact = true;
    ratio.support = ratio.refute = stats::Interval{*ratio.value, *ratio.value};
    return ratio;
  }
  ratio.support = cost_interval(clusters, 1 - 2 * options.alpha, options);
  ratio.refute = cost_interval(clusters, 1 - options.alpha, options);
  if (!ratio.support || !ratio.refute) ratio.unknown = "too few items differ to know how much it varies";
  return ratio;
}

ClaimRatio unpaired_capability_ratio(double cheap, double cheap_items, double strong, double strong_items,
                                     const ClaimOptions& options) {
  ClaimRatio ratio;
  ratio.kind = "published shares of solved tasks";
  ratio.n = ratio.clusters = static_cast<std::int64_t>(std::min(cheap_items, strong_items));
  if (!(strong > 0)) {
    ratio.unknown = "the strong model solved nothing: there is nothing to divide by";
    return ratio;
  }
  ratio.value = cheap / strong;
  const auto at = [&](double level) {
    return stats::unpaired_ratio_interval({cheap, cheap_items}, {strong, strong_items}, level);
  };
  ratio.support = at(1 - 2 * options.alpha);
  ratio.refute = at(1 - options.alpha);
  return ratio;
}

ClaimFinding judge_claim(const ClaimBounds& bounds, const ClaimRatio& capability, const ClaimRatio& cost,
                         double alpha) {
  ClaimFinding finding;
  if (bounds.capability) judge_part(finding, true, *bounds.capability, capability, alpha);
  if (bounds.cost) judge_part(finding, false, *bounds.cost, cost, alpha);
  const auto any = [&](ClaimVerdict verdict) {
    return std::any_of(finding.parts.begin(), finding.parts.end(),
                       [&](const ClaimPart& part) { return part.verdict == verdict; });
  };
  if (finding.parts.empty())
    finding.verdict = ClaimVerdict::no_evidence;
  else if (any(ClaimVerdict::refuted))
    finding.verdict = ClaimVerdict::refuted;
  else if (any(ClaimVerdict::no_evidence))
    finding.verdict = ClaimVerdict::no_evidence;
  else if (any(ClaimVerdict::unresolved))
    finding.verdict = ClaimVerdict::unresolved;
  else
    finding.verdict = ClaimVerdict::supported;
  if (finding.verdict == ClaimVerdict::unresolved) finding.items_needed = items_for_all(finding.parts);
  return finding;
}

}  // namespace costwar::analysis
