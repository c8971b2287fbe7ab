#include "cli/quantities.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "core/error.h"

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

double parse_share(std::string_view text, std::string_view flag, std::string_view example) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1))
    throw Error(ErrorKind::usage, fmt::format("{}: '{}' is not a share from 0 to 1", flag, text),
                fmt::format("write it as {}", example));
  return value;
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
