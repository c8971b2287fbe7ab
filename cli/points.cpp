#include "cli/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "core/error.h"

namespace costwar::cli {

double parse_points(std::string_view text, std::string_view flag) {
  constexpr std::array<std::string_view, 7> kUnits = {"pts", "pt", "points", "point", "pp", "%", ""};
  const std::string copy(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  std::string_view unit(end);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const bool known = std::find(kUnits.begin(), kUnits.end(), unit) != kUnits.end();
  const double share = unit.empty() ? number : number / 100;
  if (end == copy.c_str() || !known || !std::isfinite(share) || share <= 0 || share >= 1)
    throw Error(ErrorKind::usage, fmt::format("{} {}: not a difference of shares", flag, text),
                "write percentage points, such as 3pts, or a share, such as 0.03");
  return share;
}

double parse_share(std::string_view text, std::string_view flag) {
  const std::string copy(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  std::string_view unit(end);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const double share = unit == "%" ? number / 100 : number;
  if (end == copy.c_str() || !(unit.empty() || unit == "%") || !std::isfinite(share) || share < 0 ||
      share > 1)
    throw Error(ErrorKind::usage, fmt::format("{} {}: not a share between 0 and 1", flag, text),
                "write 85% or 0.85");
  return share;
}

}  // namespace costwar::cli
