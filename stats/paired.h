// Two models on the same items: the difference of their solve rates, tested and bounded with the pairing
// kept. Pure functions; sources in docs/measuring.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/interval.h"

namespace costwar::stats {

// The items that both models answered, by who solved them.
struct PairedCounts {
  std::int64_t both = 0;
  std::int64_t only_first = 0;
  std::int64_t only_second = 0;
  std::int64_t neither = 0;
  std::int64_t items() const { return both + only_first + only_second + neither; }
};

// Share of items solved by the first minus that of the second. 0 without items.
double paired_difference(const PairedCounts& counts);

// Standard error of the difference, from the variance of the per-item differences with n - 1 (Miller 2024,
// section 4). NaN below two items.
double paired_standard_error(const PairedCounts& counts);

// Newcombe (1998) method 10: the Wilson bounds of both shares, combined with their correlation. Where no item
// is discordant, Tango's interval, whose width does not depend on how many both solved. Never of zero width;
// no items: [-1, 1].
Interval paired_difference_interval(const PairedCounts& counts, double level = kDefaultLevel);

// Tango's (1998) score interval: the differences that a score test does not reject. Never of zero width; no
// items:
// [-1, 1].
Interval tango_interval(const PairedCounts& counts, double level = kDefaultLevel);

// The same for counts that need not be whole (effective numbers), with the critical value given. only_first
// and only_second not negative, together at most items.
Interval tango_interval_of_counts(double only_first, double only_second, double items, double critical);

// Exact two-sided McNemar test: under no difference, each item that only one model solved is a coin toss.
// Summed in log space, so a p below the least double is 0 here and its logarithm stays exact; good to 1e-9 of
// p and better up to 1e7 discordant items.
double mcnemar_exact_p(std::int64_t only_first, std::int64_t only_second);
double mcnemar_exact_log10_p(std::int64_t only_first, std::int64_t only_second);

// Holm (1979): p values adjusted for being a family, in the order given. Compare each with 1 - level.
std::vector<double> holm_adjusted(std::span<const double> p_values);

// About how many shared items would resolve a difference of this size with the given power, from the share of
// items on which the models disagree. stats/power.h has the formula and the variants for clusters and means.
std::optional<std::int64_t> items_to_resolve(double difference, double discordance,
                                             double level = kDefaultLevel, double power = 0.8);

}  // namespace costwar::stats
