// libFuzzer target: whatever a model answers, a dialogue ends, sends back only what APIs take, and leads the
// same answers to the same end. The first byte picks the task; each further line is one answer:
// "NAME<tab>JSON" is a call (several, set apart by vertical tabs), anything else a text.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "harness/dialogue.h"
#include "harness/procedural/registry.h"
#include "harness/scoring/scorers.h"
#include "harness/worlds/tools.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

constexpr std::array kTasks{"agent:domain=bank:errors=30:pages=3",
                            "agent:domain=files:idempotency=on",
                            "agent:domain=inventory:user=simulated",
                            "agent:domain=tickets:distractors=4",
                            "injection:strength=strong",
                            "memory:mode=summary:sessions=2",
                            "memory:mode=tools:sessions=2"};

const TaskItems& task_of(std::uint8_t byte) {
  static std::array<std::unique_ptr<TaskItems>, kTasks.size()> made;
  const std::size_t which = byte % kTasks.size();
  if (!made[which]) made[which] = std::make_unique<TaskItems>(make_procedural(kTasks[which], 1, 1));
  return *made[which];
}

std::string_view cut_at(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return part;
}

Attempt answer_of(std::string_view line) {
  Attempt answer;
  answer.outcome = Outcome::ok;
  if (line.find('\t') == std::string_view::npos) {
    answer.text = line;
    return answer;
  }
  while (!line.empty()) {
    std::string_view call = cut_at(line, '\v');
    const std::string_view name = cut_at(call, '\t');
    answer.tool_calls.push_back({std::string(name.substr(0, 3)), std::string(name), std::string(call)});
  }
  return answer;
}

void check(const ChatRequest& request) {
  for (const Message& message : request.messages)
    for (const ToolCall& call : message.tool_calls)
      if (call.id.empty() || call.name.empty() || !worlds::is_json_object(call.arguments)) std::abort();
}

Reply play(const TaskItems& task, std::string_view lines) {
  const auto dialogue = task.dialogue(task.items[0]);
  for (int calls = 0; auto call = dialogue->next(); ++calls) {
    if (calls > 1'000) std::abort();
    check(call->request);
    dialogue->heard(answer_of(cut_at(lines, '\n')));
  }
  return dialogue->reply();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view lines(reinterpret_cast<const char*>(data) + 1, size - 1);
  const TaskItems& task = task_of(data[0]);
  const Reply reply = play(task, lines);
  if (play(task, lines).state != reply.state) std::abort();
  find_scorer(task.task.scorer)->score(reply, task.items[0]);
  return 0;
}
