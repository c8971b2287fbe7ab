#include "analysis/forecast/month.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/durations.h"

namespace costwar::analysis {
namespace {

constexpr std::int64_t kMonths = 12;
constexpr std::int64_t kFirstYear = 1970;
constexpr std::int64_t kLastYear = 2199;

}  // namespace

Wall Month::begin() const {
  const CivilDate first{static_cast<int>(kFirstYear + index / kMonths), static_cast<int>(index % kMonths) + 1,
                        1};
  return {days_from_civil(first) * kNanosPerDay};
}

Wall Month::end() const {
  return Month{index + 1}.begin();
}

std::int64_t Month::days() const {
  return (end() - begin()).count / kNanosPerDay;
}

std::string Month::text() const {
  return fmt::format("{:04}-{:02}", kFirstYear + index / kMonths, index % kMonths + 1);
}

std::optional<Month> parse_month(std::string_view text) {
  constexpr std::size_t kLength = 7;
  constexpr std::size_t kDash = 4;
  if (text.size() != kLength || text[kDash] != '-') return std::nullopt;
  std::int64_t year = 0;
  std::int64_t month = 0;
  for (std::size_t i = 0; i < kLength; ++i) {
    if (i == kDash) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    std::int64_t& into = i < kDash ? year : month;
    into = into * 10 + (text[i] - '0');
  }
  if (year < kFirstYear || year > kLastYear || month < 1 || month > kMonths) return std::nullopt;
  return Month{(year - kFirstYear) * kMonths + month - 1};
}

Month month_of(Wall instant) {
  std::int64_t days = instant.ns / kNanosPerDay;
  if (instant.ns % kNanosPerDay < 0) --days;
  const CivilDate date = civil_from_days(days);
  return {(date.year - kFirstYear) * kMonths + date.month - 1};
}

double months_between(Wall from, Wall until) {
  return (static_cast<double>(until.ns) - static_cast<double>(from.ns)) / static_cast<double>(kNanosPerDay) /
         kDaysPerJulianMonth;
}

}  // namespace costwar::analysis
