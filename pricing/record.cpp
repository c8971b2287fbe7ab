#include "pricing/record.h"

#include <algorithm>

namespace costwar::pricing {

std::string_view rate_name(Rate rate) {
  static constexpr std::array<std::string_view, kRateCount> kNames{"input", "cache_read", "cache_write_5m",
                                                                   "cache_write_1h", "output"};
  return kNames[static_cast<std::size_t>(rate)];
}

bool matches_model(const std::vector<std::string>& patterns, const std::string& model) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (!pattern.empty() && pattern.back() == '*')
      return model.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
    return pattern == model;
  });
}

const ModelFacts* Book::model(std::string_view id) const {
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const ModelFacts& facts) { return facts.id == id; });
  return found == models.end() ? nullptr : &*found;
}

}  // namespace costwar::pricing
