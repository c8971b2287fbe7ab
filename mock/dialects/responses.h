// What the two halves of the Responses dialect, the object and the stream, share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mock/dialect.h"

namespace costwar::mock {

void stream_responses(const Generation& generation, FaultMode mode, StreamWriter& out);

// The response object. output: the JSON of its items, with commas between them. ended: with usage.
std::string response_object(const Generation& generation, std::string_view output, bool ended);

// Its items, whole or as they begin. status: in_progress, completed, incomplete.
std::string reasoning_item(const Generation& generation, bool whole);
std::string message_item(const Generation& generation, bool whole);
std::string call_item(const Generation& generation, bool whole);
std::string text_part(std::string_view text);
std::string summary_part(std::string_view text);
std::string item_id(const Generation& generation, std::string_view kind);  // rs, msg, fc

}  // namespace costwar::mock
