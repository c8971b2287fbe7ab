// Dialogues meet models that answer with anything: every one ends within its bound, every request that is
// sent back holds JSON where APIs want JSON, and nothing is scored as solved.

#include <doctest/doctest.h>

#include <set>

#include "core/json.h"
#include "core/random.h"
#include "harness/procedural/registry.h"
#include "harness/worlds/agent.h"
#include "harness/worlds/tool_messages.h"
#include "tests/harness/worlds/driving.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::worlds;
using namespace costwar::harness::worlds::testing;

namespace {

std::string noise(RandomStream& stream, std::size_t most) {
  std::string bytes;
  for (std::uint64_t i = stream.below(most + 1); i > 0; --i) bytes += static_cast<char>(stream.below(256));
  return bytes;
}

// Arguments near enough to the real ones to get through now and then, and others.
std::string any_arguments(RandomStream& stream) {
  static const std::vector<std::string> kSome{
      "",
      "{}",
      "null",
      "[1]",
      "{\"account\":5}",
      R"({"account":"A-1","account":"A-2"})",
      R"({"from":"A-1","to":"A-2","amount":1e300})",
      R"({"from":"A-1","to":"A-2","amount":-9223372036854775808})",
      R"({"from":"A-1","to":"A-2","amount":18446744073709551615})",
      R"({"item":"I-1","quantity":9223372036854775807})",
      R"({"path":"/x","content":")" + std::string(5'000, 'x') + "\"}",
      R"({"path":"/x","content":"\ud800"})",
      R"({"page":0})",
      std::string(100'000, '['),
      R"({"key":"k","value":"v"})",
      R"({"words":""})",
  };
  const std::size_t which = stream.below(kSome.size() + 4);
  return which < kSome.size() ? kSome[which] : noise(stream, 60);
}

std::string any_tool(RandomStream& stream, const std::vector<Tool>& tools) {
  if (tools.empty() || stream.below(4) == 0) return noise(stream, 12);
  return tools[stream.below(tools.size())].name;
}

Attempt any_answer(RandomStream& stream, const NextCall& call) {
  Attempt answer = text_answer(noise(stream, 40));
  answer.reasoning_text = noise(stream, 10);
  for (std::uint64_t calls = stream.below(4); calls > 0; --calls)
    answer.tool_calls.push_back(
        {noise(stream, 3), any_tool(stream, call.request.tools), any_arguments(stream)});
  if (stream.below(40) == 0) answer.outcome = Outcome::content_filter;
  return answer;
}

void check_request(const NextCall& call) {
  std::set<std::string> open;
  std::set<std::string> seen;
  for (const Message& message : call.request.messages) {
    for (const ToolCall& made : message.tool_calls) {
      CHECK(parse_json(made.arguments, "arguments").is_object());
      CHECK(seen.insert(made.id).second);
      CHECK_FALSE(made.name.empty());
      open.insert(made.id);
    }
    if (message.role == Role::tool) {
      CHECK(open.erase(message.tool_call_id) == 1);
      CHECK(parse_json(message.content, "result").is_object());
    } else if (message.tool_calls.empty()) {
      CHECK(open.empty());
    }
  }
  CHECK(open.empty());
}

constexpr const char* kAttackedTasks[] = {
    "agent:errors=30:pages=3:distractors=3",
    "agent:user=simulated:idempotency=on",
    "injection:strength=strong",
    "memory:mode=summary",
    "memory:mode=tools",
};

}  // namespace

TEST_CASE("any answers lead to an end, and the same ones to the same end") {
  for (const char* const name : kAttackedTasks) {
    const TaskItems task = make_procedural(name, 2, 12);
    for (std::size_t i = 0; i < task.items.size(); ++i) {
      RandomStream stream(i, name);
      std::size_t subject_calls = 0;
      const Driven driven = drive(task, task.items[i], [&](const NextCall& call) {
        check_request(call);
        if (call.role == CallRole::subject) ++subject_calls;
        return any_answer(stream, call);
      });
      CHECK_FALSE(driven.score.solved);
      CHECK(driven.reply.calls == subject_calls);
      CHECK(parse_json(driven.reply.state, "state").is_object());
      CHECK(replays(task, task.items[i], driven));
    }
  }
}

TEST_CASE("an endless loop of calls meets its bound") {
  for (const auto& [name, most] :
       {std::pair{"agent", 36U}, {"agent:steps=5", 5U}, {"injection:horizon=3", 36U}}) {
    const TaskItems task = make_procedural(name, 2, 4);
    for (const Item& item : task.items) {
      const Driven driven = drive(task, item, [](const NextCall& call) {
        return call_answer(call.request.tools.front().name, "{}");
      });
      CHECK(driven.reply.calls == most);
      CHECK(driven.score.detail.find("ended: calls used up") != std::string::npos);
    }
  }
}

TEST_CASE("two models that talk without end meet the bound as well") {
  const TaskItems task = make_procedural("agent:user=simulated", 2, 4);
  for (const Item& item : task.items) {
    const Driven driven = drive(task, item, [](const NextCall&) { return text_answer("Anything else?"); });
    CHECK(driven.reply.calls == 36);
    CHECK(driven.calls.size() == 71);  // a user's answer after each but the last
  }
}

TEST_CASE("a hundred calls in one answer: 32 are run, all are answered") {
  const TaskItems task = make_procedural("agent:domain=bank", 2, 1);
  std::size_t turn = 0;
  const Driven driven = drive(task, task.items[0], [&](const NextCall& call) {
    if (turn++ > 0) {
      std::size_t results = 0, refused = 0;
      for (const Message& message : call.request.messages)
        if (message.role == Role::tool) {
          ++results;
          if (message.content.find("too_many") != std::string::npos) ++refused;
        }
      CHECK(results == 100);
      CHECK(refused == 68);
      return text_answer("done");
    }
    Attempt answer;
    answer.outcome = Outcome::ok;
    answer.tool_calls.assign(100, ToolCall{"same", "list_accounts", "{}"});
    return answer;
  });
  CHECK(parse_json(driven.reply.state, "state").at("tool_calls") == 32);
}

TEST_CASE(
    "the reasoning of an answer with calls goes back with it, and its think block does not stay in the "
    "text") {
  const TaskItems task = make_procedural("agent", 2, 1);
  std::size_t turn = 0;
  drive(task, task.items[0], [&](const NextCall& call) {
    if (turn++ > 0) {
      const Message& said = call.request.messages.at(call.request.messages.size() - 2);
      CHECK(said.role == Role::assistant);
      CHECK(said.reasoning == "because");
      CHECK(said.content == "looking");
      CHECK(said.tool_calls == std::vector<ToolCall>{{"id-1", "list_nothing", "{}"}});
      CHECK(call.request.messages.back().tool_call_id == "id-1");
      CHECK(
          call.request.messages.back().content ==
          R"({"error":{"code":"unknown_tool","message":"there is no tool of this name","retryable":false}})");
      return text_answer("done");
    }
    Attempt answer;
    answer.outcome = Outcome::ok;
    answer.text = "<think>x</think>looking";
    answer.reasoning_text = "because";
    answer.tool_calls.push_back({"id-1", "list_nothing", ""});
    return answer;
  });
}
