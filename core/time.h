// Instants of costwar. Mono counts nanoseconds on the machine's monotonic clock and measures durations; Wall
// counts nanoseconds since 1970-01-01T00:00:00Z and decides tariffs. They never mix: subtracting is defined
// within one kind.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costwar {

struct Nanos {
  std::int64_t count = 0;
  auto operator<=>(const Nanos&) const = default;
  constexpr double seconds() const { return static_cast<double>(count) / 1e9; }
  constexpr double milliseconds() const { return static_cast<double>(count) / 1e6; }
  friend constexpr Nanos operator+(Nanos a, Nanos b) { return {a.count + b.count}; }
  friend constexpr Nanos operator-(Nanos a, Nanos b) { return {a.count - b.count}; }
};

constexpr Nanos nanoseconds(std::int64_t n) {
  return {n};
}
constexpr Nanos microseconds(std::int64_t n) {
  return {n * 1000};
}
constexpr Nanos milliseconds(std::int64_t n) {
  return {n * 1'000'000};
}
constexpr Nanos seconds(std::int64_t n) {
  return {n * 1'000'000'000};
}

struct Mono {
  std::int64_t ns = 0;
  auto operator<=>(const Mono&) const = default;
  friend constexpr Nanos operator-(Mono a, Mono b) { return {a.ns - b.ns}; }
  friend constexpr Mono operator+(Mono a, Nanos d) { return {a.ns + d.count}; }
};

struct Wall {
  std::int64_t ns = 0;  // since 1970-01-01T00:00:00Z, UTC without leap seconds
  auto operator<=>(const Wall&) const = default;
  friend constexpr Nanos operator-(Wall a, Wall b) { return {a.ns - b.ns}; }
  friend constexpr Wall operator+(Wall a, Nanos d) { return {a.ns + d.count}; }
};

// A day of the proleptic Gregorian calendar.
struct CivilDate {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  auto operator<=>(const CivilDate&) const = default;
};

// The mean month: a 4800th of the 146,097 days of 400 Gregorian years.
inline constexpr double kDaysPerMonth = 146'097.0 / 4800;

// Days since 1970-01-01 of a date, and back. Valid for years -9999..9999.
std::int64_t days_from_civil(CivilDate date);
CivilDate civil_from_days(std::int64_t days);

// 0 = Monday .. 6 = Sunday.
int weekday_from_days(std::int64_t days);

// RFC 3339: "2026-04-26T12:15:00Z", an offset such as "+08:00", a fraction of up to 9 digits, or a bare date
// (00:00Z). Throws Error{input} that repeats the text. Range: 1678 to 2261, what 64 bits of nanoseconds hold.
Wall parse_wall(std::string_view text);

// An instant as logs write it: like parse_wall, and also without a zone ("2026-04-26 12:15:00.123456"), which
// is read as UTC, and with an offset as PostgreSQL and strftime write it ("+08", "+0800"). nullopt for
// anything else. Does not allocate.
struct WallText {
  Wall wall;
  bool date_only = false;
  bool has_zone = false;
  bool strict = true;  // seconds and offset are as RFC 3339 has them
};
std::optional<WallText> read_wall(std::string_view text) noexcept;

// "2026-04-26T12:15:00Z"; a fraction is printed in milliseconds only when there is one.
std::string format_wall(Wall instant);

}  // namespace costwar
