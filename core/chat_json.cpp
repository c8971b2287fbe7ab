#include "core/chat_json.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "core/json_fields.h"
#include "core/run_json.h"

namespace costwar {
namespace {

constexpr std::array<std::string_view, 4> kChoiceNames{"auto", "none", "required", "named"};
constexpr std::array<std::string_view, 2> kFormatNames{"json_object", "json_schema"};
constexpr std::size_t kLongestShown = 40;  // bytes of a value in a list of differences

std::optional<bool> optional_boolean(const JsonIn& in, std::string_view key) {
  const auto found = in.find(key);
  return found ? std::optional(found->boolean()) : std::nullopt;
}

// The place of a name in a closed set.
template <std::size_t Size>
std::size_t place_of(const JsonIn& in, const std::array<std::string_view, Size>& names) {
  const std::string name = in.string();
  for (std::size_t i = 0; i < Size; ++i)
    if (names[i] == name) return i;
  in.fail(fmt::format("\"{}\" is not one of the known names", name));
}

Json message_to_json(const Message& message) {
  Json out = {{"role", role_name(message.role)}, {"content", message.content}};
  put(out, "reasoning", message.reasoning);
  if (!message.tool_calls.empty()) out["tool_calls"] = tool_calls_to_json(message.tool_calls);
  put(out, "tool_call_id", message.tool_call_id);
  return out;
}

Message message_from_json(const JsonIn& in) {
  in.allow_only({"role", "content", "reasoning", "tool_calls", "tool_call_id"});
  Message message;
  const auto role = role_by_name(in.at("role").string());
  if (!role) in.at("role").fail("expected system, user, assistant or tool");
  message.role = *role;
  message.content = in.at("content").string();
  message.reasoning = text_or_empty(in, "reasoning");
  if (const auto calls = in.find("tool_calls")) message.tool_calls = tool_calls_from_json(*calls);
  message.tool_call_id = text_or_empty(in, "tool_call_id");
  return message;
}

Json tool_to_json(const Tool& tool) {
  Json out = {{"name", tool.name}};
  put(out, "description", tool.description);
  put(out, "parameters", tool.parameters);
  return out;
}

Tool tool_from_json(const JsonIn& in) {
  in.allow_only({"name", "description", "parameters"});
  return {in.at("name").string(), text_or_empty(in, "description"), text_or_empty(in, "parameters")};
}

Json choice_to_json(const ToolChoice& choice) {
  Json out = {{"kind", kChoiceNames[static_cast<std::size_t>(choice.kind)]}};
  put(out, "name", choice.name);
  return out;
}

ToolChoice choice_from_json(const JsonIn& in) {
  in.allow_only({"kind", "name"});
  return {static_cast<ToolChoice::Kind>(place_of(in.at("kind"), kChoiceNames)), text_or_empty(in, "name")};
}

Json format_to_json(const ResponseFormat& format) {
  Json out = {{"kind", kFormatNames[static_cast<std::size_t>(format.kind)]}};
  put(out, "name", format.name);
  put(out, "schema", format.schema);
  out["strict"] = format.strict;
  return out;
}

ResponseFormat format_from_json(const JsonIn& in) {
  in.allow_only({"kind", "name", "schema", "strict"});
  return {static_cast<ResponseFormat::Kind>(place_of(in.at("kind"), kFormatNames)), text_or_empty(in, "name"),
          text_or_empty(in, "schema"), in.at("strict").boolean()};
}

// "max_output_tokens 2048, recorded 512".
std::string difference(const std::string& key, const Json* asked, const Json* recorded) {
  const auto shown = [](const Json* value) {
    return value == nullptr ? std::string("none") : line_of(*value);
  };
  const std::string left = shown(asked);
  const std::string right = shown(recorded);
  if (left.size() > kLongestShown || right.size() > kLongestShown) return key + " differ";
  return fmt::format("{} {}, recorded {}", key, left, right);
}

const Json* member(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

Json chat_request_to_json(const ChatRequest& request) {
  Json out = {{"model", request.model}, {"messages", Json::array()}};
  for (const Message& message : request.messages) out["messages"].push_back(message_to_json(message));
  put(out, "max_output_tokens", request.max_output_tokens);
  put(out, "temperature", request.temperature);
  put(out, "top_p", request.top_p);
  put(out, "seed", request.seed);
  put(out, "effort", request.effort);
  if (!request.stop.empty()) out["stop"] = request.stop;
  for (const Tool& tool : request.tools) out["tools"].push_back(tool_to_json(tool));
  if (request.tool_choice) out["tool_choice"] = choice_to_json(*request.tool_choice);
  put(out, "parallel_tool_calls", request.parallel_tool_calls);
  if (request.response_format) out["response_format"] = format_to_json(*request.response_format);
  put(out, "service_class", request.service_class);
  put(out, "cache_key", request.cache_key);
  put(out, "cache_prompt", request.cache_prompt);
  put(out, "extra_body", request.extra_body);
  return out;
}

ChatRequest chat_request_from_json(const JsonIn& in) {
  in.allow_only({"model", "messages", "max_output_tokens", "temperature", "top_p", "seed", "effort", "stop",
                 "tools", "tool_choice", "parallel_tool_calls", "response_format", "service_class",
                 "cache_key", "cache_prompt", "extra_body"});
  ChatRequest request;
  request.model = in.at("model").string();
  for (const JsonIn& message : in.at("messages").elements())
    request.messages.push_back(message_from_json(message));
  request.max_output_tokens = in.optional_integer("max_output_tokens");
  request.temperature = in.optional_number("temperature");
  request.top_p = in.optional_number("top_p");
  if (const auto seed = in.find("seed")) {
    if (!seed->raw().is_number_unsigned()) seed->fail("expected a whole number from 0");
    request.seed = seed->raw().get<std::uint64_t>();
  }
  request.effort = in.optional_string("effort");
  if (const auto stop = in.find("stop")) request.stop = stop->strings();
  if (const auto tools = in.find("tools"))
    for (const JsonIn& tool : tools->elements()) request.tools.push_back(tool_from_json(tool));
  if (const auto choice = in.find("tool_choice")) request.tool_choice = choice_from_json(*choice);
  request.parallel_tool_calls = optional_boolean(in, "parallel_tool_calls");
  if (const auto format = in.find("response_format")) request.response_format = format_from_json(*format);
  request.service_class = text_or_empty(in, "service_class");
  request.cache_key = text_or_empty(in, "cache_key");
  request.cache_prompt = optional_boolean(in, "cache_prompt");
  request.extra_body = text_or_empty(in, "extra_body");
  return request;
}

std::string chat_request_text(const ChatRequest& request) {
  return line_of(chat_request_to_json(request));
}

std::vector<std::string> chat_request_differences(const ChatRequest& asked, const ChatRequest& recorded) {
  const Json left = chat_request_to_json(asked);
  const Json right = chat_request_to_json(recorded);
  std::vector<std::string> differences;
  for (const auto& [key, value] : left.items()) {
    const Json* other = member(right, key);
    if (other == nullptr || *other != value) differences.push_back(difference(key, &value, other));
  }
  for (const auto& [key, value] : right.items())
    if (!left.contains(key)) differences.push_back(difference(key, nullptr, &value));
  return differences;
}

}  // namespace costwar
