#include "pricing/model_text.h"

#include <algorithm>
#include <array>

namespace costwar::pricing {

std::string_view without_snapshot(std::string_view model) {
  // A digit stands for itself where it must be that one, 0 for any digit.
  static constexpr std::array<std::string_view, 3> kDates{"-2000-00-00", "-20000000", "@20000000"};
  const auto fits = [](char wanted, char c) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; };
  for (const std::string_view date : kDates) {
    if (model.size() <= date.size()) continue;
    const std::string_view name = model.substr(0, model.size() - date.size());
    const std::string_view end = model.substr(name.size());
    if (std::equal(date.begin(), date.end(), end.begin(), fits)) return name;
  }
  return model;
}

}  // namespace costwar::pricing
