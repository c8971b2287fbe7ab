#include "cli/config/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/text.h"
#include "system/files.h"

namespace costwar::cli {
namespace {

constexpr std::uint64_t kLargestCertificates = 64u << 20;
constexpr double kLongestTimeout = 86'400;
constexpr std::int64_t kMostMegabytes = 65'536;
constexpr std::int64_t kMostConcurrency = 4096;

// Headers that the transport or the dialect writes itself.
constexpr std::array<std::string_view, 8> kOwnHeaders{
    "accept-encoding",  "connection", "content-length", "content-type", "expect", "host", "te",
    "transfer-encoding"};
// What a header's name holds when its value is a secret.
constexpr std::array<std::string_view, 6> kSecretNames{"auth",     "cookie", "key",
                                                       "password", "secret", "token"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

std::string text_of(const Json& value, const Place& place) {
  if (!value.is_string()) fail(place, "expected a text", "put it in quotation marks");
  return value.get<std::string>();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
}

// What stands between "://" and the next '/', '?' or '#'.
std::string_view authority(std::string_view address) {
  const std::size_t begin = address.find("://");
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = address.substr(begin + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

Json whole_number(const Json& value, const Place& place, std::int64_t low, std::int64_t high) {
  const bool fits = value.is_number_integer() && value >= low && value <= high;
  if (!fits) fail(place, fmt::format("expected a whole number from {} to {}", low, high), {});
  return value;
}

}  // namespace

void fail(const Place& place, std::string_view what, std::string hint) {
  throw Error(place.kind, fmt::format("{}: {}", place.where, what), std::move(hint));
}

std::string without_credentials(std::string_view proxy) {
  const std::size_t at = authority(proxy).rfind('@');
  if (at == std::string_view::npos) return std::string(proxy);
  const std::size_t begin = proxy.find("://") + 3;
  return fmt::format("{}[redacted]{}", proxy.substr(0, begin), proxy.substr(begin + at));
}

Json check_proxy(const Json& value, const Place& place) {
  std::string proxy = text_of(value, place);
  if (proxy.empty() || proxy == "none") return "";
  while (proxy.ends_with('/')) proxy.pop_back();
  const std::string_view host = authority(proxy);
  if (!proxy.starts_with("http://") || host.empty() || !is_printable(proxy) ||
      proxy.find(' ') != std::string::npos || proxy.size() != host.size() + 7)
    fail(place, "this is no proxy's address", "write http://HOST:PORT, or none");
  if (host.find('@') != std::string_view::npos && !place.may_hold_secrets)
    fail(place, "a proxy's password may not stand here",
         "put the address with user and password into the variable COSTWAR_PROXY");
  return proxy;
}

Json check_certificates(const Json& value, const Place& place) {
  const std::string name = text_of(value, place);
  if (name.empty()) return "";
  const std::string path = (place.folder / name).lexically_normal().string();
  std::string content;
  try {
    content = read_file(path, kLargestCertificates);
  } catch (const Error& error) {
    fail(place, error.what(), "name a PEM file with the certificates to trust");
  }
  if (content.find("-----BEGIN CERTIFICATE-----") == std::string::npos &&
      content.find("-----BEGIN TRUSTED CERTIFICATE-----") == std::string::npos)
    fail(place, fmt::format("{} holds no certificate", path),
         "it has to be a PEM file with -----BEGIN CERTIFICATE-----");
  return path;
}

Json check_switch(const Json& value, const Place& place) {
  if (!value.is_boolean()) fail(place, "expected true or false", {});
  return value;
}

Json check_seconds(const Json& value, const Place& place) {
  const bool fits = value.is_number() && value.get<double>() >= 0.1 && value.get<double>() <= kLongestTimeout;
  if (!fits) fail(place, fmt::format("expected seconds from 0.1 to {:.0f}", kLongestTimeout), {});
  return value;
}

Json check_megabytes(const Json& value, const Place& place) {
  return whole_number(value, place, 1, kMostMegabytes);
}

Json check_concurrency(const Json& value, const Place& place) {
  return whole_number(value, place, 1, kMostConcurrency);
}

namespace {

Json one_of(const Json& value, const Place& place, std::span<const std::string_view> names) {
  const std::string name = text_of(value, place);
  if (std::find(names.begin(), names.end(), name) == names.end())
    fail(place, fmt::format("'{}' is not known here", name),
         fmt::format("one of {}", fmt::join(names, ", ")));
  return value;
}

Json number_between(const Json& value, const Place& place, double low, double high, std::string_view unit) {
  if (value.is_null()) return value;
  const bool fits = value.is_number() && value.get<double>() >= low && value.get<double>() <= high;
  if (!fits) fail(place, fmt::format("expected a number from {:g} to {:g}{}", low, high, unit), {});
  return value;
}

}  // namespace

Json check_energy_source(const Json& value, const Place& place) {
  static constexpr std::array<std::string_view, 6> kSources{"auto",    "rapl",     "nvml",
                                                            "command", "estimate", "off"};
  return one_of(value, place, kSources);
}

Json check_power_unit(const Json& value, const Place& place) {
  static constexpr std::array<std::string_view, 2> kUnits{"watts", "joules"};
  return one_of(value, place, kUnits);
}

Json check_words(const Json& value, const Place& place) {
  const bool words = value.is_array() && std::all_of(value.begin(), value.end(),
                                                     [](const Json& word) { return word.is_string(); });
  if (!words) fail(place, "expected a list of texts", "write [\"PROGRAM\", \"ARGUMENT\"]");
  return value;
}

Json check_watts(const Json& value, const Place& place) {
  return number_between(value, place, 0, 1e6, " watts");
}

Json check_pue(const Json& value, const Place& place) {
  return number_between(value, place, 1, 10, "");
}

Json check_carbon(const Json& value, const Place& place) {
  return number_between(value, place, 0, 10'000, " grams");
}

Json check_program(const Json& value, const Place& place) {
  const std::string name = text_of(value, place);
  if (name.find('/') == std::string::npos) return name;
  return (place.folder / name).lexically_normal().string();
}

Json check_context(const Json& value, const Place& place) {
  return whole_number(value, place, 64, 1 << 24);
}

Json check_threads(const Json& value, const Place& place) {
  return whole_number(value, place, 0, 1024);
}

Json check_arguments(const Json& value, const Place& place) {
  static constexpr std::array<std::string_view, 22> kOurs{"-m",
                                                          "--model",
                                                          "--host",
                                                          "--port",
                                                          "-c",
                                                          "--ctx-size",
                                                          "-np",
                                                          "--parallel",
                                                          "-t",
                                                          "--threads",
                                                          "-hf",
                                                          "--hf-repo",
                                                          "--metrics",
                                                          "--no-warmup",
                                                          "--api-key",
                                                          "--api-key-file",
                                                          "--api-prefix",
                                                          "--ssl-key-file",
                                                          "--ssl-cert-file",
                                                          "-hfr",
                                                          "-mu",
                                                          "--model-url"};
  if (!value.is_array()) fail(place, "expected a list of texts", R"(write ["--no-repack"])");
  for (const Json& argument : value) {
    if (!argument.is_string()) fail(place, "expected a list of texts", R"(write ["--no-repack"])");
    const std::string word = argument.get<std::string>();
    if (std::find(kOurs.begin(), kOurs.end(), word.substr(0, word.find('='))) != kOurs.end())
      fail(place, fmt::format("{} is costwar's to set", word),
           "context and threads are settings of their own; leave out the rest");
  }
  return value;
}

Json check_address(const Json& value, const Place& place) {
  std::string address = text_of(value, place);
  while (address.ends_with('/')) address.pop_back();
  // It stands in the store and in reports, so it must hold no secret; nor may the complaint.
  if (address.find_first_of("@?#") != std::string::npos)
    fail(place, "an API's address may hold no user, password or query, which would be stored",
         "leave them out; headers can carry $VARIABLES");
  const bool known = address.starts_with("https://") || address.starts_with("http://");
  if (!known || authority(address).empty() || !is_printable(address) ||
      address.find(' ') != std::string::npos)
    fail(place, "this is no address of an API", "write https://HOST/v1");
  return address;
}

Json check_variable(const Json& value, const Place& place) {
  const std::string name = text_of(value, place);
  const bool good = std::all_of(name.begin(), name.end(),
                                [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; });
  if (!good || (!name.empty() && is_digit(name.front())))
    fail(place, "expected the name of an environment variable, in capitals",
         "put the key itself into that variable, not into a file");
  return name;
}

Json check_text(const Json& value, const Place& place) {
  const std::string text = text_of(value, place);
  if (!is_printable(text)) fail(place, "this text holds characters that do not print", {});
  return text;
}

std::vector<HeaderPiece> header_pieces(std::string_view text) {
  std::vector<HeaderPiece> pieces;
  const auto add_text = [&](char c) {
    if (pieces.empty() || pieces.back().is_variable) pieces.push_back({});
    pieces.back().text += c;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      add_text(text[at]);
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == '$') {
      add_text(text[++at]);
      continue;
    }
    const bool braces = at + 1 < text.size() && text[at + 1] == '{';
    const std::size_t begin = at + (braces ? 2 : 1);
    std::size_t end = begin;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end == begin || is_digit(text[begin]) || (braces && (end == text.size() || text[end] != '}')))
      return {};
    pieces.push_back({std::string(text.substr(begin, end - begin)), true});
    at = braces ? end : end - 1;
  }
  return pieces;
}

bool looks_like_key(std::string_view text) {
  constexpr std::size_t kLongWord = 20;
  constexpr std::size_t kKeyTail = 8;
  for (const std::string_view prefix : {"sk-", "Bearer "})
    if (const std::size_t at = text.find(prefix);
        at != std::string_view::npos && text.size() >= at + prefix.size() + kKeyTail)
      return true;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    bool letters = false;
    bool digits = false;
    for (; end < text.size() && is_word(text[end]); ++end) {
      letters = letters || is_letter(text[end]);
      digits = digits || is_digit(text[end]);
    }
    if (letters && digits && end - begin >= kLongWord) return true;
    begin = end + 1;
  }
  return false;
}

void check_header(const std::string& name, const Json& value, const Place& place) {
  const bool token = !name.empty() && std::all_of(name.begin(), name.end(),
                                                  [](char c) { return is_word(c) || c == '-' || c == '.'; });
  if (!token) fail(place, "this is no name of a header", "it has letters, digits, '-', '_' and '.'");
  const std::string lower = lowered(name);
  if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end())
    fail(place, fmt::format("costwar writes the header {} itself", name), "leave it out");
  const std::string text = text_of(value, place);
  const std::vector<HeaderPiece> pieces = header_pieces(text);
  if (!is_printable(text) || (pieces.empty() && !text.empty()))
    fail(place, fmt::format("the text of the header {} cannot be read", name),
         "write $NAME for a variable of the environment, and $$ for a dollar");
  const bool has_variable =
      std::any_of(pieces.begin(), pieces.end(), [](const auto& p) { return p.is_variable; });
  const bool secret_name = std::any_of(kSecretNames.begin(), kSecretNames.end(), [&](std::string_view part) {
    return lower.find(part) != std::string::npos;
  });
  const bool key_inside = std::any_of(pieces.begin(), pieces.end(), [](const HeaderPiece& piece) {
    return !piece.is_variable && looks_like_key(piece.text);
  });
  if (key_inside || (secret_name && !has_variable))
    fail(place, fmt::format("the header {} seems to hold a key, which may not stand in a file", name),
         fmt::format("put it into the environment and write \"{}\": \"{}$MY_KEY\"", name,
                     lower == "authorization" ? "Bearer " : ""));
}

}  // namespace costwar::cli
