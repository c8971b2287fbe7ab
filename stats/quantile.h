// Means, quantiles and the order-statistic intervals of quantiles, which assume nothing about the
// distribution. Pure.
#pragma once

#include <optional>
#include <span>

#include "stats/interval.h"

namespace costwar::stats {

// NaN without values.
double mean(std::span<const double> values);

// Quantile of ascending values by linear interpolation between order statistics (Hyndman and Fan 1996, type
// 7, the default of R and NumPy). 0 <= probability <= 1; NaN without values.
double quantile_of_sorted(std::span<const double> ascending, double probability);

// Interval of a quantile whose ends are two of the ascending values: the ranks come from the binomial number
// of values below the quantile (Hahn and Meeker 1991, section 5.2), each tail at most (1 - level) / 2.
// nullopt where too few values are there to bound it: for a median at 95 %, fewer than 6.
std::optional<Interval> quantile_interval(std::span<const double> ascending, double probability,
                                          double level = kDefaultLevel);

}  // namespace costwar::stats
