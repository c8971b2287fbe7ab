#include "mock/dialects/openai_family.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mock/answers.h"
#include "mock/dialect.h"

namespace costwar::mock {
namespace {

void append_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

double per_second(std::uint64_t tokens, double ms) {
  return ms > 0 ? static_cast<double>(tokens) * 1000 / ms : 0;
}

double per_token(std::uint64_t tokens, double ms) {
  return tokens > 0 ? ms / static_cast<double>(tokens) : 0;
}

}  // namespace

void read_messages(Fields& fields, const Json& root, Ask& ask) {
  const Json* messages = member(root, "messages");
  if (messages == nullptr) return fields.require("messages");
  if (!messages->is_array() || messages->empty())
    return fields.complain("messages", "an array of at least one message");
  for (const Json& message : *messages) {
    const Json* role = member(message, "role");
    if (role == nullptr || !role->is_string()) return fields.complain("messages.role", "a string");
    const Json* content = member(message, "content");
    std::string text = content == nullptr ? std::string() : fields.content(*content, "messages.content");
    ask.prompt_tokens += count_tokens(text);
    const std::string& name = role->get_ref<const std::string&>();
    if (name == "user") {
      ask.prompt.swap(text);
      ask.tool_results = 0;
    }
    ask.answers_tool = name == "tool" || name == "function";
    if (ask.answers_tool) ++ask.tool_results;
  }
  ask.prompt_tokens = std::max<std::uint64_t>(ask.prompt_tokens, 1);
}

void read_function_tools(Fields& fields, const Json& root, Ask& ask) {
  const Json* tools = fields.array(root, "tools");
  if (tools == nullptr) return;
  for (const Json& tool : *tools) {
    const Json* function = member(tool, "function");
    if (function == nullptr || text_of(*function, "name").empty())
      return fields.complain("tools", "functions with names");
    const Json* schema = member(*function, "parameters");
    ask.tools.push_back({std::string(text_of(*function, "name")), schema == nullptr ? Json() : *schema});
  }
}

void read_tool_choice(Fields& fields, const Json& root, Ask& ask) {
  const Json* choice = member(root, "tool_choice");
  if (choice == nullptr) return;
  if (choice->is_object()) {
    const Json* function = member(*choice, "function");
    ask.tool_choice = ToolRule::named;
    ask.tool_name = text_of(function == nullptr ? *choice : *function, "name");
    const bool known = std::ranges::find(ask.tools, ask.tool_name, &ToolSpec::name) != ask.tools.end();
    if (!known) fields.complain("tool_choice", "one of the tools");
    return;
  }
  const std::string_view word = text_of(root, "tool_choice");
  if (word == "none")
    ask.tool_choice = ToolRule::none;
  else if (word == "required")
    ask.tool_choice = ToolRule::required;
  else if (word != "auto")
    fields.complain("tool_choice", "none, auto, required or a tool");
}

void read_service_tier(Fields& fields, const Json& root, Ask& ask) {
  const auto tier = fields.string(root, "service_tier");
  if (tier && *tier != "auto") ask.service_tier = *tier;
}

void append_timings(std::string& out, const Generation& g) {
  const double prompt_ms = first_token(g).milliseconds();
  const double predicted_ms = (last_token(g) - first_token(g)).milliseconds();
  const std::uint64_t fresh = g.prompt_tokens - g.cached_tokens;
  const std::uint64_t predicted = g.reasoning_tokens + g.visible_tokens;
  fmt::format_to(std::back_inserter(out),
                 R"({{"cache_n":{},"prompt_n":{},"prompt_ms":{},"prompt_per_token_ms":{},)"
                 R"("prompt_per_second":{},"predicted_n":{},"predicted_ms":{},"predicted_per_token_ms":{},)"
                 R"("predicted_per_second":{}}})",
                 g.cached_tokens, fresh, prompt_ms, per_token(fresh, prompt_ms), per_second(fresh, prompt_ms),
                 predicted, predicted_ms, per_token(predicted, predicted_ms),
                 per_second(predicted, predicted_ms));
}

void append_usage(std::string& out, const Generation& g, std::uint64_t reasoning, std::uint64_t visible) {
  const std::uint64_t completion = (reasoning + visible) * g.choices;
  const auto into = std::back_inserter(out);
  fmt::format_to(into, R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)", g.prompt_tokens,
                 completion, g.prompt_tokens + completion);
  if (g.flavour == Flavour::deepseek)
    fmt::format_to(into, R"("prompt_cache_hit_tokens":{},"prompt_cache_miss_tokens":{},)", g.cached_tokens,
                   g.prompt_tokens - g.cached_tokens);
  fmt::format_to(into, R"("prompt_tokens_details":{{"cached_tokens":{},)", g.cached_tokens);
  if (g.written_tokens > 0) fmt::format_to(into, R"("cache_write_tokens":{},)", g.written_tokens);
  fmt::format_to(into,
                 R"("audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                 R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                 reasoning * g.choices);
}

std::string chat_id(const Generation& g) {
  return fmt::format("chatcmpl-mock-{:016x}", g.id.serial);
}

std::string call_id(const Generation& g, std::size_t choice) {
  return fmt::format("call_mock_{:016x}_{}", g.id.serial, choice);
}

std::string_view finish_reason(const Generation& g) {
  if (g.cut) return "length";
  return g.tool.empty() ? "stop" : "tool_calls";
}

std::string_view openai_error_type(int status) {
  if (status == 401 || status == 403) return "authentication_error";
  if (status == 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

std::string openai_error(const ErrorReport& report) {
  std::string body = R"({"error":{"message":)";
  append_json_string(body, report.message);
  fmt::format_to(std::back_inserter(body), R"(,"type":"{}","param":)", openai_error_type(report.status));
  append_or_null(body, report.param);
  body += R"(,"code":)";
  append_or_null(body, report.code);
  body += "}}";
  return body;
}

}  // namespace costwar::mock
