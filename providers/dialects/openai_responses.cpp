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

constexpr std::array<std::string_view, 18> kResponsesOwn{"model",
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
  return {{"type", "function_call"},
          {"call_id", call.id},
          {"name", call.name},
          {"arguments", call.arguments.empty() ? "{}" : call.arguments}};
}

Json responses_tool(const Tool& tool) {
  Json json{{"type", "function"}, {"name", tool.name}};
  if (!tool.description.empty()) json["description"] = tool.description;
  json["parameters"] = wire::parameters_of(tool);
  json["strict"] = false;  // the API's default would rewrite the schema
  return json;
}

Json responses_choice(const ToolChoice& choice) {
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
    if (auto refusal = refuse_calls(request)) return refusal;
    if (auto refusal = refuse_sampling(request)) return refusal;
    if (auto refusal = refuse_service(request)) return refusal;
    if (request.parallel_tool_calls && !options_.takes_parallel_calls)
      return lacks("parallel_tool_calls", "leave it out");
    if (request.response_format && request.response_format->kind == ResponseFormat::Kind::json_schema &&
        !options_.takes_schemas)
      return lacks("a JSON schema of the answer", "ask for a JSON object and describe it in the prompt");
    return wire::refuse_extra_body(request, kResponsesOwn, options_.api);
  }

  EncodedRequest encode(const ChatRequest& request) const override {
    Json body{{"model", request.model}};
    set_input(body, request.messages);
    if (request.max_output_tokens) body["max_output_tokens"] = *request.max_output_tokens;
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (request.effort) body["reasoning"]["effort"] = *request.effort;
    for (const Tool& tool : request.tools) body["tools"].push_back(responses_tool(tool));
    if (request.tool_choice) body["tool_choice"] = responses_choice(*request.tool_choice);
    if (request.parallel_tool_calls) body["parallel_tool_calls"] = *request.parallel_tool_calls;
    if (request.response_format) body["text"]["format"] = format_json(*request.response_format);
    if (!request.cache_key.empty()) body["prompt_cache_key"] = request.cache_key;
    if (!request.service_class.empty() && !options_.service_classes.empty())
      body["service_tier"] = request.service_class == "standard" ? "default" : request.service_class;
    body["store"] = false;
    body["stream"] = true;
    if (options_.can_hide_obfuscation) body["stream_options"]["include_obfuscation"] = false;
    wire::merge_extra_body(body, request);
    return {"/responses", body.dump(), {}};
  }

  std::unique_ptr<AnswerReader> reader() const override { return make_openai_responses_reader(); }

 private:
  Refusal lacks(std::string_view what, std::string_view hint = {}) const {
    return wire::cannot_express(options_.api, what, hint);
  }

  std::optional<Refusal> refuse_calls(const ChatRequest& request) const {
    for (const Message& message : request.messages)
      for (const ToolCall& call : message.tool_calls) {
        if (call.id.empty()) return lacks(fmt::format("the call of '{}' without an id", call.name));
        if (!call.arguments.empty() && !Json::accept(call.arguments))
          return lacks(fmt::format("the arguments of '{}', which are no JSON", call.name));
      }
    return std::nullopt;
  }

  std::optional<Refusal> refuse_sampling(const ChatRequest& request) const {
    if (request.seed) return lacks("a seed", "leave it out");
    if (!request.stop.empty()) return lacks("stop sequences", "leave them out");
    if (options_.samples_while_thinking || request.effort == "none") return std::nullopt;
    constexpr std::string_view kHint = "leave it out, or turn thinking off with @none";
    if (request.temperature) return lacks("a temperature in thinking mode", kHint);
    if (request.top_p) return lacks("top_p in thinking mode", kHint);
    return std::nullopt;
  }

  std::optional<Refusal> refuse_service(const ChatRequest& request) const {
    const std::string& asked = request.service_class;
    const auto& known = options_.service_classes;
    if (!asked.empty() && asked != "standard" && std::find(known.begin(), known.end(), asked) == known.end())
      return lacks(fmt::format("the service class '{}'", asked),
                   known.empty() ? std::string("leave out the part from '+'")
                                 : fmt::format("one of {}", fmt::join(known, ", ")));
    if (!options_.takes_cache_key && !request.cache_key.empty()) return lacks("a cache key", "leave it out");
    if (request.cache_prompt == false)
      return lacks("a prompt that is kept out of the cache",
                   "it caches by itself; vary the prompt's beginning instead");
    return std::nullopt;
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
                                 .service_classes = kOpenAiServices,
                                 .takes_cache_key = true,
                                 .can_hide_obfuscation = true});
}

// Like its Chat Completions, where they say nothing of Responses: no JSON schema, no word on parallel calls,
// and temperature and top_p are taken and ignored while the model thinks.
std::unique_ptr<Dialect> make_deepseek_responses_dialect() {
  return make_responses_dialect({.api = "DeepSeek's Responses",
                                 .efforts = kDeepSeekResponsesEfforts,
                                 .takes_reasoning = true,
                                 .takes_schemas = false,
                                 .takes_parallel_calls = false,
                                 .samples_while_thinking = false});
}

}  // namespace costwar
