// Secrets never leave: whatever a server or a library says goes through here before it is shown or kept.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"

namespace costwar {

// The text with every occurrence of `secret` (where it has at least 4 characters), a beginning of it at the
// text's end (a limit may have cut it), and everything that looks like a key ("Bearer ...", "sk-...")
// replaced by "[redacted]".
std::string redact(std::string_view text, std::string_view secret);
std::string redact(std::string_view text, std::span<const std::string> secrets);

// Line breaks and other control characters become spaces; at most `limit` bytes, cut between UTF-8
// characters.
std::string one_line(std::string_view text, std::size_t limit = 2048);

// The secret itself is taken out of every text of the attempt, key-like words out of its messages and notes.
void redact(Attempt& attempt, std::string_view secret);
void redact(Attempt& attempt, std::span<const std::string> secrets);

// The secrets as they stand in what is kept: as they are, and as JSON writes them (with and without "\\/"),
// for texts that keep raw JSON. The longest first, each once, no empty one.
std::vector<std::string> written_forms(std::vector<std::string> secrets);

}  // namespace costwar
