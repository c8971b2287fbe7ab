// What the system lets this process have at once: descriptors, local ports, tasks, memory. What cannot be
// read is not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace costwar {

struct ProcessLimits {
  std::optional<std::int64_t> descriptors;       // the soft limit; nullopt: not known, or none
  std::optional<std::int64_t> most_descriptors;  // the hard one, up to which the soft one can be raised
  std::int64_t open_descriptors = 0;             // now
  std::optional<std::int64_t> ports;             // local ports of connections to one address and port
  std::optional<std::int64_t> tasks;             // threads that its container may have
  std::optional<std::int64_t> memory_bytes;      // that its container may have
  friend bool operator==(const ProcessLimits&, const ProcessLimits&) = default;
};

ProcessLimits read_process_limits();

// Raises the soft limit of descriptors to the hard one and returns what it is then; nullopt: none, or not
// known. Where it cannot be raised it stays.
std::optional<std::int64_t> raise_descriptor_limit();

// The texts of the kernel's files, for the reader above. "32768\t60999": how many ports that is (man 7 ip,
// ip_local_port_range); a number or "max" (cgroup v2).
std::optional<std::int64_t> ports_of_range(std::string_view text);
std::optional<std::int64_t> container_limit(std::string_view text);

}  // namespace costwar
