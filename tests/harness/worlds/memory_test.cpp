// The task `memory`: histories whose answers follow from what was said, and the three ways to remember them.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "core/day.h"
#include "core/error.h"
#include "core/json.h"
#include "harness/procedural/registry.h"
#include "harness/worlds/memory.h"
#include "harness/worlds/notebook.h"
#include "tests/harness/worlds/driving.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::worlds;
using namespace costwar::harness::worlds::testing;

namespace {

// Sessions (from 0) in which a user says all of these words.
std::vector<std::size_t> sessions_with(const History& history, const std::vector<std::string>& words) {
  std::vector<std::size_t> found;
  for (std::size_t session = 0; session < history.sessions.size(); ++session)
    for (const worlds::Exchange& said : history.sessions[session].exchanges) {
      bool all = true;
      for (const std::string& word : words) all = all && said.user.find(word) != std::string::npos;
      if (all) found.push_back(session);
    }
  return found;
}

std::string text_between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t from = text.find(before) + before.size();
  return text.substr(from, text.find(after, from) - from);
}

// Reads "What is Alma's locker number?" back: person and attribute.
std::pair<std::string, std::string> asked_about(const HistoryQuestion& question) {
  const std::string person = text_between(question.text, "What is ", "'s ");
  return {person, text_between(question.text, "'s ", "?")};
}

int age(const History& history, std::size_t session) {
  return static_cast<int>(history.sessions.size() - session);
}

std::string right(const Item& item) {
  return item.expected.empty() ? "unknown" : item.expected;
}

History history_of_seed(std::uint64_t seed, int questions = 21) {
  return make_history({seed, 8, 4, 2, questions});
}

}  // namespace

TEST_CASE("the reference follows from what was said") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const History history = history_of_seed(seed);
    REQUIRE(history.questions.size() == 21);
    for (std::size_t i = 0; i < history.questions.size(); ++i) {
      const HistoryQuestion& question = history.questions[i];
      CHECK(static_cast<std::size_t>(question.type) == i % 7);
      CAPTURE(question.text);
      if (question.type == Recall::single_session) {
        const auto [person, attribute] = asked_about(question);
        const auto told = sessions_with(history, {person + "'s " + attribute});
        REQUIRE(told.size() == 1);
        CHECK(sessions_with(history, {fmt::format("{}'s {} is {}.", person, attribute, question.expected)}) ==
              told);
        CHECK(question.age == age(history, told[0]));
      } else if (question.type == Recall::knowledge_update) {
        const auto [person, attribute] = asked_about(question);
        const auto told = sessions_with(history, {person + "'s " + attribute});
        REQUIRE(told.size() == 2);
        CHECK(told[0] < told[1]);
        CHECK(sessions_with(history, {person + "'s " + attribute, "it is " + question.expected + " now"}) ==
              std::vector{told[1]});
        CHECK(question.age == age(history, told[1]));
      } else if (question.type == Recall::retraction) {
        const auto [person, attribute] = asked_about(question);
        const auto told = sessions_with(history, {person + "'s " + attribute});
        REQUIRE(told.size() == 2);
        CHECK(sessions_with(history, {person + "'s " + attribute, "please forget it"}) ==
              std::vector{told[1]});
        CHECK(question.expected.empty());
      } else if (question.type == Recall::abstain) {
        const auto [person, attribute] = asked_about(question);
        CHECK(sessions_with(history, {person + "'s " + attribute}).empty());
        CHECK_FALSE(sessions_with(history, {person + "'s "}).empty());
        CHECK(question.expected.empty());
        CHECK(question.age == 0);
      } else if (question.type == Recall::multi_session) {
        const std::string attribute = text_between(question.text, "What is the ", " of my ");
        const std::string relation = text_between(question.text, " of my ", "?");
        const auto called = sessions_with(history, {"My " + relation + " is called "});
        REQUIRE(called.size() == 1);
        std::string person;
        for (const worlds::Exchange& said : history.sessions[called[0]].exchanges)
          if (said.user.find("My " + relation + " is called ") == 0)
            person = text_between(said.user, " is called ", ".");
        const auto told =
            sessions_with(history, {fmt::format("{}'s {} is {}.", person, attribute, question.expected)});
        REQUIRE(told.size() == 1);
        CHECK(told[0] != called[0]);
        CHECK(question.age == age(history, std::max(told[0], called[0])));
      } else if (question.type == Recall::preference) {
        const auto told = sessions_with(history, {"I prefer " + question.expected + " to "});
        CHECK_FALSE(told.empty());
        CHECK(question.text.find(question.expected) != std::string::npos);
      } else if (question.text.starts_with("On which date")) {
        const std::string thing = text_between(question.text, "did I buy the ", "?");
        const auto told = sessions_with(history, {"I bought a " + thing});
        REQUIRE(told.size() == 1);
        const std::int64_t gap =
            parse_day(history.sessions[told[0]].date)->day - parse_day(question.expected)->day;
        const std::string ago = gap == 1 ? "Yesterday" : fmt::format("{} days ago", gap);
        CHECK(sessions_with(history, {ago + " I bought a " + thing}) == told);
      } else {
        const std::string early = text_between(question.text, "days after ", " is ");
        const std::string late = text_between(question.text, " is ", "?");
        std::map<std::string, std::int64_t> days;
        for (const HistorySession& session : history.sessions)
          for (const worlds::Exchange& said : session.exchanges)
            for (const std::string& event : {early, late})
              if (said.user.find("I am going to " + event + " on ") == 0)
                days[event] = parse_day(text_between(said.user, event + " on ", "."))->day;
        REQUIRE(days.size() == 2);
        CHECK(std::to_string(days[late] - days[early]) == question.expected);
      }
    }
  }
}

TEST_CASE("questions of one history are one cluster and, with the whole history, share it") {
  const TaskItems task = make_procedural("memory", 5, 15);
  CHECK(task.task.name == "memory");
  CHECK(task.task.scorer == "abstention");
  CHECK_FALSE(task.dialogue);
  std::set<const SharedContext*> contexts;
  std::set<std::string> clusters, ids, prompts;
  for (const Item& item : task.items) {
    contexts.insert(item.context.get());
    clusters.insert(item.cluster);
    ids.insert(item.id);
    prompts.insert(std::string(prompt_of(item)));
    CHECK(drive(task, item).score.solved);
  }
  CHECK(contexts.size() == 3);
  CHECK(clusters.size() == 3);
  CHECK(ids.size() == 15);
  CHECK(prompts.size() == 15);
  CHECK(task.items[6].context == task.items[0].context);
  CHECK(task.items[6].group == "abstain");
  CHECK(task.items[2].group.starts_with("knowledge-update, "));
  CHECK(task.items[2].group.ends_with(" old"));
  CHECK(make_procedural("memory", 5, 4).items[3].id == task.items[3].id);
  CHECK_THROWS_AS(make_procedural("memory:sessions=1", 5, 1), Error);
}

TEST_CASE("a summary is all that is left of the sessions before") {
  const TaskItems task = make_procedural("memory:mode=summary:sessions=4", 5, 7);
  for (const Item& item : task.items) {
    CHECK(item.context == nullptr);
    const MemorySetup setup = memory_setup(item);
    const History history = make_history(setup.history);
    std::size_t turn = 0;
    const Driven driven = drive(task, item, [&](const NextCall& call) {
      const std::string system = call.request.messages[0].content;
      const std::string user = call.request.messages[1].content;
      CHECK(call.request.messages.size() == 2);
      CHECK(system.find(turn == 0 ? "(none yet)" : fmt::format("notes {}", turn)) != std::string::npos);
      CHECK(system.find(fmt::format("notes {}", turn + 1)) == std::string::npos);
      if (turn < 4) {
        CHECK(user.find(session_text(history, turn)) == 0);
      } else {
        CHECK(user == item.messages.back().content);
      }
      ++turn;
      return text_answer(turn <= 4 ? fmt::format("<think>hm</think>notes {}", turn) : right(item));
    });
    CHECK(turn == 5);
    CHECK(driven.score.solved);
    CHECK(driven.reply.calls == 5);
    CHECK(driven.reply.state == R"({"session_calls":[1,1,1,1],"question_calls":1,"entries":1})");
    CHECK(replays(task, item, driven));
  }
}

TEST_CASE("a memory of tools lasts over the sessions, and answers the question alone") {
  const TaskItems task = make_procedural("memory:mode=tools:sessions=3", 5, 7);
  for (const Item& item : task.items) {
    std::size_t calls = 0;
    const Driven driven = drive(task, item, [&](const NextCall& call) {
      const std::size_t now = calls++;
      const bool question = call.request.messages[1].content == item.messages.back().content;
      CHECK(call.request.tools.size() == (question ? 2 : 3));
      if (question && call.request.messages.size() == 2)
        return call_answer("memory_search", R"({"words":"fact"})");
      if (question) {
        const Json found = parse_json(call.request.messages.back().content, "found");
        CHECK(found.at("found") == 3);
        CHECK(found.at("entries").at(0).at("key") == "fact 0");
        return text_answer(right(item));
      }
      if (call.request.messages.size() == 2)
        return call_answer("memory_put", fmt::format(R"({{"key":"fact {}","value":"x"}})", now));
      return text_answer("done");
    });
    CHECK(driven.score.solved);
    CHECK(driven.reply.state == R"({"session_calls":[2,2,2],"question_calls":2,"entries":3})");
    CHECK(replays(task, item, driven));
  }
}

TEST_CASE("a model that never stops calling gets its bound of calls for each session, and no answer") {
  const TaskItems task = make_procedural("memory:mode=tools:sessions=3:calls=4", 5, 2);
  const Driven driven = drive(task, task.items[0], [](const NextCall&) {
    Attempt answer = call_answer("memory_put", R"({"key":"k","value":"v"})");
    answer.text = "still storing";
    return answer;
  });
  CHECK(driven.reply.calls == 16);
  CHECK_FALSE(driven.score.solved);
  CHECK(driven.reply.state == R"({"session_calls":[4,4,4],"question_calls":4,"entries":1})");
}

TEST_CASE("a refusal during a session ends the dialogue without an answer") {
  const TaskItems task = make_procedural("memory:mode=summary", 5, 1);
  const Driven driven = drive(task, task.items[0], [&](const NextCall&) {
    Attempt answer = text_answer(task.items[0].expected);
    answer.outcome = Outcome::refused;
    return answer;
  });
  CHECK(driven.reply.calls == 1);
  CHECK(driven.reply.text.empty());
  CHECK_FALSE(driven.score.solved);
}

TEST_CASE("the notebook") {
  Notebook notebook;
  const auto put = [&](const std::string& key, const std::string& value) {
    return notebook.call("memory_put", Json{{"key", key}, {"value", value}}.dump(), true);
  };
  CHECK(put("Alma", "Locker 4711") == R"({"ok":true,"done":"remembered"})");
  CHECK(put(" Alma ", "locker 4712") == R"({"ok":true,"done":"remembered"})");
  CHECK(put("Boris", "likes plums") == R"({"ok":true,"done":"remembered"})");
  CHECK(notebook.size() == 2);
  CHECK(notebook.call("memory_get", R"({"key":"Alma"})", false) == R"({"key":"Alma","value":"locker 4712"})");
  CHECK(notebook.call("memory_search", R"({"words":"LOCKER, alma"})", false) ==
        R"({"entries":[{"key":"Alma","value":"locker 4712"}],"found":1})");
  CHECK(
      notebook.call("memory_search", R"({"words":"boris locker likes"})", false) ==
      R"({"entries":[{"key":"Boris","value":"likes plums"},{"key":"Alma","value":"locker 4712"}],"found":2})");
  CHECK(notebook.call("memory_put", R"({"key":"a","value":"b"})", false).find("unknown_tool") !=
        std::string::npos);
  CHECK(put("Boris", "") == R"({"ok":true,"done":"forgotten"})");
  CHECK(notebook.call("memory_get", R"({"key":"Boris"})", false).find("not_found") != std::string::npos);
  for (int i = 0; i < 300; ++i) put(fmt::format("key {}", i), "v");
  CHECK(notebook.size() == Notebook::kMostEntries);
  CHECK(put("Alma", "moved").find("remembered") != std::string::npos);
  CHECK(put("new", "x").find("full") != std::string::npos);
}
