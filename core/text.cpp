#include "core/text.h"

#include <algorithm>

namespace costwar {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

void replace_each(std::string& text, std::string_view what, std::string_view with) {
  std::size_t found = text.find(what);
  if (found == std::string::npos) return;
  std::string out;
  std::size_t from = 0;
  for (; found != std::string::npos; found = text.find(what, from)) {
    out.append(text, from, found - from);
    out += with;
    from = found + what.size();
  }
  out.append(text, from);
  text = std::move(out);
}

std::string with_commas(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

}  // namespace costwar
