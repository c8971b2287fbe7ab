#include "analysis/paired_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <utility>

#include "stats/bootstrap.h"
#include "stats/quantile.h"

namespace costwar::analysis {

// Sums over one cluster, of both models.
struct PairedModels::Cluster {
  struct Side {
    double cost = 0;
    double cost_low = 0;
    double cost_high = 0;
    double seconds = 0;
    std::int64_t trials = 0;
    bool timed = true;
  };
  Side first;
  Side second;
};

namespace {

// Tasks from elsewhere may call their items alike.
using TaskTry = std::pair<std::uint64_t, std::uint32_t>;
TaskTry task_try_of(const RunColumns& run, std::size_t trial) {
  return {(std::uint64_t{run.trials.item[trial]} << 32U) | run.trials.repeat[trial], run.trials.task[trial]};
}

template <typename Side>
void add(Side& side, const TrialTally& tally) {
  const stats::CostedItem item = costed_item(tally, false);
  side.cost += item.cost;
  side.cost_low += item.cost_low;
  side.cost_high += item.cost_high;
  side.seconds += tally.seconds;
  side.timed = side.timed && tally.timed && tally.attempts > 0;
  ++side.trials;
}

bool all_equal(const std::vector<double>& values) {
  constexpr double kRounding = 1e-12;  // sums of the same amounts in another order
  return std::all_of(values.begin(), values.end(), [&](double value) {
    return std::abs(value - values.front()) <= kRounding * std::abs(values.front());
  });
}

Figure unknown(std::string why, std::int64_t n = 0) {
  Figure figure;
  figure.n = n;
  figure.unknown = std::move(why);
  return figure;
}

// Fills what a quantile of the values is and how sure that is; `values` need not be in order.
Figure quantile_figure(std::vector<double> values, double q, double level) {
  if (values.empty()) return unknown("no time is known");
  std::sort(values.begin(), values.end());
  Figure figure;
  figure.n = static_cast<std::int64_t>(values.size());
  figure.value = stats::quantile_of_sorted(values, q);
  figure.interval = stats::quantile_interval(values, q, level);
  // Equal times are of a replay, or of a coarse clock.
  figure.exact = figure.interval && figure.interval->width() <= 1e-9 * figure.interval->high;
  return figure;
}

}  // namespace

PairedModels::PairedModels(const RunPart& part, double level, std::int64_t resamples)
    : part_(part), level_(level), resamples_(resamples), tallies_(tally_trials(part.run, part.costs)) {
  std::map<TaskTry, std::size_t> firsts;
  const TrialColumns& trials = part.run.trials;
  for (std::size_t trial = 0; trial < trials.size(); ++trial)
    if (trials.model[trial] == 0 && trials.complete[trial] != 0)
      firsts.emplace(task_try_of(part.run, trial), trial);
  for (std::size_t trial = 0; trial < trials.size(); ++trial) {
    if (trials.model[trial] != 1 || trials.complete[trial] == 0) continue;
    const auto found = firsts.find(task_try_of(part.run, trial));
    if (found != firsts.end()) shared_.emplace_back(found->second, trial);
  }
}

std::vector<PairedModels::Cluster> PairedModels::shared_clusters() const {
  std::unordered_map<std::uint32_t, std::size_t> place;
  std::vector<Cluster> clusters;
  for (const auto& [first, second] : shared_) {
    const auto [found, fresh] = place.try_emplace(part_.run.trials.cluster[first], clusters.size());
    if (fresh) clusters.emplace_back();
    add(clusters[found->second].first, tallies_[first]);
    add(clusters[found->second].second, tallies_[second]);
  }
  return clusters;
}

std::string PairedModels::unpriced_words(std::size_t model) const {
  std::int64_t attempts = 0;
  std::int64_t unpriced = 0;
  for (std::size_t trial = 0; trial < tallies_.size(); ++trial) {
    if (part_.run.trials.model[trial] != model) continue;
    attempts += tallies_[trial].attempts;
    unpriced += tallies_[trial].unpriced;
  }
  if (attempts == 0) return "no attempt was made";
  if (unpriced == 0) return {};
  return fmt::format("{} of {} attempts are unpriced", unpriced, attempts);
}

Figure PairedModels::cost_per_task(std::size_t model) const {
  std::unordered_map<std::uint32_t, std::size_t> place;
  std::vector<Cluster::Side> clusters;
  std::int64_t n = 0;
  for (std::size_t trial = 0; trial < tallies_.size(); ++trial) {
    if (part_.run.trials.model[trial] != model || tallies_[trial].attempts == 0) continue;
    const auto [found, fresh] = place.try_emplace(part_.run.trials.cluster[trial], clusters.size());
    if (fresh) clusters.emplace_back();
    add(clusters[found->second], tallies_[trial]);
    ++n;
  }
  if (std::string why = unpriced_words(model); !why.empty()) return unknown(std::move(why), n);
  if (clusters.size() < 2) return unknown("all trials belong to one cluster", n);
  Figure figure;
  figure.n = n;
  std::vector<double> means;
  double cost = 0;
  for (const auto& side : clusters) {
    cost += side.cost;
    means.push_back(side.cost / static_cast<double>(side.trials));
  }
  figure.value = cost / static_cast<double>(n);
  const stats::BootstrapOptions options{part_.run.header.seed, fmt::format("gate/task cost/{}", model),
                                        resamples_, level_};
  const auto interval = [&](double Cluster::Side::*field) {
    std::vector<stats::RatioItem> items;
    for (const auto& side : clusters) items.push_back({side.*field, static_cast<double>(side.trials)});
    return stats::bootstrap_t_ratio(items, options).value_or(stats::bootstrap_ratio(items, options));
  };
  figure.interval =
      stats::Interval{interval(&Cluster::Side::cost_low).low, interval(&Cluster::Side::cost_high).high};
  figure.exact = all_equal(means) && figure.interval->width() <= 1e-12 * *figure.value;
  return figure;
}

Figure PairedModels::cost_per_task_ratio() const {
  const auto n = static_cast<std::int64_t>(shared_.size());
  for (const std::size_t model : {std::size_t{0}, std::size_t{1}})
    if (std::string why = unpriced_words(model); !why.empty())
      return unknown(fmt::format("{} (the {})", why, model == 0 ? "head" : "baseline"), n);
  const std::vector<Cluster> clusters = shared_clusters();
  if (clusters.size() < 2) return unknown("fewer than two independent items are shared", n);
  double first = 0;
  double second = 0;
  std::vector<double> ratios;
  for (const Cluster& cluster : clusters) {
    first += cluster.first.cost;
    second += cluster.second.cost;
    ratios.push_back(cluster.first.cost / cluster.second.cost);
  }
  if (first <= 0 || second <= 0) return unknown("it cost nothing, and nothing has no ratio", n);
  Figure figure;
  figure.n = n;
  figure.value = first / second;
  const stats::BootstrapOptions options{part_.run.header.seed, "gate/task cost ratio", resamples_, level_};
  const auto interval = [&](double Cluster::Side::*above, double Cluster::Side::*below) {
    std::vector<stats::RatioPairItem> items;
    for (const Cluster& cluster : clusters)
      items.push_back({{cluster.first.*above, static_cast<double>(cluster.first.trials)},
                       {cluster.second.*below, static_cast<double>(cluster.second.trials)}});
    return stats::bootstrap_t_ratio_of_ratios(items, options)
        .value_or(stats::bootstrap_ratio_of_ratios(items, options));
  };
  using Sums = Cluster::Side;
  figure.interval = stats::Interval{interval(&Sums::cost_low, &Sums::cost_high).low,
                                    interval(&Sums::cost_high, &Sums::cost_low).high};
  figure.exact = all_equal(ratios) && figure.interval->width() <= 1e-9;
  if (figure.exact) {
    constexpr double kRounding = 1e12;  // 1.2 is 1.2, whatever was added up
    const double ratio = std::round(*figure.value * kRounding) / kRounding;
    figure.value = ratio;
    figure.interval = stats::Interval{ratio, ratio};
  }
  return figure;
}

// The mean seconds of each cluster of completed trials whose attempts' ends were all seen.
std::vector<double> PairedModels::cluster_seconds(std::size_t model) const {
  std::map<std::uint32_t, Cluster::Side> clusters;
  const TrialColumns& trials = part_.run.trials;
  for (std::size_t trial = 0; trial < trials.size(); ++trial)
    if (trials.model[trial] == model && trials.complete[trial] != 0)
      add(clusters[trials.cluster[trial]], tallies_[trial]);
  std::vector<double> seconds;
  for (const auto& [cluster, side] : clusters)
    if (side.timed) seconds.push_back(side.seconds / static_cast<double>(side.trials));
  return seconds;
}

Figure PairedModels::latency(std::size_t model, double q) const {
  return quantile_figure(cluster_seconds(model), q, level_);
}

Figure PairedModels::latency_ratio(double q) const {
  if (q == 0.5) {
    std::vector<double> ratios;
    for (const Cluster& cluster : shared_clusters())
      if (cluster.first.timed && cluster.second.timed && cluster.second.seconds > 0)
        ratios.push_back(cluster.first.seconds / cluster.second.seconds);
    return quantile_figure(std::move(ratios), q, level_);
  }
  const double each = 1 - (1 - level_) / 2;
  std::vector<double> seconds[2];  // of the shared trials alone
  for (const Cluster& cluster : shared_clusters()) {
    if (cluster.first.timed)
      seconds[0].push_back(cluster.first.seconds / static_cast<double>(cluster.first.trials));
    if (cluster.second.timed)
      seconds[1].push_back(cluster.second.seconds / static_cast<double>(cluster.second.trials));
  }
  const Figure first = quantile_figure(std::move(seconds[0]), q, each);
  const Figure second = quantile_figure(std::move(seconds[1]), q, each);
  Figure figure;
  figure.n = std::min(first.n, second.n);
  figure.unknown = first.unknown.empty() ? second.unknown : first.unknown;
  if (figure.unknown.empty() && *second.value <= 0) figure.unknown = "the baseline took no time";
  if (first.value && second.value && *second.value > 0) figure.value = *first.value / *second.value;
  if (first.interval && second.interval && second.interval->low > 0)
    figure.interval = stats::Interval{first.interval->low / second.interval->high,
                                      first.interval->high / second.interval->low};
  figure.exact = first.exact && second.exact;
  return figure;
}

RunColumns failures_as_solved(const RunColumns& run) {
  RunColumns failures = run;
  const std::vector<bool> failed = run.failed_trials();
  for (std::size_t trial = 0; trial < failures.trials.size(); ++trial)
    failures.trials.solved[trial] = failed[trial] ? 1 : 0;
  return failures;
}

}  // namespace costwar::analysis
