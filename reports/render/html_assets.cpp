#include "reports/render/html_assets.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

extern "C" {
#define EMBEDDED_FILE(path, symbol, symbol_end) \
  extern const char symbol[];                   \
  extern const char symbol_end[];
#include "embedded_table.inc"
#undef EMBEDDED_FILE
}

namespace costwar::reports {
namespace {

std::string_view embedded(std::string_view name) {
#define EMBEDDED_FILE(path, symbol, symbol_end) \
  if (name == (path)) return {symbol, static_cast<std::size_t>(symbol_end - symbol)};
#include "embedded_table.inc"
#undef EMBEDDED_FILE
  return {};
}

unsigned nibble(char digit) {
  return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

// RFC 4648, of bytes given as hexadecimal digits.
std::string base64(std::string_view hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bits = bits << 8U | nibble(hex[i]) << 4U | nibble(hex[i + 1]);
    for (held += 8; held >= 6; held -= 6) text += kDigits[bits >> (held - 6) & 63U];
  }
  if (held > 0) text += kDigits[bits << (6 - held) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

}  // namespace

HtmlAsset html_style() {
  return {embedded("report.css"), COSTWAR_SHA256_STYLE};
}

HtmlAsset chart_library() {
  return {embedded("chart.min.js"), COSTWAR_SHA256_CHART_LIBRARY};
}

HtmlAsset chart_script() {
  return {embedded("charts.js"), COSTWAR_SHA256_CHART_SCRIPT};
}

HtmlAsset item_script() {
  return {embedded("items.js"), COSTWAR_SHA256_ITEM_SCRIPT};
}

std::string policy_hash(const HtmlAsset& asset) {
  return "sha256-" + base64(asset.sha256);
}

std::string content_security_policy() {
  return fmt::format(
      "default-src 'none'; script-src '{}' '{}' '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
      policy_hash(chart_library()), policy_hash(chart_script()), policy_hash(item_script()),
      policy_hash(html_style()));
}

}  // namespace costwar::reports
