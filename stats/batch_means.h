// Intervals of means, rates and quantiles of values that depend on each other, as requests of one load do:
// those that are in flight together wait for each other. The series is cut, in the order of time, into
// batches that do not overlap; means of long batches hardly depend on each other, so their spread gives the
// standard error and Student's t on b - 1 the interval (method of batch means: Law, Simulation Modeling and
// Analysis, 5th edition, section 9.5.3; Schmeiser 1982). Between 10 and 30 batches, as Schmeiser advises: 30,
// fewer while neighbouring batches show correlation. What is left of it, r + 1/b (the estimate is low by
// 1/b), widens the variance by (1 + r) / (1 - r), as of a first-order autoregressive series (ASAP3: Steiger
// et al. 2005). Pure. How often such intervals hold: ctest -R stats_coverage -V.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "stats/interval.h"

namespace costwar::stats {

inline constexpr std::size_t kMostBatches = 30;
inline constexpr std::size_t kFewestBatches = 10;

struct BatchMeans {
  double mean = 0;
  double standard_error = 0;  // 0: the batches are all equal
  std::size_t batches = 0;
  double correlation = 0;  // of neighbouring batches; the error allows for it
  // mean -+ t(b - 1) standard errors; nullopt where the batches do not vary.
  std::optional<Interval> interval(double level = kDefaultLevel) const;
};

// Of a series in the order of time. nullopt for fewer than 20 values, two a batch.
std::optional<BatchMeans> batch_means(std::span<const double> series);

// Slots of equal time that batch_rate takes sums over: 30, 20, 15 and 10 batches all divide them.
inline constexpr std::size_t kRateSlots = 60;

struct RateEstimate {
  double per_second = 0;
  std::optional<Interval> interval{};
};

// Of a rate per second: what happened (events, tokens) in each of kRateSlots equal parts of a window of
// `seconds` > 0. The interval is never narrower than `quantum` more or less (one event, one call's tokens): a
// count in a window cannot be known better. No interval where fewer than kFewestBatches quanta happened.
RateEstimate batch_rate(std::span<const double> slots, double seconds, double quantum = 1,
                        double level = kDefaultLevel);

// The interval of the share of values below a quantile (Woodruff 1952), to be read off the ordered values:
// Wilson's interval with as many values as would know the share to this standard error if they were
// independent, at most `n`, and t on `degrees`. standard_error > 0 or not known to vary (0).
Interval quantile_shares(double probability, double standard_error, double n, double degrees,
                         double level = kDefaultLevel);

// Interval of a quantile by order statistics, the share's standard error by batch means. Never narrower than
// that of independent values (stats/quantile.h). `series` in the order of time, `ascending` the same values
// sorted. nullopt where too few values bound it.
std::optional<Interval> batch_quantile_interval(std::span<const double> series,
                                                std::span<const double> ascending, double probability,
                                                double level = kDefaultLevel);

}  // namespace costwar::stats
