#include "providers/local/server_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/error.h"
#include "core/text.h"
#include "providers/wire/redact.h"

namespace costwar::local {
namespace {

constexpr std::size_t kMostLines = 40;
constexpr std::size_t kLongestLine = 400;
constexpr int kMostParts = 1000;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

// The host of a socket's URL is not looked up.
std::string ServerAddress::base_url() const {
  return socket.empty() ? fmt::format("http://127.0.0.1:{}/v1", port) : "http://localhost/v1";
}

std::vector<std::string> server_arguments(const ServerLaunch& launch, const ServerAddress& address) {
  std::vector<std::string> all = launch.program;
  const auto add = [&](std::string flag, std::string value) {
    all.push_back(std::move(flag));
    all.push_back(std::move(value));
  };
  add("-m", launch.model_file);
  add("--host", address.socket.empty() ? "127.0.0.1" : address.socket);
  if (address.socket.empty()) add("--port", std::to_string(address.port));
  add("-c", std::to_string(launch.context));
  add("--parallel", "1");  // calls go one at a time, so that the machine's seconds are one call's
  add("-t", std::to_string(launch.threads));
  all.insert(all.end(), {"--no-warmup", "--metrics"});
  all.insert(all.end(), launch.arguments.begin(), launch.arguments.end());
  return all;
}

std::string version_of(std::string_view output) {
  constexpr std::string_view kWord = "version: ";
  const std::size_t at = output.find(kWord);
  if (at == std::string_view::npos) return {};
  std::string_view rest = output.substr(at + kWord.size());
  return one_line(trimmed(rest.substr(0, rest.find('\n'))), 128);
}

void LogTail::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (open_.size() < kLongestLine)
      open_ += bytes.substr(0, std::min(bytes.substr(0, end).size(), kLongestLine - open_.size()));
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    if (lines_.size() == kMostLines) lines_.pop_front();
    lines_.push_back(std::exchange(open_, {}));
  }
}

std::string LogTail::last(std::size_t count) const {
  std::vector<std::string> found;
  const auto take = [&](const std::string& line) {
    const std::string text(trimmed(one_line(line, kLongestLine)));
    if (!text.empty() && found.size() < count) found.push_back(text);
  };
  take(open_);
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) take(*line);
  std::string text;
  for (auto line = found.rbegin(); line != found.rend(); ++line) text += (text.empty() ? "" : " | ") + *line;
  return text;
}

std::vector<std::filesystem::path> parts_of(const std::filesystem::path& file) {
  // -00001-of-00003.gguf
  constexpr std::size_t kDigits = 5;
  constexpr std::string_view kOf = "-of-";
  constexpr std::string_view kEnd = ".gguf";
  const std::string name = file.filename().string();
  const std::size_t tail = 1 + kDigits + kOf.size() + kDigits + kEnd.size();
  if (name.size() <= tail) return {file};
  const std::size_t at = name.size() - tail;
  const std::string_view part = std::string_view(name).substr(at + 1, kDigits);
  const std::string_view count = std::string_view(name).substr(at + 1 + kDigits + kOf.size(), kDigits);
  if (name[at] != '-' || name.substr(at + 1 + kDigits, kOf.size()) != kOf || !name.ends_with(kEnd) ||
      !all_digits(part) || !all_digits(count))
    return {file};
  const std::string stem = name.substr(0, at);
  const auto part_name = [&](int n) {
    return file.parent_path() / fmt::format("{}-{:05}-of-{}.gguf", stem, n, count);
  };
  if (number(part) != 1)
    throw Error(ErrorKind::input, fmt::format("{} is part {} of a split file", file.string(), number(part)),
                fmt::format("name its first part: {}", part_name(1).string()));
  const int parts = number(count);
  if (parts < 1 || parts > kMostParts)
    throw Error(ErrorKind::input, fmt::format("{} claims to have {} parts", file.string(), parts),
                fmt::format("1 to {} are expected", kMostParts));
  std::vector<std::filesystem::path> all;
  std::error_code ignored;
  for (int n = 1; n <= parts; ++n) {
    all.push_back(part_name(n));
    if (!std::filesystem::exists(all.back(), ignored))
      throw Error(ErrorKind::input,
                  fmt::format("{} is missing: part {} of {}", all.back().string(), n, parts),
                  "all parts of a split file stand in one folder");
  }
  return all;
}

}  // namespace costwar::local
