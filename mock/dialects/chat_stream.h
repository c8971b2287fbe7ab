// What the two halves of chat completions, the object and the stream, share.
#pragma once

#include "mock/dialect.h"

namespace costwar::mock {

void stream_chat(const Generation& generation, FaultMode mode, StreamWriter& out);

// How the model's flavour or the fault shows reasoning.
ShownReasoning chat_reasoning(const Generation& generation, FaultMode mode);

// The members after the id: object, created, model and what else stands before choices; no comma around them.
void append_chat_members(std::string& out, const Generation& generation, std::string_view object);

}  // namespace costwar::mock
