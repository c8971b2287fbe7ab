#include "harness/worlds/tools.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/error.h"
#include "core/json.h"

namespace costwar::harness::worlds {
namespace {

constexpr std::size_t kLongestArguments = std::size_t{64} * 1024;
constexpr std::size_t kLongestText = 4'096;
constexpr double kLargestWhole = 1e15;

constexpr ArgumentRow kPage{"page", ArgumentType::whole, "which page of the list, from 1", false};
constexpr ArgumentRow kKey{
    "key", ArgumentType::text,
    "an idempotency key of your choice: a repeated call with the same key is done once"};

std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string shown(text.substr(0, kShown));
  for (char& c : shown)
    if (c < ' ' || c > '~') c = '?';
  return shown;
}

std::optional<Field> whole_of(const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(kLargestWhole))
    return std::nullopt;
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (std::abs(static_cast<double>(number)) > kLargestWhole) return std::nullopt;
    return number;
  }
  // JSON Schema counts 5.0 as an integer.
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.get<double>();
  if (std::abs(number) > kLargestWhole || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::variant<Field, BadArguments> read_value(const ArgumentRow& row, const Json& value) {
  if (row.type == ArgumentType::whole) {
    if (auto number = whole_of(value)) return *std::move(number);
    return BadArguments{fmt::format("\"{}\" must be a whole number", row.name)};
  }
  if (!value.is_string()) return BadArguments{fmt::format("\"{}\" must be a string", row.name)};
  auto text = value.get<std::string>();
  if (text.size() > kLongestText)
    return BadArguments{fmt::format("\"{}\" is longer than {} bytes", row.name, kLongestText)};
  if (!row.words.empty() && std::find(row.words.begin(), row.words.end(), text) == row.words.end())
    return BadArguments{fmt::format("\"{}\" must be one of {}", row.name, fmt::join(row.words, ", "))};
  return Field(std::move(text));
}

constexpr std::array kPlace{ArgumentRow{"place", ArgumentType::text, "a town"}};
constexpr std::array kText{ArgumentRow{"text", ArgumentType::text, "any text"},
                           ArgumentRow{"language", ArgumentType::text, "a language"}};
constexpr std::array kAmount{ArgumentRow{"amount", ArgumentType::whole, "in whole units"},
                             ArgumentRow{"currency", ArgumentType::text, "such as EUR"}};
constexpr std::array kTopic{ArgumentRow{"topic", ArgumentType::text, "what to look for"}};
constexpr std::array kTime{ArgumentRow{"minutes", ArgumentType::whole, "from now"}};

constexpr std::array kDistractors{
    ToolRow{"get_weather", "Today's weather in a town.", kPlace, false, nullptr},
    ToolRow{"translate_text", "Translates a text.", kText, false, nullptr},
    ToolRow{"convert_currency", "An amount in another currency.", kAmount, false, nullptr},
    ToolRow{"search_news", "Headlines on a topic.", kTopic, false, nullptr},
    ToolRow{"set_timer", "Rings after a while.", kTime, false, nullptr},
    ToolRow{"find_restaurant", "Places to eat in a town.", kPlace, false, nullptr},
    ToolRow{"check_spelling", "Words of a text that are misspelt.", kText, false, nullptr},
    ToolRow{"play_music", "Plays music on a topic.", kTopic, false, nullptr},
    ToolRow{"get_train_times", "Departures from a town.", kPlace, false, nullptr},
    ToolRow{"search_recipes", "Recipes on a topic.", kTopic, false, nullptr},
    ToolRow{"get_time_zone", "The time zone of a town.", kPlace, false, nullptr},
    ToolRow{"book_meeting_room", "A room in a town's office.", kPlace, false, nullptr},
};

}  // namespace

std::vector<ArgumentRow> arguments_of(const ToolRow& tool, bool pages, bool idempotency) {
  std::vector<ArgumentRow> offered(tool.arguments.begin(), tool.arguments.end());
  if (pages && tool.name.starts_with("list_")) offered.push_back(kPage);
  if (idempotency && tool.creates) offered.push_back(kKey);
  return offered;
}

Tool tool_of(const ToolRow& tool, std::span<const ArgumentRow> arguments) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const ArgumentRow& row : arguments) {
    Json property{{"type", row.type == ArgumentType::whole ? "integer" : "string"},
                  {"description", row.description}};
    if (!row.words.empty()) property["enum"] = std::vector<std::string>(row.words.begin(), row.words.end());
    properties[std::string(row.name)] = std::move(property);
    if (row.required) required.push_back(row.name);
  }
  const Json schema{{"type", "object"},
                    {"properties", std::move(properties)},
                    {"required", std::move(required)},
                    {"additionalProperties", false}};
  return {std::string(tool.name), std::string(tool.description), schema.dump()};
}

std::variant<Row, BadArguments> read_arguments(std::span<const ArgumentRow> arguments,
                                               std::string_view json) {
  if (json.size() > kLongestArguments)
    return BadArguments{fmt::format("the arguments are longer than {} bytes", kLongestArguments)};
  Json value = Json::object();
  if (!json.empty()) try {
      value = parse_json(json, "arguments");
    } catch (const Error&) {
      return BadArguments{fmt::format("the arguments are not JSON: \"{}\"", excerpt(json))};
    }
  if (!value.is_object()) return BadArguments{"the arguments are not a JSON object"};
  Row row;
  for (const auto& entry : value.items()) {
    const std::string& name = entry.key();
    const Json& given = entry.value();
    const auto known = std::find_if(arguments.begin(), arguments.end(),
                                    [&](const ArgumentRow& argument) { return argument.name == name; });
    if (known == arguments.end())
      return BadArguments{fmt::format("there is no argument \"{}\"", excerpt(name))};
    if (given.is_null() && !known->required) continue;
    auto read = read_value(*known, given);
    if (auto* const bad = std::get_if<BadArguments>(&read)) return std::move(*bad);
    row.emplace(name, std::get<Field>(std::move(read)));
  }
  for (const ArgumentRow& argument : arguments)
    if (argument.required && !row.contains(argument.name))
      return BadArguments{fmt::format("\"{}\" is missing", argument.name)};
  return row;
}

bool is_json_object(std::string_view text) {
  if (text.size() > kLongestArguments) return false;
  try {
    return parse_json(text, "arguments").is_object();
  } catch (const Error&) {
    return false;
  }
}

std::string error_result(std::string_view code, std::string_view message, bool retryable) {
  const Json result{{"error", {{"code", code}, {"message", message}, {"retryable", retryable}}}};
  return result.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string arguments_json(const Row& arguments) {
  Json object = Json::object();
  for (const auto& [name, value] : arguments) {
    if (const auto* const number = std::get_if<std::int64_t>(&value))
      object[name] = *number;
    else
      object[name] = std::get<std::string>(value);
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::span<const ToolRow> distractor_tools() {
  return kDistractors;
}

}  // namespace costwar::harness::worlds
