// JSON that a model wrote, as a value with limits: depth 100, 20,000 values, no key twice in an object.
// Reading takes n log n, also where one object has very many keys (core's ordered values would take n
// squared).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"

namespace costwar::harness {

using ReplyJson = nlohmann::json;

struct ParsedReply {
  std::optional<ReplyJson> json;
  std::string problem;  // why there is none, one line
};

// The whole text, which may stand in one code fence and nothing else around it.
ParsedReply parse_reply_json(std::string_view text);

// The JSON in a text that says more: of the first code fence that holds some, else from the first bracket to
// the one that closes it.
ParsedReply find_reply_json(std::string_view text);

}  // namespace costwar::harness
