// How list prices may move that nobody has announced: a jump model fitted to the history of price changes.
// Pure; docs/forecasting.md has the reasons and the backtest.
//
// A price stands still and then jumps; a line through logarithms of prices would see a slope where there are
// a few steps. So changes of a model come as a Poisson process, and the logarithm of the step is drawn from
// the steps that were seen. Both are known only so well, and a forecast's interval holds that: per path, the
// rate is drawn from its posterior under Jeffreys' prior (gamma with shape events + 1/2), and the steps have
// the weights of a Bayesian bootstrap (Rubin 1981) over the events, smoothed by a normal kernel without a
// change of mean and variance (Silverman and Young 1987). A bootstrap of few events is too narrow, so each
// path also stretches the steps about their mean by what a normal sample of that size says of its own
// deviation: sqrt((n - 1) / chi square), as in Student's t, at most kMostStretch. A step stays within one
// deviation of the smallest and the largest that was seen, so that expectations are not those of a few paths
// on which prices explode.
// An event is a vendor at an instant: prices that were changed together are one decision, so events and not
// changes say how much is known.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "analysis/forecast/price_changes.h"
#include "core/random.h"
#include "stats/interval.h"

namespace costwar::analysis {

inline constexpr std::size_t kLeastChanges = 8;
inline constexpr std::size_t kLeastEvents = 4;  // one vendor's spring cleaning is no trend
inline constexpr double kMostStretch = 2.5;

class JumpModel {
 public:
  // nullopt where the history has fewer than kLeastChanges counted changes or kLeastEvents events, or no time
  // was watched.
  static std::optional<JumpModel> fit(const PriceHistory& history);

  double changes_per_year() const;  // of a model
  double mean_step() const;         // logarithm
  double step_deviation() const;    // standard deviation of the logarithm
  double yearly_factor() const;     // the median path's, by the mean: exp(changes a year x mean step)
  std::size_t events() const { return events_.size(); }

  // What one path of a simulation takes for true, for all models alike.
  struct Truth {
    double per_month = 0;
    std::vector<double> weights;  // cumulated, by event
    double stretch = 1;           // of the steps about their mean
  };
  Truth draw_truth(RandomStream& random) const;

  // The logarithm of one model's price over that at month 0, at these months, ascending.
  std::vector<double> draw_path(const Truth& truth, const std::vector<double>& months,
                                RandomStream& random) const;

  // The prediction interval and median of a model's price after so many months, as a factor. By simulation.
  struct Prediction {
    double median = 1;
    stats::Interval interval;
  };
  Prediction predict(double months, double level, std::uint64_t seed) const;

 private:
  double draw_step(const Truth& truth, RandomStream& random) const;

  std::vector<std::vector<double>> events_;  // logarithms of the steps of each
  double model_months_ = 0;
  double changes_ = 0;
  double mean_ = 0;
  double deviation_ = 0;
  double kernel_ = 0;  // standard deviation of the smoothing
  double least_ = 0;   // what a step can be
  double most_ = 0;
};

}  // namespace costwar::analysis
