#include "stats/kappa.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/proportion.h"

namespace costwar::stats {
namespace {

struct Shares {
  std::vector<double> first;
  std::vector<double> second;
  std::int64_t items = 0;
  std::int64_t agreed = 0;
};

Shares shares_of(std::span<const std::int64_t> counts, std::size_t categories) {
  Shares shares{std::vector<double>(categories), std::vector<double>(categories), 0, 0};
  for (std::size_t a = 0; a < categories; ++a)
    for (std::size_t b = 0; b < categories; ++b) {
      const std::int64_t count = counts[a * categories + b];
      shares.items += count;
      if (a == b) shares.agreed += count;
      shares.first[a] += static_cast<double>(count);
      shares.second[b] += static_cast<double>(count);
    }
  for (double& share : shares.first) share /= static_cast<double>(shares.items);
  for (double& share : shares.second) share /= static_cast<double>(shares.items);
  return shares;
}

// n times the large-sample variance of kappa, Fleiss, Cohen and Everitt 1969, equation 13.
double scaled_variance(std::span<const std::int64_t> counts, const Shares& shares, const Kappa& kappa) {
  const std::size_t categories = shares.first.size();
  const double doubt = 1 - kappa.kappa;
  double agreeing = 0;
  double disagreeing = 0;
  for (std::size_t a = 0; a < categories; ++a)
    for (std::size_t b = 0; b < categories; ++b) {
      const double share =
          static_cast<double>(counts[a * categories + b]) / static_cast<double>(shares.items);
      if (a == b) {
        const double weight = 1 - (shares.first[a] + shares.second[a]) * doubt;
        agreeing += share * weight * weight;
      } else {
        const double weight = shares.second[a] + shares.first[b];
        disagreeing += share * weight * weight;
      }
    }
  const double centre = kappa.kappa - kappa.chance_agreement * doubt;
  const double variance = agreeing + doubt * doubt * disagreeing - centre * centre;
  return std::max(0.0, variance) / ((1 - kappa.chance_agreement) * (1 - kappa.chance_agreement));
}

}  // namespace

std::optional<Kappa> cohens_kappa(std::span<const std::int64_t> counts, std::size_t categories,
                                  double level) {
  const Shares shares = shares_of(counts, categories);
  if (shares.items == 0) return std::nullopt;
  Kappa result;
  result.agreement = static_cast<double>(shares.agreed) / static_cast<double>(shares.items);
  for (std::size_t a = 0; a < categories; ++a) result.chance_agreement += shares.first[a] * shares.second[a];
  if (!(result.chance_agreement < 1)) return std::nullopt;
  const auto beyond_chance = [&](double agreement) {
    return (agreement - result.chance_agreement) / (1 - result.chance_agreement);
  };
  result.kappa = beyond_chance(result.agreement);
  result.standard_error =
      std::sqrt(scaled_variance(counts, shares, result) / static_cast<double>(shares.items));
  const double half = normal_quantile(0.5 + level / 2) * result.standard_error;
  result.interval = {std::max(-1.0, result.kappa - half), std::min(1.0, result.kappa + half)};
  if (shares.agreed == shares.items || shares.agreed == 0) {
    const Interval agreement = wilson_interval(shares.agreed, shares.items, level);
    result.interval = {std::max(-1.0, beyond_chance(agreement.low)), beyond_chance(agreement.high)};
  }
  return result;
}

}  // namespace costwar::stats
