// Text: without blanks around it, in lower case, with one word in the place of another, and digits in groups
// for people. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace costwar {

// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

// A to Z as a to z; every other byte stays.
std::string lowered(std::string_view text);

// Puts `with` in the place of each `what`, which is not empty, from left to right. Takes time of the text's
// length, however many there are.
void replace_each(std::string& text, std::string_view what, std::string_view with);

// "1,234,567", "-1,000"
std::string with_commas(std::int64_t value);

}  // namespace costwar
