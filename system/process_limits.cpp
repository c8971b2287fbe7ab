#include "system/process_limits.h"

#include <sys/resource.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace costwar {
namespace {

std::optional<std::int64_t> limit_of(rlim_t value) {
  if (value == RLIM_INFINITY || value > static_cast<rlim_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::string first_line_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// This process's own cgroup of version 2: "0::/user.slice"; inside a container "/".
std::filesystem::path own_cgroup() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::/")) return std::filesystem::path("/sys/fs/cgroup") / line.substr(4);
  return "/sys/fs/cgroup";
}

std::optional<std::int64_t> whole_number(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<std::int64_t> ports_of_range(std::string_view text) {
  const auto first = whole_number(text);
  const auto last = first ? whole_number(text) : std::nullopt;
  if (!last || *first < 1 || *last < *first || *last > 65535) return std::nullopt;
  return *last - *first + 1;
}

std::optional<std::int64_t> container_limit(std::string_view text) {
  const auto value = whole_number(text);
  return value && *value > 0 ? value : std::nullopt;
}

ProcessLimits read_process_limits() {
  ProcessLimits limits;
  struct rlimit files {};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    limits.descriptors = limit_of(files.rlim_cur);
    limits.most_descriptors = limit_of(files.rlim_max);
  }
  std::error_code unreadable;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", unreadable), end;
       !unreadable && entry != end; entry.increment(unreadable))
    ++limits.open_descriptors;
  limits.ports = ports_of_range(first_line_of("/proc/sys/net/ipv4/ip_local_port_range"));
  const std::filesystem::path group = own_cgroup();
  limits.tasks = container_limit(first_line_of(group / "pids.max"));
  limits.memory_bytes = container_limit(first_line_of(group / "memory.max"));
  return limits;
}

std::optional<std::int64_t> raise_descriptor_limit() {
  struct rlimit files {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return std::nullopt;
  if (files.rlim_cur != files.rlim_max) {
    const rlim_t before = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) files.rlim_cur = before;
  }
  return limit_of(files.rlim_cur);
}

}  // namespace costwar
