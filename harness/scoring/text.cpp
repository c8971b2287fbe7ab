#include "harness/scoring/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace costwar::harness {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word_byte(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80U;
}
char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && starts_ignoring_case(a, b);
}

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find('\n', begin);
    std::string_view line = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    begin = end + 1;
  }
}

std::string_view last_line(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const std::size_t end = trimmed.rfind('\n');
  return trim(end == std::string_view::npos ? trimmed : trimmed.substr(end + 1));
}

std::string collapse(std::string_view text) {
  std::string collapsed;
  collapsed.reserve(text.size());
  for (const char c : trim(text)) {
    if (!is_space(c)) {
      collapsed += c;
    } else if (collapsed.back() != ' ') {
      collapsed += ' ';
    }
  }
  return collapsed;
}

std::string replace_all(std::string_view text, std::string_view what, std::string_view with) {
  std::string replaced(text);
  replace_each(replaced, what, with);
  return replaced;
}

std::string without_bold(std::string_view text) {
  return replace_all(replace_all(text, "**", ""), "__", "");
}

std::string_view without_fence(std::string_view text) {
  constexpr std::string_view kFence = "```";
  text = trim(text);
  if (text.size() < 2 * kFence.size() || !text.starts_with(kFence) || !text.ends_with(kFence)) return text;
  text.remove_prefix(kFence.size());
  text.remove_suffix(kFence.size());
  const std::size_t line = text.find('\n');
  return line == std::string_view::npos ? text : text.substr(line + 1);
}

std::string_view without_quotes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPairs{
      {{"\"", "\""},
       {"'", "'"},
       {"`", "`"},
       {"\xe2\x80\x9c", "\xe2\x80\x9d"},
       {"\xe2\x80\x98", "\xe2\x80\x99"}}};
  for (const auto& [open, close] : kPairs)
    if (text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
      return text.substr(open.size(), text.size() - open.size() - close.size());
  return text;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string shown(text.substr(0, kLongest));
  if (text.size() > kLongest) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xc0U) == 0x80U)
      shown.pop_back();
    shown += "...";
  }
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return shown;
}

ScoreResult verdict(bool solved, std::string detail) {
  return {solved ? 1.0 : 0.0, solved, std::move(detail)};
}

std::string compared(bool solved, std::string_view given, std::string_view expected) {
  if (solved) return fmt::format("\"{}\"", excerpt(given));
  return fmt::format("\"{}\", expected \"{}\"", excerpt(given), excerpt(expected));
}

}  // namespace costwar::harness
