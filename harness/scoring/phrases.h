// Phrases that a reply is searched for: what scorers of behaviour (refusal, abstention) go by. A heuristic
// over English text, and documented as one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace costwar::harness {

// As searched: lower case, straight apostrophes, single spaces, no Markdown marks; " " at both ends.
std::string phrase_text(std::string_view text);

// The first place in `text` (of phrase_text) where one of `phrases` begins at the beginning of a word.
std::optional<std::size_t> first_phrase(std::string_view text, std::span<const std::string_view> phrases);

std::size_t count_words(std::string_view text);

}  // namespace costwar::harness
