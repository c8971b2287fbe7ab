// Where points stand among each other, and how sure that is: the part of a frontier that needs no run.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/frontier.h"
#include "stats/resampled.h"

namespace costwar::analysis {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

// Goals as numbers of one drawing: two statistics each, by a single model and by a mix; NaN: out of reach.
void goal_values(std::span<const CostQuality> points, const Hull& hull, const FrontierGoal& goal,
                 double& single, double& mixed) {
  single = mixed = kNothing;
  for (const CostQuality& point : points) {
    if (std::isnan(point.cost)) continue;
    if (goal.is_quality && point.quality >= goal.target && !(single <= point.cost)) single = point.cost;
    if (!goal.is_quality && point.cost <= goal.target && !(single >= point.quality)) single = point.quality;
  }
  const auto mix = goal.is_quality ? hull.cheapest_at_quality(goal.target) : hull.best_at_cost(goal.target);
  if (mix) mixed = goal.is_quality ? mix->at.cost : mix->at.quality;
}

std::vector<FrontierGoal> goals_of(std::span<const CostQuality> points, const FrontierOptions& options) {
  std::vector<double> qualities = options.qualities;
  if (qualities.empty() && !points.empty()) {
    double best = 0;
    for (const CostQuality& point : points)
      if (!std::isnan(point.cost)) best = std::max(best, point.quality);
    qualities = {0.95 * best, 0.85 * best};
  }
  std::vector<FrontierGoal> goals;
  for (const double target : qualities) goals.push_back({target, true, 0, {}, {}, {}, {}});
  for (const double target : options.budgets) goals.push_back({target, false, 0, {}, {}, {}, {}});
  return goals;
}

// Of the points as they are, without doubt.
void fill_goal(FrontierGoal& goal, std::span<const CostQuality> points, const Hull& hull) {
  goal_values(points, hull, goal, goal.single.value, goal.mixed.value);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const CostQuality& point = points[i];
    if (goal.is_quality ? point.cost == goal.single.value && point.quality >= goal.target
                        : point.quality == goal.single.value && point.cost <= goal.target)
      if (!goal.model || dominates(point, points[*goal.model])) goal.model = i;
  }
  goal.mix = goal.is_quality ? hull.cheapest_at_quality(goal.target) : hull.best_at_cost(goal.target);
}

class PositionTally {
 public:
  explicit PositionTally(std::size_t points)
      : free_(points, 0), hull_(points, 0), dominated_(points * points, 0), points_(points) {}

  void count(std::span<const CostQuality> drawn, const Hull& hull) {
    const std::vector<bool> free = non_dominated(drawn);
    for (std::size_t i = 0; i < points_; ++i) {
      free_[i] += free[i] ? 1 : 0;
      if (free[i]) continue;
      for (std::size_t by = 0; by < points_; ++by)
        dominated_[i * points_ + by] += dominates(drawn[by], drawn[i]) ? 1 : 0;
    }
    for (const std::size_t i : hull.vertices()) ++hull_[i];
    ++drawings_;
  }

  void fill(std::vector<FrontierPlace>& places) const {
    const double n = static_cast<double>(drawings_);
    for (std::size_t i = 0; i < points_; ++i) {
      places[i].probability = static_cast<double>(free_[i]) / n;
      places[i].hull_probability = static_cast<double>(hull_[i]) / n;
      if (places[i].dominated_by)
        places[i].dominated_probability =
            static_cast<double>(dominated_[i * points_ + *places[i].dominated_by]) / n;
    }
  }

  // By which a dominated point is dominated most often.
  std::optional<std::size_t> worst_enemy(std::size_t i) const {
    const auto row = dominated_.begin() + static_cast<std::ptrdiff_t>(i * points_);
    const auto most = std::max_element(row, row + static_cast<std::ptrdiff_t>(points_));
    if (*most == 0) return std::nullopt;
    return static_cast<std::size_t>(most - row);
  }

 private:
  std::vector<std::int64_t> free_;
  std::vector<std::int64_t> hull_;
  std::vector<std::int64_t> dominated_;
  std::size_t points_;
  std::int64_t drawings_ = 0;
};

void fill_places(FrontierPositions& positions, std::span<const CostQuality> points, const Hull& hull) {
  const std::vector<bool> free = non_dominated(points);
  positions.places.resize(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    positions.places[i].on_frontier = free[i];
    for (std::size_t by = 0; by < points.size() && !free[i]; ++by)
      if (dominates(points[by], points[i]) &&
          (!positions.places[i].dominated_by ||
           dominates(points[by], points[*positions.places[i].dominated_by])))
        positions.places[i].dominated_by = by;
  }
  for (const std::size_t i : hull.vertices()) positions.places[i].on_hull = true;
}

void resample(FrontierPositions& positions, std::size_t points,
              const std::function<void(std::span<CostQuality>)>& draw, const FrontierOptions& options) {
  std::vector<CostQuality> drawn(points);
  PositionTally tally(points);
  stats::ResamplingOptions resampling;
  resampling.level = options.level;
  resampling.most = options.most_resamples;
  const stats::Resampled resampled(positions.goals.size() * 2, resampling, [&](std::span<double> values) {
    draw(drawn);
    const Hull hull(drawn);
    tally.count(drawn, hull);
    for (std::size_t g = 0; g < positions.goals.size(); ++g)
      goal_values(drawn, hull, positions.goals[g], values[2 * g], values[2 * g + 1]);
  });
  positions.resamples = resampled.resamples();
  positions.settled = resampled.settled();
  positions.worst_error = resampled.worst_error();
  for (std::size_t i = 0; i < points; ++i)
    if (!positions.places[i].on_frontier) positions.places[i].dominated_by = tally.worst_enemy(i);
  tally.fill(positions.places);
  for (std::size_t g = 0; g < positions.goals.size(); ++g) {
    FrontierGoal& goal = positions.goals[g];
    goal.probability = resampled.defined(2 * g + 1);
    if (goal.model) goal.single.interval = resampled.interval(2 * g);
    if (goal.mix) goal.mixed.interval = resampled.interval(2 * g + 1);
  }
}

}  // namespace

FrontierPositions frontier_positions(std::span<const CostQuality> points,
                                     const std::function<void(std::span<CostQuality>)>& draw,
                                     const FrontierOptions& options) {
  FrontierPositions positions;
  const Hull hull(points);
  fill_places(positions, points, hull);
  positions.goals = goals_of(points, options);
  for (FrontierGoal& goal : positions.goals) fill_goal(goal, points, hull);
  if (draw) resample(positions, points.size(), draw, options);
  return positions;
}

}  // namespace costwar::analysis
