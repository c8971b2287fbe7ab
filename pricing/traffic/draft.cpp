#include "pricing/traffic/draft.h"

#include <charconv>
#include <limits>
#include <system_error>

namespace costwar::pricing {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

bool is_true(std::string_view text) noexcept {
  return text == "true" || text == "True" || text == "TRUE" || text == "1";
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<LoggedInstant> instant_of_number(std::int64_t number) noexcept {
  struct Unit {
    std::int64_t below;  // numbers below this are counts of the unit
    std::int64_t ns;
  };
  // Seconds up to the year 5138, then milli-, micro- and nanoseconds from 1973 on.
  static constexpr std::array<Unit, 4> kUnits{{{100'000'000'000, kNanosPerSecond},
                                               {100'000'000'000'000, 1'000'000},
                                               {100'000'000'000'000'000, 1'000},
                                               {std::numeric_limits<std::int64_t>::max(), 1}}};
  if (number <= 0) return std::nullopt;
  for (const Unit& unit : kUnits) {
    std::int64_t ns = 0;
    if (number >= unit.below) continue;
    if (__builtin_mul_overflow(number, unit.ns, &ns)) return std::nullopt;
    return LoggedInstant{Wall{ns}, false, false};
  }
  return std::nullopt;
}

std::optional<LoggedInstant> read_instant(std::string_view text) noexcept {
  if (const auto read = read_wall(text))
    return LoggedInstant{read->wall, read->date_only, !read->date_only && !read->has_zone};
  if (const auto number = whole_number(text)) return instant_of_number(*number);
  // Seconds with a fraction, as Python's time.time() prints them.
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return std::nullopt;
  const auto seconds = whole_number(text.substr(0, point));
  if (!seconds || *seconds <= 0 || *seconds > 100'000'000'000) return std::nullopt;
  std::int64_t nanos = 0;
  std::int64_t unit = kNanosPerSecond / 10;
  for (const char c : text.substr(point + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    nanos += (c - '0') * unit;
    unit /= 10;
  }
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(*seconds, kNanosPerSecond, &ns) || __builtin_add_overflow(ns, nanos, &ns))
    return std::nullopt;
  return LoggedInstant{Wall{ns}, false, false};
}

void Draft::take_text(Target target, std::string_view value, std::string_view field) noexcept {
  if (value.empty()) return;
  switch (target.slot) {
    case Slot::none:
    case Slot::usage:
    case Slot::timings:
      return;
    case Slot::tag:
      tags[target.index] = value;
      return;
    case Slot::requested:
    case Slot::completed: {
      const auto instant = read_instant(value);
      if (!instant) bad_field = field;
      (target.slot == Slot::requested ? requested : completed) = instant;
      return;
    }
    case Slot::batch:
      batch = true;
      return;
    case Slot::cache_hit:
      cache_hit = is_true(value);
      return;
    case Slot::requests:
    case Slot::raw:
    case Slot::meter: {
      if (const auto number = whole_number(value)) {
        take_integer(target, *number, field);
      } else {
        bad_field = field;
      }
      return;
    }
    default:
      text(target.slot) = value;
      return;
  }
}

void Draft::take_integer(Target target, std::int64_t value, std::string_view field) noexcept {
  switch (target.slot) {
    case Slot::requested:
    case Slot::completed: {
      const auto instant = instant_of_number(value);
      if (!instant) bad_field = field;
      (target.slot == Slot::requested ? requested : completed) = instant;
      return;
    }
    case Slot::requests:
      if (value < 0) bad_field = field;
      requests = value;
      return;
    case Slot::raw:
      raw.*kRawMembers[target.index].member = value;
      has_raw = true;
      return;
    case Slot::meter:
      meters[target.index] = value;
      has_meters = true;
      return;
    default:
      return;
  }
}

void Draft::take_boolean(Target target, bool value) noexcept {
  if (target.slot == Slot::batch) batch = value;
  if (target.slot == Slot::cache_hit) cache_hit = value;
}

}  // namespace costwar::pricing
