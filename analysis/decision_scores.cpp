#include "analysis/decision_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "core/random.h"
#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

constexpr std::size_t kMostBlocks = 1000;
constexpr double kFarthest = 6;  // standard deviations: a resample without a denominator

// To mean 0 and deviation 1; empty where nothing varies.
std::vector<double> standardised(std::vector<double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / n);
  if (!std::isfinite(deviation) || deviation <= 1e-12 * std::abs(mean) || deviation == 0) return {};
  for (double& value : values) value = std::clamp((value - mean) / deviation, -kFarthest, kFarthest);
  return values;
}

}  // namespace

JointScores::JointScores(const RunColumns& run, const CostColumns& costs, const DecisionOptions& options)
    : run_(run), tallies_(tally_trials(run, costs)), failed_(run.failed_trials()) {
  RandomStream stream(options.seed, "decision/items");
  std::unordered_map<std::uint32_t, std::uint32_t> clusters;
  for (const std::uint32_t cluster : run.trials.cluster)
    clusters.try_emplace(cluster, static_cast<std::uint32_t>(clusters.size()));
  std::vector<std::uint32_t> order(clusters.size());
  std::iota(order.begin(), order.end(), 0U);
  stream.shuffle(std::span<std::uint32_t>(order));
  blocks_ = std::min(order.size(), kMostBlocks);
  for (const std::uint32_t cluster : run.trials.cluster)
    block_.push_back(
        static_cast<std::uint32_t>(order[clusters.at(cluster)] % std::max<std::size_t>(blocks_, 1)));
  counts_.assign(static_cast<std::size_t>(options.draws), std::vector<std::uint16_t>(blocks_, 0));
  for (auto& counts : counts_)
    for (std::size_t i = 0; i < blocks_; ++i) ++counts[static_cast<std::size_t>(stream.below(blocks_))];
}

double JointScores::latency_quantile(std::size_t model, double quantile) const {
  std::vector<double> seconds;
  for (std::size_t trial = 0; trial < tallies_.size(); ++trial)
    if (run_.trials.model[trial] == model && run_.trials.complete[trial] != 0 && tallies_[trial].timed)
      seconds.push_back(tallies_[trial].seconds);
  if (seconds.empty()) return 0;
  std::sort(seconds.begin(), seconds.end());
  return stats::quantile_of_sorted(seconds, quantile);
}

JointScores::Sums JointScores::sums_of(std::size_t model, const std::string& figure,
                                       const std::vector<bool>& wanted) const {
  Sums sums{std::vector<double>(blocks_, 0), std::vector<double>(blocks_, 0)};
  const FigureRow& row = *find_figure_row(figure);
  const double limit = row.quantile > 0 ? latency_quantile(model, row.quantile) : 0;
  const bool per_solved = figure == "usd_per_thousand_solved";
  for (std::size_t trial = 0; trial < tallies_.size(); ++trial) {
    if (run_.trials.model[trial] != model || !wanted[trial] || run_.trials.complete[trial] == 0) continue;
    double& above = sums.above[block_[trial]];
    const bool solved = run_.trials.solved[trial] != 0;
    if (row.quantile > 0)
      above += tallies_[trial].seconds > limit ? 1 : 0;  // a quantile moves with how many are beyond it
    else if (row.unit == FigureUnit::money)
      above += costed_item(tallies_[trial], solved).cost;
    else if (figure == "failures")
      above += failed_[trial] ? 1 : 0;
    else
      above += solved ? 1 : 0;
    sums.below[block_[trial]] += per_solved ? (solved ? 1 : 0) : 1;
  }
  return sums;
}

std::vector<double> JointScores::of(std::size_t model, const std::string& figure,
                                    const std::vector<bool>& wanted) const {
  if (figure == "joules_per_solved") return {};
  const Sums sums = sums_of(model, figure, wanted);
  std::vector<double> values;
  double largest = 0;
  for (const auto& counts : counts_) {
    double above = 0;
    double below = 0;
    for (std::size_t block = 0; block < blocks_; ++block) {
      above += counts[block] * sums.above[block];
      below += counts[block] * sums.below[block];
    }
    values.push_back(below > 0 ? above / below : -1);
    largest = std::max(largest, values.back());
  }
  for (double& value : values)
    if (value < 0) value = largest;  // a resample without a denominator
  return standardised(std::move(values));
}

}  // namespace costwar::analysis
