#include "harness/scoring/phrases.h"

#include <algorithm>

#include "core/text.h"
#include "harness/scoring/text.h"

namespace costwar::harness {

std::string phrase_text(std::string_view text) {
  std::string straight = replace_all(replace_all(text, "\xe2\x80\x99", "'"), "\xca\xbc", "'");
  std::erase_if(straight, [](char c) { return c == '*' || c == '_' || c == '#' || c == '`' || c == '>'; });
  return " " + lowered(collapse(straight)) + " ";
}

std::optional<std::size_t> first_phrase(std::string_view text, std::span<const std::string_view> phrases) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view phrase : phrases) {
    std::size_t place = text.find(phrase);
    while (place != std::string_view::npos && place > 0 && is_word_byte(text[place - 1]))
      place = text.find(phrase, place + 1);
    first = std::min(first, place);
  }
  if (first == std::string_view::npos) return std::nullopt;
  return first;
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_space(text[i]) && (i == 0 || is_space(text[i - 1]))) ++words;
  return words;
}

}  // namespace costwar::harness
