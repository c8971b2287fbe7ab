#include "analysis/decision_draws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.h"
#include "stats/proportion.h"

namespace costwar::analysis {
namespace {

constexpr double kEdge = 1e-12;  // where all the others, or none of them, count: a tie is no turn
constexpr double kInfinite = std::numeric_limits<double>::infinity();

double open_unit(RandomStream& stream) {
  return std::clamp(stream.unit(), 1e-12, 1 - 1e-12);
}

std::vector<double> own_scores(const Candidate& candidate, const std::string& figure,
                               const DecisionOptions& options) {
  RandomStream stream(options.seed, fmt::format("decision/{}/{}", candidate.label, figure));
  std::vector<double> scores(static_cast<std::size_t>(options.draws));
  for (double& score : scores) score = stats::normal_quantile(open_unit(stream));
  return scores;
}

// One among the largest of `values`, in equal parts where several are.
void share_first_place(std::span<const double> values, std::vector<double>& shares) {
  const double largest = *std::max_element(values.begin(), values.end());
  const auto leads = [&](double value) { return is_tie(value, largest); };
  const auto tied = static_cast<double>(std::count_if(values.begin(), values.end(), leads));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (leads(values[i])) shares[i] += 1 / tied;
}

double weighted(const std::vector<double>& utilities, std::span<const double> weights) {
  return std::inner_product(utilities.begin(), utilities.end(), weights.begin(), 0.0);
}

}  // namespace

bool is_tie(double first, double second) {
  return std::abs(first - second) <= kEdge;
}

std::optional<double> centre_of(const SeenFigure& figure) {
  const Observation& seen = figure.seen;
  if (!seen.unknown.empty()) return std::nullopt;
  if (seen.value) return plain_number(*seen.value);
  if (seen.low && seen.high) return (plain_number(*seen.low) + plain_number(*seen.high)) / 2;
  return std::nullopt;
}

void fill_scores(std::vector<Candidate>& candidates, const DecisionOptions& options) {
  for (Candidate& candidate : candidates)
    for (auto& [name, figure] : candidate.figures)
      if (figure.scores.size() != static_cast<std::size_t>(options.draws))
        figure.scores = own_scores(candidate, name, options);
}

double drawn_value(const SeenFigure& figure, double score, double level) {
  const double centre = centre_of(figure).value_or(std::nan(""));
  const auto& end = score < 0 ? figure.seen.low : figure.seen.high;
  if (score == 0) return centre;
  if (!end) return score < 0 ? -kInfinite : kInfinite;
  const double reach = std::abs(plain_number(*end) - centre);
  return centre + score * reach / stats::normal_quantile(1 - (1 - level) / 2);
}

std::vector<double> drawn_utilities(const Policy& policy, const Candidate& candidate, double unknown,
                                    const DecisionOptions& options) {
  const std::vector<double> weights = normalised_weights(policy);
  std::vector<double> utilities(static_cast<std::size_t>(options.draws), 0);
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const auto found = candidate.figures.find(policy.weights[j].figure);
    const bool known = found != candidate.figures.end() && centre_of(found->second);
    for (std::size_t draw = 0; draw < utilities.size(); ++draw)
      utilities[draw] +=
          weights[j] *
          (known ? utility_at(policy.weights[j],
                              drawn_value(found->second, found->second.scores[draw], options.level))
                 : unknown);
  }
  return utilities;
}

std::vector<double> shares_of_largest(std::span<const std::vector<double>> series) {
  std::vector<double> shares(series.size(), 0);
  if (series.empty()) return shares;
  const std::size_t places = series.front().size();
  std::vector<double> values(series.size());
  for (std::size_t at = 0; at < places; ++at) {
    for (std::size_t i = 0; i < series.size(); ++i) values[i] = series[i][at];
    share_first_place(values, shares);
  }
  for (double& share : shares) share /= static_cast<double>(places);
  return shares;
}

std::vector<double> shares_of_weightings(std::span<const std::vector<double>> utilities,
                                         const DecisionOptions& options) {
  std::vector<double> shares(utilities.size(), 0);
  if (utilities.empty()) return shares;
  RandomStream stream(options.seed, "decision/weightings");
  std::vector<double> weights(utilities.front().size());
  std::vector<double> values(utilities.size());
  for (std::int64_t i = 0; i < options.weightings; ++i) {
    // Exponentials over their sum are a flat Dirichlet; the sum does not change who is the largest.
    for (double& weight : weights) weight = -std::log(open_unit(stream));
    for (std::size_t c = 0; c < utilities.size(); ++c) values[c] = weighted(utilities[c], weights);
    share_first_place(values, shares);
  }
  for (double& share : shares) share /= static_cast<double>(options.weightings);
  return shares;
}

std::vector<WeightSensitivity> weight_flips(std::span<const std::vector<double>> utilities,
                                            std::span<const double> weights) {
  std::vector<WeightSensitivity> flips(weights.size());
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const double others = 1 - weights[j];
    if (others <= 1e-12) continue;
    const auto rest = [&](std::size_t candidate) {
      return (weighted(utilities[candidate], weights) - weights[j] * utilities[candidate][j]) / others;
    };
    for (std::size_t other = 1; other < utilities.size(); ++other) {
      const double of_rest = rest(0) - rest(other);
      const double of_weight = utilities[0][j] - utilities[other][j];
      const double slope = of_weight - of_rest;  // of the lead, as the weight grows
      if (std::abs(slope) < 1e-15) continue;
      const double at = -of_rest / slope;
      WeightSensitivity& flip = flips[j];
      if (slope > 0 && at > kEdge && at <= weights[j] && (!flip.below || at > flip.below->at))
        flip.below = WeightFlip{at, other};
      if (slope < 0 && at >= weights[j] && at < 1 - kEdge && (!flip.above || at < flip.above->at))
        flip.above = WeightFlip{at, other};
    }
  }
  return flips;
}

}  // namespace costwar::analysis
