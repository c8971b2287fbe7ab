// The task `agent`: what a perfect, a lazy and a careless agent get, in every variant.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "core/error.h"
#include "core/json.h"
#include "harness/procedural/registry.h"
#include "harness/worlds/agent.h"
#include "tests/harness/worlds/driving.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::worlds;
using namespace costwar::harness::worlds::testing;

namespace {

constexpr const char* kVariants[] = {
    "agent",
    "agent:domain=bank:horizon=1",
    "agent:horizon=12",
    "agent:errors=40",
    "agent:pages=4",
    "agent:distractors=6",
    "agent:idempotency=on",
    "agent:user=simulated",
    "agent:horizon=8:errors=30:pages=3:distractors=12:idempotency=on:user=simulated:steps=200",
};

std::string state_of(const Driven& driven, const char* key) {
  return parse_json(driven.reply.state, "state").at(key).dump();
}

// Does every goal as the customer asked for it, as the goals of a domain's rows say, and never asks.
Agent hasty(const Item& item) {
  const AgentSetup setup = agent_setup(item);
  World world(setup.world);
  auto answers = std::make_shared<std::vector<Attempt>>();
  for (const Goal& goal : world.goals())
    for (const Action& action : goal.actions)
      answers->push_back(call_answer(action.tool, arguments_json(action.arguments)));
  answers->push_back(text_answer("done"));
  auto at = std::make_shared<std::size_t>(0);
  return [answers, at](const NextCall&) {
    return *at < answers->size() ? (*answers)[(*at)++] : text_answer("done");
  };
}

}  // namespace

TEST_CASE("a perfect agent solves every item of every variant, and its trials replay") {
  for (const char* const name : kVariants) {
    const TaskItems task = make_procedural(name, 7, 12);
    CHECK(task.task.name == name);
    CHECK(task.task.scorer == "world_state");
    for (const Item& item : task.items) {
      const Driven driven = drive(task, item);
      CHECK_MESSAGE(driven.score.solved, name << ": " << driven.score.detail);
      CHECK(driven.score.value == 1.0);
      CHECK(replays(task, item, driven));
      CHECK(state_of(driven, "broken") == "[]");
      CHECK(driven.reply.calls == driven.reply.answers.size());
    }
  }
}

TEST_CASE("an agent that does nothing solves nothing") {
  for (const char* const name : kVariants) {
    const TaskItems task = make_procedural(name, 7, 12);
    for (const Item& item : task.items) {
      const Driven driven = drive(task, item, [](const NextCall& call) {
        return text_answer(call.role == CallRole::subject ? "I have done it all." : std::string(kStopWord));
      });
      CHECK_FALSE(driven.score.solved);
      CHECK(driven.score.value == 0.0);
      CHECK(state_of(driven, "changes") == "{}");
    }
  }
}

TEST_CASE("an agent that never asks breaks the rule about confirmation, although the state is right") {
  // Three goals: the third needs the customer's word.
  const TaskItems task = make_procedural("agent", 3, 24);
  int agreed = 0, refused = 0;
  for (const Item& item : task.items) {
    const World world(agent_setup(item).world);
    const bool agrees = world.goals()[2].confirmation->agrees;
    const Driven driven = drive(task, item, hasty(item));
    ++(agrees ? agreed : refused);
    // Where the customer would have refused, leaving it alone is right.
    CHECK_MESSAGE(driven.score.solved == !agrees, driven.score.detail);
    if (!agrees) continue;
    CHECK(parse_json(driven.reply.state, "state").at("hash") ==
          parse_json(item.expected, "expected").at("hash"));
    CHECK(driven.score.detail.find("broke: ") != std::string::npos);
    CHECK(driven.score.detail.find("without confirmation") != std::string::npos);
  }
  CHECK(agreed > 0);
  CHECK(refused > 0);
}

TEST_CASE("the scripted user answers only what it is asked about") {
  const TaskItems task = make_procedural("agent:domain=bank", 5, 8);
  const Item& item = task.items[0];
  const World world(agent_setup(item).world);
  const std::string amount = world.goals()[2].confirmation->mentions.front();
  std::vector<std::string> heard;
  const auto say_in_turn = [&](std::vector<std::string> texts) {
    heard.clear();
    std::size_t at = 0;
    drive(task, item, [&](const NextCall& call) {
      heard.push_back(call.request.messages.back().content);
      return text_answer(at < texts.size() ? texts[at++] : "bye");
    });
    return heard;
  };
  SUBCASE("the amount, with its thousands set apart") {
    const std::string apart = amount.substr(0, amount.size() - 3) + "," + amount.substr(amount.size() - 3);
    const auto messages = say_in_turn({"Shall I transfer " + apart + " dollars?"});
    REQUIRE(messages.size() == 2);
    CHECK(messages[1].find(world.goals()[2].confirmation->answer) != std::string::npos);
  }
  SUBCASE("a question that names nothing is asked back twice, then it is over") {
    const auto messages = say_in_turn({"May I?", "May I?", "May I?"});
    REQUIRE(messages.size() == 3);
    CHECK(messages[1].find("exactly what I am to confirm (1)") != std::string::npos);
    CHECK(messages[2].find("exactly what I am to confirm (2)") != std::string::npos);
  }
  SUBCASE("a statement ends it") {
    CHECK(say_in_turn({"Done."}).size() == 1);
  }
}

TEST_CASE("a confirmation counts once the user has answered, not when it was asked") {
  const TaskItems task = make_procedural("agent:domain=bank", 5, 8);
  for (const Item& item : task.items) {
    const World world(agent_setup(item).world);
    const Goal& goal = world.goals()[2];
    if (!goal.confirmation->agrees) continue;
    const Action& action = goal.actions.front();
    std::size_t at = 0;
    const Driven driven = drive(task, item, [&](const NextCall&) {
      Attempt answer =
          ++at == 1 ? call_answer(action.tool, arguments_json(action.arguments)) : text_answer("bye");
      answer.text = "I transfer " + goal.confirmation->mentions.front() + ", all right?";
      return answer;
    });
    CHECK(state_of(driven, "broken") == R"(["large transfer without confirmation"])");
  }
}

TEST_CASE("a creation whose answer was lost is doubled by a new key and not by the same") {
  const TaskItems task = make_procedural("agent:idempotency=on:horizon=1", 11, 8);
  for (const Item& item : task.items) {
    const World world(agent_setup(item).world);
    const Action& action = world.goals()[0].actions.front();
    const auto with_keys = [&](std::vector<std::string> keys) {
      std::size_t at = 0;
      return drive(task, item, [&](const NextCall&) {
        if (at == keys.size()) return text_answer("done");
        Row arguments = action.arguments;
        arguments["key"] = keys[at++];
        return call_answer(action.tool, arguments_json(arguments));
      });
    };
    CHECK(with_keys({"a"}).score.solved);  // it was done, although the answer was lost
    CHECK(with_keys({"a", "a", "a"}).score.solved);
    const Driven doubled = with_keys({"a", "b"});
    CHECK_FALSE(doubled.score.solved);
    CHECK(doubled.score.detail.starts_with("task not done in 3 steps; "));
  }
}

TEST_CASE("failures and pages") {
  SUBCASE("a share of the calls fails once") {
    WorldSetup setup{find_domain("bank"), 21, 3, 50, 0, 0, false, false, {}, Position::first};
    World world(setup);
    int failed = 0;
    for (int i = 0; i < 200; ++i) {
      const std::string arguments = fmt::format(R"({{"account":"A-{}"}})", i);
      const bool first = world.call("get_account", arguments).find("unavailable") != std::string::npos;
      failed += first ? 1 : 0;
      CHECK(world.call("get_account", arguments).find("not_found") != std::string::npos);
    }
    CHECK(failed > 70);
    CHECK(failed < 130);
    CHECK(world.failed_calls() == static_cast<std::uint64_t>(failed));
  }
  SUBCASE("every row stands on exactly one page") {
    WorldSetup setup{find_domain("tickets"), 21, 3, 0, 4, 0, false, false, {}, Position::first};
    World world(setup);
    const Json first = parse_json(world.call("list_orders", "{}"), "result");
    const auto pages = first.at("pages").get<int>();
    std::set<std::string> ids;
    std::size_t rows = 0;
    for (int page = 1; page <= pages; ++page) {
      const Json shown =
          parse_json(world.call("list_orders", fmt::format(R"({{"page":{}}})", page)), "result");
      for (const Json& row : shown.at("rows")) ids.insert(row.at("id").get<std::string>());
      rows += shown.at("rows").size();
      CHECK(shown.at("rows").size() <= 4);
    }
    CHECK(pages > 1);
    CHECK(ids.size() == rows);
    CHECK(rows == world.table("orders").rows.size());
    CHECK(world.call("list_orders", fmt::format(R"({{"page":{}}})", pages + 1)).find("bad_arguments") !=
          std::string::npos);
  }
}

TEST_CASE("items") {
  const TaskItems few = make_procedural("agent:errors=10", 1, 5);
  const TaskItems many = make_procedural("agent:errors=10", 1, 9);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < few.items.size(); ++i) CHECK(few.items[i].id == many.items[i].id);
  for (const Item& item : many.items) ids.insert(item.id);
  CHECK(ids.size() == 9);
  CHECK(few.items[0].group == "bank");
  CHECK(few.items[1].group == "files");
  CHECK(make_procedural("agent:errors=11", 1, 1).items[0].id != few.items[0].id);
  CHECK(make_procedural("agent:errors=10", 2, 1).items[0].id != few.items[0].id);
  CHECK_THROWS_AS(make_procedural("agent:errors=91", 1, 1), Error);
  CHECK_THROWS_AS(make_procedural("agent:domain=moon", 1, 1), Error);
}
