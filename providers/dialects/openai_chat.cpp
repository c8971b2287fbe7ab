#include "providers/dialects/openai_chat.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "providers/dialects/openai_chat_answer.h"
#include "providers/wire/request_json.h"

namespace costwar {
namespace {

using Refused = std::optional<Refusal>;

// Members that a body of this dialect may hold, which extra_body therefore may not set.
std::vector<std::string_view> own_members(const OpenAiChatOptions& options) {
  std::vector<std::string_view> own{
      "model", "messages", "max_tokens", "max_completion_tokens",       "temperature", "top_p",
      "stop",  "stream",   "tools",      "stream_options.include_usage"};
  const auto add = [&](bool when, std::string_view name) {
    if (when && !name.empty()) own.push_back(name);
  };
  add(options.effort_style == EffortStyle::reasoning_effort || options.effort_style == EffortStyle::thinking,
      "reasoning_effort");
  add(options.effort_style == EffortStyle::thinking, "thinking.type");
  add(options.effort_style == EffortStyle::reasoning, "reasoning.effort");
  add(options.can_hide_obfuscation, "stream_options.include_obfuscation");
  add(options.continuous_usage, "stream_options.continuous_usage_stats");
  add(options.ask_for_cost, "usage.include");
  add(options.largest_seed.has_value(), "seed");
  add(options.json_answers != JsonAnswers::none, "response_format");
  add(true, "tool_choice");
  add(options.parallel_tool_calls, "parallel_tool_calls");
  add(!options.service_classes.empty(), "service_tier");
  add(true, options.cache_key_member);
  add(true, options.cache_switch_member);
  return own;
}

class OpenAiChat final : public Dialect {
 public:
  explicit OpenAiChat(const OpenAiChatOptions& options) : options_(options), own_(own_members(options)) {}

  Refused check(const ChatRequest& request) const override {
    if (auto refusal = wire::refuse_malformed(request)) return refusal;
    if (auto refusal = refuse_calls(request)) return refusal;
    if (auto refusal = refuse_effort(request)) return refusal;
    if (auto refusal = refuse_sampling(request)) return refusal;
    if (auto refusal = refuse_tools(request)) return refusal;
    if (auto refusal = refuse_format(request)) return refusal;
    if (auto refusal = refuse_service(request)) return refusal;
    if (options_.refuse != nullptr)
      if (auto refusal = options_.refuse(request)) return refusal;
    return wire::refuse_extra_body(request, own_, options_.api);
  }

  EncodedRequest encode(const ChatRequest& request) const override {
    Json body;
    body["model"] = request.model;
    Json& messages = body["messages"] = Json::array();
    for (const Message& message : request.messages) messages.push_back(encode_message(message));
    if (request.max_output_tokens)
      body[options_.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] =
          *request.max_output_tokens;
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (request.seed) body["seed"] = *request.seed;
    if (!request.stop.empty()) body["stop"] = request.stop;
    if (request.effort) set_effort(body, *request.effort);
    set_tools(body, request);
    if (request.response_format) body["response_format"] = encode_format(*request.response_format);
    if (!request.service_class.empty() && !options_.service_classes.empty())
      body["service_tier"] = request.service_class == "standard" ? "default" : request.service_class;
    if (!request.cache_key.empty()) body[std::string(options_.cache_key_member)] = request.cache_key;
    if (request.cache_prompt && !options_.cache_switch_member.empty())
      body[std::string(options_.cache_switch_member)] = *request.cache_prompt;
    set_stream(body);
    wire::merge_extra_body(body, request);
    return {"/chat/completions", body.dump(), {}};
  }

  std::unique_ptr<AnswerReader> reader() const override {
    return make_openai_chat_reader({.provider = options_.names_provider,
                                    .provider_header = options_.provider_header,
                                    .continuous_usage = options_.continuous_usage});
  }

 private:
  Refusal lacks(std::string_view what, std::string_view hint = {}) const {
    return wire::cannot_express(options_.api, what, hint);
  }

  // Arguments are a string here, but servers parse it and fail late where it is not JSON.
  static Refused refuse_calls(const ChatRequest& request) {
    for (const Message& message : request.messages)
      for (const ToolCall& call : message.tool_calls) {
        if (call.id.empty())
          return Refusal{fmt::format("the call of the tool '{}' has no id", call.name), {}};
        if (!call.arguments.empty() && !Json::accept(call.arguments))
          return Refusal{fmt::format("the arguments of the call '{}' are not JSON", call.id), {}};
      }
    return std::nullopt;
  }

  Refused refuse_effort(const ChatRequest& request) const {
    if (request.effort && options_.effort_style == EffortStyle::unknown)
      return lacks("a reasoning effort", "leave out the part from '@'");
    return wire::refuse_effort(request, options_.efforts);
  }

  Refused refuse_sampling(const ChatRequest& request) const {
    if (request.seed && !options_.largest_seed) return lacks("a seed", "leave it out");
    if (request.seed && *request.seed > *options_.largest_seed)
      return Refusal{fmt::format("the seed {} is too large for {}", *request.seed, options_.api),
                     fmt::format("at most {}", *options_.largest_seed)};
    if (request.stop.size() <= options_.most_stops) return std::nullopt;
    if (options_.most_stops == 0) return lacks("stop sequences", "leave them out");
    return Refusal{fmt::format("{} takes at most {} stop sequences, not {}", options_.api,
                               options_.most_stops, request.stop.size()),
                   {}};
  }

  Refused refuse_tools(const ChatRequest& request) const {
    const auto& choice = request.tool_choice;
    const bool forced =
        choice && choice->kind != ToolChoice::Kind::automatic && choice->kind != ToolChoice::Kind::none;
    if (forced && options_.tool_choices != ToolChoices::any)
      return lacks("a forced tool call", "leave the tool choice to the model");
    if (choice && choice->kind == ToolChoice::Kind::none && options_.tool_choices == ToolChoices::automatic)
      return lacks("the tool choice 'none'", "leave out the tools");
    if (request.parallel_tool_calls && !options_.parallel_tool_calls)
      return lacks("parallel_tool_calls", "leave it out");
    return std::nullopt;
  }

  Refused refuse_format(const ChatRequest& request) const {
    if (!request.response_format) return std::nullopt;
    if (options_.json_answers == JsonAnswers::none) return lacks("a response format");
    if (request.response_format->kind == ResponseFormat::Kind::json_schema &&
        options_.json_answers == JsonAnswers::object)
      return lacks("a JSON schema of the answer", "ask for a JSON object and describe it in the prompt");
    return std::nullopt;
  }

  Refused refuse_service(const ChatRequest& request) const {
    const std::string& asked = request.service_class;
    const auto& known = options_.service_classes;
    if (!asked.empty() && asked != "standard" && std::find(known.begin(), known.end(), asked) == known.end())
      return lacks(fmt::format("the service class '{}'", asked),
                   known.empty() ? std::string("leave out the part from '+'")
                                 : fmt::format("one of {}", fmt::join(known, ", ")));
    if (!request.cache_key.empty() && options_.cache_key_member.empty())
      return lacks("a cache key", "leave it out");
    if (request.cache_prompt == false && options_.cache_switch_member.empty())
      return lacks("a prompt that is kept out of the cache", options_.cold_cache_hint);
    return std::nullopt;
  }

  Json encode_message(const Message& message) const {
    Json out{{"role", std::string(role_name(message.role))}, {"content", message.content}};
    if (message.role == Role::tool) out["tool_call_id"] = message.tool_call_id;
    const bool calls = !message.tool_calls.empty();
    if (calls && message.content.empty()) out["content"] = nullptr;
    if (!options_.reasoning_member.empty() && message.role == Role::assistant &&
        (!message.reasoning.empty() || (calls && options_.reasoning_even_if_empty)))
      out[std::string(options_.reasoning_member)] = message.reasoning;
    for (const ToolCall& call : message.tool_calls)
      out["tool_calls"].push_back(
          {{"id", call.id},
           {"type", "function"},
           {"function",
            {{"name", call.name}, {"arguments", call.arguments.empty() ? "{}" : call.arguments}}}});
    return out;
  }

  static Json encode_format(const ResponseFormat& format) {
    if (format.kind == ResponseFormat::Kind::json_object) return {{"type", "json_object"}};
    return {{"type", "json_schema"},
            {"json_schema",
             {{"name", std::string(wire::schema_name(format))},
              {"strict", format.strict},
              {"schema", wire::json_object_or_empty(format.schema)}}}};
  }

  static void set_tools(Json& body, const ChatRequest& request) {
    for (const Tool& tool : request.tools) {
      Json function{{"name", tool.name}};
      if (!tool.description.empty()) function["description"] = tool.description;
      function["parameters"] = wire::parameters_of(tool);
      body["tools"].push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    if (request.tool_choice) body["tool_choice"] = encode_choice(*request.tool_choice);
    if (request.parallel_tool_calls) body["parallel_tool_calls"] = *request.parallel_tool_calls;
  }

  static Json encode_choice(const ToolChoice& choice) {
    switch (choice.kind) {
      case ToolChoice::Kind::automatic:
        return "auto";
      case ToolChoice::Kind::none:
        return "none";
      case ToolChoice::Kind::required:
        return "required";
      case ToolChoice::Kind::named:
        break;
    }
    return {{"type", "function"}, {"function", {{"name", choice.name}}}};
  }

  std::string_view sent_effort(std::string_view asked) const {
    const auto& aliases = options_.effort_aliases;
    const auto found = std::find_if(aliases.begin(), aliases.end(),
                                    [&](const EffortAlias& alias) { return alias.asked == asked; });
    return found == aliases.end() ? asked : found->sent;
  }

  void set_effort(Json& body, const std::string& asked) const {
    const std::string effort(sent_effort(asked));
    if (options_.effort_style == EffortStyle::reasoning) {
      body["reasoning"]["effort"] = effort;
      return;
    }
    if (options_.effort_style == EffortStyle::thinking) {
      body["thinking"]["type"] = effort == "none" ? "disabled" : "enabled";
      if (effort == "none") return;
    }
    body["reasoning_effort"] = effort;
  }

  void set_stream(Json& body) const {
    body["stream"] = true;
    Json& stream_options = body["stream_options"];
    stream_options["include_usage"] = true;
    if (options_.continuous_usage) stream_options["continuous_usage_stats"] = true;
    if (options_.can_hide_obfuscation) stream_options["include_obfuscation"] = false;
    if (options_.ask_for_cost) body["usage"]["include"] = true;
  }

  OpenAiChatOptions options_;
  std::vector<std::string_view> own_;
};

}  // namespace

std::unique_ptr<Dialect> make_openai_chat_dialect(OpenAiChatOptions options) {
  return std::make_unique<OpenAiChat>(options);
}

}  // namespace costwar
