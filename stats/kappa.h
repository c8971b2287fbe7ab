// Agreement of two raters on the same items beyond what chance would give: Cohen's kappa (Cohen 1960), for a
// judge against labels. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stats/interval.h"

namespace costwar::stats {

struct Kappa {
  double kappa = 0;
  double agreement = 0;         // share of items on which they agree
  double chance_agreement = 0;  // what their own frequencies would give
  double standard_error = 0;    // large-sample (Fleiss, Cohen and Everitt 1969)
  // kappa -+ z standard errors within [-1, 1]. Where they agree on everything, or on nothing, the
  // large-sample error is misleading; the ends then come from Wilson's bounds of the agreement at the
  // observed chance agreement.
  Interval interval;
};

// counts[a * categories + b]: items that the first rater puts into category a and the second into b. nullopt
// without items, and where both always say the same one thing: no agreement beyond chance is possible then.
std::optional<Kappa> cohens_kappa(std::span<const std::int64_t> counts, std::size_t categories,
                                  double level = kDefaultLevel);

}  // namespace costwar::stats
