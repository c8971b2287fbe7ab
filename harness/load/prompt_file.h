// The user's own prompts: JSON Lines, each with "prompt" (a text) or "messages" (role and content, as in
// chat requests, the last of the user), or plain text with one prompt a line. Read whole; drawn in an order
// of its own for each seed and stage. Immutable once read: any thread may draw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/chat.h"

namespace costwar::harness {

inline constexpr std::size_t kMostPrompts = 1'000'000;

struct PromptSet {
  std::string source;
  std::vector<std::vector<Message>> prompts;  // none is empty
};

// `source` names the file in messages; it ends with ".txt" for plain text, else lines are JSON. Blank lines
// are passed over. Error{input} with the line number; also where there is no prompt at all.
PromptSet read_prompts(ByteSource bytes, const std::string& source);

}  // namespace costwar::harness
