// Calendar months in UTC, the steps of a forecast. Pure values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace costwar::analysis {

inline constexpr double kMonthsPerYear = 12;

// Months since 1970-01, so that they can be counted.
struct Month {
  std::int64_t index = 0;
  auto operator<=>(const Month&) const = default;

  Wall begin() const;  // its first instant, UTC
  Wall end() const;    // the next month's
  std::int64_t days() const;
  std::string text() const;  // "2026-12"
  friend Month operator+(Month month, std::int64_t more) { return {month.index + more}; }
};

// "2026-12", 1970 to 2199; nullopt for anything else.
std::optional<Month> parse_month(std::string_view text);

Month month_of(Wall instant);

// Months of mean length from one instant to another; negative where the second is earlier.
double months_between(Wall from, Wall until);

}  // namespace costwar::analysis
