// OpenAI's chat completions, and the servers that took them over: the request, and the reply that is one JSON
// object. The stream is in chat_stream.cpp.
#include <fmt/format.h>

#include <iterator>

#include "mock/dialects/chat_stream.h"
#include "mock/dialects/openai_family.h"

namespace costwar::mock {
namespace {

constexpr std::uint64_t kMostChoices = 8;

// OpenAI's reasoning_effort, DeepSeek's thinking, OpenRouter's reasoning, vLLM's and SGLang's template
// switch.
bool reasoning_wanted(Fields& fields, const Json& root) {
  if (fields.string(root, "reasoning_effort") == "none") return false;
  if (const Json* thinking = fields.object(root, "thinking"))
    if (text_of(*thinking, "type") == "disabled") return false;
  if (const Json* reasoning = fields.object(root, "reasoning"))
    if (!fields.flag(*reasoning, "enabled", true) || text_of(*reasoning, "effort") == "none") return false;
  const Json* kwargs = fields.object(root, "chat_template_kwargs");
  return kwargs == nullptr ||
         (fields.flag(*kwargs, "enable_thinking", true) && fields.flag(*kwargs, "thinking", true));
}

void read_chat_format(Fields& fields, const Json& root, Ask& ask) {
  const Json* format = fields.object(root, "response_format");
  if (format == nullptr) return;
  const std::string_view type = text_of(*format, "type");
  if (type == "json_object") ask.answer_schema = Json();
  if (type != "json_schema") return;
  const Json* wrapped = fields.object(*format, "json_schema");
  if (wrapped == nullptr) return fields.require("response_format.json_schema");
  const Json* schema = fields.object(*wrapped, "schema");
  ask.answer_schema = schema == nullptr ? Json() : *schema;
}

AskOrProblem read_chat(const Json& root) {
  Fields fields;
  Ask ask;
  const auto model = fields.string(root, "model");
  if (!model) fields.complain("model", "a string");
  ask.model = model.value_or("");
  read_messages(fields, root, ask);
  ask.stream = fields.flag(root, "stream");
  if (const Json* options = fields.object(root, "stream_options")) {
    ask.include_usage = fields.flag(*options, "include_usage");
    ask.continuous_usage = fields.flag(*options, "continuous_usage_stats");
  }
  for (const char* name : {"max_tokens", "max_completion_tokens"})  // the newer name is read last and wins
    ask.max_tokens = fields.count(root, name, UINT64_MAX).value_or(ask.max_tokens);
  ask.choices = fields.count(root, "n", kMostChoices, "a whole number from 1 to 8").value_or(1);
  ask.reasoning = reasoning_wanted(fields, root);
  read_service_tier(fields, root, ask);
  read_function_tools(fields, root, ask);
  read_tool_choice(fields, root, ask);
  read_chat_format(fields, root, ask);
  return fields.finish(std::move(ask));
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":)", name);
  append_json_string(out, text);
}

void append_message(std::string& out, const Generation& g, FaultMode mode, std::size_t choice) {
  out += R"({"role":"assistant","content":)";
  if (g.tool.empty())
    append_json_string(out, g.text);
  else
    out += "null";
  const ShownReasoning shown = chat_reasoning(g, mode);
  if (shown.content) append_member(out, "reasoning_content", reasoning_text(g.reasoning_tokens));
  if (shown.plain) append_member(out, "reasoning", reasoning_text(g.reasoning_tokens));
  if (!g.tool.empty()) {
    fmt::format_to(std::back_inserter(out),
                   R"(,"tool_calls":[{{"id":"{}","type":"function","function":{{"name":)",
                   call_id(g, choice));
    append_json_string(out, g.tool);
    append_member(out, "arguments", g.text);
    out += "}}]";
  }
  if (mode == FaultMode::null_fields) out += R"(,"tool_calls":null,"function_call":null)";
  out += R"(,"refusal":null})";
}

std::string whole_chat(const Generation& g, FaultMode mode) {
  std::string out = fmt::format(R"({{"id":"{}",)", chat_id(g));
  append_chat_members(out, g, "chat.completion");
  out += R"(,"choices":[)";
  for (std::size_t choice = 0; choice < g.choices; ++choice) {
    fmt::format_to(std::back_inserter(out), R"({}{{"index":{},"message":)", choice == 0 ? "" : ",", choice);
    append_message(out, g, mode, choice);
    fmt::format_to(std::back_inserter(out), R"(,"logprobs":null,"finish_reason":"{}"}})", finish_reason(g));
  }
  out += R"(],"usage":)";
  append_usage(out, g, g.reasoning_tokens, g.visible_tokens);
  if (g.flavour == Flavour::llama_server) {
    out += R"(,"timings":)";
    append_timings(out, g);
  }
  out += '}';
  return out;
}

}  // namespace

ShownReasoning chat_reasoning(const Generation& g, FaultMode mode) {
  const ShownReasoning shown = shown_reasoning(g, mode);
  if (shown.any() || g.reasoning_tokens == 0) return shown;
  switch (g.flavour) {
    case Flavour::deepseek:
    case Flavour::llama_server:
      return {true, false};
    case Flavour::vllm:
    case Flavour::openrouter:
      return {false, true};
    case Flavour::openai:
      return {};
  }
  return {};
}

void append_chat_members(std::string& out, const Generation& g, std::string_view object) {
  fmt::format_to(std::back_inserter(out), R"("object":"{}","created":{},"model":)", object, g.id.created);
  append_json_string(out, g.model);
  if (g.flavour == Flavour::openrouter) append_member(out, "provider", "Mock");
  append_member(out, "service_tier", g.service_tier);
  out += R"(,"system_fingerprint":"fp_mock")";
}

constinit const Dialect kChatDialect{
    "chat",    kChat,       Framing::sse, "x-request-id", LimitHeaders::openai,
    read_chat, stream_chat, whole_chat,   openai_error};

}  // namespace costwar::mock
