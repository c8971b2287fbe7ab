#include "analysis/pair_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"
#include "stats/clustered.h"
#include "stats/cost_per_success.h"
#include "stats/power.h"

namespace costwar::analysis {
namespace {

constexpr std::uint32_t kNoTrial = std::numeric_limits<std::uint32_t>::max();

// trial_of[model][place of item and repeat]
using TrialTable = std::vector<std::vector<std::uint32_t>>;

std::uint64_t try_of(const RunColumns& run, std::size_t trial) {
  return (std::uint64_t{run.trials.item[trial]} << 32U) | run.trials.repeat[trial];
}

// Every item with its repeat, in order. Imported runs may number repeats as they like, so the numbers size
// nothing.
std::vector<std::uint64_t> tries_of(const RunColumns& run) {
  std::vector<std::uint64_t> tries(run.trials.size());
  for (std::size_t trial = 0; trial < tries.size(); ++trial) tries[trial] = try_of(run, trial);
  std::sort(tries.begin(), tries.end());
  tries.erase(std::unique(tries.begin(), tries.end()), tries.end());
  return tries;
}

TrialTable completed_trials(const RunColumns& run) {
  const std::vector<std::uint64_t> tries = tries_of(run);
  TrialTable table(run.header.models.size(), std::vector<std::uint32_t>(tries.size(), kNoTrial));
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    const auto place = static_cast<std::size_t>(
        std::lower_bound(tries.begin(), tries.end(), try_of(run, trial)) - tries.begin());
    std::uint32_t& slot = table[run.trials.model[trial]][place];
    if (slot != kNoTrial)
      throw Error(
          ErrorKind::input,
          fmt::format("run {}: the item of trials {} and {} was put to {} more than once as the same repeat",
                      run.header.id, slot, trial, run.header.models[run.trials.model[trial]].name),
          "each repeat of an item has a number of its own");
    slot = static_cast<std::uint32_t>(trial);
  }
  for (auto& row : table)
    for (std::uint32_t& trial : row)
      if (trial != kNoTrial && run.trials.complete[trial] == 0) trial = kNoTrial;
  return table;
}

// The shared trials as the statistics want them, and what is known of their prices.
struct SharedItems {
  stats::PairedCounts counts;
  std::vector<double> differences;
  std::vector<std::int64_t> clusters;  // of each
  std::vector<stats::CostedPair> costs;
  double first_total = 0;
  double second_total = 0;
  bool priced = true;        // no attempt is unpriced
  bool single_price = true;  // every attempt has one amount
};

SharedItems shared_items(const RunColumns& run, std::span<const TrialTally> tallies,
                         std::span<const std::uint32_t> first, std::span<const std::uint32_t> second) {
  SharedItems shared;
  for (std::size_t place = 0; place < first.size(); ++place) {
    if (first[place] == kNoTrial || second[place] == kNoTrial) continue;
    const bool first_solved = run.trials.solved[first[place]] != 0;
    const bool second_solved = run.trials.solved[second[place]] != 0;
    std::int64_t& cell = first_solved ? (second_solved ? shared.counts.both : shared.counts.only_first)
                                      : (second_solved ? shared.counts.only_second : shared.counts.neither);
    ++cell;
    shared.differences.push_back((first_solved ? 1.0 : 0.0) - (second_solved ? 1.0 : 0.0));
    shared.clusters.push_back(run.trials.cluster[first[place]]);
    const TrialTally& a = tallies[first[place]];
    const TrialTally& b = tallies[second[place]];
    shared.costs.push_back({costed_item(a, first_solved), costed_item(b, second_solved)});
    shared.first_total += shared.costs.back().first.cost;
    shared.second_total += shared.costs.back().second.cost;
    shared.priced = shared.priced && a.attempts > 0 && b.attempts > 0 && a.unpriced == 0 && b.unpriced == 0;
    shared.single_price = shared.single_price && a.without_amount == 0 && b.without_amount == 0;
  }
  return shared;
}

std::vector<stats::CostedClusterPair> cost_clusters(const SharedItems& shared) {
  std::unordered_map<std::int64_t, std::size_t> place;
  std::vector<stats::CostedClusterPair> clusters;
  for (std::size_t i = 0; i < shared.costs.size(); ++i) {
    const auto [found, first] = place.try_emplace(shared.clusters[i], clusters.size());
    if (first) clusters.emplace_back();
    add_item(clusters[found->second].first, shared.costs[i].first);
    add_item(clusters[found->second].second, shared.costs[i].second);
  }
  return clusters;
}

Verdict verdict(const stats::Interval& interval, double nothing) {
  if (interval.low > nothing) return Verdict::higher;
  return interval.high < nothing ? Verdict::lower : Verdict::unresolved;
}

void add_cost_findings(PairFinding& pair, const SharedItems& shared,
                       const stats::BootstrapOptions& bootstrap) {
  if (!shared.priced) return;
  pair.cost_interval = pair.clustered()
                           ? stats::clustered_cost_ratio_interval(cost_clusters(shared), bootstrap)
                           : stats::cost_ratio_interval(shared.costs, bootstrap);
  if (!pair.cost_interval) return;
  pair.cost = verdict(*pair.cost_interval, 1);
  if (!shared.single_price) return;
  const auto first_solved = static_cast<double>(pair.counts.both + pair.counts.only_first);
  const auto second_solved = static_cast<double>(pair.counts.both + pair.counts.only_second);
  // Solving nothing makes a solved task infinitely dear; both at once were ruled out above.
  pair.cost_ratio = first_solved == 0
                        ? std::numeric_limits<double>::infinity()
                        : shared.first_total / shared.second_total * second_solved / first_solved;
}

PairFinding find_pair(const SharedItems& shared, const ComparisonOptions& options) {
  PairFinding pair;
  pair.counts = shared.counts;
  pair.difference = stats::paired_difference(shared.counts);
  const std::vector<stats::ClusterTotal> totals = stats::cluster_totals(shared.differences, shared.clusters);
  pair.clusters = static_cast<std::int64_t>(totals.size());
  if (!pair.clustered()) {
    pair.interval = stats::paired_difference_interval(shared.counts, options.level);
    pair.p = stats::mcnemar_exact_p(shared.counts.only_first, shared.counts.only_second);
  } else if (const auto mean = stats::clustered_mean(totals)) {
    pair.interval = stats::clustered_difference_interval(*mean, options.level);
    pair.p = stats::clustered_difference_p(*mean);
    pair.design_effect = mean->design_effect();
  }
  return pair;
}

void settle_quality(std::vector<PairFinding>& pairs, double level) {
  std::vector<double> p_values;
  p_values.reserve(pairs.size());
  for (const PairFinding& pair : pairs) p_values.push_back(pair.p.value_or(1));
  const std::vector<double> adjusted = stats::holm_adjusted(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    PairFinding& pair = pairs[i];
    if (pair.p) pair.p_adjusted = adjusted[i];
    if (pair.interval && adjusted[i] < 1 - level) pair.quality = verdict(*pair.interval, 0);
    if (pair.quality != Verdict::unresolved) continue;
    const double discordant = static_cast<double>(pair.counts.only_first + pair.counts.only_second);
    const auto items = static_cast<double>(pair.counts.items());
    stats::PowerOptions power;
    power.level = level;
    power.design_effect = std::max(1.0, pair.design_effect);
    pair.items_to_resolve = stats::paired_items_for(pair.difference, discordant / items, power);
  }
}

}  // namespace

std::vector<PairFinding> find_pairs(const RunColumns& run, std::span<const TrialTally> tallies,
                                    const ComparisonOptions& options) {
  const auto& models = run.header.models;
  const TrialTable trials = completed_trials(run);
  std::vector<PairFinding> pairs;
  for (std::size_t first = 0; first < models.size(); ++first) {
    for (std::size_t second = first + 1; second < models.size(); ++second) {
      const SharedItems shared = shared_items(run, tallies, trials[first], trials[second]);
      if (shared.costs.empty()) continue;
      PairFinding pair = find_pair(shared, options);
      pair.first = first;
      pair.second = second;
      add_cost_findings(
          pair, shared,
          {run.header.seed, fmt::format("compare/ratio/{}/{}", models[first].name, models[second].name),
           options.resamples, options.level});
      pairs.push_back(pair);
    }
  }
  settle_quality(pairs, options.level);
  return pairs;
}

PairFinding mirrored(const PairFinding& pair) {
  const auto opposite = [](Verdict verdict) {
    return verdict == Verdict::higher  ? Verdict::lower
           : verdict == Verdict::lower ? Verdict::higher
                                       : verdict;
  };
  PairFinding other = pair;
  std::swap(other.first, other.second);
  std::swap(other.counts.only_first, other.counts.only_second);
  other.difference = pair.difference == 0 ? 0 : -pair.difference;
  if (pair.interval) other.interval = stats::Interval{-pair.interval->high, -pair.interval->low};
  other.quality = opposite(pair.quality);
  // 1 / infinity is 0 and back, as wanted.
  if (pair.cost_ratio) other.cost_ratio = 1 / *pair.cost_ratio;
  if (pair.cost_interval)
    other.cost_interval = stats::Interval{1 / pair.cost_interval->high, 1 / pair.cost_interval->low};
  other.cost = opposite(pair.cost);
  return other;
}

std::string_view pair_words(Verdict quality, Verdict cost) {
  switch (quality) {
    case Verdict::higher:
      return cost == Verdict::lower    ? "better and cheaper"
             : cost == Verdict::higher ? "better but dearer"
                                       : "better, cost not resolved";
    case Verdict::lower:
      return cost == Verdict::lower    ? "worse but cheaper"
             : cost == Verdict::higher ? "worse and dearer"
                                       : "worse, cost not resolved";
    case Verdict::unresolved:
      break;
  }
  return cost == Verdict::lower    ? "cheaper, quality not resolved"
         : cost == Verdict::higher ? "dearer, quality not resolved"
                                   : "not resolved";
}

}  // namespace costwar::analysis
