#include "mock/chat_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "mock/answers.h"

namespace costwar::mock {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostChoices = 8;

const json* member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

ChatProblem wrong_type(std::string_view param, std::string_view wanted) {
  return {fmt::format("'{}' must be {}", param, wanted), std::string(param)};
}

// Text of a message: a string, or the text parts of an array. Tool calls, images and null are no text.
std::optional<ChatProblem> read_content(const json& message, std::string& text) {
  text.clear();
  const json* content = member(message, "content");
  if (content == nullptr) return std::nullopt;
  if (content->is_string()) {
    text = content->get_ref<const std::string&>();
    return std::nullopt;
  }
  if (!content->is_array()) return wrong_type("messages.content", "a string or an array of parts");
  for (const json& part : *content) {
    const json* words = part.is_object() ? member(part, "text") : nullptr;
    if (words != nullptr && words->is_string()) text += words->get_ref<const std::string&>();
  }
  return std::nullopt;
}

std::optional<ChatProblem> read_messages(const json& root, ChatAsk& ask) {
  const json* messages = member(root, "messages");
  if (messages == nullptr) return ChatProblem{"'messages' is required", "messages"};
  if (!messages->is_array() || messages->empty())
    return wrong_type("messages", "an array of at least one message");
  std::string text;
  for (const json& message : *messages) {
    const json* role = message.is_object() ? member(message, "role") : nullptr;
    if (role == nullptr || !role->is_string()) return wrong_type("messages.role", "a string");
    if (std::optional<ChatProblem> problem = read_content(message, text)) return problem;
    ask.prompt_tokens += count_tokens(text);
    if (role->get_ref<const std::string&>() == "user") ask.prompt.swap(text);
  }
  ask.prompt_tokens = std::max<std::uint64_t>(ask.prompt_tokens, 1);
  return std::nullopt;
}

std::optional<ChatProblem> read_flag(const json& object, const char* name, bool& flag) {
  const json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) return wrong_type(name, "true or false");
  flag = value->get<bool>();
  return std::nullopt;
}

std::optional<ChatProblem> read_numbers(const json& root, ChatAsk& ask) {
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {  // the newer name is read last and wins
    const json* value = member(root, name);
    if (value == nullptr) continue;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() == 0)
      return wrong_type(name, "a whole number above 0");
    ask.max_tokens = value->get<std::uint64_t>();
  }
  if (const json* n = member(root, "n")) {
    if (!n->is_number_unsigned() || n->get<std::int64_t>() < 1 || n->get<std::int64_t>() > kMostChoices)
      return wrong_type("n", "a whole number from 1 to 8");
    ask.choices = n->get<std::size_t>();
  }
  return std::nullopt;
}

std::optional<ChatProblem> read_words(const json& root, ChatAsk& ask) {
  if (const json* effort = member(root, "reasoning_effort")) {
    if (!effort->is_string()) return wrong_type("reasoning_effort", "a string");
    ask.reasoning = effort->get_ref<const std::string&>() != "none";
  }
  if (const json* tier = member(root, "service_tier")) {
    if (!tier->is_string()) return wrong_type("service_tier", "a string");
    const std::string& name = tier->get_ref<const std::string&>();
    if (name != "auto") ask.service_tier = name;
  }
  return std::nullopt;
}

}  // namespace

std::variant<ChatAsk, ChatProblem> read_chat_request(std::string_view body) {
  const json root = json::parse(body, nullptr, false);
  if (!root.is_object()) return ChatProblem{"the body is not a JSON object", {}};
  ChatAsk ask;
  const json* model = member(root, "model");
  if (model == nullptr || !model->is_string()) return wrong_type("model", "a string");
  ask.model = model->get_ref<const std::string&>();
  if (auto problem = read_messages(root, ask)) return *std::move(problem);
  if (auto problem = read_flag(root, "stream", ask.stream)) return *std::move(problem);
  if (const json* options = member(root, "stream_options")) {
    if (!options->is_object()) return wrong_type("stream_options", "an object");
    if (auto problem = read_flag(*options, "include_usage", ask.include_usage)) return *std::move(problem);
  }
  if (auto problem = read_numbers(root, ask)) return *std::move(problem);
  if (auto problem = read_words(root, ask)) return *std::move(problem);
  return ask;
}

}  // namespace costwar::mock
