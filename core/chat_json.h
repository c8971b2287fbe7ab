// The JSON form of a ChatRequest without `due`: members in one order, what is absent or empty left out. Equal
// requests have equal texts and different ones different texts, so that the text is the key of a recording.
// JSON inside a request (schemas, arguments) stays text.
#pragma once

#include <string>
#include <vector>

#include "core/chat.h"
#include "core/json.h"

namespace costwar {

Json chat_request_to_json(const ChatRequest& request);
ChatRequest chat_request_from_json(const JsonIn& in);  // Error{input} on anything it does not know

// One line, no blanks. Bytes that are no UTF-8 are U+FFFD, as in the request that leaves.
std::string chat_request_text(const ChatRequest& request);

// What differs, in words for people: "max_output_tokens 2048, recorded 512", "messages differ". Empty: equal.
std::vector<std::string> chat_request_differences(const ChatRequest& asked, const ChatRequest& recorded);

}  // namespace costwar
