#include "analysis/routing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "analysis/route_rule.h"
#include "core/error.h"
#include "core/random.h"
#include "stats/clustered.h"
#include "stats/paired.h"
#include "stats/resampled.h"
#include "stats/resampler.h"

namespace costwar::analysis {
namespace {

constexpr std::size_t kHalves = 2;
constexpr std::size_t kFewestClusters = 10;  // to choose a threshold on one half and judge it on the other

// What a row adds, to a rule's classes and to the oracle.
struct RouteRow {
  RouteSums sums;
  double oracle_quality = 0;
  double oracle_cost = 0;
  double needs_strong = 0;
};

struct OracleSums {
  double quality = 0;
  double cost = 0;
  double strong = 0;
  void add(const RouteRow& row) {
    quality += row.oracle_quality;
    cost += row.oracle_cost;
    strong += row.needs_strong;
  }
};

std::vector<RouteRow> route_rows(const Routing& routing) {
  const ModelOutcomes& cheap = routing.shared.models[routing.cheap];
  const ModelOutcomes& strong = routing.shared.models[routing.strong];
  std::vector<RouteRow> rows(routing.shared.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RouteRow& row = rows[i];
    row.sums = {1, static_cast<double>(cheap.solved[i]), static_cast<double>(strong.solved[i]),
                routing.calls_for_costs ? 0.0 : cheap.cost[i],
                routing.calls_for_costs ? 1.0 : strong.cost[i]};
    row.oracle_quality = std::max(row.sums.cheap_quality, row.sums.strong_quality);
    row.needs_strong = strong.solved[i] > cheap.solved[i] ? 1 : 0;
    row.oracle_cost = row.needs_strong > 0 ? row.sums.strong_cost : row.sums.cheap_cost;
  }
  return rows;
}

// Clusters of each half, and the rows of each cluster, which stand together.
struct Halves {
  std::array<std::vector<std::uint32_t>, kHalves> clusters;
  std::vector<std::uint32_t> first_row;  // of each cluster, and one past the last
};

Halves split(const SharedOutcomes& shared, std::uint64_t seed) {
  Halves halves;
  for (std::uint32_t row = 0; row < shared.rows(); ++row)
    if (row == 0 || shared.cluster[row] != shared.cluster[row - 1]) halves.first_row.push_back(row);
  halves.first_row.push_back(static_cast<std::uint32_t>(shared.rows()));
  std::vector<std::uint32_t> order(shared.clusters);
  std::iota(order.begin(), order.end(), 0U);
  RandomStream(seed, "route/halves").shuffle(std::span(order));
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  halves.clusters[0].assign(order.begin(), middle);
  halves.clusters[1].assign(middle, order.end());
  return halves;
}

enum Value : std::size_t { kQuality, kCost, kShare, kGain, kSaved, kArea, kRecovered, kValues };

// One set of items, drawn or whole: the sums that every figure is a function of.
class RouteSample {
 public:
  RouteSample(std::span<const RouteRow> rows, std::span<const RouteRule> rules, const Halves& halves)
      : rows_(rows), rules_(rules), halves_(halves), classes_(rules.size()) {
    for (std::size_t r = 0; r < rules.size(); ++r)
      for (auto& half : classes_[r]) half.resize(rules[r].classes());
  }

  void clear() {
    oracle_ = {};
    totals_ = {};
    for (auto& rule : classes_)
      for (auto& half : rule) std::fill(half.begin(), half.end(), RouteSums{});
  }

  void add_cluster(std::size_t half, std::uint32_t cluster) {
    for (std::uint32_t row = halves_.first_row[cluster]; row < halves_.first_row[cluster + 1]; ++row) {
      totals_[half].add(rows_[row].sums);
      oracle_.add(rows_[row]);
      for (std::size_t r = 0; r < rules_.size(); ++r) add_to_class(r, half, row);
    }
  }

  // Soon this cluster is added.
  void fetch(std::uint32_t cluster) const {
    const std::uint32_t row = halves_.first_row[cluster];
    stats::fetch_ahead(&rows_[row], sizeof(RouteRow));
    for (const RouteRule& rule : rules_) rule.fetch(row);
  }

  void add_all() {
    clear();
    for (std::size_t half = 0; half < kHalves; ++half)
      for (const std::uint32_t cluster : halves_.clusters[half]) add_cluster(half, cluster);
  }

  RouteSums totals() const {
    RouteSums all = totals_[0];
    all.add(totals_[1]);
    return all;
  }

  // What needs no rule: the oracle, and both models alone.
  void ends(std::span<double> values) const {
    const RouteSums all = totals();
    values[0] = oracle_.quality / all.tasks;
    values[1] = oracle_.cost / all.tasks;
    values[2] = oracle_.strong / all.tasks;
    const CostQuality cheap = mean_of_cheap(all), strong = mean_of_strong(all);
    values[3] = cheap.quality;
    values[4] = cheap.cost;
    values[5] = strong.quality;
    values[6] = strong.cost;
  }

  // The rule with the threshold that the other half chooses. cuts: what each half chose for the other.
  void judge(std::size_t r, const RoutingOptions& options, std::span<double> values,
             std::array<std::size_t, kHalves>& cuts, bool& at_least) {
    std::array<std::vector<RoutePoint>, kHalves>& curves = curves_;
    for (std::size_t half = 0; half < kHalves; ++half) {
      rules_[r].curve(classes_[r][half], curves[half]);
      cuts[half] = choose_cut(curves[half], totals_[half], options);
    }
    const RouteSums all = totals();
    RoutePoint reached;
    for (std::size_t half = 0; half < kHalves; ++half) {
      const RoutePoint& point = curves[half][cuts[1 - half]];
      const double weight = totals_[half].tasks / all.tasks;
      reached.at.quality += weight * point.at.quality;
      reached.at.cost += weight * point.at.cost;
      reached.strong_share += weight * point.strong_share;
    }
    values[kQuality] = reached.at.quality;
    values[kCost] = reached.at.cost;
    values[kShare] = reached.strong_share;
    values[kGain] = gain_over_mix(all, reached.at);
    values[kSaved] = saved_under_mix(all, reached.at, at_least);
    whole_curve(r, whole_);
    values[kArea] = curve_average_quality(whole_, all);
    values[kRecovered] = curve_gap_recovered(whole_, all);
  }

  void whole_curve(std::size_t r, std::vector<RoutePoint>& into) {
    both_ = classes_[r][0];
    for (std::size_t c = 0; c < both_.size(); ++c) both_[c].add(classes_[r][1][c]);
    rules_[r].curve(both_, into);
  }

 private:
  void add_to_class(std::size_t r, std::size_t half, std::uint32_t row) {
    RouteSums& sums = classes_[r][half][rules_[r].class_of(row)];
    sums.add(rows_[row].sums);
    sums.signal_cost += rules_[r].signal_cost(row);
  }

  std::span<const RouteRow> rows_;
  std::span<const RouteRule> rules_;
  const Halves& halves_;
  std::array<RouteSums, kHalves> totals_{};
  OracleSums oracle_;
  std::vector<std::array<std::vector<RouteSums>, kHalves>> classes_;
  std::array<std::vector<RoutePoint>, kHalves> curves_;
  std::vector<RoutePoint> whole_;
  std::vector<RouteSums> both_;
};

// The figure as it is, with its interval among the resamples. A choice that varies may leave the figure of
// the data outside of theirs; an interval never excludes what it is of.
Estimated with_interval(double value, const stats::Resampled& resampled, std::size_t statistic) {
  Estimated estimated{value, {}};
  if (resampled.defined(statistic) == 0) return estimated;
  const stats::Interval found = resampled.interval(statistic);
  estimated.interval = stats::Interval{std::min(found.low, value), std::max(found.high, value)};
  return estimated;
}

void fill_rule(RouteFinding& finding, const RouteRule& rule, std::size_t r, RouteSample& sample,
               const Routing& routing) {
  std::vector<RoutePoint> curve;
  sample.whole_curve(r, curve);
  for (std::size_t i = 0; i < curve.size(); ++i) finding.curve.push_back({rule.below(i), curve[i]});
  const std::size_t cut = choose_cut(curve, sample.totals(), routing.options);
  finding.below = rule.below(cut);
  finding.apparent = curve[cut];
}

void fill_values(RouteFinding& finding, std::span<const double> values, const stats::Resampled& resampled,
                 std::size_t first) {
  const auto figure = [&](Value value) { return with_interval(values[value], resampled, first + value); };
  finding.quality = figure(kQuality);
  finding.cost = figure(kCost);
  finding.strong_share = figure(kShare);
  finding.gain = figure(kGain);
  finding.saved = figure(kSaved);
  finding.average_quality = figure(kArea);
  if (!std::isnan(values[kRecovered])) finding.average_gap_recovered = figure(kRecovered);
}

void judge_rules(Routing& routing, std::span<const RouteSignal> signals, std::span<const RouteRow> rows) {
  std::vector<RouteSums> sums;
  sums.reserve(rows.size());
  for (const RouteRow& row : rows) sums.push_back(row.sums);
  std::vector<RouteRule> rules;
  for (const RouteSignal& signal : signals) rules.emplace_back(signal, sums);
  const Halves halves = split(routing.shared, routing.seed);
  RouteSample sample(rows, rules, halves);
  std::array<stats::Resampler, kHalves> draws{
      stats::Resampler(halves.clusters[0].size(), {routing.seed, "route/first half"}),
      stats::Resampler(halves.clusters[1].size(), {routing.seed, "route/second half"})};
  constexpr std::size_t kEnds = 7;  // RouteSample::ends()
  std::array<std::size_t, kHalves> cuts{};
  bool at_least = false;
  stats::ResamplingOptions resampling;
  resampling.level = routing.options.level;
  resampling.most = routing.options.most_resamples;
  const auto one = [&](std::span<double> values) {
    sample.clear();
    for (std::size_t half = 0; half < kHalves; ++half)
      draws[half].draw_blocks([&](std::size_t i) { sample.fetch(halves.clusters[half][i]); },
                              [&](std::span<const std::size_t> block) {
                                for (const std::size_t i : block)
                                  sample.add_cluster(half, halves.clusters[half][i]);
                              });
    sample.ends(values);
    for (std::size_t r = 0; r < rules.size(); ++r)
      sample.judge(r, routing.options, values.subspan(kEnds + r * kValues, kValues), cuts, at_least);
  };
  const std::size_t count = kEnds + rules.size() * kValues;
  const stats::Resampled resampled(count, resampling, one);
  sample.add_all();
  std::vector<double> values(count);
  sample.ends(values);
  const auto end = [&](std::size_t i) { return with_interval(values[i], resampled, i); };
  routing.oracle = {end(0), end(1), end(2)};
  routing.cheap_quality = end(3);
  routing.cheap_cost = end(4);
  routing.strong_quality = end(5);
  routing.strong_cost = end(6);
  for (std::size_t r = 0; r < rules.size(); ++r) {
    RouteFinding finding;
    finding.signal = signals[r].name;
    finding.before = signals[r].before;
    const std::size_t first = kEnds + r * kValues;
    sample.judge(r, routing.options, std::span(values).subspan(first, kValues), cuts, finding.saved_at_least);
    for (const std::size_t cut : cuts) finding.half_below.push_back(rules[r].below(cut));
    fill_values(finding, std::span(values).subspan(first, kValues), resampled, first);
    fill_rule(finding, rules[r], r, sample, routing);
    routing.rules.push_back(std::move(finding));
  }
  routing.resamples = resampled.resamples();
  routing.settled = resampled.settled();
  routing.worst_error = resampled.worst_error();
}

void add_pair(Routing& routing) {
  routing.counts = counts_of(routing.shared, routing.strong, routing.cheap);
  routing.difference = stats::paired_difference(routing.counts);
  std::vector<stats::ClusterTotal> totals(routing.shared.clusters);
  const auto& strong = routing.shared.models[routing.strong].solved;
  const auto& cheap = routing.shared.models[routing.cheap].solved;
  for (std::size_t row = 0; row < routing.shared.rows(); ++row)
    totals[routing.shared.cluster[row]].add(static_cast<double>(strong[row]) -
                                            static_cast<double>(cheap[row]));
  const auto mean = stats::clustered_mean(totals);
  if (mean) routing.standard_error = mean->standard_error;
  if (!routing.shared.clustered())
    routing.interval = stats::paired_difference_interval(routing.counts, routing.options.level);
  else if (mean)
    routing.interval = stats::clustered_difference_interval(*mean, routing.options.level);
}

// Where there are more than two: the cheapest of those that solve an item, and the hull of all.
void add_all_models(Routing& routing) {
  const auto& models = routing.shared.models;
  for (const ModelOutcomes& model : models)
    routing.points.push_back({routing.calls_for_costs ? 0 : model.cost_per_task().value(), model.quality()});
  if (routing.calls_for_costs) return;
  routing.hull = Hull(routing.points).vertices();
  if (models.size() < 3) return;
  CostQuality oracle;
  for (std::size_t row = 0; row < routing.shared.rows(); ++row) {
    std::optional<double> solving, any;
    for (const ModelOutcomes& model : models) {
      any = std::min(any.value_or(model.cost[row]), model.cost[row]);
      if (model.solved[row] != 0) solving = std::min(solving.value_or(model.cost[row]), model.cost[row]);
    }
    oracle.cost += solving.value_or(*any);
    oracle.quality += solving ? 1 : 0;
  }
  const double n = static_cast<double>(routing.shared.rows());
  routing.oracle_of_all = CostQuality{oracle.cost / n, oracle.quality / n};
}

}  // namespace

Routing find_routes(const RunColumns& run, SharedOutcomes shared, std::span<const RouteSignal> signals,
                    const RoutingOptions& options) {
  if (shared.models.size() < 2)
    throw Error(ErrorKind::input, "routing needs two models, a cheap one and a strong one",
                "name both: costwar route CHEAP STRONG");
  if (shared.clusters < kFewestClusters)
    throw Error(
        ErrorKind::input,
        fmt::format("{} independent items are too few to choose a rule on one half and judge it on the "
                    "other; {} are the least",
                    shared.clusters, kFewestClusters),
        "measure more items: costwar run MODEL --n 100");
  Routing routing;
  routing.header = run.header;
  routing.options = options;
  routing.seed = options.seed.value_or(run.header.seed);
  routing.shared = std::move(shared);
  routing.strong = routing.shared.models.size() - 1;
  routing.calls_for_costs = !routing.shared.priced();
  add_pair(routing);
  const std::vector<RouteRow> rows = route_rows(routing);
  RouteSums all;
  for (const RouteRow& row : rows) all.add(row.sums);
  routing.cheap_point = {mean_of_cheap(all), 0};
  routing.strong_point = {mean_of_strong(all), 1};
  const std::array ends{routing.cheap_point.at, routing.strong_point.at};
  if (ends[0].cost != ends[1].cost)
    routing.mix_average_quality = Hull(ends).average_quality(std::min(ends[0].cost, ends[1].cost),
                                                             std::max(ends[0].cost, ends[1].cost));
  judge_rules(routing, signals, rows);
  add_all_models(routing);
  return routing;
}

}  // namespace costwar::analysis
