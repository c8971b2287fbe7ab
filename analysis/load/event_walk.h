// A call's events one after another without a list of them: what decode_events (core/attempt.h) gives, for
// stages with tens of millions.
#pragma once

#include <cstdint>

#include "core/attempt.h"
#include "core/error.h"

namespace costwar::analysis {

// Calls `visit(microseconds since issued)` for each payload in order; Error{input} on a blob that no call
// has.
template <typename Visit>
void walk_events(const Timeline& timeline, Visit visit) {
  constexpr std::uint64_t kLongest = std::uint64_t{100} * 366 * 24 * 3600 * 1'000'000;
  std::uint64_t total = 0;
  std::uint64_t micros = 0;
  int shift = 0;
  for (const char c : timeline.events) {
    const auto byte = static_cast<unsigned char>(c);
    if (shift > 56) throw Error(ErrorKind::input, "an event blob holds a number of more than 63 bits");
    micros |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    if (micros > kLongest - total) throw Error(ErrorKind::input, "an event blob spans more than 100 years");
    total += micros;
    visit(static_cast<std::int64_t>(total));
    micros = 0;
    shift = 0;
  }
}

}  // namespace costwar::analysis
