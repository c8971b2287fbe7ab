#include "analysis/forecast/price_trend.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "stats/draws.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

namespace costwar::analysis {
namespace {

// Silverman's rule of thumb for a normal kernel (1986, section 3.4.2).
constexpr double kRuleOfThumb = 1.06;
constexpr double kRuleExponent = -0.2;
constexpr int kPredictionPaths = 4000;

}  // namespace

std::optional<JumpModel> JumpModel::fit(const PriceHistory& history) {
  if (history.counted() < kLeastChanges || history.events() < kLeastEvents || !(history.model_months > 0))
    return std::nullopt;
  JumpModel model;
  std::map<std::pair<std::string, std::int64_t>, std::vector<double>> events;
  std::vector<double> steps;
  for (const PriceChange& change : history.changes) {
    if (change.promo) continue;
    events[{change.provider, change.at.ns}].push_back(change.log_ratio());
    steps.push_back(change.log_ratio());
  }
  for (auto& [event, logs] : events) model.events_.push_back(std::move(logs));
  model.model_months_ = history.model_months;
  model.changes_ = static_cast<double>(steps.size());
  model.mean_ = stats::mean(steps);
  model.deviation_ = std::sqrt(stats::sample_variance(steps));
  const auto [least, most] = std::minmax_element(steps.begin(), steps.end());
  model.least_ = *least - model.deviation_;
  model.most_ = *most + model.deviation_;
  model.kernel_ =
      kRuleOfThumb * model.deviation_ * std::pow(static_cast<double>(model.events_.size()), kRuleExponent);
  return model;
}

double JumpModel::changes_per_year() const {
  return changes_ / model_months_ * kMonthsPerYear;
}

double JumpModel::mean_step() const {
  return mean_;
}

double JumpModel::step_deviation() const {
  return deviation_;
}

double JumpModel::yearly_factor() const {
  return std::exp(changes_per_year() * mean_);
}

JumpModel::Truth JumpModel::draw_truth(RandomStream& random) const {
  Truth truth;
  const auto events = static_cast<double>(events_.size());
  truth.per_month = changes_ / model_months_ * stats::draw_gamma(random, events + 0.5) / events;
  // Dirichlet weights of the events; an event counts by the changes it had.
  double sum = 0;
  for (const std::vector<double>& event : events_) {
    sum += stats::draw_exponential(random) * static_cast<double>(event.size());
    truth.weights.push_back(sum);
  }
  for (double& weight : truth.weights) weight /= sum;
  const double degrees = events - 1;
  const double chi_square = 2 * stats::draw_gamma(random, degrees / 2);
  truth.stretch = std::min(kMostStretch, std::sqrt(degrees / chi_square)) * std::sqrt((events + 1) / degrees);
  return truth;
}

double JumpModel::draw_step(const Truth& truth, RandomStream& random) const {
  const auto found = std::lower_bound(truth.weights.begin(), truth.weights.end(), random.unit());
  const auto index =
      std::min<std::size_t>(static_cast<std::size_t>(found - truth.weights.begin()), events_.size() - 1);
  const std::vector<double>& event = events_[index];
  const double step = event[random.below(event.size())];
  if (!(deviation_ > 0)) return step;
  const double shrink = 1 / std::sqrt(1 + kernel_ * kernel_ / (deviation_ * deviation_));
  const double stretched =
      mean_ + (step - mean_ + kernel_ * stats::draw_normal(random)) * shrink * truth.stretch;
  return std::clamp(stretched, least_, most_);
}

std::vector<double> JumpModel::draw_path(const Truth& truth, const std::vector<double>& months,
                                         RandomStream& random) const {
  std::vector<double> path;
  double log_price = 0;
  double next = stats::draw_exponential(random) / truth.per_month;
  for (const double month : months) {
    while (next <= month) {
      log_price += draw_step(truth, random);
      next += stats::draw_exponential(random) / truth.per_month;
    }
    path.push_back(log_price);
  }
  return path;
}

JumpModel::Prediction JumpModel::predict(double months, double level, std::uint64_t seed) const {
  RandomStream truths(seed, "forecast/prediction/truth");
  RandomStream jumps(seed, "forecast/prediction/jumps");
  std::vector<double> factors;
  for (int i = 0; i < kPredictionPaths; ++i)
    factors.push_back(std::exp(draw_path(draw_truth(truths), {months}, jumps).front()));
  std::sort(factors.begin(), factors.end());
  const double tail = (1 - level) / 2;
  return {stats::quantile_of_sorted(factors, 0.5),
          {stats::quantile_of_sorted(factors, tail), stats::quantile_of_sorted(factors, 1 - tail)}};
}

}  // namespace costwar::analysis
