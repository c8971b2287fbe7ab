// Before measuring: how small a difference a number of items can find, and how many items a difference takes.
// By the normal approximation, n = (z_level + z_power)^2 variance / difference^2 (Miller 2024, arXiv
// 2411.00640, section 5), where the variance is that of one item's paired difference. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "stats/interval.h"

namespace costwar::stats {

struct PowerOptions {
  double level = kDefaultLevel;  // of the two-sided interval
  double power = 0.8;            // the chance to resolve a difference that is there
  // How many times larger the variance is than that of independent items.
  double design_effect = 1;
};

// 1 + (items per cluster - 1) * correlation within clusters (Kish 1965, section 5.4).
double kish_design_effect(double items_per_cluster, double intraclass_correlation);

// The least difference in solve rates that n shared items find, when the models disagree on this share of
// them: z sqrt(discordance / (n + z^2)), from n = z^2 (discordance - difference^2) / difference^2. Never
// above the discordance itself, which no difference can exceed: nullopt where the formula would be. nullopt
// without items.
std::optional<double> detectable_paired_difference(std::int64_t items, double discordance,
                                                   const PowerOptions& options = {});

// Shared items that a difference takes at this discordance; the inverse of the above, rounded up. nullopt
// where the difference is 0 or larger than the discordance, and above 1e12 items.
std::optional<std::int64_t> paired_items_for(double difference, double discordance,
                                             const PowerOptions& options = {});

// The same for a mean whose items have this variance (for a comparison: the variance of the paired
// differences).
std::optional<double> detectable_mean_difference(std::int64_t items, double variance,
                                                 const PowerOptions& options = {});
std::optional<std::int64_t> items_for_mean_difference(double difference, double variance,
                                                      const PowerOptions& options = {});

}  // namespace costwar::stats
