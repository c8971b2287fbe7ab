// What a reply answers, whatever is right: whether an answer can be read out of it at all, and which, in one
// spelling, so that two replies can be compared. For rules that decide whether to ask another model. Reads as
// the scorers do; knows no reference. Pure, linear in the reply.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/chat.h"

namespace costwar::harness {

struct ReadReply {
  std::string_view text;  // without what it reasoned
  std::span<const ToolCall> tool_calls{};
};

// nullopt: nothing that this scorer could score: no number for numeric and numeric_final, no letter for
// choice, no JSON for json_schema and json_record, no call for tool_calls, no text for any other. Two replies
// answer the same where this is equal; of scorers not named here, and apart from answer_is, that is the whole
// text. Markers of an item's own (numeric_final's details) are not known here.
std::optional<std::string> read_answer(std::string_view scorer, const ReadReply& reply);

// It says that it does not know, and does not guess all the same. A heuristic over English phrases.
bool abstains(std::string_view text);

}  // namespace costwar::harness
