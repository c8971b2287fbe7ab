// Trials of several calls: turns, tools, a simulated user; failures within, and going on after a cut.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

PlanInput turns_input(std::size_t items) {
  PlanInput input = echo_input({"a"}, items);
  input.tasks[0].items.change_all([](Item& item) {
    item.turns = {item.expected + "-second", item.expected + "-third"};
    item.expected = item.turns.back();
  });
  return input;
}

// The subject is asked "order"; a call of the tool "stock" is answered with "7 left"; then the simulated user
// is asked once, and its words go to the subject, whose answer is the end.
class ShopDialogue final : public Dialogue {
 public:
  explicit ShopDialogue(const Item& item) { request_ = first_request(item); }

  std::optional<NextCall> next() override {
    if (step_ == 2) {
      ChatRequest asked;
      asked.messages = {{Role::user, "you are a customer"}};
      return NextCall{CallRole::simulated_user, asked};
    }
    if (step_ == 4) return std::nullopt;
    return NextCall{CallRole::subject, request_};
  }

  void heard(const Attempt& answer) override {
    ++step_;
    if (step_ == 1) {
      REQUIRE(answer.tool_calls.size() == 1);
      Message said{Role::assistant, answer.text};
      said.tool_calls = answer.tool_calls;
      request_.messages.push_back(said);
      Message result{Role::tool, "7 left"};
      result.tool_call_id = answer.tool_calls[0].id;
      request_.messages.push_back(result);
    } else if (step_ == 2) {
      request_.messages.push_back({Role::assistant, answer.text});
    } else if (step_ == 3) {
      request_.messages.push_back({Role::user, answer.text});
    } else {
      reply_.text = answer.text;
    }
  }

  Reply reply() const override { return reply_; }

 private:
  ChatRequest request_;
  Reply reply_;
  int step_ = 0;
};

PlanInput shop_input(std::size_t items) {
  PlanInput input = echo_input({"a"}, items);
  input.tasks[0].items.change_all([](Item& item) {
    item.tools = {{"stock", "what is left", ""}};
    item.expected = "take two";
  });
  input.tasks[0].dialogue = [](const Item& item) { return std::make_unique<ShopDialogue>(item); };
  return input;
}

ScriptedReply shop_model(std::string_view prompt, int, int) {
  if (!prompt.starts_with("q")) return answer(std::string(prompt));
  ScriptedReply reply = answer("let me see");
  reply.attempt.tool_calls = {{"c1", "stock", "{}"}};
  return reply;
}

ScriptedReply customer(std::string_view, int, int) {
  return answer("take two");
}

RunColumns columns_after(const Plan& plan, const KeepingSink& sink) {
  RunColumnsBuilder builder(plan.header());
  for (const TrialRow& row : plan.trial_rows()) builder.add(row);
  for (const AttemptRow& row : sink.rows) builder.add(row);
  for (const auto& [trial, score] : sink.scores) builder.add(score);
  return builder.finish();
}

// As store/earlier_answers.h does it.
std::vector<TrialWork> left_after(const Plan& plan, const KeepingSink& sink) {
  std::vector<TrialWork> work = work_left(columns_after(plan, sink));
  for (TrialWork& entry : work)
    for (const AttemptRow& row : sink.rows)
      if (entry.earlier && row.trial == entry.trial && row.attempt.outcome == Outcome::ok)
        entry.earlier->answers.push_back(row);
  return work;
}

}  // namespace

TEST_CASE("the turns of a trial follow each other, each an attempt of its own, and the last is scored") {
  Stage stage(turns_input(1), {echo}, with_concurrency(1));
  const RunnerResult result = stage.run();
  CHECK(stage.journal.text() ==
        "0 left 0#0\n0 durable 0#0\n0 start a q0\n10 ended 0#0 ok\n"
        "10 left 0#0 subject 1\n10 durable 0#0 subject 1\n10 start a q0-second\n20 ended 0#0 subject 1 ok\n"
        "20 left 0#0 subject 2\n20 durable 0#0 subject 2\n20 start a q0-third\n"
        "30 ended 0#0 subject 2 ok score 1 (\"q0-third\")\n");
  CHECK(result.models[0].solved == 1);
  CHECK(result.models[0].attempts == 3);
  REQUIRE(stage.providers[0]->requests.size() == 3);
  const std::vector<Message> all{{Role::user, "q0"},
                                 {Role::assistant, "q0"},
                                 {Role::user, "q0-second"},
                                 {Role::assistant, "q0-second"},
                                 {Role::user, "q0-third"}};
  CHECK(stage.providers[0]->requests[2].messages == all);
}

TEST_CASE("trials of several calls keep to the calls that may be out, and all of them are done") {
  Stage stage(turns_input(50), {echo}, with_concurrency(4));
  CHECK(stage.run().models[0].solved == 50);
  CHECK(stage.providers[0]->most_in_flight == 4);
  CHECK(stage.providers[0]->calls == 150);
  CHECK(stage.loop.clock().mono() <= Mono{} + milliseconds(10 * 150 / 4 + 30));
}

TEST_CASE("a turn is retried by itself, and its attempts are numbered within it") {
  Stage stage(turns_input(1), {[](std::string_view prompt, int, int attempt) {
                return prompt == "q0-second" && attempt < 2 ? failure(Outcome::server_error)
                                                            : answer(std::string(prompt));
              }});
  CHECK(stage.run().models[0].solved == 1);
  std::string rows;
  for (const AttemptRow& row : stage.sink.rows)
    rows += fmt::format("{} {}; ", KeepingSink::name_of(row), outcome_row(row.attempt.outcome).name);
  CHECK(rows ==
        "0#0 ok; 0#0 subject 1 server_error; 0#1 subject 1 server_error; 0#2 subject 1 ok; "
        "0#0 subject 2 ok; ");
}

TEST_CASE("a turn that finally fails ends the trial as not solved") {
  Stage stage(turns_input(3), {[](std::string_view prompt, int, int) {
                return prompt == "q1-second" ? failure(Outcome::protocol) : answer(std::string(prompt));
              }});
  const RunnerResult result = stage.run();
  CHECK_FALSE(result.error);
  CHECK(result.models[0].done == 3);
  CHECK(result.models[0].solved == 2);
  CHECK(result.models[0].failed == 1);
  std::size_t failed = 0;
  for (const auto& [trial, score] : stage.sink.scores)
    if (score.detail == "no answer: protocol") ++failed;
  CHECK(failed == 1);
}

TEST_CASE("a turn that the vendor refuses is the last, and is no failure of the line") {
  Stage stage(turns_input(1), {[](std::string_view prompt, int, int) {
                return prompt == "q0-second" ? failure(Outcome::refused) : answer(std::string(prompt));
              }});
  const RunnerResult result = stage.run();
  CHECK(result.models[0].failed == 0);
  CHECK(stage.providers[0]->calls == 2);
  CHECK(stage.sink.scores.at(0).detail == "no answer: refused");
}

TEST_CASE("tools and a simulated user: each role through a line of its own, tokens to the model alone") {
  Stage stage(shop_input(6), {shop_model}, with_concurrency(3));
  FakeProvider& user = stage.add_user(customer);
  user.mutable_traits().max_concurrency = 1;
  const RunnerResult result = stage.run();
  CHECK(result.models[0].solved == 6);
  CHECK(result.models[0].attempts == 18);
  CHECK(result.models[0].prompt_tokens == 18 * 7);
  CHECK(user.calls == 6);
  CHECK(user.most_in_flight == 1);
  std::map<std::string, int> counts;
  for (const AttemptRow& row : stage.sink.rows)
    counts[fmt::format("{} {}", call_role_name(row.role), row.turn)] += 1;
  CHECK(counts == std::map<std::string, int>{
                      {"subject 0", 6}, {"subject 1", 6}, {"subject 2", 6}, {"simulated_user 0", 6}});
  const Message& result_of_tool = stage.providers[0]->requests[3].messages.back();
  CHECK(result_of_tool.role == Role::tool);
  CHECK(result_of_tool.tool_call_id == "c1");
}

TEST_CASE("a model, its judge and its user on one lane never compute at once") {
  Stage stage(shop_input(4), {shop_model}, with_concurrency(3));
  FakeProvider& user = stage.add_user(customer);
  user.mutable_traits().lane = "machine";
  stage.providers[0]->mutable_traits().lane = "machine";
  CHECK(stage.run().models[0].solved == 4);
  std::string out;
  std::istringstream in(stage.journal.text());
  for (std::string line; std::getline(in, line);) {
    const std::string event = line.substr(line.find(' ') + 1);
    if (event.starts_with("start")) {
      CHECK(out.empty());
      out = event;
    } else if (event.starts_with("ended")) {
      out.clear();
    }
  }
}

TEST_CASE("a simulated user that fails leaves its trials undecided, and says so at the end") {
  Stage stage(shop_input(4), {shop_model}, with_concurrency(1));
  stage.add_user([](std::string_view, int call, int) {
    return call == 1 ? failure(Outcome::protocol) : answer("take two");
  });
  const RunnerResult result = stage.run();
  CHECK(result.models[0].done == 3);
  CHECK(result.models[0].failed == 0);
  CHECK(result.models[0].undecided == 1);
  CHECK(stage.sink.scores.size() == 3);
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::incomplete);
  CHECK(std::string(result.error->what()) == "1 trial stayed undecided; the last: user: protocol: because");
}

TEST_CASE("a simulated user that never answers stops the run") {
  Stage stage(shop_input(40), {shop_model}, with_concurrency(1));
  stage.add_user([](std::string_view, int, int) { return failure(Outcome::protocol); });
  const RunnerResult result = stage.run();
  REQUIRE(result.error);
  CHECK(std::string(result.error->what()).starts_with("user: none of the first 5 trials was answered"));
  CHECK(stage.user->calls == 5);
}

TEST_CASE("a task with a simulated user and none named stops the run with the flag") {
  Stage stage(shop_input(2), {shop_model}, with_concurrency(1));
  const RunnerResult result = stage.run();
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::usage);
  CHECK(result.error->hint() == "name one: --simulated-user MODEL");
  CHECK(stage.sink.scores.empty());
}

TEST_CASE("a run that was cut off in the middle of its dialogues goes on without paying for anything twice") {
  for (const std::int64_t cut_ms : {5, 15, 25, 35, 45, 55, 75}) {
    CAPTURE(cut_ms);
    Stage first(shop_input(5), {shop_model}, with_concurrency(2));
    first.add_user(customer);
    first.make();
    first.loop.at(Mono{} + milliseconds(cut_ms), [&] { first.runner->interrupt(); });
    first.run();

    Stage second(shop_input(5), {shop_model}, with_concurrency(2));
    second.add_user(customer);
    second.make();
    const auto work = left_after(*first.plan, first.sink);
    second.run(work);
    CHECK(first.sink.scores.size() + second.sink.scores.size() == 5);
    std::set<std::string> names;
    std::size_t answered = 0;
    for (const KeepingSink* sink : {&first.sink, &second.sink})
      for (const AttemptRow& row : sink->rows) {
        CHECK(names.insert(KeepingSink::name_of(row)).second);  // no number is given twice
        if (row.attempt.outcome == Outcome::ok) ++answered;
      }
    CHECK(answered == 5 * 4);
    for (const auto& [trial, score] : second.sink.scores) CHECK(score.solved);
  }
}

TEST_CASE("after a Ctrl-C calls that are out are awaited and kept, and the next run asks only what follows") {
  Stage first(turns_input(4), {echo}, with_concurrency(2));
  first.make();
  first.loop.at(Mono{} + milliseconds(15), [&] { first.runner->wind_down(); });
  const RunnerResult cut = first.run();
  CHECK(cut.interrupted);
  CHECK(first.loop.clock().mono() == Mono{} + milliseconds(20));
  CHECK(first.sink.rows.size() == 4);  // two turns of two trials, none of them cancelled
  for (const AttemptRow& row : first.sink.rows) CHECK(row.attempt.outcome == Outcome::ok);

  Stage second(turns_input(4), {echo}, with_concurrency(2));
  second.make();
  second.run(left_after(*first.plan, first.sink));
  CHECK(second.providers[0]->calls == 12 - 4);
  CHECK(second.sink.scores.size() == 4);
}
