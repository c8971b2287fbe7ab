#include "analysis/cost_quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace costwar::analysis {
namespace {

// Cheapest first, of those the best; without those whose cost is not known.
std::vector<std::size_t> by_cost(std::span<const CostQuality> points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return std::isnan(points[i].cost); });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a].cost != points[b].cost ? points[a].cost < points[b].cost
                                            : points[a].quality > points[b].quality;
  });
  return order;
}

// Whether b lies on or below the line from a to c.
bool is_below(const CostQuality& a, const CostQuality& b, const CostQuality& c) {
  return (b.quality - a.quality) * (c.cost - a.cost) <= (c.quality - a.quality) * (b.cost - a.cost);
}

CostQuality between(const CostQuality& a, const CostQuality& b, double share) {
  return {a.cost + share * (b.cost - a.cost), a.quality + share * (b.quality - a.quality)};
}

// The integral of the line from a to b over [low, high], cut to where the line is.
double area(const CostQuality& a, const CostQuality& b, double low, double high) {
  const double from = std::max(low, a.cost);
  const double to = std::min(high, b.cost);
  if (!(to > from)) return 0;
  const auto at = [&](double cost) { return between(a, b, (cost - a.cost) / (b.cost - a.cost)).quality; };
  return (to - from) * (at(from) + at(to)) / 2;
}

}  // namespace

bool dominates(const CostQuality& a, const CostQuality& b) {
  return a.cost <= b.cost && a.quality >= b.quality && !(a == b);
}

std::vector<bool> non_dominated(std::span<const CostQuality> points) {
  std::vector<bool> free(points.size());
  const CostQuality* best = nullptr;
  for (const std::size_t i : by_cost(points)) {
    const bool better = best == nullptr || points[i].quality > best->quality;
    free[i] = better || points[i] == *best;
    if (better) best = &points[i];
  }
  return free;
}

Hull::Hull(std::span<const CostQuality> points) {
  for (const std::size_t i : by_cost(points)) {
    const CostQuality& point = points[i];
    if (!points_.empty() && point.quality <= points_.back().quality) continue;  // dearer and no better
    while (points_.size() >= 2 && is_below(points_[points_.size() - 2], points_.back(), point)) {
      points_.pop_back();
      vertices_.pop_back();
    }
    points_.push_back(point);
    vertices_.push_back(i);
  }
}

std::optional<Hull::Mix> Hull::best_at_cost(double cost) const {
  if (empty() || cost < points_.front().cost) return std::nullopt;
  const auto above = std::upper_bound(points_.begin(), points_.end(), cost,
                                      [](double c, const CostQuality& point) { return c < point.cost; });
  const auto i = static_cast<std::size_t>(above - points_.begin()) - 1;
  if (above == points_.end()) return Mix{vertices_[i], vertices_[i], 0, points_[i]};
  const double share = (cost - points_[i].cost) / (points_[i + 1].cost - points_[i].cost);
  return Mix{vertices_[i], vertices_[i + 1], share, between(points_[i], points_[i + 1], share)};
}

std::optional<Hull::Mix> Hull::cheapest_at_quality(double quality) const {
  if (empty() || quality > points_.back().quality) return std::nullopt;
  const auto at = std::lower_bound(points_.begin(), points_.end(), quality,
                                   [](const CostQuality& point, double q) { return point.quality < q; });
  const auto i = static_cast<std::size_t>(at - points_.begin());
  if (i == 0 || points_[i].quality == quality) return Mix{vertices_[i], vertices_[i], 0, points_[i]};
  const double share = (quality - points_[i - 1].quality) / (points_[i].quality - points_[i - 1].quality);
  return Mix{vertices_[i - 1], vertices_[i], share, between(points_[i - 1], points_[i], share)};
}

double Hull::average_quality(double low, double high) const {
  if (empty()) return 0;
  double total = 0;
  for (std::size_t i = 0; i + 1 < points_.size(); ++i) total += area(points_[i], points_[i + 1], low, high);
  const double from = std::max(low, points_.back().cost);
  if (high > from) total += (high - from) * points_.back().quality;
  return total / (high - low);
}

}  // namespace costwar::analysis
