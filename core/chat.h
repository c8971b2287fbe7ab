// What is asked of a model: messages, tools and settings as values. A dialect turns it into the bytes of one
// API and refuses, before sending, what that API cannot express. JSON inside a request (schemas, arguments)
// is text: whoever makes a request has checked that it is JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace costwar {

enum class Role : std::uint8_t { system, user, assistant, tool };
std::string_view role_name(Role role);
std::optional<Role> role_by_name(std::string_view name);

// A call of a function that a model asked for. arguments: JSON text as the model wrote it, whole or not.
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

struct Message {
  Role role = Role::user;
  std::string content;
  std::string reasoning{};             // assistant: its reasoning, for APIs that want it back
  std::vector<ToolCall> tool_calls{};  // assistant
  std::string tool_call_id{};          // tool: the call that `content` answers
  friend bool operator==(const Message&, const Message&) = default;
};

// A function that the model may call. parameters: a JSON Schema object as text; empty: it takes none.
struct Tool {
  std::string name;
  std::string description;
  std::string parameters;
  friend bool operator==(const Tool&, const Tool&) = default;
};

struct ToolChoice {
  enum class Kind : std::uint8_t { automatic, none, required, named };
  Kind kind = Kind::automatic;
  std::string name{};  // named
  friend bool operator==(const ToolChoice&, const ToolChoice&) = default;
};

// Structured output. schema: a JSON Schema object as text.
struct ResponseFormat {
  enum class Kind : std::uint8_t { json_object, json_schema };
  Kind kind = Kind::json_object;
  std::string name{};    // of the schema; empty: "answer"
  std::string schema{};  // json_schema
  bool strict = true;
  friend bool operator==(const ResponseFormat&, const ResponseFormat&) = default;
};

struct ChatRequest {
  std::string model;              // the API's name, without provider and effort
  std::vector<Message> messages;  // system messages first
  std::optional<std::int64_t> max_output_tokens{};
  std::optional<double> temperature{};
  std::optional<double> top_p{};
  std::optional<std::uint64_t> seed{};
  std::optional<std::string> effort{};  // reasoning effort, as written after '@'
  std::vector<std::string> stop{};
  std::vector<Tool> tools{};
  std::optional<ToolChoice> tool_choice{};
  std::optional<bool> parallel_tool_calls{};
  std::optional<ResponseFormat> response_format{};
  std::string service_class{};  // asked for: "flex", "priority"; empty: the account's default
  // Prompt caching. cache_key: requests of one key share a cache, those of different keys do not, where an
  // API can say so. cache_prompt: whether a prompt may be served from, and written to, a cache.
  std::string cache_key{};
  std::optional<bool> cache_prompt{};
  // A JSON object as text whose members are added to the body as they stand, for what only one server knows
  // ("top_k", "provider"). A member that the dialect writes itself is refused.
  std::string extra_body{};
  std::uint8_t member = 0;  // of a route: which of its models is asked; not sent
  Mono due{};               // when it would have been sent without any limit; else the issue instant
};

}  // namespace costwar
