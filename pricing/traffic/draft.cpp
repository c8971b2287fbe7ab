#include "pricing/traffic/draft.h"

#include <charconv>
#include <limits>
#include <system_error>

#include "core/durations.h"

namespace costwar::pricing {
namespace {

// In the year 2261; leaves room for an offset from UTC.
constexpr std::int64_t kLatest = 9'190'000'000'000'000'000;

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

namespace {

// "1,234,567": one to three digits, then groups of three.
std::optional<std::int64_t> grouped_number(std::string_view text) noexcept {
  std::int64_t value = 0;
  std::size_t digits = 0;
  bool first = true;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == ',') {
      if (digits == 0 || digits > 3 || (!first && digits != 3)) return std::nullopt;
      first = false;
      digits = 0;
      continue;
    }
    if (text[i] < '0' || text[i] > '9' || value > 100'000'000'000'000'000) return std::nullopt;
    value = value * 10 + (text[i] - '0');
    ++digits;
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> whole_count(std::string_view text) noexcept {
  if (text.find(',') != std::string_view::npos) return grouped_number(text);
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return whole_number(text);
  if (point + 1 == text.size() || text.find_first_not_of('0', point + 1) != std::string_view::npos)
    return std::nullopt;
  return whole_number(text.substr(0, point));
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
    if (__builtin_mul_overflow(number, unit.ns, &ns) || ns > kLatest) return std::nullopt;
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
  if (__builtin_mul_overflow(*seconds, kNanosPerSecond, &ns) || __builtin_add_overflow(ns, nanos, &ns) ||
      ns > kLatest)
    return std::nullopt;
  return LoggedInstant{Wall{ns}, false, false};
}

void Draft::take_text(Target target, std::string_view value, std::string_view field) noexcept {
  if (value.empty()) return;
  saw(target);
  switch (target.slot) {
    case Slot::none:
    case Slot::usage:
    case Slot::timings:
    case Slot::keyed:
      return;
    case Slot::requested:
    case Slot::completed:
      take_instant(target, read_instant(value), field);
      if (bad_field.data() == field.data()) bad_value = value;
      return;
    case Slot::batch:
      batch = batch || target.index == kNamed || is_true(value);
      return;
    case Slot::cache_hit:
      cache_hit = is_true(value);
      return;
    case Slot::requests:
    case Slot::raw:
    case Slot::meter:
    case Slot::parts_total:
      if (const auto number = whole_count(value)) {
        take_integer(target, *number, field);
      } else {
        (target.slot == Slot::meter ? bad_meter : bad_field) = field;
        bad_value = value;
      }
      return;
    default: {
      const auto place = static_cast<std::size_t>(target.slot) - 1;
      if (!texts[place].empty() && target.rank < ranks[place]) return;
      texts[place] = value;
      ranks[place] = target.rank;
      return;
    }
  }
}

void Draft::take_integer(Target target, std::int64_t value, std::string_view field) noexcept {
  saw(target);
  switch (target.slot) {
    case Slot::requested:
    case Slot::completed:
      take_instant(target, instant_of_number(value), field);
      return;
    case Slot::batch:
      batch = batch || target.index == kNamed || value != 0;
      return;
    case Slot::cache_hit:
      cache_hit = value != 0;
      return;
    case Slot::requests:
      if (value < 0) bad_field = field;
      requests = value;
      return;
    case Slot::parts_total:
      parts_total = value;
      return;
    case Slot::raw:
      take_count(raw.*kRawMembers[target.index].member, target.index, target.rank, value);
      has_raw = true;
      // --map speaks of the whole prompt.
      if (target.rank == SourceRank::user && kRawMembers[target.index].member == &RawUsage::input)
        prompt_tokens = true;
      return;
    case Slot::meter:
      take_count(meters[target.index], kMeterBits + target.index, target.rank, value);
      has_meters = true;
      return;
    default:
      return;
  }
}

void Draft::take_boolean(Target target, bool value) noexcept {
  saw(target);
  if (target.slot == Slot::batch) batch = batch || value;
  if (target.slot == Slot::cache_hit) cache_hit = value;
}

bool Draft::by_user(std::optional<std::int64_t> RawUsage::*member) const noexcept {
  for (std::size_t i = 0; i < kRawMembers.size(); ++i)
    if (kRawMembers[i].member == member) return (counts_by_user >> i & 1U) != 0;
  return false;
}

void Draft::take_instant(Target target, const std::optional<LoggedInstant>& instant,
                         std::string_view field) noexcept {
  const bool start = target.slot == Slot::requested;
  bool& by_user = start ? requested_by_user : completed_by_user;
  auto& into = start ? requested : completed;
  if (by_user && target.rank != SourceRank::user) return;
  if (!instant) {
    bad_field = field;
    return;
  }
  const bool first_word = target.rank == SourceRank::user && !by_user;
  by_user = by_user || target.rank == SourceRank::user;
  if (into && !first_word) {
    if (instant->day_only != into->day_only) {
      if (instant->day_only) return;
    } else if (start ? into->at <= instant->at : instant->at <= into->at) {
      return;
    }
  }
  into = instant;
}

void Draft::take_count(std::optional<std::int64_t>& into, unsigned bit, SourceRank rank,
                       std::int64_t value) noexcept {
  const bool told = (counts_by_user >> bit & 1U) != 0;
  if (rank == SourceRank::user) {
    into = value;
    counts_by_user |= 1U << bit;
  } else if (!told) {
    into = into ? std::max(*into, value) : value;
  }
}

}  // namespace costwar::pricing
