#include "stats/power.h"

#include <cmath>

#include "stats/proportion.h"

namespace costwar::stats {
namespace {

double z_sum(const PowerOptions& options) {
  return normal_quantile(0.5 + options.level / 2) + normal_quantile(options.power);
}

std::optional<std::int64_t> whole_items(double items) {
  if (!(items <= 1e12)) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(items));
}

}  // namespace

double kish_design_effect(double items_per_cluster, double intraclass_correlation) {
  return 1 + (items_per_cluster - 1) * intraclass_correlation;
}

std::optional<double> detectable_paired_difference(std::int64_t items, double discordance,
                                                   const PowerOptions& options) {
  if (items <= 0) return std::nullopt;
  const double z = z_sum(options);
  const double effective = static_cast<double>(items) / options.design_effect;
  const double difference = z * std::sqrt(discordance / (effective + z * z));
  if (difference > discordance) return std::nullopt;
  return difference;
}

std::optional<std::int64_t> paired_items_for(double difference, double discordance,
                                             const PowerOptions& options) {
  const double squared = difference * difference;
  if (squared == 0 || std::abs(difference) > discordance) return std::nullopt;
  const double z = z_sum(options);
  return whole_items(options.design_effect * z * z * (discordance - squared) / squared);
}

std::optional<double> detectable_mean_difference(std::int64_t items, double variance,
                                                 const PowerOptions& options) {
  if (items <= 0) return std::nullopt;
  return z_sum(options) * std::sqrt(options.design_effect * variance / static_cast<double>(items));
}

std::optional<std::int64_t> items_for_mean_difference(double difference, double variance,
                                                      const PowerOptions& options) {
  if (difference == 0) return std::nullopt;
  const double z = z_sum(options);
  return whole_items(options.design_effect * z * z * variance / (difference * difference));
}

}  // namespace costwar::stats
