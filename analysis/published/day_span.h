// Dates as sources print them: a day, a month or a year. A month is the days it may have been. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costwar::analysis {

// The first and the last day that a date may mean, in days since 1970-01-01; both are part of it.
struct DaySpan {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const DaySpan&, const DaySpan&) = default;
};

// "2026-04-24", "2026-04", "2026"; nullopt for anything else, a 31st of April included.
std::optional<DaySpan> read_day_span(std::string_view text);

// The shortest text that means the span, or "2026-04-01 to 2026-04-12".
std::string day_span_text(const DaySpan& span);

}  // namespace costwar::analysis
