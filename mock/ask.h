// A request for generated text as the mock understands it, whatever dialect it was written in: what decides
// its reply, nothing else. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/json.h"

namespace costwar::mock {

struct ToolSpec {
  std::string name;
  Json schema;  // of its arguments; null: none was given
};

// Whether a tool must be called. named: Ask::tool_name.
enum class ToolRule { automatic, none, required, named };

struct Ask {
  std::string model;
  std::string prompt;               // text of the last user message; empty when there is none
  std::uint64_t prompt_tokens = 0;  // over the text of all messages, at least 1
  bool stream = false;
  bool include_usage = false;
  bool continuous_usage = false;  // cumulative usage on every chunk
  bool reasoning = true;          // not switched off
  bool show_reasoning = false;    // asked for in the reply, where a dialect asks
  std::size_t choices = 1;        // 1..8
  std::uint64_t max_tokens = UINT64_MAX;
  std::string service_tier = "default";  // as asked for; "auto" is "default"
  std::vector<ToolSpec> tools;
  ToolRule tool_choice = ToolRule::automatic;
  std::string tool_name;
  bool answers_tool = false;          // the last message is a tool's result
  std::size_t tool_results = 0;       // behind the last user message
  std::optional<Json> answer_schema;  // the answer must be JSON of this schema; null: any object
};

struct AskProblem {
  std::string message;
  std::string param;  // empty: null
};

using AskOrProblem = std::variant<Ask, AskProblem>;

}  // namespace costwar::mock
