// OpenAI's Responses: the request, and the object that is the reply or ends the stream. Nothing is stored, so
// `store` is false whatever was asked, and previous_response_id finds nothing. The stream is in
// responses_stream.cpp.
#include "mock/dialects/responses.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mock/answers.h"
#include "mock/dialects/openai_family.h"

namespace costwar::mock {
namespace {

void read_item(Fields& fields, const Json& item, Ask& ask) {
  const std::string_view type = text_of(item, "type");
  if (!type.empty() && type != "message") {
    ask.answers_tool = type == "function_call_output";
    if (ask.answers_tool) ++ask.tool_results;
    return;
  }
  const std::string_view role = text_of(item, "role");
  if (role.empty()) return fields.complain("input.role", "a string");
  const Json* content = member(item, "content");
  std::string text = content == nullptr ? std::string() : fields.content(*content, "input.content");
  ask.prompt_tokens += count_tokens(text);
  ask.answers_tool = false;
  if (role != "user") return;
  ask.prompt.swap(text);
  ask.tool_results = 0;
}

void read_input(Fields& fields, const Json& root, Ask& ask) {
  if (const auto instructions = fields.string(root, "instructions"))
    ask.prompt_tokens += count_tokens(*instructions);
  const Json* input = member(root, "input");
  if (input == nullptr) return fields.require("input");
  if (input->is_string()) {
    ask.prompt = input->get<std::string>();
    ask.prompt_tokens += count_tokens(ask.prompt);
  } else if (input->is_array() && !input->empty()) {
    for (const Json& item : *input) read_item(fields, item, ask);
  } else {
    fields.complain("input", "a string or an array of at least one item");
  }
  ask.prompt_tokens = std::max<std::uint64_t>(ask.prompt_tokens, 1);
}

void read_responses_tools(Fields& fields, const Json& root, Ask& ask) {
  const Json* tools = fields.array(root, "tools");
  if (tools == nullptr) return;
  for (const Json& tool : *tools) {
    if (text_of(tool, "type") != "function") continue;  // built-in tools are not called
    if (text_of(tool, "name").empty()) return fields.complain("tools", "functions with names");
    const Json* schema = member(tool, "parameters");
    ask.tools.push_back({std::string(text_of(tool, "name")), schema == nullptr ? Json() : *schema});
  }
}

void read_responses_format(Fields& fields, const Json& root, Ask& ask) {
  const Json* text = fields.object(root, "text");
  const Json* format = text == nullptr ? nullptr : fields.object(*text, "format");
  if (format == nullptr) return;
  const std::string_view type = text_of(*format, "type");
  if (type == "json_object") ask.answer_schema = Json();
  if (type != "json_schema") return;
  const Json* schema = fields.object(*format, "schema");
  ask.answer_schema = schema == nullptr ? Json() : *schema;
}

AskOrProblem read_responses(const Json& root) {
  Fields fields;
  Ask ask;
  const auto model = fields.string(root, "model");
  if (!model) fields.complain("model", "a string");
  ask.model = model.value_or("");
  read_input(fields, root, ask);
  ask.stream = fields.flag(root, "stream");
  ask.max_tokens = fields.count(root, "max_output_tokens", UINT64_MAX).value_or(UINT64_MAX);
  if (const Json* reasoning = fields.object(root, "reasoning")) {
    ask.reasoning = text_of(*reasoning, "effort") != "none";
    ask.show_reasoning = member(*reasoning, "summary") != nullptr;
  }
  read_service_tier(fields, root, ask);
  read_responses_tools(fields, root, ask);
  read_tool_choice(fields, root, ask);
  read_responses_format(fields, root, ask);
  return fields.finish(std::move(ask));
}

std::string whole_response(const Generation& g, FaultMode /*mode*/) {
  std::string output;
  if (g.reasoning_tokens > 0) output = reasoning_item(g, true) + ",";
  output += g.tool.empty() ? message_item(g, true) : call_item(g, true);
  return response_object(g, output, true);
}

void append_response_usage(std::string& out, const Generation& g) {
  const std::uint64_t output = g.reasoning_tokens + g.visible_tokens;
  fmt::format_to(
      std::back_inserter(out),
      R"({{"input_tokens":{},"input_tokens_details":{{"cached_tokens":{},"cache_write_tokens":{}}},)"
      R"("output_tokens":{},"output_tokens_details":{{"reasoning_tokens":{}}},"total_tokens":{}}})",
      g.prompt_tokens, g.cached_tokens, g.written_tokens, output, g.reasoning_tokens,
      g.prompt_tokens + output);
}

std::string_view item_status(const Generation& g, bool whole) {
  if (!whole) return "in_progress";
  return g.cut ? "incomplete" : "completed";
}

}  // namespace

std::string item_id(const Generation& g, std::string_view kind) {
  return fmt::format("{}_mock_{:016x}", kind, g.id.serial);
}

std::string text_part(std::string_view text) {
  std::string out = R"({"type":"output_text","annotations":[],"logprobs":[],"text":)";
  append_json_string(out, text);
  return out + "}";
}

std::string summary_part(std::string_view text) {
  std::string out = R"({"type":"summary_text","text":)";
  append_json_string(out, text);
  return out + "}";
}

std::string reasoning_item(const Generation& g, bool whole) {
  const bool shown = whole && g.show_reasoning;
  return fmt::format(R"({{"id":"{}","type":"reasoning","summary":[{}]}})", item_id(g, "rs"),
                     shown ? summary_part(reasoning_text(g.reasoning_tokens)) : "");
}

std::string message_item(const Generation& g, bool whole) {
  return fmt::format(R"({{"id":"{}","type":"message","status":"{}","role":"assistant","content":[{}]}})",
                     item_id(g, "msg"), item_status(g, whole), whole ? text_part(g.text) : "");
}

std::string call_item(const Generation& g, bool whole) {
  std::string out = fmt::format(R"({{"id":"{}","type":"function_call","status":"{}","call_id":"{}","name":)",
                                item_id(g, "fc"), item_status(g, whole), call_id(g, 0));
  append_json_string(out, g.tool);
  out += R"(,"arguments":)";
  append_json_string(out, whole ? g.text : std::string_view());
  return out + "}";
}

std::string response_object(const Generation& g, std::string_view output, bool ended) {
  const std::string_view status = item_status(g, ended);
  std::string out = fmt::format(
      R"({{"id":"{}","object":"response","created_at":{},"status":"{}","background":false,"error":null,)"
      R"("incomplete_details":{},"instructions":null,"max_output_tokens":null,"model":)",
      item_id(g, "resp"), g.id.created, status,
      status == "incomplete" ? R"({"reason":"max_output_tokens"})" : "null");
  append_json_string(out, g.model);
  fmt::format_to(std::back_inserter(out),
                 R"(,"output":[{}],"parallel_tool_calls":true,"previous_response_id":null,)"
                 R"("reasoning":{{"effort":null,"summary":null}},"service_tier":)",
                 output);
  append_json_string(out, g.service_tier);
  out +=
      R"(,"store":false,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],)"
      R"("top_p":1.0,"truncation":"disabled","usage":)";
  if (ended)
    append_response_usage(out, g);
  else
    out += "null";
  return out + R"(,"user":null,"metadata":{}})";
}

constinit const Dialect kResponsesDialect{"responses",      kResponses,           Framing::named_sse,
                                          "x-request-id",   LimitHeaders::openai, read_responses,
                                          stream_responses, whole_response,       openai_error};

}  // namespace costwar::mock
