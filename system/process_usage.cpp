#include "system/process_usage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace costwar {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view next_word(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

std::optional<std::int64_t> number(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> peak_resident_of(std::string_view status) {
  constexpr std::string_view kKey = "\nVmHWM:";
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  status.remove_prefix(at + kKey.size());
  const auto kibibytes = number(next_word(status));
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  if (!kibibytes || *kibibytes > kMost || next_word(status) != "kB") return std::nullopt;
  return *kibibytes * 1024;
}

std::optional<Nanos> cpu_time_of(std::string_view stat, std::int64_t ticks_per_second) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || ticks_per_second <= 0) return std::nullopt;
  stat.remove_prefix(name_end + 1);
  for (int field = 3; field < 14; ++field) static_cast<void>(next_word(stat));
  const auto user = number(next_word(stat));
  const auto system = number(next_word(stat));
  constexpr std::int64_t kMost = std::int64_t{1} << 32;  // 490 days at 100 a second
  if (!user || !system || *user > kMost || *system > kMost) return std::nullopt;
  return Nanos{(*user + *system) * (1'000'000'000 / ticks_per_second)};
}

ProcessUsage read_process_usage(std::int64_t pid) {
  return {peak_resident_of(text_of(fmt::format("/proc/{}/status", pid))),
          cpu_time_of(text_of(fmt::format("/proc/{}/stat", pid)), ::sysconf(_SC_CLK_TCK))};
}

}  // namespace costwar
