// What the dialects that came from OpenAI's chat completions share.
#pragma once

#include <string>
#include <string_view>

#include "mock/fields.h"
#include "mock/generation.h"

namespace costwar::mock {

// messages: [{role, content}] as chat completions and Ollama have them: the prompt, its tokens, answers_tool.
void read_messages(Fields& fields, const Json& root, Ask& ask);

// tools: [{type, function: {name, parameters}}].
void read_function_tools(Fields& fields, const Json& root, Ask& ask);

// tool_choice: "none", "auto", "required", or an object with the tool's name in it, or in its member
// `function`.
void read_tool_choice(Fields& fields, const Json& root, Ask& ask);

void read_service_tier(Fields& fields, const Json& root, Ask& ask);

// llama-server's timings of a generation, as the pace has them.
void append_timings(std::string& out, const Generation& generation);

// A chat completion's usage object after so many tokens of each choice.
void append_usage(std::string& out, const Generation& generation, std::uint64_t reasoning,
                  std::uint64_t visible);

std::string chat_id(const Generation& generation);
std::string call_id(const Generation& generation, std::size_t choice);
std::string_view finish_reason(const Generation& generation);  // stop, length, tool_calls

}  // namespace costwar::mock
