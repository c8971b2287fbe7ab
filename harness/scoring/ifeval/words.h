// Words, sentences, paragraphs and languages of a reply, as IFEval's instructions count them. Own rules,
// since the reference program takes them from libraries; docs/scoring.md says them. Pure, linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace costwar::harness::ifeval {

// Runs of letters, digits and underscores (\w+ in Python).
std::size_t count_words(std::string_view text);

// A sentence ends with . ! ? ... or the full stops of other scripts, then closing quotes or brackets, then
// white space or the end; at a blank line; and with the text. Abbreviations, initials and the numbers of
// lists end none.
std::size_t count_sentences(std::string_view text);

// Words that are written in capitals from end to end: split at white space, apostrophes and all punctuation
// but
// '-' and '.' inside a word.
std::size_t count_capital_words(std::string_view text);

bool is_all_upper(std::string_view text);  // at least one cased letter, and none of the other case
bool is_all_lower(std::string_view text);

// What can be told of a text's language. Scripts of one language decide at once (Thai, Tamil ...); where
// languages share one (Latin, Cyrillic, Arabic, Devanagari), their commonest words and own letters do.
enum class Language : std::uint8_t {
  is,         // the language asked for
  is_not,     // another one, or another script
  undecided,  // the script fits and nothing tells the languages of that script apart
};
// code: ISO 639-1, as "en". unknown codes are undecided.
Language language_of(std::string_view text, std::string_view code);
// Whether language_of() can ever say `is` for this code.
bool knows_language(std::string_view code);

}  // namespace costwar::harness::ifeval
