#include "core/time.h"

#include <fmt/format.h>

#include "core/durations.h"
#include "core/error.h"

namespace costwar {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

[[noreturn]] void fail(std::string_view text) {
  throw Error(ErrorKind::input, fmt::format("'{}' is not an instant", text),
              "write it as 2026-04-26T12:15:00Z, with an offset such as +08:00, or as a date 2026-04-26");
}

// Reads text from the left; after the first thing that does not fit, `fine` is false and every answer is 0.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;
  bool fine = true;

  bool done() const { return at == text.size(); }
  bool peek(char wanted) const { return at < text.size() && text[at] == wanted; }
  char take() {
    if (at < text.size()) return text[at++];
    fine = false;
    return '\0';
  }
  void expect(char wanted) { fine = take() == wanted && fine; }

  // Exactly `width` digits.
  int digits(int width) {
    int value = 0;
    for (int i = 0; i < width; ++i) {
      const char c = take();
      if (c < '0' || c > '9') fine = false;
      value = value * 10 + (c - '0');
    }
    return fine ? value : 0;
  }
};

int days_in_month(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Seconds east of UTC of "Z", "+08:00" or "-05:30"; and of "+0800" and "+08", which RFC 3339 does not have.
int offset_seconds(Cursor& in, bool& strict) {
  const char sign = in.take();
  strict = true;
  if (sign == 'Z' || sign == 'z') return 0;
  if (sign != '+' && sign != '-') in.fine = false;
  const int hours = in.digits(2);
  int minutes = 0;
  strict = in.peek(':');
  if (strict) in.take();
  if (strict || !in.done()) minutes = in.digits(2);
  if (hours > 23 || minutes > 59) in.fine = false;
  return (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

std::int64_t fraction_nanos(Cursor& in) {
  if (!in.peek('.')) return 0;
  in.take();
  std::int64_t nanos = 0;
  std::int64_t unit = kNanosPerSecond / 10;
  const std::size_t first = in.at;
  while (!in.done() && in.text[in.at] >= '0' && in.text[in.at] <= '9') {
    if (unit == 0) in.fine = false;
    nanos += (in.take() - '0') * unit;
    unit /= 10;
  }
  if (in.at == first) in.fine = false;
  return nanos;
}

}  // namespace

// Both conversions: the era arithmetic of Howard Hinnant's "chrono-compatible low-level date algorithms".
std::int64_t days_from_civil(CivilDate date) {
  const int y = date.year - (date.month <= 2 ? 1 : 0);
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<std::int64_t>(era) * 146'097 + day_of_era - 719'468;
}

CivilDate civil_from_days(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const int day_of_era = static_cast<int>(shifted - era * 146'097);
  const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted_month = (5 * day_of_year + 2) / 153;
  const int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int year = year_of_era + static_cast<int>(era) * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

int weekday_from_days(std::int64_t days) {
  const std::int64_t since_monday = (days + 3) % 7;  // 1970-01-01 was a Thursday
  return static_cast<int>(since_monday < 0 ? since_monday + 7 : since_monday);
}

std::optional<WallText> read_wall(std::string_view text) noexcept {
  Cursor in{text};
  CivilDate date;
  date.year = in.digits(4);
  in.expect('-');
  date.month = in.digits(2);
  in.expect('-');
  date.day = in.digits(2);
  if (!in.fine || date.year < 1678 || date.year > 2261 || date.month < 1 || date.month > 12 || date.day < 1 ||
      date.day > days_in_month(date.year, date.month))
    return std::nullopt;
  WallText read;
  read.date_only = in.done();
  std::int64_t second_of_day = 0;
  std::int64_t nanos = 0;
  if (!read.date_only) {
    const char separator = in.take();
    if (separator != 'T' && separator != 't' && separator != ' ') return std::nullopt;
    const int hour = in.digits(2);
    in.expect(':');
    const int minute = in.digits(2);
    // Spreadsheets leave the seconds out.
    const bool seconds_told = in.peek(':');
    if (seconds_told) in.take();
    const int second = seconds_told ? in.digits(2) : 0;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    nanos = fraction_nanos(in);
    read.has_zone = !in.done();
    second_of_day =
        hour * 3600 + minute * 60 + second - (read.has_zone ? offset_seconds(in, read.strict) : 0);
    read.strict = read.strict && seconds_told;
    if (!in.fine || !in.done()) return std::nullopt;
  }
  read.wall = {(days_from_civil(date) * kSecondsPerDay + second_of_day) * kNanosPerSecond + nanos};
  return read;
}

Wall parse_wall(std::string_view text) {
  const auto read = read_wall(text);
  if (!read || !(read->date_only || (read->has_zone && read->strict))) fail(text);
  return read->wall;
}

std::string format_wall(Wall instant) {
  std::int64_t seconds_total = instant.ns / kNanosPerSecond;
  std::int64_t nanos = instant.ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds_total;
  }
  std::int64_t days = seconds_total / kSecondsPerDay;
  std::int64_t second = seconds_total % kSecondsPerDay;
  if (second < 0) {
    second += kSecondsPerDay;
    --days;
  }
  const CivilDate date = civil_from_days(days);
  const std::string fraction = nanos == 0 ? "" : fmt::format(".{:03}", nanos / 1'000'000);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day, second / 3600,
                     second / 60 % 60, second % 60, fraction);
}

}  // namespace costwar
