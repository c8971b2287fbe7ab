#include "harness/scoring/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace costwar::harness {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// One character at `place`, which moves behind it.
char32_t decode(std::string_view text, std::size_t& place) {
  const auto first = static_cast<unsigned char>(text[place]);
  if (first < 0x80U) {
    ++place;
    return first;
  }
  utf8proc_int32_t character = 0;
  const auto rest = static_cast<utf8proc_ssize_t>(std::min<std::size_t>(4, text.size() - place));
  const auto length =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + place), rest, &character);
  if (length <= 0) {
    ++place;
    return kReplacement;
  }
  place += static_cast<std::size_t>(length);
  return static_cast<char32_t>(character);
}

utf8proc_category_t category(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

// Zeros of the scripts whose digits models write; nine digits follow each (Unicode, category Nd).
constexpr std::array<char32_t, 16> kZeros{0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6,
                                          0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0};

char ascii_of(char32_t character) {
  // The full-width block repeats ASCII from '!' to '~'.
  if (character >= 0xFF01 && character <= 0xFF5E) return static_cast<char>(character - 0xFF01 + '!');
  for (const char32_t zero : kZeros)
    if (character >= zero && character <= zero + 9) return static_cast<char>('0' + (character - zero));
  switch (character) {
    case 0x2212:
      return '-';
    case 0x066B:
      return '.';
    case 0x066C:
      return ',';
    default:
      return '\0';
  }
}

}  // namespace

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> characters;
  characters.reserve(text.size());
  for (std::size_t place = 0; place < text.size();) characters.push_back(decode(text, place));
  return characters;
}

void append_utf8(std::string& text, char32_t character) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

bool is_unicode_space(char32_t character) {
  if (character < 0x80) return character == ' ' || (character >= '\t' && character <= '\r');
  const auto kind = category(character);
  return kind == UTF8PROC_CATEGORY_ZS || kind == UTF8PROC_CATEGORY_ZL || kind == UTF8PROC_CATEGORY_ZP ||
         character == 0x85;
}

bool is_unicode_letter(char32_t character) {
  const auto kind = category(character);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_unicode_mark(char32_t character) {
  const auto kind = category(character);
  return kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME;
}

bool is_word_character(char32_t character) {
  const auto kind = category(character);
  return character == '_' || is_unicode_letter(character) ||
         (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO);
}

bool is_upper_case(char32_t character) {
  return category(character) == UTF8PROC_CATEGORY_LU;
}

bool is_lower_case(char32_t character) {
  return category(character) == UTF8PROC_CATEGORY_LL;
}

char32_t to_lower_case(char32_t character) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character)));
}

std::string lower_utf8(std::string_view text) {
  std::string lowered;
  lowered.reserve(text.size());
  for (std::size_t place = 0; place < text.size();) append_utf8(lowered, to_lower_case(decode(text, place)));
  return lowered;
}

std::string ascii_forms(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t place = 0; place < text.size();) {
    const std::size_t begin = place;
    const char32_t character = decode(text, place);
    const char ascii = character < 0x80 ? '\0' : ascii_of(character);
    if (ascii != '\0') {
      plain += ascii;
    } else {
      plain += text.substr(begin, place - begin);
    }
  }
  return plain;
}

}  // namespace costwar::harness
