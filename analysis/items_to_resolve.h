// How many items would decide a bound that those seen leave open, if further ones were like them: enough for
// the difference between the figure and the bound to be found with a chance of 80 % (stats/power.h), and for
// the interval itself, which stays wide where few items differ. nullopt where the figure is at the bound, and
// where no number can be told. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "stats/interval.h"
#include "stats/paired.h"

namespace costwar::analysis {

// Of a share: `items` seen, which count as `effective` independent ones.
std::optional<std::int64_t> items_for_share(double share, std::int64_t items, double effective, double bound,
                                            double level);

// Of a difference of shares on the same items.
std::optional<std::int64_t> items_for_paired_share(const stats::PairedCounts& counts, double design_effect,
                                                   double bound, double level);

// Of anything else, from how wide its interval is at n items: the width falls with the root of n. A ratio is
// measured on a logarithmic scale.
enum class Scale : std::uint8_t { linear, logarithmic };
std::optional<std::int64_t> items_by_width(double value, const stats::Interval& interval, std::int64_t n,
                                           double bound, Scale scale, double level);

// The fewest items whose order statistics bound a quantile at both ends.
std::optional<std::int64_t> items_for_quantile(double quantile, double level);

}  // namespace costwar::analysis
