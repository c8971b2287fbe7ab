// Two models judged against each other: the script, the filing of its calls, and what is taken up again.

#include "harness/pairwise.h"

#include <doctest/doctest.h>

#include "harness/stored_replies.h"
#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

Attempt said(std::string text, Outcome outcome = Outcome::ok) {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.text = std::move(text);
  return attempt;
}

AttemptRow row_of(CallRole role, std::uint32_t turn, std::uint32_t number, Attempt attempt) {
  AttemptRow row;
  row.trial = 5;
  row.role = role;
  row.turn = turn;
  row.number = number;
  row.ended = true;
  row.attempt = std::move(attempt);
  return row;
}

Reply reply(std::string text) {
  Reply made;
  made.text = text;
  made.answers = {std::move(text)};
  return made;
}

std::optional<ScoreResult> judged(const std::string& straight, const std::string& swapped) {
  Item item;
  item.messages = {{Role::user, "question"}};
  const auto script = make_pairwise_judge(item, reply("from the first"), reply("from the second"));
  auto request = script->next();
  const std::string asked = request->messages.back().content;
  CHECK(asked.find("from the first") < asked.find("from the second"));
  script->heard(said(straight));
  request = script->next();
  const std::string again = request->messages.back().content;
  CHECK(again.find("from the second") < again.find("from the first"));
  script->heard(said(swapped));
  CHECK_FALSE(script->next());
  return script->verdict();
}

}  // namespace

TEST_CASE("a pair is asked for in both orders, and contradictions are ties that can be told") {
  CHECK(judged("[[A]]", "[[B]]")->value == 1);
  CHECK(judged("[[A]]", "[[B]]")->solved);
  CHECK(judged("[[B]]", "[[A]]")->value == 0);
  CHECK(judged("[[tie]]", "[[tie]]")->value == 0.5);
  CHECK(judged("[[tie]]", "[[tie]]")->detail != kOrdersContradict);
  for (const auto& [straight, swapped] : {std::pair("[[A]]", "[[A]]"), std::pair("[[B]]", "[[B]]"),
                                          std::pair("[[A]]", "[[tie]]"), std::pair("[[tie]]", "[[A]]")}) {
    CHECK(judged(straight, swapped)->value == 0.5);
    CHECK_FALSE(judged(straight, swapped)->solved);
    CHECK(judged(straight, swapped)->detail == kOrdersContradict);
  }
  CHECK_FALSE(judged("[[A]]", "hard to say"));
  CHECK_FALSE(judged("", "[[B]]"));
}

TEST_CASE("calls about a pair stand behind other calls of a judge, each opponent's apart") {
  CHECK(pairwise_turn(1) == 1002);
  CHECK(is_pairwise_turn(CallRole::judge, 1002, 1));
  CHECK(is_pairwise_turn(CallRole::judge, 1003, 1));
  CHECK_FALSE(is_pairwise_turn(CallRole::judge, 1004, 1));
  CHECK_FALSE(is_pairwise_turn(CallRole::judge, 0, 1));
  CHECK_FALSE(is_pairwise_turn(CallRole::subject, 1002, 1));
  CHECK(pairwise_scorer("openai/gpt-5.5") == "judge_pairwise:openai/gpt-5.5");
}

TEST_CASE("what a judge has said of this pair is not asked again; what holds no verdict is") {
  const std::vector<AttemptRow> rows{row_of(CallRole::subject, 0, 0, said("", Outcome::network)),
                                     row_of(CallRole::subject, 0, 1, said("the answer")),
                                     row_of(CallRole::judge, 0, 0, said("[[7]]")),      // pointwise
                                     row_of(CallRole::judge, 1002, 0, said("[[A]]")),   // this pair, straight
                                     row_of(CallRole::judge, 1003, 0, said("unsure")),  // swapped: no verdict
                                     row_of(CallRole::judge, 1004, 0, said("[[B]]"))};  // another opponent
  const TrialWork work = pairwise_work(5, rows, 1);
  CHECK(work.trial == 5);
  CHECK(work.first_number == 2);
  REQUIRE(work.earlier);
  CHECK(work.earlier->calls.size() == 3);
  REQUIRE(work.earlier->answer(CallRole::subject, 0) != nullptr);
  CHECK(work.earlier->answer(CallRole::subject, 0)->attempt.text == "the answer");
  REQUIRE(work.earlier->answer(CallRole::judge, 0) != nullptr);
  CHECK(work.earlier->answer(CallRole::judge, 0)->attempt.text == "[[A]]");
  CHECK(work.earlier->answer(CallRole::judge, 1) == nullptr);
  REQUIRE(work.earlier->find(CallRole::judge, 1) != nullptr);
  CHECK(work.earlier->find(CallRole::judge, 1)->left == 1);
}

TEST_CASE("the runner asks the judge alone, and what it writes is filed under the pair") {
  PlanInput input = echo_input({"a", "b"}, 1);
  input.tasks[0].task.scorer = kPairwiseScorer;
  Stage stage(input, {echo, echo}, with_concurrency(1));
  stage.add_judge([](std::string_view prompt, int, int) {
    return answer(prompt.find("left") < prompt.find("right") ? "[[A]]" : "[[B]]");
  });
  stage.services.judge_script = [](const ScorerRow&, const Item& item, const Reply& first) {
    CHECK(first.text == "left");
    return make_pairwise_judge(item, first, reply("right"));
  };
  const Plan plan(stage.plan_input);
  const auto sink = make_pairwise_sink(stage.sink, 1, "b");
  Runner runner(stage.loop, plan, {stage.providers[0].get(), stage.providers[1].get()}, *sink, stage.progress,
                stage.settings, stage.services);
  AttemptRow stored = row_of(CallRole::subject, 0, 0, said("left"));
  stored.trial = plan[0].model == 0 ? 0 : 1;
  const RunnerResult result = runner.run({pairwise_work(stored.trial, {stored}, 1)});
  CHECK_FALSE(result.error);
  CHECK(stage.providers[0]->calls == 0);
  CHECK(stage.judge->calls == 2);
  CHECK(stage.journal.text().find("judge 1002") != std::string::npos);
  CHECK(stage.journal.text().find("judge 1003") != std::string::npos);
  REQUIRE(stage.sink.scores.size() == 1);
  const ScoreRow& score = stage.sink.scores.begin()->second;
  CHECK(score.scorer == "judge_pairwise:b");
  CHECK(score.value == 1);
  CHECK(score.detail == "preferred in both orders");
}

TEST_CASE("a stored reply is what the dialogue makes of the answers in the store") {
  Item item;
  item.messages = {{Role::user, "one"}};
  item.turns = {"two"};
  const std::vector<AttemptRow> whole{row_of(CallRole::subject, 0, 0, said("", Outcome::capacity)),
                                      row_of(CallRole::subject, 0, 1, said("<think>x</think>first")),
                                      row_of(CallRole::subject, 1, 0, said("second"))};
  const StoredReply stored = stored_reply(*make_turns(item), whole);
  REQUIRE(stored.reply);
  CHECK(stored.last == Outcome::ok);
  CHECK(stored.reply->answers == std::vector<std::string>{"first", "second"});
  CHECK(stored.reply->text == "second");
  CHECK_FALSE(stored.reply->refused);

  const StoredReply cut = stored_reply(*make_turns(item), std::span(whole).first(2));
  CHECK_FALSE(cut.reply);

  const StoredReply failed = stored_reply(*make_turns(item), std::span(whole).first(1));
  CHECK_FALSE(failed.reply);
  CHECK(failed.last == Outcome::capacity);

  const std::vector<AttemptRow> refused{row_of(CallRole::subject, 0, 0, said("", Outcome::refused))};
  const StoredReply no = stored_reply(*make_turns(item), refused);
  REQUIRE(no.reply);
  CHECK(no.last == Outcome::refused);
  CHECK(no.reply->refused);
}
