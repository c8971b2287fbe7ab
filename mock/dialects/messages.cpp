// Anthropic's Messages. Tokens read from and written to a cache are not among input_tokens; a stream's usage
// is cumulative; thinking is shown where the request switched it on, and only then is there any.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mock/answers.h"
#include "mock/dialect.h"
#include "mock/fields.h"
#include "mock/schema.h"

namespace costwar::mock {
namespace {

constexpr std::string_view kSignature = "bW9jaw==";

void read_turns(Fields& fields, const Json& root, Ask& ask) {
  if (const Json* system = member(root, "system"))
    ask.prompt_tokens += count_tokens(fields.content(*system, "system"));
  const Json* messages = member(root, "messages");
  if (messages == nullptr) return fields.require("messages");
  if (!messages->is_array() || messages->empty())
    return fields.complain("messages", "an array of at least one message");
  for (const Json& message : *messages) {
    const std::string_view role = text_of(message, "role");
    if (role.empty()) return fields.complain("messages.role", "a string");
    const Json* content = member(message, "content");
    if (content == nullptr) return fields.require("messages.content");
    std::string text = fields.content(*content, "messages.content");
    ask.prompt_tokens += count_tokens(text);
    const auto is_result = [](const Json& block) { return text_of(block, "type") == "tool_result"; };
    const std::ptrdiff_t results = content->is_array() ? std::ranges::count_if(*content, is_result) : 0;
    ask.answers_tool = results > 0;
    ask.tool_results += static_cast<std::size_t>(results);
    if (role != "user" || (ask.answers_tool && text.empty())) continue;
    ask.prompt.swap(text);
    ask.tool_results = 0;
  }
  ask.prompt_tokens = std::max<std::uint64_t>(ask.prompt_tokens, 1);
}

void read_messages_tools(Fields& fields, const Json& root, Ask& ask) {
  const Json* tools = fields.array(root, "tools");
  if (tools == nullptr) return;
  for (const Json& tool : *tools) {
    if (text_of(tool, "name").empty()) return fields.complain("tools", "tools with names");
    const Json* schema = member(tool, "input_schema");
    if (schema == nullptr) continue;  // a tool of the vendor's is not called
    ask.tools.push_back({std::string(text_of(tool, "name")), *schema});
  }
  const Json* choice = fields.object(root, "tool_choice");
  if (choice == nullptr) return;
  const std::string_view type = text_of(*choice, "type");
  if (type == "none") ask.tool_choice = ToolRule::none;
  if (type == "any") ask.tool_choice = ToolRule::required;
  if (type != "tool") return;
  ask.tool_choice = ToolRule::named;
  ask.tool_name = text_of(*choice, "name");
  const bool known = std::ranges::find(ask.tools, ask.tool_name, &ToolSpec::name) != ask.tools.end();
  if (!known) fields.complain("tool_choice", "one of the tools");
}

// output_config.format; the older output_format.
void read_messages_format(Fields& fields, const Json& root, Ask& ask) {
  const Json* config = fields.object(root, "output_config");
  const Json* format = config == nullptr ? nullptr : fields.object(*config, "format");
  if (format == nullptr) format = fields.object(root, "output_format");
  if (format == nullptr || text_of(*format, "type") != "json_schema") return;
  const Json* schema = fields.object(*format, "schema");
  ask.answer_schema = schema == nullptr ? Json() : *schema;
}

AskOrProblem read_request(const Json& root) {
  Fields fields;
  Ask ask;
  const auto model = fields.string(root, "model");
  if (!model) fields.complain("model", "a string");
  ask.model = model.value_or("");
  const auto most = fields.count(root, "max_tokens", UINT64_MAX);
  if (!most) fields.require("max_tokens");
  ask.max_tokens = most.value_or(1);
  read_turns(fields, root, ask);
  ask.stream = fields.flag(root, "stream");
  const Json* thinking = fields.object(root, "thinking");
  const std::string_view type = thinking == nullptr ? std::string_view() : text_of(*thinking, "type");
  ask.reasoning = ask.show_reasoning = type == "enabled" || type == "adaptive";
  ask.service_tier = "standard";
  read_messages_tools(fields, root, ask);
  read_messages_format(fields, root, ask);
  return fields.finish(std::move(ask));
}

void append_counts(std::string& out, const Generation& g, std::uint64_t output) {
  fmt::format_to(std::back_inserter(out),
                 R"("input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},)"
                 R"("output_tokens":{})",
                 g.prompt_tokens - g.cached_tokens - g.written_tokens, g.written_tokens, g.cached_tokens,
                 output);
}

std::string usage(const Generation& g, std::uint64_t output, bool ended) {
  std::string out = "{";
  append_counts(out, g, output);
  if (ended)
    fmt::format_to(std::back_inserter(out), R"(,"output_tokens_details":{{"thinking_tokens":{}}})",
                   g.reasoning_tokens);
  fmt::format_to(std::back_inserter(out),
                 R"(,"cache_creation":{{"ephemeral_5m_input_tokens":{},"ephemeral_1h_input_tokens":0}},)"
                 R"("service_tier":)",
                 g.written_tokens);
  append_json_string(out, g.service_tier);
  return out + "}";
}

std::string_view stop_reason(const Generation& g) {
  if (g.cut) return "max_tokens";
  return g.tool.empty() ? "end_turn" : "tool_use";
}

// content: its blocks; reason: as JSON.
std::string message(const Generation& g, std::string_view content, std::string_view reason,
                    std::string_view counted) {
  std::string out =
      fmt::format(R"({{"id":"msg_mock_{:016x}","type":"message","role":"assistant","model":)", g.id.serial);
  append_json_string(out, g.model);
  fmt::format_to(std::back_inserter(out),
                 R"(,"content":[{}],"stop_reason":{},"stop_sequence":null,"usage":{}}})", content, reason,
                 counted);
  return out;
}

std::string block(const Generation& g, bool whole) {
  std::string out;
  if (g.tool.empty()) {
    out = R"({"type":"text","text":)";
    append_json_string(out, whole ? g.text : std::string_view());
    return out + "}";
  }
  out = fmt::format(R"({{"type":"tool_use","id":"toolu_mock_{:016x}","name":)", g.id.serial);
  append_json_string(out, g.tool);
  const Json input = whole ? Json::parse(g.text, nullptr, false) : Json();
  return out + R"(,"input":)" + (input.is_object() ? json_text(input) : "{}") + "}";
}

std::string whole_message(const Generation& g, FaultMode /*mode*/) {
  std::string content;
  if (g.reasoning_tokens > 0 && g.show_reasoning)
    content = fmt::format(R"({{"type":"thinking","thinking":"{}","signature":"{}"}},)",
                          reasoning_text(g.reasoning_tokens), kSignature);
  content += block(g, true);
  return message(g, content, fmt::format(R"("{}")", stop_reason(g)),
                 usage(g, g.reasoning_tokens + g.visible_tokens, true));
}

std::string_view error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 503:
    case 529:
      return "overloaded_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

std::string messages_error(const ErrorReport& report) {
  std::string out =
      fmt::format(R"({{"type":"error","error":{{"type":"{}","message":)", error_type(report.status));
  append_json_string(out, report.message);
  fmt::format_to(std::back_inserter(out), R"(}},"request_id":"{}"}})", report.request_id);
  return out;
}

// One stream. The start and a ping leave at once, blocks with their tokens.
class MessageStream {
 public:
  MessageStream(const Generation& generation, FaultMode mode, StreamWriter& out)
      : g_(generation), mode_(mode), out_(out), speech_(generation, mode) {}

  void compose() {
    event("message_start", R"(,"message":)" + message(g_, "", "null", usage(g_, 1, false)), {});
    event("ping", "", {});
    thinking();
    start(block(g_, false));
    while (const auto part = speech_.speak()) {
      delta(g_.tool.empty() ? "text_delta" : "input_json_delta", g_.tool.empty() ? "text" : "partial_json",
            part->text, part->tokens);
      if (speech_.at_half()) out_.repeat_malformed(speech_.now());
    }
    if (speech_.broken()) return break_off();
    stop();
    finish();
    out_.close();
  }

 private:
  void event(std::string_view type, std::string_view members, Nanos after, unsigned tokens = 0) {
    json_.clear();
    fmt::format_to(std::back_inserter(json_), R"({{"type":"{}"{}}})", type, members);
    out_.event(type, json_, after, tokens);
  }
  void start(const std::string& content_block) {
    event("content_block_start", fmt::format(R"(,"index":{},"content_block":{})", index_, content_block),
          speech_.now());
  }
  void delta(std::string_view type, std::string_view name, std::string_view text, unsigned tokens) {
    std::string members = fmt::format(R"(,"index":{},"delta":{{"type":"{}","{}":)", index_, type, name);
    append_json_string(members, text);
    event("content_block_delta", members + "}", speech_.now(), tokens);
  }
  void stop() { event("content_block_stop", fmt::format(R"(,"index":{})", index_++), speech_.now()); }

  void thinking() {
    const bool shown = g_.show_reasoning && g_.reasoning_tokens > 0;
    if (shown) start(R"({"type":"thinking","thinking":"","signature":""})");
    while (speech_.think())
      if (shown) delta("thinking_delta", "thinking", kReasoningToken, 1);
    if (!shown) return;
    delta("signature_delta", "signature", kSignature, 0);
    stop();
  }

  void finish() {
    std::string members =
        fmt::format(R"(,"delta":{{"stop_reason":"{}","stop_sequence":null}},"usage":{{)", stop_reason(g_));
    append_counts(members, g_, g_.reasoning_tokens + g_.visible_tokens);
    fmt::format_to(std::back_inserter(members), R"(,"output_tokens_details":{{"thinking_tokens":{}}}}})",
                   g_.reasoning_tokens);
    event("message_delta", members, speech_.now());
    if (mode_ == FaultMode::no_done) return;
    out_.last_event();
    event("message_stop", "", speech_.now());
  }

  void break_off() {
    out_.break_off("error",
                   fmt::format(R"({{"type":"error","error":{{"type":"api_error","message":"{}"}}}})",
                               kStreamErrorMessage),
                   speech_.now());
  }

  const Generation& g_;
  FaultMode mode_;
  StreamWriter& out_;
  Speech speech_;
  unsigned index_ = 0;  // of the block
  std::string json_;
};

void stream_message(const Generation& g, FaultMode mode, StreamWriter& out) {
  MessageStream(g, mode, out).compose();
}

}  // namespace

constinit const Dialect kMessagesDialect{
    "messages",   kMessages,      Framing::named_sse, "request-id",  LimitHeaders::anthropic,
    read_request, stream_message, whole_message,      messages_error};

}  // namespace costwar::mock
