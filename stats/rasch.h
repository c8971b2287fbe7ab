// One-parameter logistic item response model (Rasch 1960): the chance that a model solves an item is
// 1 / (1 + exp(difficulty - ability)). Difficulties are random effects, normal around 0 with a spread of
// their own, so that items may be few; abilities are parameters. Fitted by marginal maximum likelihood (Bock
// and Aitkin 1981, Psychometrika 46, 443-459): the difficulty is integrated out on a grid, and an EM step
// maximises over abilities and spread. Puts models that answered different items on one scale. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/interval.h"

namespace costwar::stats {

// Who solved an item how often in how many tries; one entry per model. No tries: it was not asked.
struct ItemResponses {
  std::vector<std::int32_t> tries;
  std::vector<std::int32_t> solved;
};

struct RaschAbility {
  double value = 0;  // logits; 0 solves half of the items of medium difficulty
  double standard_error = 0;
  Interval interval;  // normal, at the level asked for; infinite ends where a model solved all or nothing
};

struct RaschFit {
  std::vector<RaschAbility> abilities;  // one per model
  double spread = 0;                    // standard deviation of the difficulties, logits
  double log_likelihood = 0;
  int iterations = 0;
  bool converged = false;
};

inline constexpr std::size_t kFewestRaschModels = 5;

// nullopt for fewer than five models, without items, and where a model has no tries. Standard errors are of
// the observed information, with the difficulties integrated out (clusters other than items are not counted).
std::optional<RaschFit> fit_rasch(std::span<const ItemResponses> items, double level = kDefaultLevel);

}  // namespace costwar::stats
