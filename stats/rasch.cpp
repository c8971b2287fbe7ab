#include "stats/rasch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "stats/infinity.h"
#include "stats/proportion.h"

namespace costwar::stats {
namespace {

constexpr std::size_t kGrid = 61;  // of difficulties, from -6 to 6 spreads
constexpr double kReach = 6;
constexpr double kMostAbility = 12;  // logits; a model that solved everything would go on for ever
constexpr double kLeastSpread = 1e-3;
constexpr int kMostIterations = 2'000;
constexpr double kSettled = 1e-7;

// Items with the same responses count once.
struct Pattern {
  ItemResponses responses;
  double items = 0;
};

std::vector<Pattern> patterns_of(std::span<const ItemResponses> items) {
  std::map<std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>>, double> counts;
  for (const ItemResponses& item : items) counts[{item.tries, item.solved}] += 1;
  std::vector<Pattern> patterns;
  patterns.reserve(counts.size());
  for (const auto& [responses, count] : counts)
    patterns.push_back({{responses.first, responses.second}, count});
  return patterns;
}

double grid_point(std::size_t q) {
  return -kReach + 2 * kReach * static_cast<double>(q) / static_cast<double>(kGrid - 1);
}

std::vector<double> grid_log_weights() {
  std::vector<double> weights(kGrid);
  double sum = 0;
  for (std::size_t q = 0; q < kGrid; ++q) sum += std::exp(-grid_point(q) * grid_point(q) / 2);
  for (std::size_t q = 0; q < kGrid; ++q) weights[q] = -grid_point(q) * grid_point(q) / 2 - std::log(sum);
  return weights;
}

// Abilities, then the spread.
using Parameters = std::vector<double>;

// log(1 / (1 + exp(-x)))
double log_chance(double x) {
  return x > 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x));
}

double chance(double x) {
  return 1 / (1 + std::exp(-x));
}

// What the expectation step knows: for each model and grid point, how many tries and solutions fall there.
struct Expected {
  std::vector<std::vector<double>> tries;
  std::vector<std::vector<double>> solved;
  double difficulty_square = 0;  // mean, in spreads
  double log_likelihood = 0;
};

class Model {
 public:
  Model(std::vector<Pattern> patterns, std::size_t models)
      : patterns_(std::move(patterns)), models_(models), log_weights_(grid_log_weights()) {
    for (const Pattern& pattern : patterns_) items_ += pattern.items;
  }

  Expected expect(const Parameters& at) const {
    Expected expected;
    expected.tries.assign(models_, std::vector<double>(kGrid));
    expected.solved = expected.tries;
    const double spread = at[models_];
    std::vector<double> hit(models_ * kGrid), miss(models_ * kGrid), joint(kGrid);
    for (std::size_t m = 0; m < models_; ++m)
      for (std::size_t q = 0; q < kGrid; ++q) {
        hit[m * kGrid + q] = log_chance(at[m] - spread * grid_point(q));
        miss[m * kGrid + q] = log_chance(spread * grid_point(q) - at[m]);
      }
    for (const Pattern& pattern : patterns_) {
      joint = log_weights_;
      for (std::size_t m = 0; m < models_; ++m) {
        const double solved = pattern.responses.solved[m];
        const double missed = pattern.responses.tries[m] - pattern.responses.solved[m];
        for (std::size_t q = 0; q < kGrid; ++q)
          joint[q] += solved * hit[m * kGrid + q] + missed * miss[m * kGrid + q];
      }
      const double most = *std::max_element(joint.begin(), joint.end());
      double sum = 0;
      for (double& value : joint) sum += value = std::exp(value - most);
      expected.log_likelihood += pattern.items * (most + std::log(sum));
      for (std::size_t q = 0; q < kGrid; ++q) {
        const double weight = pattern.items * joint[q] / sum;
        expected.difficulty_square += weight * grid_point(q) * grid_point(q) / items_;
        for (std::size_t m = 0; m < models_; ++m) {
          expected.tries[m][q] += weight * pattern.responses.tries[m];
          expected.solved[m][q] += weight * pattern.responses.solved[m];
        }
      }
    }
    return expected;
  }

  // The slope of the log likelihood (Fisher's identity): of each ability, then of the spread.
  std::vector<double> slope(const Parameters& at) const {
    const Expected expected = expect(at);
    std::vector<double> slopes(models_ + 1);
    for (std::size_t m = 0; m < models_; ++m)
      for (std::size_t q = 0; q < kGrid; ++q) {
        const double surprise =
            expected.solved[m][q] - expected.tries[m][q] * chance(at[m] - at[models_] * grid_point(q));
        slopes[m] += surprise;
        slopes[models_] -= surprise * grid_point(q);
      }
    return slopes;
  }

  // The ability that the expected counts make most likely: Newton's steps, kept within reach.
  static double best_ability(const Expected& expected, std::size_t m, double ability, double spread) {
    for (int step = 0; step < 50; ++step) {
      double slope = 0, curve = 0;
      for (std::size_t q = 0; q < kGrid; ++q) {
        const double p = chance(ability - spread * grid_point(q));
        slope += expected.solved[m][q] - expected.tries[m][q] * p;
        curve += expected.tries[m][q] * p * (1 - p);
      }
      const double move = std::clamp(slope / std::max(curve, 1e-9), -1.0, 1.0);
      ability = std::clamp(ability + move, -kMostAbility, kMostAbility);
      if (std::abs(move) < 1e-10) break;
    }
    return ability;
  }

 private:
  std::vector<Pattern> patterns_;
  std::size_t models_;
  std::vector<double> log_weights_;
  double items_ = 0;
};

// Diagonal of the inverse of a symmetric matrix (Gauss and Jordan); NaN where it has none.
std::vector<double> inverse_diagonal(std::vector<std::vector<double>> matrix) {
  const std::size_t n = matrix.size();
  std::vector<std::vector<double>> inverse(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) inverse[i][i] = 1;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column; row < n; ++row)
      if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) pivot = row;
    std::swap(matrix[column], matrix[pivot]);
    std::swap(inverse[column], inverse[pivot]);
    const double scale = matrix[column][column];
    for (std::size_t k = 0; k < n; ++k) matrix[column][k] /= scale;
    for (std::size_t k = 0; k < n; ++k) inverse[column][k] /= scale;
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const double factor = matrix[row][column];
      for (std::size_t k = 0; k < n; ++k) matrix[row][k] -= factor * matrix[column][k];
      for (std::size_t k = 0; k < n; ++k) inverse[row][k] -= factor * inverse[column][k];
    }
  }
  std::vector<double> diagonal(n);
  for (std::size_t i = 0; i < n; ++i) diagonal[i] = inverse[i][i];
  return diagonal;
}

// Variances of the free parameters, from the differences of the slope.
std::vector<double> variances(const Model& model, const Parameters& at, std::span<const std::size_t> free) {
  constexpr double kStep = 1e-4;
  std::vector<std::vector<double>> information(free.size(), std::vector<double>(free.size()));
  for (std::size_t i = 0; i < free.size(); ++i) {
    Parameters up = at, down = at;
    up[free[i]] += kStep;
    down[free[i]] -= kStep;
    const std::vector<double> above = model.slope(up), below = model.slope(down);
    for (std::size_t k = 0; k < free.size(); ++k)
      information[i][k] = -(above[free[k]] - below[free[k]]) / (2 * kStep);
  }
  return inverse_diagonal(std::move(information));
}

void add_abilities(RaschFit& fit, const Model& model, const Parameters& at, double level) {
  const std::size_t models = at.size() - 1;
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < models; ++i)
    if (std::abs(at[i]) < kMostAbility) free.push_back(i);
  if (at[models] > 2 * kLeastSpread) free.push_back(models);
  const std::vector<double> variance = variances(model, at, free);
  const double z = normal_quantile(0.5 + level / 2);
  for (std::size_t m = 0; m < models; ++m) {
    RaschAbility ability{at[m], kInfinity, {-kInfinity, kInfinity}};
    const auto place = std::find(free.begin(), free.end(), m);
    if (place != free.end()) {
      ability.standard_error = std::sqrt(variance[static_cast<std::size_t>(place - free.begin())]);
      ability.interval = {at[m] - z * ability.standard_error, at[m] + z * ability.standard_error};
    }
    fit.abilities.push_back(ability);
  }
}

}  // namespace

std::optional<RaschFit> fit_rasch(std::span<const ItemResponses> items, double level) {
  if (items.empty() || items[0].tries.size() < kFewestRaschModels) return std::nullopt;
  const std::size_t models = items[0].tries.size();
  Parameters at(models + 1, 1.0);
  for (std::size_t m = 0; m < models; ++m) {
    double tries = 0, solved = 0;
    for (const ItemResponses& item : items) {
      tries += item.tries[m];
      solved += item.solved[m];
    }
    if (tries == 0) return std::nullopt;
    at[m] = std::log((solved + 0.5) / (tries - solved + 0.5));
  }
  const Model model(patterns_of(items), models);
  RaschFit fit;
  for (; fit.iterations < kMostIterations && !fit.converged; ++fit.iterations) {
    const Expected expected = model.expect(at);
    Parameters next = at;
    next[models] = std::max(kLeastSpread, at[models] * std::sqrt(expected.difficulty_square));
    for (std::size_t m = 0; m < models; ++m) next[m] = Model::best_ability(expected, m, at[m], at[models]);
    double moved = 0;
    for (std::size_t i = 0; i <= models; ++i) moved = std::max(moved, std::abs(next[i] - at[i]));
    fit.converged = moved < kSettled;
    at = std::move(next);
    fit.log_likelihood = expected.log_likelihood;
  }
  fit.spread = at[models];
  add_abilities(fit, model, at, level);
  return fit;
}

}  // namespace costwar::stats
