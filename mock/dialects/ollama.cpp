// Ollama's own API: /api/chat and /api/generate, one JSON object a line. Thinking is a field of its own; a
// tool call comes whole, once its tokens are there. Durations are nanoseconds, as the pace has them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/durations.h"
#include "mock/answers.h"
#include "mock/dialect.h"
#include "mock/dialects/openai_family.h"
#include "mock/schema.h"

namespace costwar::mock {
namespace {

void read_common(Fields& fields, const Json& root, Ask& ask) {
  const auto model = fields.string(root, "model");
  if (!model) fields.complain("model", "a string");
  ask.model = model.value_or("");
  ask.stream = fields.flag(root, "stream", true);
  ask.show_reasoning = true;
  if (const Json* think = member(root, "think"))  // a switch, or an effort
    ask.reasoning = !think->is_boolean() || think->get<bool>();
  if (const Json* options = fields.object(root, "options")) {
    const Json* most = member(*options, "num_predict");
    if (most != nullptr && most->is_number_unsigned() && most->get<std::uint64_t>() > 0)
      ask.max_tokens = most->get<std::uint64_t>();  // -1 is no limit
  }
  if (const Json* format = member(root, "format")) ask.answer_schema = format->is_object() ? *format : Json();
}

AskOrProblem read_turns(const Json& root) {
  Fields fields;
  Ask ask;
  read_common(fields, root, ask);
  read_messages(fields, root, ask);
  read_function_tools(fields, root, ask);
  return fields.finish(std::move(ask));
}

AskOrProblem read_generate(const Json& root) {
  Fields fields;
  Ask ask;
  read_common(fields, root, ask);
  ask.prompt = fields.string(root, "prompt").value_or("");
  ask.prompt_tokens = count_tokens(ask.prompt) + count_tokens(fields.string(root, "system").value_or(""));
  ask.prompt_tokens = std::max<std::uint64_t>(ask.prompt_tokens, 1);
  return fields.finish(std::move(ask));
}

std::string begin_line(const Generation& g) {
  std::string out = R"({"model":)";
  append_json_string(out, g.model);
  return out + fmt::format(R"(,"created_at":"{}",)", format_wall({g.id.created * kNanosPerSecond}));
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), R"("{}":)", name);
  append_json_string(out, text);
}

std::string call_member(const Generation& g) {
  const Json arguments = Json::parse(g.text, nullptr, false);
  std::string out = R"("tool_calls":[{"function":{"name":)";
  append_json_string(out, g.tool);
  return out + R"(,"arguments":)" + (arguments.is_object() ? json_text(arguments) : "{}") + "}}]";
}

// What is said in a line: chat has it in a message, generate beside the rest.
std::string said(bool chat, std::string_view text, std::string_view thinking, std::string_view call) {
  std::string out = chat ? R"("message":{"role":"assistant",)" : "";
  append_text(out, chat ? "content" : "response", text);
  if (!thinking.empty()) append_text(out += ',', "thinking", thinking);
  if (!call.empty()) out.append(",").append(call);
  return out + (chat ? "}" : "");
}

std::string ending(const Generation& g) {
  const Nanos prompt = first_token(g);
  const Nanos speaking = last_token(g) - prompt;
  std::string out = fmt::format(R"(,"done":true,"done_reason":"{}","total_duration":{},"load_duration":0,)"
                                R"("prompt_eval_count":{},)",
                                g.cut ? "length" : "stop", (prompt + speaking).count, g.prompt_tokens);
  if (g.cached_tokens > 0)
    fmt::format_to(std::back_inserter(out), R"("prompt_eval_cached_count":{},)", g.cached_tokens);
  fmt::format_to(std::back_inserter(out), R"("prompt_eval_duration":{},"eval_count":{},"eval_duration":{}}})",
                 prompt.count, g.reasoning_tokens + g.visible_tokens, speaking.count);
  return out;
}

std::string whole(const Generation& g, bool chat) {
  const std::string thinking = reasoning_text(g.reasoning_tokens);
  const bool call = !g.tool.empty();
  return begin_line(g) +
         said(chat, call ? std::string_view() : g.text, thinking, call ? call_member(g) : "") + ending(g);
}

void stream(const Generation& g, FaultMode mode, StreamWriter& out, bool chat) {
  Speech speech(g, mode);
  const std::string begin = begin_line(g);
  const auto line = [&](const std::string& members, unsigned tokens) {
    out.event({}, begin + members + R"(,"done":false})", speech.now(), tokens);
  };
  while (speech.think()) line(said(chat, "", kReasoningToken, ""), 1);
  const bool call = !g.tool.empty();
  unsigned held = 0;  // tokens of the call
  while (const auto part = speech.speak()) {
    held += part->tokens;
    if (!call) line(said(chat, part->text, "", ""), part->tokens);
    if (!call && speech.at_half()) out.repeat_malformed(speech.now());
  }
  if (speech.broken())
    return out.break_off({}, fmt::format(R"({{"error":"{}"}})", kStreamErrorMessage), speech.now());
  if (call) {
    line(said(chat, "", "", call_member(g)), held);
    out.repeat_malformed(speech.now());
  }
  out.last_event();
  out.event({}, begin + said(chat, "", "", "") + ending(g), speech.now());
  out.close();
}

std::string whole_turns(const Generation& g, FaultMode /*mode*/) {
  return whole(g, true);
}
std::string whole_generate(const Generation& g, FaultMode /*mode*/) {
  return whole(g, false);
}
void stream_turns(const Generation& g, FaultMode mode, StreamWriter& out) {
  stream(g, mode, out, true);
}
void stream_generate(const Generation& g, FaultMode mode, StreamWriter& out) {
  stream(g, mode, out, false);
}

std::string ollama_error(const ErrorReport& report) {
  std::string out = R"({"error":)";
  append_json_string(out, report.message);
  return out + "}";
}

}  // namespace

constinit const Dialect kOllamaChatDialect{"ollama_chat",      kOllama,    Framing::ndjson, "x-request-id",
                                           LimitHeaders::none, read_turns, stream_turns,    whole_turns,
                                           ollama_error};
constinit const Dialect kOllamaGenerateDialect{
    "ollama_generate", kOllama,         Framing::ndjson, "x-request-id", LimitHeaders::none,
    read_generate,     stream_generate, whole_generate,  ollama_error};

}  // namespace costwar::mock
