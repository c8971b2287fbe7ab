#include "providers/dialects/openai_responses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/json.h"
#include "providers/dialects/openai_responses_answer.h"
#include "providers/wire/request_json.h"

namespace costwar {
namespace {

constexpr std::array<std::string_view, 18> kOwn{"model",
                                                "input",
                                                "instructions",
                                                "max_output_tokens",
                                                "temperature",
                                                "top_p",
                                                "tools",
                                                "tool_choice",
                                                "reasoning.effort",
                                                "text.format",
                                                "store",
                                                "stream",
                                                "parallel_tool_calls",
                                                "prompt_cache_key",
                                                "service_tier",
                                                "background",
                                                "conversation",
                                                "stream_options.include_obfuscation"};

constexpr std::array<std::string_view, 3> kOpenAiServices{"standard", "flex", "priority"};

Json message_item(std::string_view role, const std::string& content) {
  return {{"role", std::string(role)}, {"content", content}};
}

// An item of reasoning needs an id of its own, which nothing here refers to.
Json reasoning_item(const std::string& text, std::size_t place) {
  Json item{{"type", "reasoning"}, {"id", fmt::format("rs_{}", place)}, {"summary", Json::array()}};
  item["content"] = Json::array({Json{{"type", "reasoning_text"}, {"text", text}}});
  return item;
}

Json call_item(const ToolCall& call) {
  return {
      {"type", "function_call"}, {"call_id", call.id}, {"name", call.name}, {"arguments", call.arguments}};
}

Json tool_json(const Tool& tool) {
  Json json{{"type", "function"}, {"name", tool.name}};
  if (!tool.description.empty()) json["description"] = tool.description;
  json["parameters"] = wire::parameters_of(tool);
  json["strict"] = false;  // the API's default would rewrite the schema
  return json;
}

Json choice_json(const ToolChoice& choice) {
  if (choice.kind == ToolChoice::Kind::named) return {{"type", "function"}, {"name", choice.name}};
  if (choice.kind == ToolChoice::Kind::required) return "required";
  return choice.kind == ToolChoice::Kind::none ? "none" : "auto";
}

Json format_json(const ResponseFormat& format) {
  if (format.kind == ResponseFormat::Kind::json_object) return {{"type", "json_object"}};
  return {{"type", "json_schema"},
          {"name", std::string(wire::schema_name(format))},
          {"schema", wire::json_object_or_empty(format.schema)},
          {"strict", format.strict}};
}

class OpenAiResponses final : public Dialect {
 public:
  explicit OpenAiResponses(OpenAiResponsesOptions options) : options_(options) {}

  std::optional<Refusal> check(const ChatRequest& request) const override {
    if (auto refusal = wire::refuse_malformed(request)) return refusal;
    if (auto refusal = wire::refuse_effort(request, options_.efforts)) return refusal;
    if (request.seed) return wire::cannot_express(options_.api, "a seed");
    if (!request.stop.empty()) return wire::cannot_express(options_.api, "stop texts");
    if (request.cache_prompt == false)
      return wire::cannot_express(options_.api, "a prompt that is kept out of the cache",
                                  "it caches by itself; vary the prompt's beginning instead");
    if (!options_.takes_cache_key && !request.cache_key.empty())
      return wire::cannot_express(options_.api, "a cache key");
    if (auto refusal = refuse_service(request)) return refusal;
    for (const Message& message : request.messages)
      for (const ToolCall& call : message.tool_calls)
        if (call.id.empty())
          return wire::cannot_express(options_.api, fmt::format("the call of '{}' without an id", call.name));
    return wire::refuse_extra_body(request, kOwn, options_.api);
  }

  EncodedRequest encode(const ChatRequest& request) const override {
    Json body{{"model", request.model}};
    set_input(body, request.messages);
    if (request.max_output_tokens) body["max_output_tokens"] = *request.max_output_tokens;
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (request.effort) body["reasoning"]["effort"] = *request.effort;
    for (const Tool& tool : request.tools) body["tools"].push_back(tool_json(tool));
    if (request.tool_choice) body["tool_choice"] = choice_json(*request.tool_choice);
    if (request.parallel_tool_calls) body["parallel_tool_calls"] = *request.parallel_tool_calls;
    if (request.response_format) body["text"]["format"] = format_json(*request.response_format);
    if (!request.cache_key.empty()) body["prompt_cache_key"] = request.cache_key;
    if (!request.service_class.empty())
      body["service_tier"] = request.service_class == "standard" ? "default" : request.service_class;
    body["store"] = false;
    body["stream"] = true;
    if (options_.can_hide_obfuscation) body["stream_options"]["include_obfuscation"] = false;
    wire::merge_extra_body(body, request);
    return {"/responses", body.dump(), {}};
  }

  std::unique_ptr<AnswerReader> reader() const override { return make_openai_responses_reader(); }

 private:
  std::optional<Refusal> refuse_service(const ChatRequest& request) const {
    const auto& known = options_.services;
    if (request.service_class.empty() ||
        std::find(known.begin(), known.end(), request.service_class) != known.end())
      return std::nullopt;
    return wire::cannot_express(
        options_.api, fmt::format("the service class '{}'", request.service_class),
        known.empty() ? std::string() : fmt::format("one of {}", fmt::join(known, ", ")));
  }

  void set_input(Json& body, const std::vector<Message>& messages) const {
    const bool instructed = messages.size() > 1 && messages.front().role == Role::system;
    if (instructed) body["instructions"] = messages.front().content;
    Json& input = body["input"] = Json::array();
    for (std::size_t i = instructed ? 1 : 0; i < messages.size(); ++i) add_items(input, messages[i]);
  }

  void add_items(Json& input, const Message& message) const {
    if (message.role == Role::tool) {
      input.push_back(
          {{"type", "function_call_output"}, {"call_id", message.tool_call_id}, {"output", message.content}});
      return;
    }
    if (options_.takes_reasoning && !message.reasoning.empty())
      input.push_back(reasoning_item(message.reasoning, input.size()));
    if (!message.content.empty() || message.tool_calls.empty())
      input.push_back(message_item(role_name(message.role), message.content));
    for (const ToolCall& call : message.tool_calls) input.push_back(call_item(call));
  }

  OpenAiResponsesOptions options_;
};

}  // namespace

std::unique_ptr<Dialect> make_responses_dialect(OpenAiResponsesOptions options) {
  return std::make_unique<OpenAiResponses>(options);
}

std::unique_ptr<Dialect> make_openai_responses_dialect() {
  return make_responses_dialect({.efforts = kOpenAiResponsesEfforts,
                                 .services = kOpenAiServices,
                                 .takes_cache_key = true,
                                 .can_hide_obfuscation = true});
}

std::unique_ptr<Dialect> make_deepseek_responses_dialect() {
  return make_responses_dialect(
      {.api = "DeepSeek's Responses", .efforts = kDeepSeekResponsesEfforts, .takes_reasoning = true});
}

}  // namespace costwar
