#include "core/day.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/durations.h"
#include "core/error.h"
#include "core/time.h"

namespace costwar {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "+08:00" at the end of a time, "Z", or nothing; false when it is none of these.
bool read_offset(std::string_view text, std::optional<std::int64_t>& offset_ns) {
  if (text.empty()) return true;
  if (text == "Z" || text == "z" || text == "UTC") {
    offset_ns = 0;
    return true;
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
      !digits(text.substr(1, 2)) || !digits(text.substr(4, 2)))
    return false;
  const int hours = (text[1] - '0') * 10 + (text[2] - '0');
  const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
  if (hours > 14 || minutes > 59) return false;
  offset_ns = (text[0] == '-' ? -1 : 1) * (hours * std::int64_t{60} + minutes) * kNanosPerMinute;
  return true;
}

// "T09:00:00.000+08:00" behind a date.
bool read_time(std::string_view text, std::optional<std::int64_t>& offset_ns) {
  if (text.size() < 6 || (text[0] != 'T' && text[0] != ' ') || !digits(text.substr(1, 2)) || text[3] != ':' ||
      !digits(text.substr(4, 2)))
    return false;
  text.remove_prefix(6);
  if (text.size() >= 3 && text[0] == ':' && digits(text.substr(1, 2))) text.remove_prefix(3);
  if (!text.empty() && text[0] == '.')
    text.remove_prefix(std::min(text.size(), text.find_first_not_of("0123456789", 1)));
  if (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  return read_offset(text, offset_ns);
}

}  // namespace

std::optional<PrintedDay> parse_day(std::string_view text) {
  std::string date;
  std::string_view rest;
  if (text.size() == 8 && digits(text)) {
    date = fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2));
  } else if (text.size() >= 10) {
    date = text.substr(0, 10);
    rest = text.substr(10);
  } else {
    return std::nullopt;
  }
  PrintedDay result;
  if (!rest.empty() && !read_time(rest, result.offset_ns)) return std::nullopt;
  try {
    const std::int64_t ns = parse_wall(date).ns;
    result.day = ns / kNanosPerDay - (ns % kNanosPerDay < 0 ? 1 : 0);
  } catch (const Error&) {
    return std::nullopt;
  }
  return result;
}

std::string format_day(std::int64_t day) {
  const CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::int64_t parse_offset(std::string_view text) {
  std::optional<std::int64_t> offset;
  if (text.empty() || !read_offset(text, offset))
    throw Error(ErrorKind::usage, fmt::format("'{}' is not an offset from UTC", text),
                "write it as +08:00, -05:30 or Z");
  return *offset;
}

std::string format_offset(std::int64_t offset_ns) {
  if (offset_ns == 0) return "UTC";
  const std::int64_t minutes = (offset_ns < 0 ? -offset_ns : offset_ns) / kNanosPerMinute;
  return fmt::format("UTC{}{:02}:{:02}", offset_ns < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace costwar
