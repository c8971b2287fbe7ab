// Facts about this machine for run headers and `costwar doctor`; every fact is optional because any may be
// unreadable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace costwar {

struct MachineFacts {
  std::string hostname;
  std::string os;      // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;  // "Linux 6.1.0 x86_64"
  std::optional<std::string> cpu_model;
  int logical_cpus = 0;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> load_average_1m;
};

MachineFacts read_machine_facts();

// Peak resident memory of this process so far, bytes.
std::optional<std::uint64_t> peak_resident_bytes();

}  // namespace costwar
