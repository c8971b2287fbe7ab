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

struct Try {
  std::uint64_t item_and_repeat;
  std::uint32_t task;
  auto operator<=>(const Try&) const = default;
};

Try try_of(const RunColumns& run, std::size_t trial) {
  return {(std::uint64_t{run.trials.item[trial]} << 32U) | run.trials.repeat[trial], run.trials.task[trial]};
}

// Every item of a task with its repeat, in order. Imported runs may number repeats as they like, so the
// numbers size nothing.
std::vector<Try> tries_of(const RunColumns& run) {
  std::vector<Try> tries(run.trials.size());
  for (std::size_t trial = 0; trial < tries.size(); ++trial) tries[trial] = try_of(run, trial);
  if (!std::is_sorted(tries.begin(), tries.end())) std::sort(tries.begin(), tries.end());
  tries.erase(std::unique(tries.begin(), tries.end()), tries.end());
  return tries;
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

PairFinding quality_of(const SharedItems& shared, const ComparisonOptions& options) {
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

}  // namespace

TrialTable match_trials(const RunColumns& run) {
  const std::vector<Try> tries = tries_of(run);
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
  return table;
}

std::vector<TrialPair> completed_pairs(const RunColumns& run, std::span<const std::uint32_t> first,
                                       std::span<const std::uint32_t> second) {
  std::vector<TrialPair> pairs;
  for (std::size_t place = 0; place < first.size(); ++place)
    if (first[place] != kNoTrial && second[place] != kNoTrial && run.trials.complete[first[place]] != 0 &&
        run.trials.complete[second[place]] != 0)
      pairs.push_back({first[place], second[place]});
  return pairs;
}

SharedItems shared_items(const RunColumns& run, std::span<const TrialTally> tallies,
                         std::span<const TrialPair> pairs) {
  SharedItems shared;
  shared.differences.reserve(pairs.size());
  shared.clusters.reserve(pairs.size());
  shared.costs.reserve(pairs.size());
  for (const TrialPair& pair : pairs) {
    const bool first_solved = run.trials.solved[pair.first] != 0;
    const bool second_solved = run.trials.solved[pair.second] != 0;
    std::int64_t& cell = first_solved ? (second_solved ? shared.counts.both : shared.counts.only_first)
                                      : (second_solved ? shared.counts.only_second : shared.counts.neither);
    ++cell;
    shared.differences.push_back((first_solved ? 1.0 : 0.0) - (second_solved ? 1.0 : 0.0));
    shared.clusters.push_back(run.trials.cluster[pair.first]);
    const TrialTally& a = tallies[pair.first];
    const TrialTally& b = tallies[pair.second];
    shared.costs.push_back({costed_item(a, first_solved), costed_item(b, second_solved)});
    shared.first_total += shared.costs.back().first.cost;
    shared.second_total += shared.costs.back().second.cost;
    shared.priced = shared.priced && a.attempts > 0 && b.attempts > 0 && a.unpriced == 0 && b.unpriced == 0;
    shared.single_price = shared.single_price && a.without_amount == 0 && b.without_amount == 0;
  }
  return shared;
}

PairFinding find_pair(const SharedItems& shared, const ComparisonOptions& options,
                      const stats::BootstrapOptions& bootstrap) {
  PairFinding pair = quality_of(shared, options);
  add_cost_findings(pair, shared, bootstrap);
  return pair;
}

std::optional<std::int64_t> resolving_items(const PairFinding& pair, double level) {
  const double discordant = static_cast<double>(pair.counts.only_first + pair.counts.only_second);
  stats::PowerOptions power;
  power.level = level;
  power.design_effect = std::max(1.0, pair.design_effect);
  return stats::paired_items_for(pair.difference, discordant / static_cast<double>(pair.counts.items()),
                                 power);
}

void settle_quality(std::span<PairFinding* const> pairs, double level) {
  std::vector<double> p_values;
  p_values.reserve(pairs.size());
  for (const PairFinding* pair : pairs) p_values.push_back(pair->p.value_or(1));
  const std::vector<double> adjusted = stats::holm_adjusted(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    PairFinding& pair = *pairs[i];
    if (pair.p) pair.p_adjusted = adjusted[i];
    if (pair.interval && adjusted[i] < 1 - level) pair.quality = verdict(*pair.interval, 0);
    if (pair.quality == Verdict::unresolved) pair.items_to_resolve = resolving_items(pair, level);
  }
}

stats::BootstrapOptions ratio_bootstrap(const RunColumns& run, const ModelCard& first,
                                        const ModelCard& second, const ComparisonOptions& options) {
  return {run.header.seed, fmt::format("compare/ratio/{}/{}", first.name, second.name), options.resamples,
          options.level, options.bootstrap};
}

std::vector<PairFinding> find_pairs(const RunColumns& run, std::span<const TrialTally> tallies,
                                    const ComparisonOptions& options) {
  const auto& models = run.header.models;
  const TrialTable trials = match_trials(run);
  std::vector<PairFinding> pairs;
  for (std::size_t first = 0; first < models.size(); ++first) {
    for (std::size_t second = first + 1; second < models.size(); ++second) {
      const std::vector<TrialPair> both = completed_pairs(run, trials[first], trials[second]);
      if (both.empty()) continue;
      pairs.push_back(find_pair(shared_items(run, tallies, both), options,
                                ratio_bootstrap(run, models[first], models[second], options)));
      pairs.back().first = first;
      pairs.back().second = second;
    }
  }
  std::vector<PairFinding*> family;
  for (PairFinding& pair : pairs) family.push_back(&pair);
  settle_quality(family, options.level);
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
