// What a running process has used so far, as the kernel tells it in /proc. What cannot be read is not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace costwar {

struct ProcessUsage {
  std::optional<std::int64_t> peak_resident_bytes;  // mapped weights that are in memory count
  std::optional<Nanos> cpu_time;                    // of all its threads, user and system
  friend bool operator==(const ProcessUsage&, const ProcessUsage&) = default;
};

ProcessUsage read_process_usage(std::int64_t pid);

// The two files' texts, for the reader above: "VmHWM: 1234 kB" in kibibytes; utime and stime are the 14th and
// 15th field, counted behind the name in brackets, which may hold anything. Source: man 5 proc.
std::optional<std::int64_t> peak_resident_of(std::string_view status);
std::optional<Nanos> cpu_time_of(std::string_view stat, std::int64_t ticks_per_second);

}  // namespace costwar
