#include "stats/paired.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stats/power.h"
#include "stats/proportion.h"

namespace costwar::stats {
namespace {

// Correlation of the two solve indicators, with Newcombe's correction towards zero where it is positive.
double corrected_phi(const PairedCounts& counts) {
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  const double both = real(counts.both), first = real(counts.only_first), second = real(counts.only_second),
               neither = real(counts.neither);
  const double margins = (both + first) * (second + neither) * (both + second) * (first + neither);
  if (margins == 0) return 0;
  double numerator = both * neither - first * second;
  if (numerator > 0) numerator = std::max(numerator - real(counts.items()) / 2, 0.0);
  return numerator / std::sqrt(margins);
}

// sqrt(a^2 - 2 phi a b + b^2); the radicand is at least (|a| - |b|)^2, up to rounding.
double combine(double a, double b, double phi) {
  return std::sqrt(std::max(0.0, a * a - 2 * phi * a * b + b * b));
}

}  // namespace

double paired_difference(const PairedCounts& counts) {
  if (counts.items() == 0) return 0;
  return static_cast<double>(counts.only_first - counts.only_second) / static_cast<double>(counts.items());
}

double paired_standard_error(const PairedCounts& counts) {
  if (counts.items() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double n = static_cast<double>(counts.items());
  const double discordance = static_cast<double>(counts.only_first + counts.only_second) / n;
  const double difference = paired_difference(counts);
  return std::sqrt((discordance - difference * difference) / (n - 1));
}

Interval paired_difference_interval(const PairedCounts& counts, double level) {
  const std::int64_t items = counts.items();
  if (items == 0) return {-1, 1};
  if (counts.only_first + counts.only_second == 0) return tango_interval(counts, level);
  const double n = static_cast<double>(items);
  const std::int64_t first_solved = counts.both + counts.only_first;
  const std::int64_t second_solved = counts.both + counts.only_second;
  const double first = static_cast<double>(first_solved) / n;
  const double second = static_cast<double>(second_solved) / n;
  const Interval first_bounds = wilson_interval(first_solved, items, level);
  const Interval second_bounds = wilson_interval(second_solved, items, level);
  const double phi = corrected_phi(counts);
  const double difference = paired_difference(counts);
  return {difference - combine(first - first_bounds.low, second_bounds.high - second, phi),
          difference + combine(first_bounds.high - first, second - second_bounds.low, phi)};
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double running = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double factor = static_cast<double>(order.size() - rank);
    running = std::max(running, std::min(1.0, factor * p_values[order[rank]]));
    adjusted[order[rank]] = running;
  }
  return adjusted;
}

std::optional<std::int64_t> items_to_resolve(double difference, double discordance, double level,
                                             double power) {
  return paired_items_for(difference, discordance, {level, power, 1});
}

}  // namespace costwar::stats
