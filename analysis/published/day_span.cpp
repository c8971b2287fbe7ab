#include "analysis/published/day_span.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/time.h"

namespace costwar::analysis {
namespace {

// As many digits as `text` has; nullopt where one is none.
std::optional<int> digits_of(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string day_text(std::int64_t day) {
  const CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::int64_t last_of_month(int year, int month) {
  return (month == 12 ? days_from_civil({year + 1, 1, 1}) : days_from_civil({year, month + 1, 1})) - 1;
}

}  // namespace

std::optional<DaySpan> read_day_span(std::string_view text) {
  const bool has_month = text.size() >= 7;
  const bool has_day = text.size() == 10;
  if (text.size() != 4 && text.size() != 7 && !has_day) return std::nullopt;
  if ((has_month && text[4] != '-') || (has_day && text[7] != '-')) return std::nullopt;
  const auto year = digits_of(text.substr(0, 4));
  const auto month = has_month ? digits_of(text.substr(5, 2)) : std::optional(1);
  const auto day = has_day ? digits_of(text.substr(8, 2)) : std::optional(1);
  if (!year || !month || !day || *year < 1970 || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
  const std::int64_t first = days_from_civil({*year, *month, 1});
  if (!has_month) return DaySpan{first, last_of_month(*year, 12)};
  const std::int64_t last = last_of_month(*year, *month);
  if (!has_day) return DaySpan{first, last};
  const std::int64_t exact = first + *day - 1;
  return exact > last ? std::nullopt : std::optional(DaySpan{exact, exact});
}

std::string day_span_text(const DaySpan& span) {
  if (span.first == span.last) return day_text(span.first);
  const CivilDate from = civil_from_days(span.first);
  if (from.day == 1 && span.last == last_of_month(from.year, from.month))
    return fmt::format("{:04}-{:02}", from.year, from.month);
  if (from.day == 1 && from.month == 1 && span.last == last_of_month(from.year, 12))
    return fmt::format("{:04}", from.year);
  return fmt::format("{} to {}", day_text(span.first), day_text(span.last));
}

}  // namespace costwar::analysis
