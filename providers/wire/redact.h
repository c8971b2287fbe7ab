// Secrets never leave: whatever a server or a library says goes through here before it is shown or kept.
#pragma once

#include <string>
#include <string_view>

#include "core/attempt.h"

namespace costwar {

// The text with every occurrence of `secret` (where it has at least 4 characters) and everything that looks
// like a key
// ("Bearer ...", "sk-...") replaced by "[redacted]".
std::string redact(std::string_view text, std::string_view secret);

// Line breaks and other control characters become spaces; at most `limit` bytes, cut between UTF-8
// characters.
std::string one_line(std::string_view text, std::size_t limit = 2048);

// The secret itself is taken out of every text of the attempt, key-like words out of its messages and notes.
void redact(Attempt& attempt, std::string_view secret);

}  // namespace costwar
