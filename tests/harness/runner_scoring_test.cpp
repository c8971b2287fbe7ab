// What a judge or a sandbox decides, and what is recorded of trials of several calls.

#include <doctest/doctest.h>

#include "harness/recording_provider.h"
#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

class Tape final : public costwar::harness::RecordingSink {
 public:
  void exchange(Exchange exchange) override { exchanges.push_back(std::move(exchange)); }
  std::vector<Exchange> exchanges;
};

// Asks the judge twice; "good" from both is 1, and anything but "good" and "bad" is no verdict.
class TwoQuestions final : public JudgeScript {
 public:
  explicit TwoQuestions(Reply reply) : reply_(std::move(reply)) {}
  std::optional<ChatRequest> next() override {
    if (asked_ == 2) return std::nullopt;
    ChatRequest request;
    request.messages = {{Role::user, fmt::format("judge {} {}", reply_.text, ++asked_)}};
    return request;
  }
  void heard(const Attempt& answer) override { words_.push_back(answer.text); }
  std::optional<ScoreResult> verdict() const override {
    ScoreResult result;
    for (const std::string& word : words_) {
      if (word != "good" && word != "bad") return std::nullopt;
      result.value += word == "good" ? 0.5 : 0;
    }
    result.solved = result.value == 1;
    result.detail = "judged";
    return result;
  }

 private:
  Reply reply_;
  int asked_ = 0;
  std::vector<std::string> words_;
};

PlanInput scored_by(std::string scorer, std::size_t items) {
  PlanInput input = echo_input({"a"}, items);
  input.tasks[0].task.scorer = std::move(scorer);
  return input;
}

void set_judge(Stage& stage, FakeProvider::Script script) {
  stage.add_judge(std::move(script));
  stage.services.judge_script = [](const ScorerRow& scorer, const Item&, const Reply& reply) {
    CHECK(scorer.name == "judge_correct");
    return std::make_unique<TwoQuestions>(reply);
  };
}

std::string scoring_error_text(const std::optional<Error>& error) {
  return error ? std::string(error->what()) + " | " + error->hint() : "no error";
}

}  // namespace

TEST_CASE("every call of a trial is recorded with its whole request") {
  PlanInput input = echo_input({"a"}, 2);
  input.tasks[0].items.change_all([](Item& item) { item.turns = {"second", item.expected}; });
  Stage stage(input, {echo}, with_concurrency(1));
  Tape tape;
  RecordingProvider recording(stage.loop, *stage.providers[0], 0, seconds(600), tape);
  const Plan plan(stage.plan_input);
  Runner runner(stage.loop, plan, {&recording}, stage.sink, stage.progress, stage.settings);
  CHECK(runner.run(all_work(plan)).models[0].solved == 2);
  REQUIRE(tape.exchanges.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(tape.exchanges[i].request.messages.size() == 1 + 2 * (i % 3));
}

TEST_CASE("a judge is asked when the answer is there, and its last answer carries the score") {
  Stage stage(scored_by("judge_correct", 1), {echo}, with_concurrency(1));
  set_judge(stage, [](std::string_view, int, int) { return answer("good"); });
  const RunnerResult result = stage.run();
  CHECK(stage.journal.text() ==
        "0 left 0#0\n0 durable 0#0\n0 start a q0\n10 ended 0#0 ok\n"
        "10 left 0#0 judge 0\n10 durable 0#0 judge 0\n10 start judge judge q0 1\n20 ended 0#0 judge 0 ok\n"
        "20 left 0#0 judge 1\n20 durable 0#0 judge 1\n20 start judge judge q0 2\n"
        "30 ended 0#0 judge 1 ok score 1 (judged)\n");
  CHECK(result.models[0].solved == 1);
  CHECK(result.models[0].attempts == 1);
  CHECK(result.models[0].prompt_tokens == 7);  // the judge's are not the model's
  CHECK(stage.sink.scores.at(0).scorer == "judge_correct");
}

TEST_CASE("without a verdict, or without an answer of the judge, a trial is undecided and not wrong") {
  Stage stage(scored_by("judge_correct", 4), {echo}, with_concurrency(1));
  set_judge(stage, [](std::string_view prompt, int, int) {
    if (prompt == "judge q1 2") return answer("hard to say");
    if (prompt == "judge q2 1") return failure(Outcome::protocol);
    return answer("bad");
  });
  const RunnerResult result = stage.run();
  CHECK(result.models[0].done == 2);
  CHECK(result.models[0].undecided == 2);
  CHECK(result.models[0].failed == 0);
  CHECK(stage.sink.scores.size() == 2);
  for (const auto& [trial, score] : stage.sink.scores) CHECK_FALSE(score.solved);
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::incomplete);
  CHECK(scoring_error_text(result.error).starts_with("2 trials stayed undecided; the last: "));
}

TEST_CASE("what the model did not answer is decided without the judge") {
  Stage stage(scored_by("judge_correct", 3), {[](std::string_view prompt, int, int) {
                return prompt == "q1" ? failure(Outcome::refused) : answer(std::string(prompt));
              }});
  set_judge(stage, [](std::string_view, int, int) { return answer("good"); });
  CHECK(stage.run().models[0].done == 3);
  CHECK(stage.judge->calls == 4);
}

TEST_CASE("a task that nothing can score is refused before anything leaves") {
  for (const std::string scorer : {"judge_correct", "python"}) {
    Stage stage(scored_by(scorer, 1), {echo});
    try {
      stage.run();
      FAIL("ran");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      CHECK(std::string(error.what()).find(scorer == "python" ? "sandbox" : "judge") != std::string::npos);
    }
    CHECK(stage.journal.text().empty());
  }
}

TEST_CASE("an answer of an earlier run is judged without asking the model again") {
  Stage stage(scored_by("judge_correct", 1), {echo});
  set_judge(stage, [](std::string_view, int, int) { return answer("good"); });
  stage.make();
  TrialWork work{0, 1};
  work.earlier = std::make_shared<EarlierCalls>();
  work.earlier->calls = {
      {CallRole::subject, 0, 1, true}, {CallRole::judge, 0, 2, true}, {CallRole::judge, 1, 3}};
  AttemptRow said, judged;
  said.ended = judged.ended = true;
  said.attempt = answer("q0").attempt;
  judged.attempt = answer("good").attempt;
  judged.role = CallRole::judge;
  work.earlier->answers = {said, judged};
  stage.run({work});
  CHECK(stage.journal.text() ==
        "0 left 0#3 judge 1\n0 durable 0#3 judge 1\n0 start judge judge q0 2\n"
        "10 ended 0#3 judge 1 ok score 1 (judged)\n");
}

namespace {

// A sandbox that takes 30 ms.
void set_code(Stage& stage, int& running) {
  stage.services.code = [&](const ScorerRow&, const Reply& reply, const Item& item,
                            std::function<void(ScoreResult)> scored) {
    ++running;
    ScoreResult result;
    result.solved = reply.text == item.expected;
    result.value = result.solved ? 1 : 0;
    result.detail = "ran";
    stage.loop.at(stage.loop.clock().mono() + milliseconds(30), [&running, result, scored] {
      --running;
      scored(result);
    });
  };
}

}  // namespace

TEST_CASE("a program is scored beside the calls, and its trial keeps its place meanwhile") {
  Stage stage(scored_by("python", 4), {echo}, with_concurrency(2));
  int running = 0;
  set_code(stage, running);
  CHECK(stage.run().models[0].solved == 4);
  CHECK(starts_of(stage.journal, "start a") == std::vector<std::int64_t>{0, 0, 40, 40});
  CHECK(starts_of(stage.journal, "scored") == std::vector<std::int64_t>{40, 40, 80, 80});
  CHECK(running == 0);
}

TEST_CASE("a wind-down awaits the sandbox, an interruption does not, and neither loses the answer") {
  Stage calm(scored_by("python", 4), {echo}, with_concurrency(2));
  int running = 0;
  set_code(calm, running);
  calm.make();
  calm.loop.at(Mono{} + milliseconds(20), [&] { calm.runner->wind_down(); });
  CHECK(calm.run().interrupted);
  CHECK(calm.sink.scores.size() == 2);

  Stage hasty(scored_by("python", 4), {echo}, with_concurrency(2));
  set_code(hasty, running);
  hasty.make();
  hasty.loop.at(Mono{} + milliseconds(20), [&] { hasty.runner->interrupt(); });
  const RunnerResult result = hasty.runner->run(all_work(*hasty.plan));
  CHECK(result.interrupted);
  CHECK(hasty.loop.clock().mono() == Mono{} + milliseconds(20));
  hasty.runner.reset();
  hasty.loop.run_until_idle();  // what comes back late finds nobody, and does no harm
  CHECK(hasty.sink.scores.empty());
  CHECK(hasty.sink.rows.size() == 2);
}
