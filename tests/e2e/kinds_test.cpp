// Every kind of task through the whole program: the answer book that it writes makes the mock right about
// each item, and a mock that is always wrong solves none.

#include <doctest/doctest.h>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

// `dialogue`: takes several calls.
struct Kind {
  const char* task;
  bool dialogue = false;
};

constexpr Kind kKinds[] = {
    {"needle:length=2k:questions=2"},
    {"mrcr:length=4k:questions=2"},
    {"graph-walk:length=1k:questions=2"},
    {"variable-tracking:length=1k:questions=2"},
    {"key-value:length=1k:questions=2"},
    {"common-words:length=2k:questions=2"},
    {"frequent-words:length=1k:questions=2"},
    {"log-aggregation:length=1k:questions=2"},
    {"arithmetic-steps"},
    {"base-conversion"},
    {"date-arithmetic"},
    {"sorting-keys"},
    {"dedupe"},
    {"interval-scheduling"},
    {"shortest-path"},
    {"propositional-logic"},
    {"table-questions"},
    {"json-schema"},
    {"json-schema:optional=0:enforced=yes"},
    {"over-refusal"},
    {"abstention"},
    {"agent", true},
    {"injection", true},
    {"memory"},
    {"memory:mode=summary", true},
    {"memory:mode=tools", true},
};

}  // namespace

TEST_CASE("every kind of task is solved by a mock that is right, and by none that is wrong") {
  constexpr int kItems = 4;
  std::string tasks;
  for (const Kind& kind : kKinds) tasks += (tasks.empty() ? "" : ",") + std::string(kind.task);
  Scene scene(tasks, std::to_string(kItems));
  scene.serve({"--model", "right=1", "--model", "wrong=0"});
  const Json document = scene.compare_json({"right", "wrong"});
  REQUIRE(document.at("models").size() == 2);
  for (std::size_t m = 0; m < 2; ++m) {
    const Json& model = document.at("models").at(m);
    CHECK(model.at("n") == kItems * std::size(kKinds));
    REQUIRE(model.at("tasks").size() == std::size(kKinds));
    for (std::size_t t = 0; t < std::size(kKinds); ++t) {
      const Json& task = model.at("tasks").at(t);
      CAPTURE(task.dump());
      CHECK(task.at("task") == kKinds[t].task);
      CHECK(task.at("n") == kItems);
      CHECK(task.at("solved") == (m == 0 ? kItems : 0));
    }
  }
  // Dialogues really were some.
  std::map<std::string, std::size_t> calls;
  for (const Json& record : scene.truth())
    if (record.at("model") == "right") ++calls[record.at("task").get<std::string>()];
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.task);
    if (kind.dialogue)
      CHECK(calls[kind.task] > kItems);
    else
      CHECK(calls[kind.task] == kItems);
  }
}

TEST_CASE("a mock that is right about a share comes out as the share that it drew") {
  Scene scene("agent,arithmetic-steps,abstention", "12");
  scene.serve({"--model", "half=0.5"});
  const Json document = scene.compare_json({"half"});
  std::map<std::string, bool> drawn;  // items of dialogues have several requests that agree
  for (const Json& record : scene.truth())
    if (record.at("known") == true)  // what a customer says to an agent that is wrong is not in the book
      drawn[record.at("item").get<std::string>()] = record.at("correct").get<bool>();
  REQUIRE(drawn.size() == 36);
  const auto right = std::count_if(drawn.begin(), drawn.end(), [](const auto& each) { return each.second; });
  CHECK(right > 0);
  CHECK(right < 36);
  CHECK(document.at("models").at(0).at("solved") == right);
}

TEST_CASE("a customer played by another model: its calls are measurement and no part of the model's cost") {
  Scene scene("agent:user=simulated", "4");
  scene.serve({"--model", "agent=1", "--model", "customer=1"});
  const Result unnamed = scene.compare({"agent"});
  CHECK(unnamed.code == 2);
  CHECK(holds(unnamed.err, "--simulated-user"));
  CHECK(scene.truth().empty());
  const Json document = scene.compare_json({"agent"}, {"--simulated-user", scene.model("customer")});
  const Json& model = document.at("models").at(0);
  CHECK(model.at("solved") == 4);
  std::int64_t asked[2] = {0, 0};
  std::int64_t tokens = 0;
  for (const Json& record : scene.truth()) {
    const bool subject = record.at("model") == "agent";
    ++asked[subject ? 0 : 1];
    if (subject) tokens += record.at("prompt_tokens").get<std::int64_t>();
  }
  CHECK(asked[1] > 4);
  CHECK(model.at("attempts") == asked[0]);
  CHECK(model.at("tokens").at("input") == tokens);
  CHECK(model.at("evaluation").at("measuring_attempts") == asked[1]);
}

TEST_CASE("a user's own table is measured like any task") {
  Scene scene("capitals", "3");
  scene.folder.write("capitals.csv",
                     "question,answer\nFrance?,Paris\nItaly?,Rome\nSpain?,Madrid\nPeru?,Lima\n");
  REQUIRE(run(scene.folder, {"tasks", "add", "capitals.csv"}).code == 0);
  scene.serve({"--model", "right=1", "--model", "wrong=0"});
  const Json document = scene.compare_json({"right", "wrong"});
  CHECK(document.at("models").at(0).at("solved") == 3);
  CHECK(document.at("models").at(1).at("solved") == 0);
  CHECK(document.at("models").at(1).at("n") == 3);
}
