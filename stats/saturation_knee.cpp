#include "stats/saturation_knee.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/proportion.h"
#include "stats/student_t.h"

namespace costwar::stats {
namespace {

constexpr double kErrorFloor = 0.01;   // of the logarithm: what no error bar is below, for weights
constexpr double kFarBelow = 0.5;      // of N*: the ray away from the knee
constexpr double kFarAbove = 1.5;      // of N*: the plateau away from it
constexpr double kThrashing = 0.9;     // of the plateau's best
constexpr double kStillGrowing = 0.9;  // of the ray: no plateau
constexpr int kRefinements = 5;

struct LogPoint {
  double n = 0;      // concurrency
  double ray = 0;    // log N - log X: of log R0 on the ray
  double level = 0;  // log X: of log Xmax on the plateau
  double error = 0;  // standard error of log X; 0: not known
  double weight() const { return 1 / (error * error + kErrorFloor * kErrorFloor); }
};

// Of a weighted mean, and what its error's critical value is.
struct Leg {
  double value = 0;
  double variance = 0;
  double critical = 0;  // 0: nothing tells the error
};

double value_of(const LogPoint& point, bool ray) {
  return ray ? point.ray : point.level;
}

double weighted_median(std::span<const LogPoint> points, bool ray) {
  std::vector<std::pair<double, double>> values;
  double half = 0;
  for (const LogPoint& point : points) {
    values.emplace_back(value_of(point, ray), point.weight());
    half += point.weight() / 2;
  }
  std::sort(values.begin(), values.end());
  double below = 0;
  for (const auto& [value, weight] : values) {
    below += weight;
    if (below >= half) return value;
  }
  return values.empty() ? 0 : values.back().first;
}

double misfit(std::span<const LogPoint> points, bool ray) {
  const double center = weighted_median(points, ray);
  double sum = 0;
  for (const LogPoint& point : points)
    sum += std::sqrt(point.weight()) * std::abs(value_of(point, ray) - center);
  return sum;
}

Leg weighted_leg(const std::vector<LogPoint>& points, bool ray, double level) {
  Leg leg;
  double weights = 0;
  bool known = true;
  for (const LogPoint& point : points) {
    weights += point.weight();
    leg.value += point.weight() * value_of(point, ray);
    known = known && point.error > 0;
  }
  leg.value /= weights;
  double scatter = 0;
  double own = 0;
  for (const LogPoint& point : points) {
    const double share = point.weight() / weights;
    scatter += share * (value_of(point, ray) - leg.value) * (value_of(point, ray) - leg.value);
    own += share * share * point.error * point.error;
  }
  const auto count = static_cast<double>(points.size());
  const double from_scatter = points.size() > 1 ? scatter / (count - 1) : 0;
  const double from_errors = known ? own : 0;
  leg.variance = std::max(from_scatter, from_errors);
  if (leg.variance > 0)
    leg.critical = from_errors >= from_scatter || (known && points.size() > 1)
                       ? normal_quantile((1 + level) / 2)
                       : student_t_critical(level, count - 1);
  return leg;
}

Estimate from_log(double value, double variance, double critical) {
  Estimate estimate{std::exp(value), std::nullopt};
  if (critical > 0) {
    const double reach = critical * std::sqrt(variance);
    estimate.interval = Interval{std::exp(value - reach), std::exp(value + reach)};
  }
  return estimate;
}

// The stages that decide one leg, given where the knee is thought to be: those away from it, and those nearer
// that do not lie below by more than their errors.
std::vector<LogPoint> deciding(std::span<const LogPoint> side, bool ray, double knee) {
  std::vector<LogPoint> far;
  for (const LogPoint& point : side)
    if (ray ? point.n <= kFarBelow * knee : point.n >= kFarAbove * knee) far.push_back(point);
  if (far.empty()) return {side.begin(), side.end()};
  const double center = weighted_median(far, ray);
  for (const LogPoint& point : side) {
    if (ray ? point.n <= kFarBelow * knee : point.n >= kFarAbove * knee) continue;
    const double below = ray ? point.ray - center : center - point.level;
    if (below <= 2 * point.error + kErrorFloor) far.push_back(point);
  }
  return far;
}

// Without the stages after the best one that lie far below it. `plateau` in order of N, not empty.
std::vector<LogPoint> without_thrashing(std::span<const LogPoint> plateau) {
  LogPoint best = plateau.front();
  for (const LogPoint& point : plateau)
    if (point.level > best.level) best = point;
  std::vector<LogPoint> kept;
  for (const LogPoint& point : plateau)
    if (point.n <= best.n || point.level >= best.level + std::log(kThrashing)) kept.push_back(point);
  return kept;
}

std::vector<LogPoint> logs_of(std::span<const SaturationPoint> points) {
  std::vector<LogPoint> logs;
  for (const SaturationPoint& point : points) {
    if (!(point.concurrency > 0) || !(point.per_second > 0)) continue;
    logs.push_back({point.concurrency, std::log(point.concurrency / point.per_second),
                    std::log(point.per_second), point.standard_error / point.per_second});
  }
  std::stable_sort(logs.begin(), logs.end(), [](const LogPoint& a, const LogPoint& b) { return a.n < b.n; });
  return logs;
}

// How many of the points, in order of N, are on the ray: at least one, and one is left.
std::size_t best_split(std::span<const LogPoint> logs) {
  std::size_t best = 1;
  double least = -1;  // none yet
  for (std::size_t k = 1; k < logs.size(); ++k) {
    if (logs[k - 1].n == logs[k].n) continue;
    const double sum = misfit(logs.first(k), true) + misfit(without_thrashing(logs.subspan(k)), false);
    if (least < 0 || sum < least) {
      least = sum;
      best = k;
    }
  }
  return best;
}

}  // namespace

SaturationFit saturation_knee(std::span<const SaturationPoint> points, double level) {
  SaturationFit fit;
  const std::vector<LogPoint> logs = logs_of(points);
  std::size_t distinct = logs.empty() ? 0 : 1;
  for (std::size_t i = 1; i < logs.size(); ++i) distinct += logs[i].n != logs[i - 1].n ? 1U : 0U;
  if (distinct < 3) {
    fit.why_not =
        fmt::format("a knee takes stages at three concurrencies or more, and {} could be used", distinct);
    return fit;
  }
  const std::span<const LogPoint> all(logs);
  const std::size_t split = best_split(all);
  Leg ray;
  Leg plateau;
  double knee = std::exp(weighted_median(all.first(split), true) +
                         weighted_median(without_thrashing(all.subspan(split)), false));
  for (int i = 0; i < kRefinements; ++i) {
    ray = weighted_leg(deciding(all.first(split), true, knee), true, level);
    plateau = weighted_leg(deciding(without_thrashing(all.subspan(split)), false, knee), false, level);
    knee = std::exp(ray.value + plateau.value);
  }
  const LogPoint& last = logs.back();
  if (last.level > last.level + last.ray - ray.value + std::log(kStillGrowing)) {
    fit.why_not = fmt::format("throughput still grew at {:.0f} at once: go higher", last.n);
    return fit;
  }
  if (knee < logs.front().n * 1.05 && logs.front().n > 1) {
    fit.why_not = fmt::format("throughput was the same from {:.0f} at once on: begin lower", logs.front().n);
    return fit;
  }
  fit.knee = SaturationKnee{
      from_log(ray.value + plateau.value, ray.variance + plateau.variance,
               ray.critical > 0 && plateau.critical > 0 ? std::max(ray.critical, plateau.critical) : 0),
      from_log(plateau.value, plateau.variance, plateau.critical),
      from_log(ray.value, ray.variance, ray.critical)};
  return fit;
}

}  // namespace costwar::stats
