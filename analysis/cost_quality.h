// Points of cost (lower is better) and quality (higher is better): who is dominated, what a random mix of two
// can reach, and the area under that (AIQ). Pure geometry, without doubt and without money.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace costwar::analysis {

struct CostQuality {
  double cost = 0;
  double quality = 0;
  friend bool operator==(const CostQuality&, const CostQuality&) = default;
};

// Whether `a` costs no more, solves no less, and is better in one of both.
bool dominates(const CostQuality& a, const CostQuality& b);

// For each point, whether none dominates it. O(n log n). Equal points stand or fall together.
std::vector<bool> non_dominated(std::span<const CostQuality> points);

// What choosing between two points at random can reach: the vertices of the upper convex hull, by rising cost
// and quality, from the cheapest point (of those, the best) to the best (of those, the cheapest).
class Hull {
 public:
  explicit Hull(std::span<const CostQuality> points);  // O(n log n); no points: empty

  const std::vector<std::size_t>& vertices() const { return vertices_; }  // indices of the points
  bool empty() const { return vertices_.empty(); }

  // A mix of two vertices; share: of the second, 0..1.
  struct Mix {
    std::size_t first = 0;
    std::size_t second = 0;
    double share = 0;
    CostQuality at;
  };
  // The best at this cost at most: the dearest vertex's where more is given. nullopt below the cheapest.
  std::optional<Mix> best_at_cost(double cost) const;
  // The cheapest of this quality at least. nullopt above the best.
  std::optional<Mix> cheapest_at_quality(double quality) const;

  // Average quality between two costs (AIQ of RouterBench, Hu et al. 2024, arXiv 2403.12031, section 3.2):
  // 1 / (high - low) times the integral of the best quality; 0 below the cheapest point. low < high.
  double average_quality(double low, double high) const;

 private:
  std::vector<CostQuality> points_;  // of the vertices
  std::vector<std::size_t> vertices_;
};

}  // namespace costwar::analysis
