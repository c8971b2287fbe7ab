// A vendor's local days, which have 24 hours each since its offset from UTC is fixed. In 128 bits: instants
// at the end of their range plus the offset would leave 64. Pure.
#pragma once

#include <cstdint>

#include "core/durations.h"
#include "core/int128.h"
#include "core/time.h"

namespace costwar::pricing {

struct LocalInstant {
  std::int64_t day = 0;  // days since 1970-01-01 there
  std::int64_t ns_of_day = 0;
};
inline LocalInstant local_instant(Wall instant, std::int64_t offset_ns) noexcept {
  const int128 local = static_cast<int128>(instant.ns) + offset_ns;
  const int128 day = local >= 0 ? local / kNanosPerDay : -((-local + kNanosPerDay - 1) / kNanosPerDay);
  return {static_cast<std::int64_t>(day), static_cast<std::int64_t>(local - day * kNanosPerDay)};
}

// The minute of a local day, as nanoseconds since 1970 UTC.
inline int128 utc_of(std::int64_t day, std::int64_t minute, std::int64_t offset_ns) noexcept {
  return static_cast<int128>(day) * kNanosPerDay + static_cast<int128>(minute) * kNanosPerMinute - offset_ns;
}

}  // namespace costwar::pricing
