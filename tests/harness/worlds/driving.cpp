#include "tests/harness/worlds/driving.h"

#include <stdexcept>

namespace costwar::harness::worlds::testing {
namespace {

// More than any bound of these tasks lets a dialogue take.
constexpr std::size_t kEndless = 5'000;

std::unique_ptr<Dialogue> dialogue_of(const TaskItems& task, const Item& item) {
  return task.dialogue ? task.dialogue(item) : make_turns(item);
}

}  // namespace

std::string call_text(const NextCall& call) {
  std::string text(call_role_name(call.role));
  for (const Message& message : call.request.messages) {
    text += "\n" + std::string(role_name(message.role)) + "|" + message.content + "|" + message.reasoning +
            "|" + message.tool_call_id;
    for (const ToolCall& made : message.tool_calls)
      text += "|" + made.id + "|" + made.name + "|" + made.arguments;
  }
  for (const Tool& tool : call.request.tools) text += "\n" + tool.name + "|" + tool.parameters;
  return text;
}

Driven drive(const TaskItems& task, const Item& item, const Agent& agent) {
  const auto dialogue = dialogue_of(task, item);
  Driven driven;
  while (auto call = dialogue->next()) {
    if (driven.calls.size() >= kEndless) throw std::runtime_error("the dialogue does not end");
    driven.calls.push_back(*call);
    driven.answers.push_back(agent(*call));
    dialogue->heard(driven.answers.back());
  }
  driven.reply = dialogue->reply();
  driven.score = find_scorer(task.task.scorer)->score(driven.reply, item);
  return driven;
}

Driven drive(const TaskItems& task, const Item& item) {
  const auto oracle = make_oracle(item);
  return drive(task, item, [&](const NextCall& call) { return oracle->answer(call); });
}

bool replays(const TaskItems& task, const Item& item, const Driven& first) {
  const auto dialogue = dialogue_of(task, item);
  for (std::size_t i = 0; i < first.calls.size(); ++i) {
    const auto call = dialogue->next();
    if (!call || call_text(*call) != call_text(first.calls[i])) return false;
    dialogue->heard(first.answers[i]);
  }
  return !dialogue->next() && dialogue->reply().state == first.reply.state &&
         dialogue->reply().text == first.reply.text;
}

}  // namespace costwar::harness::worlds::testing
