#include "analysis/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "analysis/model_labels.h"
#include "core/error.h"
#include "stats/bootstrap.h"
#include "stats/clustered.h"
#include "stats/cost_per_success.h"
#include "stats/proportion.h"
#include "stats/resampled.h"

namespace costwar::analysis {
namespace {

// From so many clusters on, means are normal enough for the delta method, and a bootstrap-t takes long.
constexpr std::size_t kDeltaClusters = 5'000;

// Sums of a model over each cluster; `amount`: what is paid, of rows that are `wanted`.
template <typename Wanted>
std::vector<stats::CostedCluster> cluster_sums(const SharedOutcomes& shared, const ModelOutcomes& model,
                                               const std::vector<double>& amount, Wanted wanted) {
  std::vector<stats::CostedCluster> sums(shared.clusters);
  for (std::size_t row = 0; row < shared.rows(); ++row) {
    if (!wanted(row)) continue;
    stats::CostedCluster& sum = sums[shared.cluster[row]];
    sum.cost += amount[row];
    sum.cost_low = sum.cost_high = sum.cost;
    sum.solved += model.solved[row];
    ++sum.items;
  }
  std::erase_if(sums, [](const stats::CostedCluster& sum) { return sum.items == 0; });
  return sums;
}

std::optional<stats::Interval> ratio_interval(const std::vector<stats::RatioItem>& items,
                                              const stats::BootstrapOptions& options) {
  if (items.size() < 2) return std::nullopt;
  return items.size() >= kDeltaClusters ? stats::delta_ratio(items, options.level)
                                        : stats::bootstrap_t_ratio(items, options);
}

Estimated quality_of(const SharedOutcomes& shared, const ModelOutcomes& model, double level) {
  std::vector<stats::ClusterTotal> totals(shared.clusters);
  std::int64_t solved = 0;
  for (std::size_t row = 0; row < shared.rows(); ++row) {
    totals[shared.cluster[row]].add(model.solved[row]);
    solved += model.solved[row];
  }
  Estimated quality{model.quality(), {}};
  if (!shared.clustered())
    quality.interval = stats::wilson_interval(solved, static_cast<std::int64_t>(shared.rows()), level);
  else if (const auto mean = stats::clustered_mean(totals))
    quality.interval = stats::effective_wilson_interval(*mean, level);
  return quality;
}

Estimated per_task(const std::vector<stats::CostedCluster>& clusters,
                   const stats::BootstrapOptions& options) {
  std::vector<stats::RatioItem> items;
  double cost = 0, count = 0;
  for (const stats::CostedCluster& cluster : clusters) {
    items.push_back({cluster.cost, static_cast<double>(cluster.items)});
    cost += cluster.cost;
    count += static_cast<double>(cluster.items);
  }
  return {cost / count, ratio_interval(items, options)};
}

// What a solved task takes of something that is paid for failures too.
std::optional<Estimated> per_solved(const std::vector<stats::CostedCluster>& clusters,
                                    const stats::BootstrapOptions& options) {
  double cost = 0, solved = 0;
  std::vector<stats::RatioItem> items;
  for (const stats::CostedCluster& cluster : clusters) {
    cost += cluster.cost;
    solved += static_cast<double>(cluster.solved);
    items.push_back({cluster.cost, static_cast<double>(cluster.solved)});
  }
  if (solved == 0) return std::nullopt;
  return Estimated{cost / solved, clusters.size() >= kDeltaClusters
                                      ? stats::delta_ratio(items, options.level)
                                      : stats::clustered_cost_per_success_interval(clusters, options)};
}

// How many are solved for one of what a solved one takes; times `scale`.
std::optional<Estimated> inverse(const std::optional<Estimated>& taken, double scale) {
  if (!taken || !(taken->value > 0)) return std::nullopt;
  Estimated result{scale / taken->value, {}};
  if (taken->interval)
    result.interval =
        stats::Interval{scale / taken->interval->high, scale / std::max(taken->interval->low, 1e-300)};
  return result;
}

// nullopt where a row's is not known.
std::optional<std::vector<double>> known(const std::vector<float>& values) {
  std::vector<double> all(values.begin(), values.end());
  if (std::any_of(all.begin(), all.end(), [](double v) { return std::isnan(v); })) return std::nullopt;
  return all;
}

class FrontierFinder {
 public:
  explicit FrontierFinder(Frontier& frontier) : frontier_(frontier), shared_(frontier.shared) {}

  FrontierModel find(std::size_t m) const {
    const ModelOutcomes& model = shared_.models[m];
    const auto all = [](std::size_t) { return true; };
    FrontierModel found;
    found.model = m;
    found.quality = quality_of(shared_, model, frontier_.options.level);
    if (model.priced()) {
      const auto clusters = cluster_sums(shared_, model, model.cost, all);
      found.cost_per_task = per_task(clusters, options("task", model));
      found.cost_per_solved = per_solved(clusters, options("solved", model));
      found.solved_per_unit = inverse(found.cost_per_solved, 1);
    }
    if (const auto joules = known(model.joules))
      found.solved_per_kilojoule =
          inverse(per_solved(cluster_sums(shared_, model, *joules, all), options("joules", model)), 1000);
    if (const auto seconds = known(model.seconds))
      found.solved_per_hour =
          inverse(per_solved(cluster_sums(shared_, model, *seconds, all), options("seconds", model)), 3600);
    return found;
  }

  // Of the items that both solved, one against the best.
  void add_cost_ratio(FrontierModel& found) const {
    const ModelOutcomes& first = shared_.models[found.model];
    const ModelOutcomes& second = shared_.models[frontier_.best];
    const auto both = [&](std::size_t row) { return first.solved[row] != 0 && second.solved[row] != 0; };
    const auto above = cluster_sums(shared_, first, first.cost, both);
    const auto below = cluster_sums(shared_, first, second.cost, both);
    std::vector<stats::RatioItem> items;
    double numerator = 0, denominator = 0;
    for (std::size_t i = 0; i < above.size(); ++i) {
      items.push_back({above[i].cost, below[i].cost});
      numerator += above[i].cost;
      denominator += below[i].cost;
      found.both_solved += above[i].items;
    }
    if (found.model == frontier_.best || !first.priced() || !second.priced() || !(denominator > 0)) return;
    found.cost_ratio = Estimated{numerator / denominator, ratio_interval(items, options("both", first))};
  }

 private:
  stats::BootstrapOptions options(std::string_view what, const ModelOutcomes& model) const {
    return {frontier_.seed, fmt::format("frontier/{}/{}", what, model.name), 10'000, frontier_.options.level};
  }

  Frontier& frontier_;
  const SharedOutcomes& shared_;
};

std::size_t best_model(const std::vector<FrontierModel>& models) {
  const auto cost = [](const FrontierModel& m) {
    return m.cost_per_task ? m.cost_per_task->value : INFINITY;
  };
  return static_cast<std::size_t>(std::max_element(models.begin(), models.end(),
                                                   [&](const FrontierModel& a, const FrontierModel& b) {
                                                     return a.quality.value != b.quality.value
                                                                ? a.quality.value < b.quality.value
                                                                : cost(a) > cost(b);
                                                   }) -
                                  models.begin());
}

// Cost and quality of every model on the same drawn clusters.
FrontierPositions positions_of(const Frontier& frontier) {
  const SharedOutcomes& shared = frontier.shared;
  const std::size_t models = shared.models.size();
  const std::size_t columns = 2 * models + 1;
  std::vector<double> rows(shared.clusters * columns);
  for (std::size_t row = 0; row < shared.rows(); ++row) {
    double* const sums = rows.data() + shared.cluster[row] * columns;
    for (std::size_t m = 0; m < models; ++m) {
      sums[2 * m] += shared.models[m].cost[row];
      sums[2 * m + 1] += shared.models[m].solved[row];
    }
    sums[2 * models] += 1;
  }
  stats::BootstrapOptions options;
  options.seed = frontier.seed;
  options.stream = "frontier/joint";
  stats::ClusterSums sums(rows, columns, options);
  std::vector<double> totals(columns);
  const auto points_of = [&](std::span<CostQuality> points) {
    for (std::size_t m = 0; m < models; ++m)
      points[m] = {totals[2 * m] / totals[2 * models], totals[2 * m + 1] / totals[2 * models]};
  };
  std::vector<CostQuality> points(models);
  sums.whole(totals);
  points_of(points);
  if (shared.clusters < 2) return frontier_positions(points, {}, frontier.options);
  return frontier_positions(
      points,
      [&](std::span<CostQuality> drawn) {
        sums.draw(totals);
        points_of(drawn);
      },
      frontier.options);
}

// Every item that any model completed, shared or not.
std::vector<stats::ItemResponses> responses_of(const RunColumns& run) {
  std::unordered_map<std::uint64_t, std::size_t> place;
  std::vector<stats::ItemResponses> items;
  const std::size_t models = run.header.models.size();
  for (std::size_t trial = 0; trial < run.trials.size(); ++trial) {
    if (run.trials.complete[trial] == 0) continue;
    const std::uint64_t item = (std::uint64_t{run.trials.task[trial]} << 32U) | run.trials.item[trial];
    const auto [found, fresh] = place.try_emplace(item, items.size());
    if (fresh) items.push_back({std::vector<std::int32_t>(models), std::vector<std::int32_t>(models)});
    stats::ItemResponses& responses = items[found->second];
    ++responses.tries[run.trials.model[trial]];
    responses.solved[run.trials.model[trial]] += run.trials.solved[trial];
  }
  return items;
}

void add_scale(Frontier& frontier, const RunColumns& run) {
  const std::size_t models = run.header.models.size();
  if (models < stats::kFewestRaschModels) {
    frontier.no_scale = fmt::format("an item-response scale needs at least {} models; these are {}",
                                    stats::kFewestRaschModels, models);
    return;
  }
  frontier.scale = stats::fit_rasch(responses_of(run), frontier.options.level);
  if (!frontier.scale) frontier.no_scale = "a model has no completed item";
}

}  // namespace

Frontier find_frontier(const RunColumns& run, const CostColumns& costs, const FrontierOptions& options) {
  if (run.header.models.size() < 2)
    throw Error(ErrorKind::input, "a frontier needs at least two models",
                "name further runs or models: costwar frontier A B");
  Frontier frontier;
  frontier.header = run.header;
  frontier.options = options;
  frontier.seed = options.seed.value_or(run.header.seed);
  frontier.shared = shared_outcomes(run, costs);
  const FrontierFinder finder(frontier);
  for (std::size_t m = 0; m < frontier.shared.models.size(); ++m) frontier.models.push_back(finder.find(m));
  frontier.best = best_model(frontier.models);
  for (FrontierModel& model : frontier.models) finder.add_cost_ratio(model);
  if (frontier.shared.priced()) frontier.positions = positions_of(frontier);
  add_scale(frontier, run);
  return frontier;
}

}  // namespace costwar::analysis
