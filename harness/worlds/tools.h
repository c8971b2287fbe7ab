// The tools of a world as rows: their JSON Schema for the model, and the strict reading of what a model sends
// as arguments. Pure; arguments are hostile input.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/chat.h"
#include "harness/worlds/tables.h"

namespace costwar::harness::worlds {

class World;

enum class ArgumentType : std::uint8_t { text, whole };

struct ArgumentRow {
  std::string_view name;
  ArgumentType type;
  std::string_view description;
  bool required = true;
  std::span<const std::string_view> words{};  // the only texts that are taken; empty: any
};

struct ToolRow {
  std::string_view name;
  std::string_view description;
  std::span<const ArgumentRow> arguments;
  bool creates = false;  // each call adds something; with idempotency it takes a `key`
  // The result as JSON text. Arguments are checked. Null: a tool that has nothing to do with the world.
  std::string (*call)(World& world, const Row& arguments);
};

// The arguments that a world of these options offers: `page` only with pages, `key` only where creations
// carry one.
std::vector<ArgumentRow> arguments_of(const ToolRow& tool, bool pages, bool idempotency);

Tool tool_of(const ToolRow& tool, std::span<const ArgumentRow> arguments);

struct BadArguments {
  std::string problem;  // one line, in words that a model can act on
};
// JSON text to checked values. "" is {}.
std::variant<Row, BadArguments> read_arguments(std::span<const ArgumentRow> arguments, std::string_view json);

// Whether a text is a JSON object that an API takes back as the arguments of a call.
bool is_json_object(std::string_view text);

// {"error": {"code": ..., "message": ..., "retryable": ...}}
std::string error_result(std::string_view code, std::string_view message, bool retryable = false);

std::string arguments_json(const Row& arguments);

// Tools that solve nothing, for the parameter `distractors`; at most as many as there are.
std::span<const ToolRow> distractor_tools();

}  // namespace costwar::harness::worlds
