#include "harness/worlds/oracle.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/json.h"

namespace costwar::harness::worlds {
namespace {

// No oracle needs so many; a defect must not become an endless loop.
constexpr int kMostCalls = 5'000;

std::string last_prompt(const ChatRequest& request) {
  for (auto message = request.messages.rbegin(); message != request.messages.rend(); ++message)
    if (message->role == Role::user) return message->content;
  return {};
}

Json step_of(const Attempt& answer) {
  if (answer.tool_calls.empty()) return Json{{"text", answer.text}};
  const ToolCall& call = answer.tool_calls.front();
  return Json{{"tool", call.name}, {"arguments", parse_json(call.arguments, "oracle")}};
}

}  // namespace

Attempt text_answer(std::string text) {
  Attempt answer;
  answer.outcome = Outcome::ok;
  answer.finish_reason = "stop";
  answer.text = std::move(text);
  return answer;
}

Attempt call_answer(std::string tool, std::string arguments) {
  Attempt answer;
  answer.outcome = Outcome::ok;
  answer.finish_reason = "tool_calls";
  answer.tool_calls.push_back({"", std::move(tool), std::move(arguments)});
  return answer;
}

std::unique_ptr<Oracle> make_oracle(const Item& item) {
  if (item.details.starts_with("{\"world\"")) return make_agent_oracle(item);
  if (item.details.starts_with("{\"memory\"")) return make_memory_oracle(item);
  return nullptr;
}

std::vector<std::string> oracle_book_lines(std::string_view task, const Item& item, Dialogue& dialogue) {
  std::vector<std::string> lines;
  const std::unique_ptr<Oracle> oracle = make_oracle(item);
  if (!oracle) return lines;
  std::string prompt;
  Json line;
  const auto finish = [&] {
    if (!line.is_null()) lines.push_back(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  for (int calls = 0; calls < kMostCalls; ++calls) {
    const std::optional<NextCall> call = dialogue.next();
    if (!call) break;
    const Attempt answer = oracle->answer(*call);
    const std::string asked = last_prompt(call->request);
    if (line.is_null() || asked != prompt) {
      finish();
      prompt = asked;
      line = Json{
          {"prompt", prompt}, {"answer", ""}, {"task", task}, {"item", item.id}, {"steps", Json::array()}};
    }
    line["steps"].push_back(step_of(answer));
    if (answer.tool_calls.empty()) line["answer"] = answer.text;
    dialogue.heard(answer);
  }
  finish();
  return lines;
}

}  // namespace costwar::harness::worlds
