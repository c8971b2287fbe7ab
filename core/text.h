// ASCII text from files and flags: without blanks around it, in lower case, and digits in groups for people.
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace costwar {

// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

// A to Z as a to z; every other byte stays.
std::string lowered(std::string_view text);

// "1,234,567", "-1,000"
std::string with_commas(std::int64_t value);

}  // namespace costwar
