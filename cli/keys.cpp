#include "cli/keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::uint64_t kLongestKeyFile = 64 * 1024;

enum class Kind { key, header_text };

std::string checked(std::string key, Kind kind, const std::string& where) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!key.empty() && is_space(key.back())) key.pop_back();
  key.erase(0, static_cast<std::size_t>(std::find_if_not(key.begin(), key.end(), is_space) - key.begin()));
  const bool printable = std::all_of(key.begin(), key.end(), [&](char c) {
    return (c > ' ' && c < 127) || (c == ' ' && kind == Kind::header_text);
  });
  if (key.empty() || !printable)
    throw Error(ErrorKind::credentials, fmt::format("{} holds no usable key", where),
                kind == Kind::key ? "a key is one line of printable characters without spaces"
                                  : "it is one line of printable characters");
  return key;
}

std::optional<std::string> find_secret(const Environment& environment, const std::string& name, Kind kind) {
  if (const auto value = environment.variable(name)) return checked(*value, kind, name);
  const auto path = environment.variable(name + "_FILE");
  if (!path) return std::nullopt;
  try {
    const std::string content = read_file(*path, kLongestKeyFile);
    return checked(content.substr(0, content.find('\n')), kind, fmt::format("{} ({}_FILE)", *path, name));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::credentials) throw;
    throw Error(ErrorKind::credentials, fmt::format("{}_FILE: {}", name, error.what()),
                "name a readable file that holds the key");
  }
}

}  // namespace

std::optional<std::string> find_key(const Environment& environment, const std::string& name) {
  return find_secret(environment, name, Kind::key);
}

std::optional<std::string> find_header_text(const Environment& environment, const std::string& name) {
  return find_secret(environment, name, Kind::header_text);
}

std::string require_key(const Environment& environment, const std::string& name, const std::string& model) {
  if (auto key = find_key(environment, name)) return *std::move(key);
  throw Error(ErrorKind::credentials, fmt::format("{} needs a key and {} is not set", model, name),
              fmt::format("set {0} to the key, or {0}_FILE to a file that holds it", name));
}

}  // namespace costwar::cli
