#include "cli/quantities.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "core/error.h"
#include "core/text.h"

namespace costwar::cli {
namespace {

struct Unit {
  std::string_view name;
  double nanos;
};
constexpr std::array<Unit, 4> kQuantityUnits{{{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}}};
constexpr double kLongest = 86'400e9;

}  // namespace

Nanos parse_duration(std::string_view text, std::string_view flag) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : kQuantityUnits) {
    if (error != std::errc{} || unit.name != unit_name || !(value >= 0)) continue;
    if (value * unit.nanos > kLongest)
      throw Error(ErrorKind::usage, fmt::format("{}: '{}' is longer than a day", flag, text),
                  "name a shorter time");
    return nanoseconds(std::llround(value * unit.nanos));
  }
  throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not a duration", flag, text),
              "write a number with its unit: 200us, 50ms, 1.5s or 2m");
}

std::optional<double> read_share(const std::string& text, std::span<const std::string_view> units) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string_view unit = trimmed(end);
  if (end == text.c_str() || std::find(units.begin(), units.end(), unit) == units.end()) return std::nullopt;
  const double share = unit.empty() ? number : number / 100;
  return share >= 0 && share <= 1 ? std::optional(share) : std::nullopt;
}

double parse_share(std::string_view text, std::string_view flag) {
  constexpr std::array<std::string_view, 2> kUnits{"%", ""};
  const auto share = read_share(std::string(text), kUnits);
  if (!share)
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not a share from 0 to 1", flag, text),
                "write 85% or 0.85");
  return *share;
}

double parse_points(std::string_view text, std::string_view flag) {
  constexpr std::array<std::string_view, 7> kUnits{"pts", "pt", "points", "point", "pp", "%", ""};
  const auto share = read_share(std::string(text), kUnits);
  if (!share || *share == 0 || *share == 1)
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not a difference of shares", flag, text),
                "write percentage points, such as 3pts, or a share, such as 0.03");
  return *share;
}

std::pair<std::string, std::string> parse_pair(std::string_view text, std::string_view flag,
                                               std::string_view example) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0)
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' has no '=' after a name", flag, text),
                fmt::format("write it as {}", example));
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace costwar::cli
