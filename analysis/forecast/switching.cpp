// When a switch pays and what waiting is worth, from the paths of a scenario.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/forecast/paths.h"
#include "stats/quantile.h"

namespace costwar::analysis {
namespace {

constexpr std::size_t kFeatures = 4;
using Features = std::array<double, kFeatures>;

// Sums of saved amounts by path: of a switch in month k, which is paid for then.
class Savings {
 public:
  Savings(const PathCosts& costs, std::size_t to, double switching_cost)
      : costs_(costs), to_(to), switching_cost_(switching_cost) {}

  double difference(std::size_t path, std::size_t month) const {
    return costs_.at(0, path, month) - costs_.at(to_, path, month);
  }
  double from(std::size_t path, std::size_t month) const {
    double sum = -switching_cost_;
    for (std::size_t m = month; m < costs_.months(); ++m) sum += difference(path, m);
    return sum;
  }
  const PathCosts& costs() const { return costs_; }

 private:
  const PathCosts& costs_;
  std::size_t to_;
  double switching_cost_;
};

struct Spread {
  double mean = 0;
  double deviation = 0;
  double of(double value) const { return deviation > 0 ? (value - mean) / deviation : 0; }
};

Spread spread_of(const std::vector<double>& values) {
  Spread found;
  for (const double value : values) found.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - found.mean) * (value - found.mean);
  found.deviation = std::sqrt(squares / static_cast<double>(values.size()));
  // What rounding alone moves tells nothing.
  if (found.deviation < 1e-9 * std::abs(found.mean)) found.deviation = 0;
  return found;
}

// Without its tails, which would decide a fit alone: a rule for the decision is learned from what is usual,
// and judged by everything.
std::vector<double> without_tails(const std::vector<double>& values) {
  constexpr double kTail = 0.02;
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const double low = stats::quantile_of_sorted(sorted, kTail);
  const double high = stats::quantile_of_sorted(sorted, 1 - kTail);
  std::vector<double> clipped;
  for (const double value : values) clipped.push_back(std::clamp(value, low, high));
  return clipped;
}

// Least squares by the normal equations, with a ridge for features that are constant or alike.
Features solve(std::array<std::array<double, kFeatures + 1>, kFeatures> rows) {
  constexpr double kRidge = 1e-9;
  for (std::size_t i = 0; i < kFeatures; ++i) rows[i][i] += kRidge * (1 + rows[i][i]);
  for (std::size_t i = 0; i < kFeatures; ++i)
    for (std::size_t j = 0; j < kFeatures; ++j) {
      if (j == i) continue;
      const double factor = rows[j][i] / rows[i][i];
      for (std::size_t k = i; k <= kFeatures; ++k) rows[j][k] -= factor * rows[i][k];
    }
  Features solution{};
  for (std::size_t i = 0; i < kFeatures; ++i) solution[i] = rows[i][kFeatures] / rows[i][i];
  return solution;
}

// Who waits has seen the costs of the last month before the decision: their difference, and the first
// option's.
std::vector<Features> features_at(const Savings& savings, std::size_t month) {
  const std::size_t paths = savings.costs().paths();
  std::vector<double> differences(paths);
  std::vector<double> bases(paths);
  for (std::size_t p = 0; p < paths; ++p) {
    differences[p] = savings.difference(p, month - 1);
    bases[p] = savings.costs().at(0, p, month - 1);
  }
  differences = without_tails(differences);
  bases = without_tails(bases);
  const Spread difference = spread_of(differences);
  const Spread base = spread_of(bases);
  std::vector<Features> features(paths);
  for (std::size_t p = 0; p < paths; ++p) {
    const double x = difference.of(differences[p]);
    features[p] = {1, x, x * x, base.of(bases[p])};
  }
  return features;
}

Features regress(const std::vector<Features>& features, const std::vector<double>& values, std::size_t half) {
  std::array<std::array<double, kFeatures + 1>, kFeatures> rows{};
  for (std::size_t p = half; p < values.size(); p += 2)
    for (std::size_t i = 0; i < kFeatures; ++i) {
      for (std::size_t j = 0; j < kFeatures; ++j) rows[i][j] += features[p][i] * features[p][j];
      rows[i][kFeatures] += features[p][i] * values[p];
    }
  return solve(rows);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Least squares Monte Carlo (Longstaff and Schwartz 2001) with one date of decision. Each half of the paths
// decides by what the other half taught, so that no path has seen its own future.
Waiting wait(const Savings& savings, std::size_t months, const std::vector<double>& now) {
  const std::size_t paths = now.size();
  std::vector<double> then(paths);
  for (std::size_t p = 0; p < paths; ++p) then[p] = savings.from(p, months);
  const std::vector<Features> features = features_at(savings, months);
  const std::vector<double> usual = without_tails(then);
  const std::array<Features, 2> taught{regress(features, usual, 0), regress(features, usual, 1)};
  const bool switch_now = mean_of(now) > 0;
  std::vector<double> gained(paths);
  Waiting waiting;
  waiting.months = months;
  waiting.committed = mean_of(then);
  double going = 0;
  for (std::size_t p = 0; p < paths; ++p) {
    const Features& weights = taught[(p + 1) % 2];
    double expected = 0;
    for (std::size_t i = 0; i < kFeatures; ++i) expected += weights[i] * features[p][i];
    const bool goes = expected > 0;
    waiting.informed += goes ? then[p] / static_cast<double>(paths) : 0;
    if (goes) ++going;
    gained[p] = (goes ? then[p] : 0) - (switch_now ? now[p] : 0);
  }
  waiting.switch_share = going / static_cast<double>(paths);
  const Spread spread = spread_of(gained);
  waiting.value = spread.mean;
  waiting.simulation_error = spread.deviation / std::sqrt(static_cast<double>(paths));
  return waiting;
}

// The month, counted from 1, in which the sum of what was saved reaches the switching cost.
double month_paid(const Savings& savings, std::size_t path, double switching_cost) {
  double sum = 0;
  for (std::size_t m = 0; m < savings.costs().months(); ++m) {
    sum += savings.difference(path, m);
    if (sum > 0 && sum >= switching_cost) return static_cast<double>(m + 1);
  }
  return std::numeric_limits<double>::infinity();
}

// The month that at least this share of the paths has reached.
std::optional<double> month_at(const std::vector<double>& ascending, double share) {
  const auto last = static_cast<double>(ascending.size() - 1);
  const double month = ascending[static_cast<std::size_t>(std::ceil(share * last))];
  return std::isfinite(month) ? std::optional(month) : std::nullopt;
}

}  // namespace

SwitchFinding judge_switch(const ForecastInput& input, const PathCosts& costs, std::size_t to) {
  const double switching_cost = input.options[to].switching_cost;
  const Savings savings(costs, to, switching_cost);
  SwitchFinding finding;
  std::vector<double> now;
  std::vector<double> paid;
  double paying = 0;
  for (std::size_t p = 0; p < costs.paths(); ++p) {
    now.push_back(savings.from(p, 0));
    paid.push_back(month_paid(savings, p, switching_cost));
    if (std::isfinite(paid.back())) ++paying;
  }
  finding.pays = paying / static_cast<double>(costs.paths());
  finding.saving = mean_of(now);
  for (const std::size_t months : input.waits)
    if (months > 0 && months < input.months) finding.waits.push_back(wait(savings, months, now));
  finding.savings = band_of(now);
  std::sort(paid.begin(), paid.end());
  finding.month = month_at(paid, 0.5);
  finding.month_low = month_at(paid, 0.1);
  finding.month_high = month_at(paid, 0.9);
  for (std::size_t m = 0; m < costs.months(); ++m) {
    double cheaper = 0;
    for (std::size_t p = 0; p < costs.paths(); ++p) cheaper += savings.difference(p, m) > 0 ? 1 : 0;
    finding.cheaper.push_back(cheaper / static_cast<double>(costs.paths()));
  }
  return finding;
}

}  // namespace costwar::analysis
