#include "analysis/published/published_frontier.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/error.h"
#include "core/random.h"
#include "stats/proportion.h"

namespace costwar::analysis {
namespace {

double sort_cost(const PublishedPoint& point) {
  return point.cost.per_item ? point.cost.per_item->approximate() : INFINITY;
}

void put_best_first(std::vector<PublishedPoint>& points) {
  std::stable_sort(points.begin(), points.end(), [](const PublishedPoint& a, const PublishedPoint& b) {
    if (a.score->score.has_value() != b.score->score.has_value()) return a.score->score.has_value();
    if (!a.score->score) return false;
    const double first = a.score->score->value;
    const double second = b.score->score->value;
    if (first != second) return a.score->lower_is_better ? first < second : first > second;
    return sort_cost(a) < sort_cost(b);
  });
}

// A score as geometry has it: more is better, a share of 1 where it is one.
struct QualityAxis {
  double unit = 1;  // of the scale
  double sign = 1;
  std::optional<double> most{};
  double of(double value) const { return sign * value / unit; }
};

QualityAxis axis_of(const PublishedScore& it) {
  QualityAxis axis;
  if (const auto full = full_score(it)) {
    axis.unit = *full;
    axis.most = 1;
  }
  axis.sign = it.lower_is_better ? -1 : 1;
  return axis;
}

class PublishedDraws {
 public:
  PublishedDraws(std::span<const PublishedPoint* const> points, std::vector<CostQuality> centres,
                 const QualityAxis& axis, std::uint64_t seed)
      : centres_(std::move(centres)), most_(axis.most), stream_(seed, "published_frontier") {
    for (const PublishedPoint* point : points) deviations_.push_back(point->doubt->deviation / axis.unit);
  }

  void operator()(std::span<CostQuality> drawn) {
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const double z = stats::normal_quantile(std::clamp(stream_.unit(), 1e-12, 1 - 1e-12));
      drawn[i] = centres_[i];
      drawn[i].quality += z * deviations_[i];
      if (most_) drawn[i].quality = std::clamp(drawn[i].quality, 0.0, *most_);
    }
  }

 private:
  std::vector<CostQuality> centres_;
  std::vector<double> deviations_;
  std::optional<double> most_;
  RandomStream stream_;
};

// Positions are of the points that have a cost and a figure; indices become those of all points.
void place_points(PublishedFrontier& frontier) {
  std::vector<std::size_t> placed;
  std::vector<const PublishedPoint*> points;
  std::vector<CostQuality> centres;
  const QualityAxis axis = axis_of(*frontier.points.front().score);
  for (std::size_t i = 0; i < frontier.points.size(); ++i) {
    const PublishedPoint& point = frontier.points[i];
    if (!point.cost.per_item || !point.score->score) continue;
    placed.push_back(i);
    points.push_back(&point);
    centres.push_back({point.cost.per_item->approximate(), axis.of(point.score->score->value)});
  }
  if (placed.empty()) return;
  const bool doubted = std::all_of(points.begin(), points.end(),
                                   [](const PublishedPoint* point) { return point->doubt.has_value(); });
  std::function<void(std::span<CostQuality>)> draw;
  if (doubted && placed.size() > 1) draw = PublishedDraws(points, centres, axis, frontier.seed);
  FrontierPositions positions = frontier_positions(centres, draw, frontier.options);
  for (std::size_t i = 0; i < placed.size(); ++i) {
    FrontierPlace& place = positions.places[i];
    if (place.dominated_by) place.dominated_by = placed[*place.dominated_by];
    frontier.points[placed[i]].place = place;
  }
  frontier.resamples = positions.resamples;
  frontier.settled = positions.settled;
  frontier.worst_error = positions.worst_error;
  if (!frontier.is_share) return;
  for (FrontierGoal& goal : positions.goals) {
    if (goal.model) goal.model = placed[*goal.model];
    if (goal.mix) {
      goal.mix->first = placed[goal.mix->first];
      goal.mix->second = placed[goal.mix->second];
    }
  }
  frontier.goals = std::move(positions.goals);
}

// The benchmarks and variants among the scores, each of which may stand alone.
std::string one_axis_hint(const std::vector<const PublishedScore*>& scores) {
  std::vector<std::string> alone;
  for (const PublishedScore* score : scores) {
    std::string text = fmt::format("published/{}:{}", score->benchmark_id, score->variant);
    if (std::find(alone.begin(), alone.end(), text) == alone.end()) alone.push_back(std::move(text));
  }
  if (alone.size() == 1)
    return fmt::format("name rows of one metric; costwar scores list --benchmark {} --all shows them",
                       scores.front()->benchmark_id);
  return fmt::format("name one of {}", fmt::join(alone, ", "));
}

}  // namespace

std::size_t PublishedFrontier::placed() const {
  return static_cast<std::size_t>(std::count_if(
      points.begin(), points.end(), [](const PublishedPoint& point) { return point.place.has_value(); }));
}

std::vector<VaryingField> varying_fields(const std::vector<const PublishedScore*>& scores) {
  std::vector<VaryingField> varying;
  const auto add = [&](const std::string& field, const std::string& value) {
    auto found = std::find_if(varying.begin(), varying.end(),
                              [&](const VaryingField& each) { return each.field == field; });
    if (found == varying.end()) found = varying.insert(varying.end(), {field, {}});
    if (std::find(found->values.begin(), found->values.end(), value) == found->values.end())
      found->values.push_back(value);
  };
  for (std::size_t i = 0; i < scores.size(); ++i)
    for (std::size_t j = i + 1; j < scores.size(); ++j)
      for (const SoftDifference& difference : comparable(*scores[i], *scores[j]).differences) {
        add(difference.field, difference.first);
        add(difference.field, difference.second);
      }
  return varying;
}

void require_comparable(const std::vector<const PublishedScore*>& scores) {
  for (std::size_t i = 0; i < scores.size(); ++i)
    for (std::size_t j = i + 1; j < scores.size(); ++j)
      if (const std::string refusal = comparable(*scores[i], *scores[j]).refusal; !refusal.empty())
        throw Error(ErrorKind::input, fmt::format("{}, so they are not put on one axis", refusal),
                    one_axis_hint(scores));
}

PublishedFrontier find_published_frontier(const std::vector<const PublishedScore*>& scores,
                                          const FrontierOptions& options) {
  require_comparable(scores);
  PublishedFrontier frontier;
  frontier.options = options;
  frontier.seed = options.seed.value_or(0);
  frontier.is_share = full_score(*scores.front()).has_value();
  frontier.lower_is_better = scores.front()->lower_is_better;
  if (!frontier.is_share && !(options.qualities.empty() && options.budgets.empty()))
    throw Error(
        ErrorKind::usage,
        fmt::format("{} is no share of items that were solved, so there is no cheapest way to a share "
                    "of it and no mix",
                    benchmark_text(*scores.front())),
        "leave --at-quality and --at-cost out");
  for (const PublishedScore* score : scores)
    frontier.points.push_back({score, published_cost(*score), score_doubt(*score, options.level), {}});
  put_best_first(frontier.points);
  place_points(frontier);
  std::vector<const PublishedScore*> ordered;
  for (const PublishedPoint& point : frontier.points) ordered.push_back(point.score);
  frontier.varying = varying_fields(ordered);
  return frontier;
}

}  // namespace costwar::analysis
