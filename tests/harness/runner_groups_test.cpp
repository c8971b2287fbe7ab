// The order in which trials begin: groups open with one request, a stop rule leaves out the rest.

#include <doctest/doctest.h>

#include <set>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

// `groups` contexts of four items each, named "g0i0"..., and as many items on their own, "s0"...
PlanInput grouped_input(std::size_t groups, std::size_t singles) {
  PlanInput input = echo_input({"a"}, 0);
  for (std::size_t g = 0; g < groups; ++g) {
    auto context = std::make_shared<SharedContext>();
    context->key = fmt::format("{:016x}", 1000 + g);
    context->messages = {{Role::system, fmt::format("haystack {}", g)}};
    for (int i = 0; i < 4; ++i) {
      const std::string prompt = fmt::format("g{}i{}", g, i);
      Item item{prompt, {{Role::user, prompt}}, prompt, ""};
      item.context = context;
      input.tasks[0].items.push_back(item);
    }
  }
  for (std::size_t s = 0; s < singles; ++s) {
    const std::string prompt = fmt::format("s{}", s);
    input.tasks[0].items.push_back({prompt, {{Role::user, prompt}}, prompt, ""});
  }
  return input;
}

struct Start {
  std::int64_t at = 0;
  std::string prompt;
};

std::vector<Start> starts(const Journal& journal, const std::string& model = "a") {
  std::vector<Start> all;
  std::istringstream in(journal.text());
  const std::string mark = "start " + model + " ";
  for (std::string line; std::getline(in, line);) {
    const std::size_t found = line.find(mark);
    if (found != std::string::npos) all.push_back({std::stoll(line), line.substr(found + mark.size())});
  }
  return all;
}

// Instants at which the requests of a group left, in their order.
std::vector<std::int64_t> group_starts(const Journal& journal, char group, const std::string& model = "a") {
  std::vector<std::int64_t> at;
  for (const Start& start : starts(journal, model))
    if (start.prompt[0] == 'g' && start.prompt[1] == group) at.push_back(start.at);
  return at;
}

}  // namespace

TEST_CASE("the first request of a group ends before the rest start, while other groups and items go on") {
  Stage stage(grouped_input(2, 4), {echo}, with_concurrency(12));
  CHECK(stage.run().models[0].solved == 12);
  CHECK(group_starts(stage.journal, '0') == std::vector<std::int64_t>{0, 10, 10, 10});
  CHECK(group_starts(stage.journal, '1') == std::vector<std::int64_t>{0, 10, 10, 10});
  std::size_t at_once = 0;
  for (const Start& start : starts(stage.journal))
    if (start.at == 0) ++at_once;
  CHECK(at_once == 2 + 4);  // a first request of each group, and every item on its own
}

TEST_CASE("a group that was opened comes before what has not begun") {
  Stage stage(grouped_input(1, 30), {echo}, with_concurrency(4));
  CHECK(stage.run().models[0].solved == 34);
  const auto group = group_starts(stage.journal, '0');
  REQUIRE(group.size() == 4);
  CHECK(group[1] == group[0] + 10);
  CHECK(group[3] <= group[0] + 20);  // those that ended before the first had already let others go
}

TEST_CASE("each model opens a group for itself") {
  PlanInput input = grouped_input(1, 0);
  input.models.push_back(input.models.front());
  input.models.back().card.name = "b";
  const auto slow = [](std::string_view prompt, int, int) {
    return answer(std::string(prompt), milliseconds(25));
  };
  Stage stage(input, {echo, slow}, with_concurrency(8));
  stage.run();
  CHECK(group_starts(stage.journal, '0', "a") == std::vector<std::int64_t>{0, 10, 10, 10});
  CHECK(group_starts(stage.journal, '0', "b") == std::vector<std::int64_t>{0, 25, 25, 25});
}

TEST_CASE("each repeat opens its groups again") {
  PlanInput input = grouped_input(1, 0);
  input.repeats = 2;
  Stage stage(input, {echo}, with_concurrency(8));
  stage.run();
  CHECK(group_starts(stage.journal, '0') == std::vector<std::int64_t>{0, 0, 10, 10, 10, 10, 10, 10});
}

TEST_CASE("where the first request of a group fails for good, the next of the group is the first") {
  Stage stage(grouped_input(1, 1), {[](std::string_view prompt, int call, int) {
                // The single item is answered: the server is there. The first of the group fails.
                return prompt[0] == 'g' && call < 2 ? failure(Outcome::protocol, {}, milliseconds(20))
                                                    : answer(std::string(prompt));
              }},
              with_concurrency(8));
  const RunnerResult result = stage.run();
  CHECK(result.models[0].done == 5);
  CHECK(result.models[0].failed == 1);
  CHECK(group_starts(stage.journal, '0') == std::vector<std::int64_t>{0, 20, 30, 30});
}

TEST_CASE("a first request that is retried keeps the group waiting") {
  Stage stage(grouped_input(1, 0), {[](std::string_view prompt, int call, int) {
                return call == 0 ? failure(Outcome::capacity, seconds(2)) : answer(std::string(prompt));
              }},
              with_concurrency(8));
  CHECK(stage.run().models[0].solved == 4);
  CHECK(group_starts(stage.journal, '0') == std::vector<std::int64_t>{0, 2010, 2020, 2020, 2020});
}

TEST_CASE("a group that was opened in an earlier run of the program is opened again") {
  Stage stage(grouped_input(1, 0), {echo}, with_concurrency(8));
  stage.make();
  std::vector<TrialWork> work = all_work(*stage.plan);
  work.erase(work.begin());
  stage.run(work);
  CHECK(group_starts(stage.journal, '0') == std::vector<std::int64_t>{0, 10, 10});
}

TEST_CASE("on a lane a group's items follow each other") {
  Stage stage(grouped_input(3, 3), {echo}, with_concurrency(8));
  stage.providers[0]->mutable_traits().lane = "machine";
  CHECK(stage.run().models[0].solved == 15);
  std::string order;
  for (const Start& start : starts(stage.journal)) {
    const std::string name = start.prompt[0] == 'g' ? start.prompt.substr(0, 2) : start.prompt;
    if (!order.ends_with(name + " ")) order += name + " ";
  }
  CHECK(std::count(order.begin(), order.end(), ' ') == 6);
}

TEST_CASE("the key of a shared context is sent where the model takes one, and the user's own goes first") {
  PlanInput input = grouped_input(1, 1);
  input.models[0].cache_keys = true;
  const auto keys = [](PlanInput asked) {
    Stage stage(std::move(asked), {echo});
    stage.run();
    std::set<std::string> all;
    for (const ChatRequest& request : stage.providers[0]->requests) all.insert(request.cache_key);
    return all;
  };
  CHECK(keys(input) == std::set<std::string>{"", fmt::format("{:016x}", 1000)});
  input.sampling.cache_key = "mine";
  CHECK(keys(input) == std::set<std::string>{"mine"});
  input.sampling.cache_key.clear();
  input.models[0].cache_keys = false;
  CHECK(keys(input) == std::set<std::string>{""});
}

namespace {

// Wants trials until `most` have been decided.
class FirstFew final : public StopRule {
 public:
  explicit FirstFew(std::size_t most) : most_(most) {}
  void decided(const DecidedTrial& decided) override {
    CHECK(told.emplace(decided.trial, decided.solved ? 1.0 : 0.0).second);
  }
  bool wanted(std::int64_t) const override { return told.size() < most_; }
  std::map<std::int64_t, double> told;

 private:
  std::size_t most_;
};

}  // namespace

TEST_CASE("a stop rule is told of every decision, and what it does not want never begins") {
  FirstFew rule(10);
  RunnerSettings settings = with_concurrency(4);
  settings.stop = &rule;
  Stage stage(echo_input({"a"}, 100), {[](std::string_view prompt, int call, int) {
                return call == 3 ? failure(Outcome::protocol) : answer(std::string(prompt));
              }},
              settings);
  const RunnerResult result = stage.run();
  CHECK_FALSE(result.error);
  CHECK_FALSE(result.interrupted);
  // Decided at 10 ms: 4, at 20 ms: 8, at 30 ms: 12; those of the last window that begin with 8 or 9 decided.
  CHECK(stage.providers[0]->calls >= 10);
  CHECK(stage.providers[0]->calls <= 13);
  CHECK(result.models[0].trials == result.models[0].done);
  CHECK(result.models[0].not_needed == 100 - result.models[0].done);
  CHECK(rule.told.size() == result.models[0].done);
  CHECK(stage.sink.scores.size() == rule.told.size());
  std::size_t failed = 0;
  for (const auto& [trial, value] : rule.told)
    if (value == 0) ++failed;
  CHECK(failed == 1);
}

TEST_CASE("a stop rule that wants nothing leaves a run without calls") {
  FirstFew rule(0);
  RunnerSettings settings = with_concurrency(4);
  settings.stop = &rule;
  Stage stage(grouped_input(1, 3), {echo}, settings);
  CHECK(stage.run().models[0].not_needed == 7);
  CHECK(stage.journal.text().empty());
}

namespace {

class Ends final : public StopRule {
 public:
  void decided(const DecidedTrial& decided) override { failed[decided.trial] = decided.failed; }
  bool wanted(std::int64_t) const override { return true; }
  std::map<std::int64_t, bool> failed;
};

}  // namespace

TEST_CASE("a stop rule is told of failures that were held back as a possible outage as failures") {
  Ends rule;
  RunnerSettings settings = with_concurrency(1);
  settings.stop = &rule;
  Stage stage(echo_input({"a"}, 6), {[](std::string_view prompt, int, int) {
                return prompt == "q2" || prompt == "q5" ? failure(Outcome::server_error)
                                                        : answer(std::string(prompt));
              }},
              settings);
  const RunnerResult result = stage.run();
  CHECK(result.models[0].failed == 2);
  REQUIRE(rule.failed.size() == 6);
  for (const auto& [trial, failed] : rule.failed) {
    const std::string& asked = stage.plan->item(trial).expected;
    CHECK_MESSAGE(failed == (asked == "q2" || asked == "q5"), asked);
  }
}
