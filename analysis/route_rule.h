// One rule of routing on many resamples: items in classes of the signal, from those that escalate first, in
// two halves. Internal to analysis.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/routing.h"
#include "stats/resampler.h"

namespace costwar::analysis {

// Sums over tasks; costs as a rule's cost counts them.
struct RouteSums {
  double tasks = 0;
  double cheap_quality = 0;
  double strong_quality = 0;
  double cheap_cost = 0;
  double strong_cost = 0;
  double signal_cost = 0;  // of knowing a rule's signal
  void add(const RouteSums& other, double times = 1);
};

// Thresholds stand between classes of the signal: every distinct value, or a thousand quantiles.
class RouteRule {
 public:
  RouteRule(const RouteSignal& signal, std::span<const RouteSums> rows);

  std::size_t classes() const { return lows_.size(); }
  std::uint32_t class_of(std::size_t row) const { return class_of_[row]; }
  void fetch(std::size_t row) const { stats::fetch_ahead(&class_of_[row], sizeof(class_of_[row])); }
  double signal_cost(std::size_t row) const { return extra_cost_.empty() ? 0 : extra_cost_[row]; }

  // What a cut reaches: the classes before it are the strong model's.
  struct Cut {
    std::size_t classes = 0;
    RoutePoint point;
  };
  // `by_class`: sums over the tasks of each class. `into`: classes() + 1 points, from no class to all.
  void curve(std::span<const RouteSums> by_class, std::vector<RoutePoint>& into) const;
  // The value below which a cut escalates; nullopt: nothing.
  std::optional<double> below(std::size_t classes) const;

  bool before() const { return before_; }

 private:
  bool before_;
  std::vector<double> lows_;  // the least value of each class
  std::vector<std::uint32_t> class_of_;
  std::vector<double> extra_cost_;
};

// The best random mix of both models: their hull.
CostQuality mean_of_cheap(const RouteSums& sums);
CostQuality mean_of_strong(const RouteSums& sums);
double mix_quality_at(const RouteSums& sums, double cost);
// How much more than the mix of that cost a quality is.
double gain_over_mix(const RouteSums& sums, const CostQuality& at);
// How much less than the mix of that quality a cost is; at_least: no mix reaches the quality.
double saved_under_mix(const RouteSums& sums, const CostQuality& at, bool& at_least);

// The number of classes that the aim escalates on this curve.
std::size_t choose_cut(std::span<const RoutePoint> curve, const RouteSums& sums,
                       const RoutingOptions& options);

// Areas of a whole curve.
double curve_average_quality(std::span<const RoutePoint> curve, const RouteSums& sums);
double curve_gap_recovered(std::span<const RoutePoint> curve, const RouteSums& sums);  // NaN: no gap

}  // namespace costwar::analysis
