#include "core/suggest.h"

#include <algorithm>
#include <vector>

namespace costwar {
namespace {

// Optimal string alignment distance, three rows at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

template <typename Name>
std::optional<std::string> nearest(std::string_view typed, std::span<const Name> candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = typed.size() / 3 + 2;
  for (const Name& candidate : candidates) {
    const std::size_t d = distance(typed, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = std::string(candidate);
    }
  }
  return best;
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view typed,
                                        std::span<const std::string_view> candidates) {
  return nearest(typed, candidates);
}

std::optional<std::string> nearest_name(std::string_view typed, std::span<const std::string> candidates) {
  return nearest(typed, candidates);
}

}  // namespace costwar
