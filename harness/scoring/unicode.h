// Characters of a reply: UTF-8 to code points, letter case and classes (by utf8proc). Pure and linear; bytes
// that are no UTF-8 become U+FFFD, one each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace costwar::harness {

std::vector<char32_t> code_points(std::string_view text);
void append_utf8(std::string& text, char32_t character);

bool is_unicode_space(char32_t character);
bool is_unicode_letter(char32_t character);
bool is_unicode_mark(char32_t character);    // combining marks: vowel signs of Indic scripts among them
bool is_word_character(char32_t character);  // letter, digit or underscore, as \w means in Python
bool is_upper_case(char32_t character);
bool is_lower_case(char32_t character);
char32_t to_lower_case(char32_t character);

// Every letter in lower case.
std::string lower_utf8(std::string_view text);

// Decimal digits of all scripts, full-width letters, digits and signs, the minus (U+2212) and the Arabic
// decimal and thousands signs become ASCII.
std::string ascii_forms(std::string_view text);

}  // namespace costwar::harness
