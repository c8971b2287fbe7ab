#include "providers/dialects/anthropic.h"

#include <fmt/format.h>

#include <array>

#include "core/json.h"
#include "providers/dialects/anthropic_answer.h"
#include "providers/wire/request_json.h"

namespace costwar {
namespace {

constexpr std::string_view kAnthropicApi = "Anthropic Messages";
constexpr std::string_view kVersion = "2023-06-01";

constexpr std::array<std::string_view, 13> kAnthropicOwn{"model",
                                                         "max_tokens",
                                                         "system",
                                                         "messages",
                                                         "stream",
                                                         "temperature",
                                                         "top_p",
                                                         "stop_sequences",
                                                         "tools",
                                                         "tool_choice",
                                                         "service_tier",
                                                         "output_config.effort",
                                                         "output_config.format"};
constexpr std::array<std::string_view, 1> kThinking{"thinking"};

// service_tier: "auto" takes priority capacity where the account has any.
struct ServiceRow {
  std::string_view service_class;
  std::string_view tier;
};
constexpr std::array kServices{ServiceRow{"standard", "standard_only"}, ServiceRow{"priority", "auto"}};

const ServiceRow* find_service(std::string_view service_class) {
  for (const ServiceRow& row : kServices)
    if (row.service_class == service_class) return &row;
  return nullptr;
}

std::optional<Refusal> refuse_anthropic_messages(const ChatRequest& request) {
  bool started = false;
  for (const Message& message : request.messages) {
    if (message.role == Role::system && started)
      return wire::cannot_express(kAnthropicApi, "a system message after others",
                                  "put system messages first");
    started = started || message.role != Role::system;
    for (const ToolCall& call : message.tool_calls) {
      if (call.id.empty())
        return wire::cannot_express(kAnthropicApi, fmt::format("the call of '{}' without an id", call.name));
      if (!call.arguments.empty() && !wire::json_object(call.arguments))
        return wire::cannot_express(
            kAnthropicApi, fmt::format("the arguments of '{}', which are no JSON object", call.name));
    }
  }
  if (!started) return wire::cannot_express(kAnthropicApi, "a request with system messages alone");
  return std::nullopt;
}

std::optional<Refusal> refuse_anthropic_settings(const ChatRequest& request) {
  if (!request.max_output_tokens)
    return Refusal{fmt::format("{} needs max_output_tokens", kAnthropicApi), "set it: --max-output-tokens"};
  if (request.temperature && (*request.temperature < 0 || *request.temperature > 1))
    return wire::cannot_express(kAnthropicApi, fmt::format("the temperature {}", *request.temperature),
                                "from 0 to 1");
  if (request.seed) return wire::cannot_express(kAnthropicApi, "a seed");
  if (!request.cache_key.empty())
    return wire::cannot_express(kAnthropicApi, "a cache key", "an account's requests share one cache");
  if (!request.service_class.empty() && find_service(request.service_class) == nullptr)
    return wire::cannot_express(kAnthropicApi, fmt::format("the service class '{}'", request.service_class),
                                "one of standard, priority");
  if (const auto& format = request.response_format) {
    if (format->kind == ResponseFormat::Kind::json_object)
      return wire::cannot_express(kAnthropicApi, "a JSON object without a schema", "give a schema");
    if (!format->strict) return wire::cannot_express(kAnthropicApi, "a schema that is not strict");
  }
  return std::nullopt;
}

Json text_block(const std::string& text) {
  return {{"type", "text"}, {"text", text}};
}

Json anthropic_tool(const Tool& tool) {
  Json json{{"name", tool.name}};
  if (!tool.description.empty()) json["description"] = tool.description;
  json["input_schema"] = wire::parameters_of(tool);
  return json;
}

Json anthropic_choice(const ToolChoice& choice) {
  if (choice.kind == ToolChoice::Kind::named) return {{"type", "tool"}, {"name", choice.name}};
  if (choice.kind == ToolChoice::Kind::required) return {{"type", "any"}};
  return {{"type", choice.kind == ToolChoice::Kind::none ? "none" : "auto"}};
}

// The tool choice and whether calls may be parallel are one member.
void set_tool_choice(Json& body, const ChatRequest& request) {
  const ToolChoice choice = request.tool_choice.value_or(ToolChoice{});
  if (!request.tool_choice && request.parallel_tool_calls != false) return;
  Json& json = body["tool_choice"] = anthropic_choice(choice);
  if (request.parallel_tool_calls && choice.kind != ToolChoice::Kind::none)
    json["disable_parallel_tool_use"] = !*request.parallel_tool_calls;
}

Json assistant_blocks(const Message& message) {
  Json blocks = Json::array();
  if (!message.content.empty()) blocks.push_back(text_block(message.content));
  for (const ToolCall& call : message.tool_calls)
    blocks.push_back({{"type", "tool_use"},
                      {"id", call.id},
                      {"name", call.name},
                      {"input", wire::json_object_or_empty(call.arguments)}});
  return blocks;
}

// Results of tools belong into one user message, whatever their number.
void add_result(Json& messages, const Message& message, bool after_result) {
  if (!after_result) messages.push_back({{"role", "user"}, {"content", Json::array()}});
  messages.back()["content"].push_back(
      {{"type", "tool_result"}, {"tool_use_id", message.tool_call_id}, {"content", message.content}});
}

void set_messages(Json& body, const ChatRequest& request) {
  Json system = Json::array();
  Json messages = Json::array();
  bool after_result = false;
  for (const Message& message : request.messages) {
    if (message.role == Role::system) {
      system.push_back(text_block(message.content));
      continue;
    }
    if (message.role == Role::tool) {
      add_result(messages, message, after_result);
    } else if (message.tool_calls.empty()) {
      messages.push_back({{"role", std::string(role_name(message.role))}, {"content", message.content}});
    } else {
      messages.push_back({{"role", "assistant"}, {"content", assistant_blocks(message)}});
    }
    after_result = message.role == Role::tool;
  }
  if (request.cache_prompt == true) {
    const Json mark{{"type", "ephemeral"}};
    if (!system.empty()) system.back()["cache_control"] = mark;
    Json& content = messages.back()["content"];
    if (content.is_string()) content = Json::array({text_block(content.get<std::string>())});
    content.back()["cache_control"] = mark;
  }
  if (!system.empty()) body["system"] = std::move(system);
  body["messages"] = std::move(messages);
}

class Anthropic final : public Dialect {
 public:
  std::optional<Refusal> check(const ChatRequest& request) const override {
    if (auto refusal = wire::refuse_malformed(request)) return refusal;
    if (auto refusal = wire::refuse_effort(request, kAnthropicEfforts)) return refusal;
    if (auto refusal = refuse_anthropic_messages(request)) return refusal;
    if (auto refusal = refuse_anthropic_settings(request)) return refusal;
    if (request.effort == "none")
      if (auto refusal = wire::refuse_extra_body(request, kThinking, kAnthropicApi)) return refusal;
    return wire::refuse_extra_body(request, kAnthropicOwn, kAnthropicApi);
  }

  EncodedRequest encode(const ChatRequest& request) const override {
    Json body{{"model", request.model}, {"max_tokens", request.max_output_tokens.value_or(0)}};
    set_messages(body, request);
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (!request.stop.empty()) body["stop_sequences"] = request.stop;
    for (const Tool& tool : request.tools) body["tools"].push_back(anthropic_tool(tool));
    set_tool_choice(body, request);
    if (request.effort == "none")
      body["thinking"]["type"] = "disabled";
    else if (request.effort)
      body["output_config"]["effort"] = *request.effort;
    if (request.response_format)
      body["output_config"]["format"] = {
          {"type", "json_schema"}, {"schema", wire::json_object_or_empty(request.response_format->schema)}};
    if (const ServiceRow* row = find_service(request.service_class))
      body["service_tier"] = std::string(row->tier);
    body["stream"] = true;
    wire::merge_extra_body(body, request);
    return {"/messages", body.dump(), models_headers()};
  }

  std::unique_ptr<AnswerReader> reader() const override { return make_anthropic_reader(); }
  KeyStyle key_style() const override { return KeyStyle::x_api_key; }
  std::vector<std::pair<std::string, std::string>> models_headers() const override {
    return {{"anthropic-version", std::string(kVersion)}};
  }
};

}  // namespace

std::unique_ptr<Dialect> make_anthropic_dialect() {
  return std::make_unique<Anthropic>();
}

}  // namespace costwar
