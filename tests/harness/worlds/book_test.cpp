// The answer book of a dialogue: the lines that make the mock a perfect agent.

#include <doctest/doctest.h>

#include <map>

#include "core/json.h"
#include "harness/answer_book.h"
#include "harness/procedural/registry.h"
#include "tests/harness/worlds/driving.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::worlds;
using namespace costwar::harness::worlds::testing;

namespace {

// As the mock reads it: the last prompt of a user, then the step after as many results of tools.
class BookPlayer {
 public:
  void read(const TaskItems& task) {
    for (const Item& item : task.items) {
      for (const std::string& text : answer_book_lines(task, item)) {
        const Json line = parse_json(text, "book");
        const bool plain = !line.contains("steps");
        CHECK(plain == !task.dialogue);
        const Json steps = plain ? Json::array({Json{{"text", line.at("answer")}}}) : line.at("steps");
        const auto [at, added] = steps_.emplace(line.at("prompt").get<std::string>(), steps);
        CHECK((added || at->second == steps));
        CHECK(line.at("item") == item.id);
        CHECK_FALSE(line.at("answer").get<std::string>().empty());
      }
    }
  }

  Attempt answer(const NextCall& call) const {
    std::size_t results = 0;
    std::string prompt;
    for (const Message& message : call.request.messages) {
      if (message.role == Role::tool) ++results;
      if (message.role != Role::user) continue;
      prompt = message.content;
      results = 0;
    }
    const Json& step = steps_.at(prompt).at(results);
    if (step.contains("text")) return text_answer(step.at("text").get<std::string>());
    return call_answer(step.at("tool").get<std::string>(), step.at("arguments").dump());
  }

 private:
  std::map<std::string, Json> steps_;
};

}  // namespace

TEST_CASE("one book of all tasks plays every item of them") {
  std::vector<TaskItems> tasks;
  for (const char* const name :
       {"agent:errors=30:pages=5", "agent:user=simulated:idempotency=on", "injection", "memory",
        "memory:mode=summary:sessions=3", "memory:mode=tools:sessions=3"})
    tasks.push_back(make_procedural(name, 6, 14));
  BookPlayer player;
  for (const TaskItems& task : tasks) player.read(task);
  for (const TaskItems& task : tasks)
    for (const Item& item : task.items)
      CHECK(drive(task, item, [&](const NextCall& call) { return player.answer(call); }).score.solved);
}
