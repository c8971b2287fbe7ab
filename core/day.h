// Billing days as text: the date that an export prints, and the zone it prints it in. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costwar {

// A calendar day as printed, in the zone of whoever printed it. offset_ns: nanoseconds east of UTC, where the
// text says so.
struct PrintedDay {
  std::int64_t day = 0;  // days since 1970-01-01
  std::optional<std::int64_t> offset_ns;
};

// "2026-08-17", "20260817", "2026-08-17 09:00:00", "2026-08-17T00:00:00+08:00" (the date that is printed, not
// that in UTC). nullopt for anything else.
std::optional<PrintedDay> parse_day(std::string_view text);

// "2026-08-17"
std::string format_day(std::int64_t day);

// "+08:00", "-05:30", "Z", "UTC" as nanoseconds east of UTC. Error{usage} otherwise.
std::int64_t parse_offset(std::string_view text);

// "UTC" or "UTC+08:00"
std::string format_offset(std::int64_t offset_ns);

}  // namespace costwar
