#include "analysis/route_rule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace costwar::analysis {
namespace {

constexpr std::size_t kMostClasses = 1'000;

// The least values of the classes: all distinct ones, or quantiles of the rows.
std::vector<double> class_lows(const std::vector<double>& keep) {
  std::vector<double> sorted = keep;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> distinct = sorted;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() <= kMostClasses) return distinct;
  std::vector<double> lows;
  for (std::size_t i = 0; i < kMostClasses; ++i) lows.push_back(sorted[i * sorted.size() / kMostClasses]);
  lows.erase(std::unique(lows.begin(), lows.end()), lows.end());
  return lows;
}

// Differences of sums that are equal but for rounding are none: no gain is told of them.
double without_rounding(double difference, double scale) {
  constexpr double kRounding = 1e-12;
  return std::abs(difference) <= kRounding * scale ? 0 : difference;
}

Hull mix_of(const RouteSums& sums) {
  const std::array points{mean_of_cheap(sums), mean_of_strong(sums)};
  return Hull(points);
}

}  // namespace

void RouteSums::add(const RouteSums& other, double times) {
  tasks += times * other.tasks;
  cheap_quality += times * other.cheap_quality;
  strong_quality += times * other.strong_quality;
  cheap_cost += times * other.cheap_cost;
  strong_cost += times * other.strong_cost;
  signal_cost += times * other.signal_cost;
}

RouteRule::RouteRule(const RouteSignal& signal, std::span<const RouteSums> rows)
    : before_(signal.before), lows_(class_lows(signal.keep)), extra_cost_(signal.extra_cost) {
  class_of_.reserve(rows.size());
  for (const double value : signal.keep) {
    const auto above = std::upper_bound(lows_.begin(), lows_.end(), value);
    class_of_.push_back(static_cast<std::uint32_t>(above - lows_.begin()) - 1);
  }
}

void RouteRule::curve(std::span<const RouteSums> by_class, std::vector<RoutePoint>& into) const {
  into.resize(by_class.size() + 1);
  RouteSums all;
  for (const RouteSums& sums : by_class) all.add(sums);
  double quality = all.cheap_quality, cost = all.cheap_cost + all.signal_cost, strong = 0;
  for (std::size_t i = 0; i <= by_class.size(); ++i) {
    into[i] = {{cost / all.tasks, quality / all.tasks}, strong / all.tasks};
    if (i == by_class.size()) break;
    quality += by_class[i].strong_quality - by_class[i].cheap_quality;
    cost += by_class[i].strong_cost - (before_ ? by_class[i].cheap_cost : 0);
    strong += by_class[i].tasks;
  }
}

std::optional<double> RouteRule::below(std::size_t classes) const {
  if (classes == 0) return std::nullopt;
  return classes == lows_.size() ? std::numeric_limits<double>::infinity() : lows_[classes];
}

CostQuality mean_of_cheap(const RouteSums& sums) {
  return {sums.cheap_cost / sums.tasks, sums.cheap_quality / sums.tasks};
}

CostQuality mean_of_strong(const RouteSums& sums) {
  return {sums.strong_cost / sums.tasks, sums.strong_quality / sums.tasks};
}

double mix_quality_at(const RouteSums& sums, double cost) {
  // Below the cheapest there is no mix; a rule is never below it but by rounding, or where it is cheaper to
  // ask the strong model about some items than the cheap one.
  const Hull hull = mix_of(sums);
  const auto mix = hull.best_at_cost(cost);
  if (mix) return mix->at.quality;
  return std::min(mean_of_cheap(sums).quality, mean_of_strong(sums).quality);
}

double gain_over_mix(const RouteSums& sums, const CostQuality& at) {
  return without_rounding(at.quality - mix_quality_at(sums, at.cost), 1);
}

double saved_under_mix(const RouteSums& sums, const CostQuality& at, bool& at_least) {
  const auto mix = mix_of(sums).cheapest_at_quality(at.quality);
  at_least = !mix;
  const CostQuality cheap = mean_of_cheap(sums), strong = mean_of_strong(sums);
  const double other = mix ? mix->at.cost : strong.quality >= cheap.quality ? strong.cost : cheap.cost;
  return without_rounding(other - at.cost, std::max(cheap.cost, strong.cost));
}

std::size_t choose_cut(std::span<const RoutePoint> curve, const RouteSums& sums,
                       const RoutingOptions& options) {
  const Hull hull = mix_of(sums);
  const auto mixed = [&](double cost) {
    const auto mix = hull.best_at_cost(cost);
    return mix ? mix->at.quality : mix_quality_at(sums, cost);
  };
  const auto gain = [&](const CostQuality& at) { return at.quality - mixed(at.cost); };
  const auto better = [&](const CostQuality& at, const CostQuality& than) {
    constexpr double kRounding = 1e-12;  // of two that are alike, the one that escalates less
    if (options.aim == RouteAim::gain) return gain(at) > gain(than) + kRounding;
    const bool enough = at.quality >= options.quality;
    if (enough != (than.quality >= options.quality)) return enough;
    return enough ? at.cost < than.cost : at.quality > than.quality + kRounding;
  };
  std::size_t chosen = 0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    if (better(curve[i].at, curve[chosen].at)) chosen = i;
  return chosen;
}

double curve_average_quality(std::span<const RoutePoint> curve, const RouteSums& sums) {
  std::vector<CostQuality> points;
  points.reserve(curve.size() + 1);
  for (const RoutePoint& point : curve) points.push_back(point.at);
  points.push_back(mean_of_strong(sums));
  const double low = std::min(mean_of_cheap(sums).cost, mean_of_strong(sums).cost);
  const double high = std::max(mean_of_cheap(sums).cost, mean_of_strong(sums).cost);
  return high > low ? Hull(points).average_quality(low, high) : std::numeric_limits<double>::quiet_NaN();
}

double curve_gap_recovered(std::span<const RoutePoint> curve, const RouteSums& sums) {
  const double weak = mean_of_cheap(sums).quality;
  const double gap = mean_of_strong(sums).quality - weak;
  if (!(gap > 0)) return std::numeric_limits<double>::quiet_NaN();
  double area = 0;
  for (std::size_t i = 0; i + 1 < curve.size(); ++i)
    area += (curve[i + 1].strong_share - curve[i].strong_share) *
            (curve[i].at.quality + curve[i + 1].at.quality - 2 * weak) / 2;
  return area / gap;
}

}  // namespace costwar::analysis
