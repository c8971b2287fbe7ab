// The ratio of two shares of the same items: how many times as many one model solves as another. Score
// interval for matched pairs (Nam and Blackwelder 2002, Statistics in Medicine 21, 689-699): the ratios that
// a score test does not reject, with the discordant shares estimated under each. Good coverage also where
// both solve nearly everything; never of zero width. Where the second may solve nothing, the high end is
// infinite. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"
#include "stats/paired.h"

namespace costwar::stats {

// Share of the first over share of the second; infinite where the second solved nothing, NaN where neither
// did.
double matched_ratio(const PairedCounts& counts);

// No items, or nothing solved by either: [0, infinity].
Interval matched_ratio_interval(const PairedCounts& counts, double level = kDefaultLevel);

// The same for counts that need not be whole (effective numbers), with the critical value given.
struct MatchedShares {
  double both = 0;
  double only_first = 0;
  double only_second = 0;
};
Interval matched_ratio_interval_of_counts(const MatchedShares& counts, double critical);

// The same over clusters, each by who solved its items: counts as many items as the contrast (first - ratio
// second) over clusters is worth, and t on G - 1. nullopt for fewer than two clusters.
std::optional<Interval> clustered_matched_ratio_interval(std::span<const PairedCounts> clusters,
                                                         double level = kDefaultLevel);

// The ratio of two shares of separate sets of items: score interval as above with nothing known of the
// pairing (Koopman 1984, Biometrics 40, 513-517). Items need not be whole numbers.
struct ShareOf {
  double share = 0;  // 0..1
  double items = 0;
};
Interval unpaired_ratio_interval(const ShareOf& first, const ShareOf& second, double level = kDefaultLevel);

}  // namespace costwar::stats
