// The Berkeley Function-Calling Leaderboard's way of writing functions and expected calls
// (ShishirPatil/gorilla, berkeley-function-call-leaderboard, version 4), and what OpenAI-style tools make of
// it. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/chat.h"
#include "core/json.h"

namespace costwar::harness {

// Functions as tools: the types "dict", "float", "tuple" and "any" become JSON Schema's, a '.' in a name
// becomes
// '_', which is all that the APIs allow. Error{input} with the place.
std::vector<Tool> bfcl_tools(const Json& functions, const std::string& place);

// Tools as OpenAI writes them: [{"type": "function", "function": {...}}], or the functions themselves.
std::vector<Tool> openai_tools(const Json& tools, const std::string& place);

// Expected calls [{"math.hypot": {"x": [4], "z": ["", 0]}}] with the names that the tools have. Every
// argument lists what is right; "" among it says that the argument may be left out.
Json bfcl_calls(const Json& calls, const std::string& place);

// The calls that the first right value of each argument makes; an argument with no value but "" is left out.
std::vector<ToolCall> reference_calls(const Json& calls);

}  // namespace costwar::harness
