#include "providers/dialects/ollama.h"

#include <fmt/format.h>

#include "core/json.h"
#include "providers/dialects/ollama_answer.h"
#include "providers/wire/request_json.h"

namespace costwar {
namespace {

constexpr std::string_view kOllamaApi = "Ollama";

constexpr std::array<std::string_view, 11> kOllamaOwn{"model",
                                                      "messages",
                                                      "stream",
                                                      "tools",
                                                      "format",
                                                      "think",
                                                      "options.top_p",
                                                      "options.temperature",
                                                      "options.seed",
                                                      "options.stop",
                                                      "options.num_predict"};

// Its runners keep 32 bits of a seed: a larger one would be another one.
constexpr std::uint64_t kLargestSeed = (std::uint64_t{1} << 32) - 1;

std::optional<Refusal> refuse_ollama_messages(const ChatRequest& request) {
  for (const Message& message : request.messages)
    for (const ToolCall& call : message.tool_calls)
      if (!call.arguments.empty() && !wire::json_object(call.arguments))
        return wire::cannot_express(
            kOllamaApi, fmt::format("the arguments of '{}', which are no JSON object", call.name));
  return std::nullopt;
}

std::optional<Refusal> refuse_ollama_settings(const ChatRequest& request) {
  if (request.seed && *request.seed > kLargestSeed)
    return wire::cannot_express(kOllamaApi, fmt::format("the seed {}", *request.seed),
                                fmt::format("at most {}", kLargestSeed));
  if (request.tool_choice && request.tool_choice->kind != ToolChoice::Kind::automatic)
    return wire::cannot_express(kOllamaApi, "a tool choice");
  if (request.parallel_tool_calls) return wire::cannot_express(kOllamaApi, "whether tool calls are parallel");
  if (!request.cache_key.empty()) return wire::cannot_express(kOllamaApi, "a cache key");
  if (request.cache_prompt == false)
    return wire::cannot_express(kOllamaApi, "a prompt that is kept out of the cache",
                                "it caches by itself; vary the prompt's beginning instead");
  if (!request.service_class.empty() && request.service_class != "standard")
    return wire::cannot_express(kOllamaApi, fmt::format("the service class '{}'", request.service_class));
  if (request.response_format && request.response_format->kind == ResponseFormat::Kind::json_schema &&
      !request.response_format->strict)
    return wire::cannot_express(kOllamaApi, "a schema that is not strict");
  return std::nullopt;
}

Json ollama_tool(const Tool& tool) {
  return {
      {"type", "function"},
      {"function",
       {{"name", tool.name}, {"description", tool.description}, {"parameters", wire::parameters_of(tool)}}}};
}

Json call_json(const ToolCall& call) {
  Json json;
  if (!call.id.empty()) json["id"] = call.id;
  json["function"] = {{"name", call.name}, {"arguments", wire::json_object_or_empty(call.arguments)}};
  return json;
}

// The tool that a call asked for; older servers know results by it and not by the call.
std::string_view tool_of(const std::vector<Message>& messages, std::string_view call_id) {
  for (const Message& message : messages)
    for (const ToolCall& call : message.tool_calls)
      if (call.id == call_id) return call.name;
  return {};
}

Json message_json(const ChatRequest& request, const Message& message) {
  Json json{{"role", std::string(role_name(message.role))}, {"content", message.content}};
  if (!message.reasoning.empty()) json["thinking"] = message.reasoning;
  for (const ToolCall& call : message.tool_calls) json["tool_calls"].push_back(call_json(call));
  if (message.role != Role::tool) return json;
  if (const auto name = tool_of(request.messages, message.tool_call_id); !name.empty())
    json["tool_name"] = std::string(name);
  json["tool_call_id"] = message.tool_call_id;
  return json;
}

Json think_json(const std::string& effort) {
  if (effort == "none") return false;
  if (effort == "on") return true;
  return effort;
}

Json options_json(const ChatRequest& request) {
  Json options = Json::object();
  if (request.max_output_tokens) options["num_predict"] = *request.max_output_tokens;
  if (request.temperature) options["temperature"] = *request.temperature;
  if (request.top_p) options["top_p"] = *request.top_p;
  if (request.seed) options["seed"] = *request.seed;
  if (!request.stop.empty()) options["stop"] = request.stop;
  return options;
}

// The context window that extra_body asks for; the server cuts longer prompts without a word.
std::optional<std::int64_t> context_window(const ChatRequest& request) {
  const Json extra = wire::json_object_or_empty(request.extra_body);
  const auto options = extra.find("options");
  if (options == extra.end() || !options->is_object()) return std::nullopt;
  const auto window = options->find("num_ctx");
  if (window == options->end() || !window->is_number_integer()) return std::nullopt;
  return window->get<std::int64_t>();
}

class Ollama final : public Dialect {
 public:
  std::optional<Refusal> check(const ChatRequest& request) const override {
    if (auto refusal = wire::refuse_malformed(request)) return refusal;
    if (auto refusal = wire::refuse_effort(request, kOllamaEfforts)) return refusal;
    if (auto refusal = refuse_ollama_messages(request)) return refusal;
    if (auto refusal = refuse_ollama_settings(request)) return refusal;
    return wire::refuse_extra_body(request, kOllamaOwn, kOllamaApi);
  }

  EncodedRequest encode(const ChatRequest& request) const override {
    Json body{{"model", request.model}};
    Json& messages = body["messages"] = Json::array();
    for (const Message& message : request.messages) messages.push_back(message_json(request, message));
    for (const Tool& tool : request.tools) body["tools"].push_back(ollama_tool(tool));
    if (const auto& format = request.response_format)
      body["format"] = format->kind == ResponseFormat::Kind::json_object
                           ? Json("json")
                           : wire::json_object_or_empty(format->schema);
    if (request.effort) body["think"] = think_json(*request.effort);
    if (Json options = options_json(request); !options.empty()) body["options"] = std::move(options);
    body["stream"] = true;
    wire::merge_extra_body(body, request);
    return {"/api/chat", body.dump(), {}};
  }

  std::unique_ptr<AnswerReader> reader() const override { return make_ollama_reader({}); }
  std::unique_ptr<AnswerReader> reader_for(const ChatRequest& request) const override {
    return make_ollama_reader(context_window(request));
  }
  std::string_view models_path() const override { return "/api/tags"; }
};

}  // namespace

std::unique_ptr<Dialect> make_ollama_dialect() {
  return std::make_unique<Ollama>();
}

}  // namespace costwar
