// Intervals of one proportion. Pure functions; sources in docs/measuring.md.
#pragma once

#include <cstdint>

#include "stats/interval.h"

namespace costwar::stats {

// The z with P(Z <= z) = probability. 0 < probability < 1.
double normal_quantile(double probability);

// Score interval (Wilson 1927): good coverage at every n, within [0, 1], never of zero width. 0 <= successes
// <= trials; no trials: [0, 1].
Interval wilson_interval(std::int64_t successes, std::int64_t trials, double level = kDefaultLevel);

// The same for a share of a number of trials that need not be whole (an effective number), with the critical
// value given. 0 <= share <= 1; no trials: [0, 1].
Interval wilson_interval_of_share(double share, double trials, double critical);

// "Exact" interval (Clopper and Pearson 1934): covers at least `level`, wider than Wilson. No trials: [0, 1].
Interval clopper_pearson_interval(std::int64_t successes, std::int64_t trials, double level = kDefaultLevel);

// Standard error of a proportion, with n - 1 in the denominator. NaN below two trials.
double proportion_standard_error(std::int64_t successes, std::int64_t trials);

}  // namespace costwar::stats
