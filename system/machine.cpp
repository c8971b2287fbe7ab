#include "system/machine.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace costwar {
namespace {

// The value of the first line "key<separator>value" of a small text file of the system, without quotes.
std::optional<std::string> first_value(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t at = line.find_first_not_of(" \t", key.size());
    if (at == std::string::npos || line[at] != separator) continue;
    const std::size_t begin = line.find_first_not_of(" \t\"", at + 1);
    if (begin == std::string::npos) return std::nullopt;
    const std::size_t end = line.find_last_not_of(" \t\"");
    return line.substr(begin, end + 1 - begin);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

}  // namespace

MachineFacts read_machine_facts() {
  MachineFacts facts;
  utsname names{};
  if (::uname(&names) == 0) {
    facts.hostname = names.nodename;
    facts.kernel = std::string(names.sysname) + " " + names.release + " " + names.machine;
  }
  facts.os = first_value("/etc/os-release", "PRETTY_NAME", '=').value_or(names.sysname);
  facts.cpu_model = first_value("/proc/cpuinfo", "model name", ':');  // x86; other architectures may not say
  facts.logical_cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  facts.memory_bytes = memory_bytes();
  std::array<double, 1> load{};
  if (::getloadavg(load.data(), 1) == 1) facts.load_average_1m = load[0];
  return facts;
}

std::optional<std::uint64_t> peak_resident_bytes() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

}  // namespace costwar
