#include "harness/plan.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "core/error.h"
#include "harness/work.h"
#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

PlanInput two_tasks() {
  PlanInput input = echo_input({"a", "b", "c"}, 40);
  TaskItems other{{"other", "numeric", 1, "Other"}, {}};
  for (int i = 0; i < 40; ++i)
    other.items.push_back(
        {fmt::format("o{}", i), {{Role::system, "be brief"}, {Role::user, fmt::format("n{}", i)}}, "1", "c"});
  input.tasks.push_back(std::move(other));
  return input;
}

std::string order_of(const Plan& plan, std::int64_t trials) {
  std::string order;
  for (std::int64_t t = 0; t < trials; ++t)
    order += fmt::format("{}{}{}:{} ", static_cast<char>('a' + plan[t].model), plan[t].task, plan[t].repeat,
                         plan[t].item);
  return order;
}

std::string plan_complaint(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

void change_first(PlanInput& input, const std::function<void(Item&)>& change) {
  Item item = input.tasks[0].items[0];
  change(item);
  input.tasks[0].items.replace(0, std::move(item));
}

}  // namespace

TEST_CASE("a plan puts each item to every model, block by block, each repeat after the last") {
  PlanInput input = two_tasks();
  input.repeats = 2;
  const Plan plan(input);
  REQUIRE(plan.size() == 3 * 80 * 2);
  std::set<std::string> asked;
  for (std::int64_t block = 0; block < 160; ++block) {
    std::set<std::uint32_t> models;
    for (std::int64_t i = 0; i < 3; ++i) {
      const PlannedTrial& trial = plan[block * 3 + i];
      CHECK(trial.task == plan[block * 3].task);
      CHECK(trial.item == plan[block * 3].item);
      CHECK(trial.repeat == (block < 80 ? 0 : 1));
      models.insert(trial.model);
      CHECK(
          asked.insert(fmt::format("{}/{}/{}/{}", trial.model, trial.task, trial.item, trial.repeat)).second);
    }
    CHECK(models.size() == 3);
  }
  // Both tasks are spread over the whole run, and no model is always asked first.
  int early = 0, first_of_block = 0;
  for (std::int64_t t = 0; t < 120; ++t) early += plan[t].task == 0 ? 1 : 0;
  for (std::int64_t block = 0; block < 160; ++block) first_of_block += plan[block * 3].model == 0 ? 1 : 0;
  CHECK((early > 36 && early < 84));
  CHECK((first_of_block > 30 && first_of_block < 76));
}

TEST_CASE("the order is the same on every machine and follows the seed") {
  const Plan plan(two_tasks());
  CHECK(order_of(plan, 9) == "b00:32 c00:32 a00:32 c00:3 a00:3 b00:3 b10:0 c10:0 a10:0 ");
  PlanInput input = two_tasks();
  input.seed = 6;
  CHECK(order_of(Plan(input), 9) != order_of(plan, 9));
}

TEST_CASE("the hash covers what decides the measurement and nothing else") {
  const std::string base = Plan(two_tasks()).hash();
  CHECK(base == "c8e98b2c97122cf8207f4d577710df21");  // as ever: a store's runs are found by it
  CHECK(Plan(two_tasks()).hash() == base);
  std::set<std::string> hashes{base};
  const auto differs = [&](const auto& change) {
    PlanInput input = two_tasks();
    change(input);
    return hashes.insert(Plan(input).hash()).second;
  };
  CHECK(differs([](PlanInput& i) { i.seed = 6; }));
  CHECK(differs([](PlanInput& i) { i.repeats = 2; }));
  CHECK(differs([](PlanInput& i) { i.sampling.temperature = 0.0; }));
  CHECK(differs([](PlanInput& i) { i.sampling.top_p = 0.0; }));
  CHECK(differs([](PlanInput& i) { i.sampling.max_output_tokens = 0; }));
  CHECK(differs([](PlanInput& i) { i.sampling.seed = 0; }));
  CHECK(differs([](PlanInput& i) { i.sampling.stop = {"x"}; }));
  CHECK(differs([](PlanInput& i) { i.sampling.system = "x"; }));
  CHECK(differs([](PlanInput& i) { i.sampling.cache_key = "x"; }));
  CHECK(differs([](PlanInput& i) { i.sampling.extra_body = "x"; }));
  CHECK(differs([](PlanInput& i) { i.sampling.cache_prompt = false; }));
  CHECK(differs([](PlanInput& i) { i.sampling.cache_prompt = true; }));
  CHECK(differs([](PlanInput& i) { i.models[0].fingerprint = "other weights"; }));
  CHECK(differs([](PlanInput& i) { i.models[0].effort = "high"; }));
  CHECK(differs([](PlanInput& i) { i.models[0].card.name = "z"; }));
  CHECK(differs([](PlanInput& i) { i.models.pop_back(); }));
  CHECK(differs([](PlanInput& i) { i.tasks[0].items.pop_back(); }));
  CHECK(differs([](PlanInput& i) { change_first(i, [](Item& item) { item.expected = "x"; }); }));
  CHECK(differs([](PlanInput& i) { change_first(i, [](Item& item) { item.messages[0].content = "x"; }); }));
  CHECK(differs([](PlanInput& i) { change_first(i, [](Item& item) { item.cluster = "x"; }); }));
  CHECK(differs([](PlanInput& i) { i.tasks[0].task.scorer_version = 2; }));
  CHECK_FALSE(differs([](PlanInput& i) { i.models[0].card.title = "For people"; }));
  CHECK_FALSE(differs([](PlanInput& i) { i.models[0].card.price_model = "other-book"; }));
}

TEST_CASE("header, rows and requests say what the plan says") {
  PlanInput input = two_tasks();
  input.sampling.max_output_tokens = 64;
  input.models[1].effort = "high";
  input.models[1].card.model = "b-api";
  const Plan plan(input);
  const RunHeader header = plan.header();
  CHECK(header.plan == plan.hash());
  CHECK(header.items_per_task == 40);
  CHECK(header.models.size() == 3);
  CHECK(header.tasks[1].name == "other");
  const auto rows = plan.trial_rows();
  REQUIRE(rows.size() == plan.size());
  for (std::int64_t t = 0; t < 240; ++t) {
    const TrialRow& row = rows[static_cast<std::size_t>(t)];
    CHECK(row.trial == t);
    CHECK(row.item == plan.item(t).id);
    CHECK(row.prompt == plan.item(t).messages.back().content);
    CHECK(row.cluster == (row.task == 1 ? "c" : ""));
    const ChatRequest request = plan.request(t);
    CHECK(request.messages == plan.item(t).messages);
    CHECK(request.max_output_tokens == 64);
    CHECK(request.effort.has_value() == (row.model == 1));
    CHECK(request.model == (row.model == 1 ? "b-api" : ""));
  }
}

TEST_CASE("a header tells how models are asked, where it is not as their providers do by default") {
  PlanInput input = echo_input({"a", "b"}, 1);
  CHECK(Plan(input).header().settings.empty());
  input.sampling.max_output_tokens = 64;
  input.sampling.temperature = 0.5;
  input.sampling.seed = 18'446'744'073'709'551'615U;
  input.sampling.stop = {"END"};
  input.sampling.system = "Be brief.";
  input.sampling.cache_prompt = false;
  input.sampling.extra_body = R"({"top_k":1})";
  input.models[0].effort = "high";
  input.models[1].service_class = "batch";
  CHECK(Plan(input).header().settings ==
        R"({"max_output_tokens":64,"temperature":0.5,"seed":18446744073709551615,"stop":["END"],)"
        R"("system":"Be brief.","cache_prompt":false,"extra_body":{"top_k":1},"efforts":{"a":"high"},)"
        R"("service_classes":{"b":"batch"}})");
}

TEST_CASE("a plan without sense is refused") {
  CHECK(plan_complaint([] { Plan{PlanInput{}}; }) == "there is no model to measure | name at least one");
  CHECK(plan_complaint([] { Plan{echo_input({"a"}, 0)}; }) ==
        "there is no item to measure with | ask for at least one task, item and repeat");
  CHECK(plan_complaint([] {
          Plan{echo_input({"a", "a"}, 1)};
        }) == "the model \"a\" is given twice | name it once");
}

TEST_CASE("a lane takes sixteen items of one model, then the same of the next, and changes who begins") {
  const Plan plan(echo_input({"a", "b"}, 40));
  auto work = all_work(plan);
  sort_for_lane(work, plan, {0, 1});
  std::string runs;
  for (std::size_t i = 0; i < work.size();) {
    const std::uint32_t model = plan[work[i].trial].model;
    std::size_t length = 0;
    std::set<std::uint32_t> items;
    for (; i < work.size() && plan[work[i].trial].model == model && length < 16; ++i, ++length)
      items.insert(plan[work[i].trial].item);
    runs += fmt::format("{}{} ", static_cast<char>('a' + model), length);
    CHECK(items.size() == length);
  }
  CHECK(runs == "a16 b16 b16 a16 a8 b8 ");

  std::vector<TrialWork> some = all_work(plan);
  some.erase(some.begin(), some.begin() + 30);
  sort_for_lane(some, plan, {0, 1});
  std::erase_if(work, [](const TrialWork& entry) { return entry.trial < 30; });
  CHECK(some == work);
}

TEST_CASE("what is left are the trials without a score, and their attempts are counted on") {
  const Plan plan(echo_input({"a"}, 4));
  RunColumnsBuilder builder(plan.header());
  for (const TrialRow& row : plan.trial_rows()) builder.add(row);
  const auto attempt = [&](std::int64_t trial, std::uint32_t number, bool ended, Outcome outcome) {
    AttemptRow row;
    row.trial = trial;
    row.number = number;
    row.ended = ended;
    row.attempt.outcome = outcome;
    builder.add(row);
  };
  attempt(0, 0, true, Outcome::ok);
  builder.add(ScoreRow{0, "exact", 1, 1, true, ""});
  attempt(1, 0, true, Outcome::capacity);
  attempt(1, 1, true, Outcome::in_doubt);
  attempt(3, 0, false, Outcome::in_doubt);
  CHECK(work_left(builder.finish()) == std::vector<TrialWork>{{1, 2}, {2, 0}, {3, 1}});
}

TEST_CASE("settings are part of every request, and a system message comes first") {
  PlanInput input = two_tasks();
  input.sampling.system = "Be brief.";
  input.sampling.temperature = 0.5;
  input.sampling.stop = {"END"};
  input.sampling.seed = 7;
  input.sampling.cache_key = "night";
  input.sampling.cache_prompt = false;
  input.sampling.extra_body = R"({"top_k":1})";
  const Plan plan(input);
  const ChatRequest request = plan.request(3);
  REQUIRE(request.messages.size() == plan.item(3).messages.size() + 1);
  CHECK(request.messages.front() == Message{Role::system, "Be brief."});
  CHECK(request.messages.back() == plan.item(3).messages.back());
  CHECK(request.temperature == 0.5);
  CHECK(request.stop == std::vector<std::string>{"END"});
  CHECK(request.seed == 7);
  CHECK(request.cache_key == "night");
  CHECK(request.cache_prompt == false);
  CHECK(request.extra_body == R"({"top_k":1})");
}
