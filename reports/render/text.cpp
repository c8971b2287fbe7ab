#include "reports/render/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

namespace costwar::reports {
namespace {

constexpr utf8proc_int32_t kReplacement = 0xFFFD;

// The next character of `text` and its length in bytes; an invalid byte is a replacement character of
// length 1.
std::pair<utf8proc_int32_t, std::size_t> next_character(std::string_view text) {
  utf8proc_int32_t character = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const utf8proc_ssize_t length =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &character);
  if (length <= 0) return {kReplacement, 1};
  return {character, static_cast<std::size_t>(length)};
}

template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto [character, length] = next_character(text);
    visit(character, text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::size_t width_of(utf8proc_int32_t character) {
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(character)));
}

constexpr std::array<std::pair<utf8proc_int32_t, std::string_view>, 16> kAscii{{
    {0x2212, "-"},
    {0x2013, "-"},
    {0x2014, "-"},
    {0x2265, ">="},
    {0x2264, "<="},
    {0x00D7, "x"},
    {0x00B5, "u"},
    {0x221E, "inf"},
    {0x2026, "..."},
    {0x201C, "\""},
    {0x201D, "\""},
    {0x2018, "'"},
    {0x2019, "'"},
    {0x2500, "-"},
    {0x00B7, "."},
    {0x0394, "d"},
}};

// Takes from the front of `text` what fits into `width` columns, at least one character.
std::size_t fitting_bytes(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  std::size_t used = 0;
  while (bytes < text.size()) {
    const auto [character, length] = next_character(text.substr(bytes));
    if (bytes > 0 && used + width_of(character) > width) break;
    used += width_of(character);
    bytes += length;
  }
  return bytes;
}

constexpr std::size_t kLongestFigure = 40;

// The next piece that is not broken: a word, or a figure such as "87.3 %" or "[83.1, 90.6]".
std::string_view next_piece(std::string_view text) {
  std::size_t end = text.find(' ');
  while (end != std::string_view::npos && end < kLongestFigure) {
    const std::size_t open = text.substr(0, end).rfind('[');
    const bool in_brackets = open != std::string_view::npos && text.find(']', open) > end;
    if (!in_brackets && !text.substr(end + 1).starts_with('%')) break;
    end = text.find(' ', end + 1);
  }
  return text.substr(0, end);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for_each_character(text,
                     [&](utf8proc_int32_t character, std::string_view) { width += width_of(character); });
  return width;
}

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for_each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    switch (utf8proc_category(character)) {
      case UTF8PROC_CATEGORY_CC:
        clean += character == '\n' || character == '\t' || character == '\r' ? " " : "\uFFFD";
        return;
      case UTF8PROC_CATEGORY_ZL:
      case UTF8PROC_CATEGORY_ZP:
        clean += ' ';
        return;
      case UTF8PROC_CATEGORY_CF:
        return;
      default:
        break;
    }
    if (character == kReplacement)
      clean += "\uFFFD";
    else
      clean += bytes;
  });
  return clean;
}

std::string to_ascii(std::string_view text) {
  std::string ascii;
  for_each_character(text, [&](utf8proc_int32_t character, std::string_view bytes) {
    if (character < 0x80) {
      ascii += bytes;
      return;
    }
    const auto* found =
        std::find_if(kAscii.begin(), kAscii.end(), [&](const auto& row) { return row.first == character; });
    ascii += found == kAscii.end() ? "?" : found->second;
  });
  return ascii;
}

std::string pad_left(std::string text, std::size_t width) {
  const std::size_t used = display_width(text);
  if (used < width) text.insert(0, width - used, ' ');
  return text;
}

std::string pad_right(std::string text, std::size_t width) {
  const std::size_t used = display_width(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  const auto flush = [&] {
    if (!line.empty()) lines.push_back(std::exchange(line, {}));
    used = 0;
  };
  while (!text.empty()) {
    std::string_view word = next_piece(text);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    while (!word.empty()) {
      const std::size_t needed = display_width(word) + (line.empty() ? 0 : 1);
      if (used + needed <= width) {
        if (!line.empty()) line += ' ';
        line += word;
        used += needed;
        break;
      }
      if (!line.empty()) {
        flush();
        continue;
      }
      const std::size_t bytes = fitting_bytes(word, width);
      lines.emplace_back(word.substr(0, bytes));
      word.remove_prefix(bytes);
    }
  }
  flush();
  if (lines.empty()) lines.emplace_back();
  return lines;
}

}  // namespace costwar::reports
