#include "pricing/calendar.h"

#include <algorithm>
#include <array>

#include "pricing/local_days.h"

namespace costwar::pricing {
namespace {

bool on_weekday(const BandWindow& window, std::int64_t day) {
  return ((window.weekdays >> weekday_from_days(day)) & 1U) != 0;
}

}  // namespace

std::string_view band_name(Band band) {
  static constexpr std::array<std::string_view, 3> kNames{"all", "peak", "off_peak"};
  return kNames[static_cast<std::size_t>(band)];
}

std::string_view decided_by_name(DecidedBy decided_by) {
  static constexpr std::array<std::string_view, 4> kNames{"request_start", "request_end", "billing",
                                                          "unknown"};
  return kNames[static_cast<std::size_t>(decided_by)];
}

Band Calendar::window_band(std::int64_t day, std::int64_t ns_of_day, bool& on_edge) const noexcept {
  Band found = default_band;
  bool matched = false;
  for (const BandWindow& window : windows) {
    const std::int64_t start = window.start_minute * kNanosPerMinute;
    const std::int64_t end = window.end_minute * kNanosPerMinute;
    const bool wraps = end <= start;
    const bool today = on_weekday(window, day);
    const bool yesterday = wraps && on_weekday(window, day - 1);
    if ((today && (ns_of_day == start || (!wraps && ns_of_day == end))) || (yesterday && ns_of_day == end))
      on_edge = true;
    const bool inside =
        (today && ns_of_day >= start && (wraps || ns_of_day < end)) || (yesterday && ns_of_day < end);
    if (inside && !matched) {
      found = window.band;
      matched = true;
    }
  }
  return found;
}

BandAnswer Calendar::band_at(Wall instant) const noexcept {
  const auto [day, ns_of_day] = local_instant(instant, offset_ns);
  bool on_edge = false;
  BandAnswer answer;
  const Band by_window = window_band(day, ns_of_day, on_edge);
  answer.band = answer.otherwise = by_window;
  if (holiday_band != Band::all) {
    const auto found =
        std::lower_bound(holidays.begin(), holidays.end(), day,
                         [](const Holiday& holiday, std::int64_t value) { return holiday.day < value; });
    if (found != holidays.end() && found->day == day) {
      answer.band = holiday_band;
      answer.otherwise = found->confirmed ? holiday_band : by_window;
      answer.assumed_holiday = !found->confirmed;
      answer.on_boundary = on_edge && !boundary_confirmed && !found->confirmed;
      return answer;
    }
    if (day > holidays_complete_through) {
      answer.after_holidays = true;
      answer.otherwise = holiday_band;
    }
  }
  answer.on_boundary = on_edge && !boundary_confirmed;
  return answer;
}

}  // namespace costwar::pricing
