// llama-server's own completion: a prompt without roles, tokens as they come, timings at the end, no [DONE].
// Its chat completions are the flavour of that name.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "mock/answers.h"
#include "mock/dialect.h"
#include "mock/dialects/openai_family.h"

namespace costwar::mock {
namespace {

AskOrProblem read_completion(const Json& root) {
  Fields fields;
  Ask ask;
  ask.model = fields.string(root, "model").value_or("");
  const auto prompt = fields.string(root, "prompt");
  if (!prompt) fields.complain("prompt", "a string");
  ask.prompt = prompt.value_or("");
  ask.prompt_tokens = std::max<std::uint64_t>(count_tokens(ask.prompt), 1);
  ask.stream = fields.flag(root, "stream");
  ask.reasoning = false;
  for (const char* name : {"max_tokens", "n_predict"}) {
    const Json* most = member(root, name);
    if (most != nullptr && most->is_number_unsigned() && most->get<std::uint64_t>() > 0)
      ask.max_tokens = most->get<std::uint64_t>();  // -1 is no limit
  }
  if (const Json* schema = fields.object(root, "json_schema")) ask.answer_schema = *schema;
  return fields.finish(std::move(ask));
}

std::string last_object(const Generation& g, std::string_view text) {
  std::string out = R"({"index":0,"content":)";
  append_json_string(out, text);
  out += R"(,"tokens":[],"id_slot":0,"stop":true,"model":)";
  append_json_string(out, g.model);
  fmt::format_to(std::back_inserter(out),
                 R"(,"tokens_predicted":{0},"tokens_evaluated":{1},"truncated":false,"stop_type":"{2}",)"
                 R"("stopping_word":"","tokens_cached":{3},"timings":)",
                 g.visible_tokens, g.prompt_tokens, g.cut ? "limit" : "eos",
                 g.prompt_tokens + g.visible_tokens);
  append_timings(out, g);
  return out + "}";
}

std::string whole_completion(const Generation& g, FaultMode /*mode*/) {
  return last_object(g, g.text);
}

std::string llama_error(const ErrorReport& report) {
  std::string out = fmt::format(R"({{"error":{{"code":{},"message":)", report.status);
  append_json_string(out, report.message);
  return out + fmt::format(R"(,"type":"{}"}}}})", openai_error_type(report.status));
}

void stream_completion(const Generation& g, FaultMode mode, StreamWriter& out) {
  Speech speech(g, mode);
  while (const auto part = speech.speak()) {
    std::string json = R"({"index":0,"content":)";
    append_json_string(json, part->text);
    json += R"(,"tokens":[],"stop":false,"id_slot":0,)";
    fmt::format_to(std::back_inserter(json), R"("tokens_predicted":{},"tokens_evaluated":{}}})",
                   speech.visible(), g.prompt_tokens);
    out.event({}, json, speech.now(), part->tokens);
    if (speech.at_half()) out.repeat_malformed(speech.now());
  }
  if (speech.broken()) return out.break_off({}, llama_error({500, kStreamErrorMessage}), speech.now());
  out.last_event();
  out.event({}, last_object(g, ""), speech.now());
  out.close();
}

}  // namespace

constinit const Dialect kCompletionDialect{"completion",      kCompletion,        Framing::sse,
                                           "x-request-id",    LimitHeaders::none, read_completion,
                                           stream_completion, whole_completion,   llama_error};

}  // namespace costwar::mock
