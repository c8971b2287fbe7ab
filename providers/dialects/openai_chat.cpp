#include "providers/dialects/openai_chat.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <algorithm>

#include "core/json.h"
#include "providers/dialects/openai_chat_answer.h"

namespace costwar {
namespace {

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

class OpenAiChat final : public Dialect {
 public:
  explicit OpenAiChat(OpenAiChatOptions options) : options_(options) {}

  std::optional<Refusal> check(const ChatRequest& request) const override {
    if (request.model.empty()) return Refusal{"the request names no model", "write provider/model"};
    if (request.messages.empty()) return Refusal{"the request has no messages", {}};
    for (const Message& message : request.messages)
      if (!is_utf8(message.content))
        return Refusal{"a message is not valid UTF-8", "JSON can carry nothing else"};
    for (const std::string& stop : request.stop)
      if (!is_utf8(stop)) return Refusal{"a stop text is not valid UTF-8", "JSON can carry nothing else"};
    if (request.max_output_tokens && *request.max_output_tokens < 1)
      return Refusal{fmt::format("{} output tokens cannot be asked for", *request.max_output_tokens), {}};
    const auto& efforts = options_.efforts;
    if (request.effort && !efforts.empty() &&
        std::find(efforts.begin(), efforts.end(), *request.effort) == efforts.end())
      return Refusal{fmt::format("the API knows no effort '{}'", *request.effort),
                     fmt::format("one of {}", fmt::join(efforts, ", "))};
    return std::nullopt;
  }

  EncodedRequest encode(const ChatRequest& request) const override {
    Json body;
    body["model"] = request.model;
    Json& messages = body["messages"] = Json::array();
    for (const Message& message : request.messages)
      messages.push_back({{"role", std::string(role_name(message.role))}, {"content", message.content}});
    if (request.max_output_tokens)
      body[options_.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] =
          *request.max_output_tokens;
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (request.seed && options_.takes_seed) body["seed"] = *request.seed;
    if (!request.stop.empty()) body["stop"] = request.stop;
    if (request.effort) set_effort(body, *request.effort);
    body["stream"] = true;
    body["stream_options"]["include_usage"] = true;
    if (options_.can_hide_obfuscation) body["stream_options"]["include_obfuscation"] = false;
    return {"/chat/completions", body.dump(), {}};
  }

  std::unique_ptr<AnswerReader> reader() const override { return make_openai_chat_reader(options_.extras); }

 private:
  void set_effort(Json& body, const std::string& effort) const {
    if (options_.effort_style == OpenAiChatOptions::EffortStyle::thinking) {
      body["thinking"]["type"] = effort == "none" ? "disabled" : "enabled";
      if (effort == "none") return;
    }
    body["reasoning_effort"] = effort;
  }

  OpenAiChatOptions options_;
};

}  // namespace

std::unique_ptr<Dialect> make_openai_chat_dialect(OpenAiChatOptions options) {
  return std::make_unique<OpenAiChat>(options);
}

}  // namespace costwar
