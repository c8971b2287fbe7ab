// Text as terminals measure it: how many columns it takes, how to break it, and how to make text of unknown
// origin harmless. UTF-8 in and out. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::reports {

// Columns on a terminal: 0 for combining marks, 2 for wide East Asian characters and emoji.
std::size_t display_width(std::string_view text);

// One line without anything that a terminal would act on: line ends and tabs become spaces, other controls
// and invalid bytes become U+FFFD, invisible format characters (bidirectional overrides among them) are
// dropped.
std::string printable(std::string_view text);

// ASCII for the typographic characters that reports use; "?" for every other.
std::string to_ascii(std::string_view text);

std::string pad_left(std::string text, std::size_t width);
std::string pad_right(std::string text, std::size_t width);

// Lines of at most `width` columns, broken at spaces where possible and within words where not. Figures such
// as "87.3 %" and "[83.1, 90.6]" stay in one piece. At least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace costwar::reports
