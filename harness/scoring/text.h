// Text helpers that scorers share. Pure, linear in the text, safe on bytes that are no UTF-8. What is said of
// letters here means ASCII; unicode.h has the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/scoring/scorers.h"

namespace costwar::harness {

bool is_space(char c);  // space, tab, line ends
bool is_digit(char c);
bool is_letter(char c);     // a-z, A-Z
bool is_word_byte(char c);  // letter, digit, underscore, or any byte of a character outside ASCII
char to_lower(char c);

std::string_view trim(std::string_view text);
bool same_ignoring_case(std::string_view a, std::string_view b);
bool starts_ignoring_case(std::string_view text, std::string_view prefix);

// Lines without their ends ("\n" or "\r\n"); a text without a line end is one line.
std::vector<std::string_view> lines_of(std::string_view text);
// The last line with anything but white space in it, trimmed; empty when there is none.
std::string_view last_line(std::string_view text);

// White space at the ends goes, and becomes one space inside.
std::string collapse(std::string_view text);
// Every occurrence of `what` becomes `with`; `what` is not empty.
std::string replace_all(std::string_view text, std::string_view what, std::string_view with);
// Without Markdown's marks of bold type: ** and __.
std::string without_bold(std::string_view text);
// ```word\n ... ``` around the whole (trimmed) text goes, with the language word.
std::string_view without_fence(std::string_view text);
// One pair of surrounding quotes (" ' ` or the curly ones) goes.
std::string_view without_quotes(std::string_view text);

// At most about 60 bytes of one line, cut between characters, for the detail of a score.
std::string excerpt(std::string_view text);
// value 1 or 0.
ScoreResult verdict(bool solved, std::string detail);
// The detail of a verdict: what was given and, unless it was right, what was expected.
std::string compared(bool solved, std::string_view given, std::string_view expected);

}  // namespace costwar::harness
