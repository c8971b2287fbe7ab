#include "providers/wire/request_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "core/error.h"

namespace costwar::wire {
namespace {

constexpr std::string_view kOnlyUtf8 = "JSON can carry nothing else";

Refusal not_utf8(std::string_view what) {
  return {fmt::format("{} is not valid UTF-8", what), std::string(kOnlyUtf8)};
}

std::optional<Refusal> refuse_message(const Message& message) {
  if (!is_utf8(message.content)) return not_utf8("a message");
  if (!is_utf8(message.reasoning)) return not_utf8("a message's reasoning");
  const bool assistant = message.role == Role::assistant;
  if (!assistant && !message.reasoning.empty())
    return Refusal{fmt::format("a {} message has reasoning", role_name(message.role)),
                   "only an assistant message has any"};
  if (!assistant && !message.tool_calls.empty())
    return Refusal{fmt::format("a {} message calls a tool", role_name(message.role)),
                   "only an assistant message does"};
  for (const ToolCall& call : message.tool_calls) {
    if (!is_utf8(call.id) || !is_utf8(call.name) || !is_utf8(call.arguments)) return not_utf8("a tool call");
    if (call.name.empty()) return Refusal{"a tool call names no tool", {}};
  }
  if (!is_utf8(message.tool_call_id)) return not_utf8("the id of a tool call");
  if (message.role == Role::tool && message.tool_call_id.empty())
    return Refusal{"a tool message names no call that it answers", "set its tool_call_id"};
  if (message.role != Role::tool && !message.tool_call_id.empty())
    return Refusal{fmt::format("a {} message answers a tool call", role_name(message.role)),
                   "only a tool message does"};
  return std::nullopt;
}

std::optional<Refusal> refuse_tools(const ChatRequest& request) {
  std::set<std::string_view> names;
  for (const Tool& tool : request.tools) {
    if (tool.name.empty()) return Refusal{"a tool has no name", {}};
    if (!is_utf8(tool.name) || !is_utf8(tool.description)) return not_utf8("a tool");
    if (!names.insert(tool.name).second)
      return Refusal{fmt::format("two tools are called '{}'", tool.name), {}};
    if (!tool.parameters.empty() && !json_object(tool.parameters))
      return Refusal{fmt::format("the parameters of the tool '{}' are no JSON object", tool.name), {}};
  }
  if (request.tools.empty() && request.tool_choice)
    return Refusal{"a tool choice is asked for and there are no tools", {}};
  if (request.tools.empty() && request.parallel_tool_calls)
    return Refusal{"parallel tool calls are asked for and there are no tools", {}};
  if (request.tool_choice && request.tool_choice->kind == ToolChoice::Kind::named &&
      !names.contains(request.tool_choice->name))
    return Refusal{fmt::format("the tool choice '{}' is none of the tools", request.tool_choice->name),
                   fmt::format("one of {}", fmt::join(names, ", "))};
  return std::nullopt;
}

std::optional<Refusal> refuse_settings(const ChatRequest& request) {
  for (const std::string& stop : request.stop)
    if (!is_utf8(stop)) return not_utf8("a stop text");
  if (request.max_output_tokens && *request.max_output_tokens < 1)
    return Refusal{fmt::format("{} output tokens cannot be asked for", *request.max_output_tokens), {}};
  if (request.temperature && !std::isfinite(*request.temperature))
    return Refusal{"the temperature is not a finite number", {}};
  if (request.top_p && !std::isfinite(*request.top_p)) return Refusal{"top_p is not a finite number", {}};
  if (request.effort && !is_utf8(*request.effort)) return not_utf8("the effort");
  if (!is_utf8(request.service_class)) return not_utf8("the service class");
  if (!is_utf8(request.cache_key)) return not_utf8("the cache key");
  if (const auto& format = request.response_format) {
    if (!is_utf8(format->name)) return not_utf8("the schema's name");
    if (format->kind == ResponseFormat::Kind::json_schema && !json_object(format->schema))
      return Refusal{"the schema of the answer is no JSON object", {}};
  }
  if (!request.extra_body.empty() && !json_object(request.extra_body))
    return Refusal{"extra_body is no JSON object", {}};
  return std::nullopt;
}

void merge(Json& into, const Json& from) {
  for (const auto& [key, value] : from.items()) {
    const auto known = into.find(key);
    if (known != into.end() && known->is_object() && value.is_object()) {
      merge(*known, value);
    } else {
      into[key] = value;
    }
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::optional<Json> json_object(std::string_view text) {
  try {
    Json value = parse_json(text, "request");
    if (value.is_object()) return value;
  } catch (const Error&) {  // the caller names what is not JSON
  }
  return std::nullopt;
}

Json json_object_or_empty(std::string_view text) {
  return json_object(text).value_or(Json::object());
}

Json parameters_of(const Tool& tool) {
  if (!tool.parameters.empty()) return json_object_or_empty(tool.parameters);
  return {{"type", "object"}, {"properties", Json::object()}};
}

std::string_view schema_name(const ResponseFormat& format) {
  return format.name.empty() ? std::string_view("answer") : std::string_view(format.name);
}

std::optional<Refusal> refuse_malformed(const ChatRequest& request) {
  if (request.model.empty()) return Refusal{"the request names no model", "write provider/model"};
  if (!is_utf8(request.model)) return not_utf8("the model's name");
  if (request.messages.empty()) return Refusal{"the request has no messages", {}};
  for (const Message& message : request.messages)
    if (auto refusal = refuse_message(message)) return refusal;
  if (auto refusal = refuse_tools(request)) return refusal;
  return refuse_settings(request);
}

std::optional<Refusal> refuse_effort(const ChatRequest& request, std::span<const std::string_view> efforts) {
  if (!request.effort || efforts.empty() ||
      std::find(efforts.begin(), efforts.end(), *request.effort) != efforts.end())
    return std::nullopt;
  return Refusal{fmt::format("the API knows no effort '{}'", *request.effort),
                 fmt::format("one of {}", fmt::join(efforts, ", "))};
}

Refusal cannot_express(std::string_view api, std::string_view what, std::string_view hint) {
  return {fmt::format("{} cannot express {}", api, what), std::string(hint)};
}

std::optional<Refusal> refuse_extra_body(const ChatRequest& request, std::span<const std::string_view> own,
                                         std::string_view api) {
  if (request.extra_body.empty()) return std::nullopt;
  const auto extra = json_object(request.extra_body);
  if (!extra) return Refusal{"extra_body is no JSON object", {}};
  for (const std::string_view name : own) {
    const std::size_t dot = name.find('.');
    const auto found = extra->find(name.substr(0, dot));
    if (found == extra->end()) continue;
    if (dot != std::string_view::npos && found->is_object() && !found->contains(name.substr(dot + 1)))
      continue;
    const bool no_object = dot != std::string_view::npos && !found->is_object();
    return Refusal{
        fmt::format("extra_body may not set {} of {}", no_object ? name.substr(0, dot) : name, api),
        no_object ? "give an object, whose members are added"
                  : "the request has a setting of its own for it"};
  }
  return std::nullopt;
}

void merge_extra_body(Json& body, const ChatRequest& request) {
  if (!request.extra_body.empty()) merge(body, json_object_or_empty(request.extra_body));
}

}  // namespace costwar::wire
