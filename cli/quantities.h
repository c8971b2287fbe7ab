// Quantities as they are typed: durations with their unit, shares and their differences, pairs with '='.
// Pure. Error{usage} names the flag, the text and how to write it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/time.h"

namespace costwar::cli {

// "50ms", "1.5s", "200us", "2m"; not negative, at most a day.
Nanos parse_duration(std::string_view text, std::string_view flag);

// "85%", "85 %" and "0.85" are 0.85; from 0 to 1.
double parse_share(std::string_view text, std::string_view flag);

// "3pts", "3 points", "3 %" and "0.03" are 0.03; above 0 and below 1.
double parse_points(std::string_view text, std::string_view flag);

// So many hundredths with one of these units, blanks between allowed; a bare number, where "" is among them,
// is the share itself. nullopt for anything else, and outside 0 to 1: a bare number above 1 is not guessed
// at.
std::optional<double> read_share(const std::string& text, std::span<const std::string_view> units);

// Split at the last '='; the left side is not empty.
std::pair<std::string, std::string> parse_pair(std::string_view text, std::string_view flag,
                                               std::string_view example);

}  // namespace costwar::cli
