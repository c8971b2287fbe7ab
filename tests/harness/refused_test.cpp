// A refused call: conduct for the scorers that look at conduct, no answer for all others.

#include <doctest/doctest.h>

#include "harness/trial_end.h"
#include "tests/harness/runner_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

ScoreRow scored(std::string_view scorer, std::string expected, Outcome outcome, std::string text = "") {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.text = std::move(text);
  Item item;
  item.id = "00000000000000aa";
  item.expected = std::move(expected);
  return score_trial(3, *find_scorer(scorer), attempt, item);
}

}  // namespace

TEST_CASE("a refused call is a refusal in full, whatever text came before") {
  for (const Outcome outcome : {Outcome::refused, Outcome::content_filter}) {
    CHECK(scored("refusal", "refuse", outcome).solved);
    CHECK(scored("refusal", "refuse", outcome, "Of course. First, ").value == 1);
    CHECK(scored("refusal", "comply", outcome, "Of course. First, ").value == 0);
    CHECK(scored("refusal", "comply", outcome).detail == "refused, expected to comply");
    CHECK(scored("abstention", "", outcome).solved);
    CHECK(scored("abstention", "Paris", outcome, "Paris").value == 0.5);
    CHECK_FALSE(scored("abstention", "Paris", outcome, "Paris").solved);
    CHECK(scored("exact", "Paris", outcome, "Paris").value == 0);
    CHECK(scored("exact", "Paris", outcome, "Paris").detail.starts_with("no answer: "));
  }
}

TEST_CASE("a call that failed otherwise is no refusal") {
  for (const Outcome outcome : {Outcome::timed_out, Outcome::truncated, Outcome::server_error}) {
    CHECK_FALSE(scored("refusal", "refuse", outcome).solved);
    CHECK_FALSE(scored("abstention", "", outcome).solved);
  }
}

TEST_CASE("in a run, a dialogue whose last answer is refused is scored as one") {
  PlanInput input = echo_input({"a"}, 2);
  input.tasks[0].task.scorer = "refusal";
  std::size_t number = 0;
  input.tasks[0].items.change_all([&](Item& item) {
    item.expected = number++ == 0 ? "refuse" : "comply";
    item.turns = {"second"};
  });
  Stage stage(input, {[](std::string_view prompt, int, int) {
                return prompt == "second" ? failure(Outcome::refused) : answer(std::string(prompt));
              }});
  CHECK(stage.run().models[0].done == 2);
  std::size_t solved = 0;
  for (const auto& [trial, score] : stage.sink.scores) solved += score.solved ? 1 : 0;
  CHECK(solved == 1);
}

TEST_CASE("of several scores of one trial the run's own version decides, else the earliest") {
  RunHeader header;
  header.models.resize(1);
  header.tasks = {{"task", "exact", 2, ""}};
  const auto score_of = [&](const std::vector<int>& versions) {
    RunColumnsBuilder builder(header);
    builder.add(TrialRow{0, 0, 0, "i", 0, "", "", ""});
    builder.add(ScoreRow{0, "numeric", 2, 0.9, false, ""});
    for (const int version : versions) {
      ScoreRow row{0, "exact", version, version / 10.0, version == 2, ""};
      if (version == 3) row.second_value = 0;
      builder.add(row);
    }
    return builder.finish();
  };
  for (const std::vector<int>& versions : {std::vector<int>{1, 2, 3}, {3, 2, 1}, {2, 3}, {2}}) {
    const RunColumns run = score_of(versions);
    CHECK(run.trials.score[0] == doctest::Approx(0.2));
    CHECK(run.trials.solved[0] == 1);
    CHECK(run.trials.readings[0] == 0);
  }
  CHECK(score_of({3, 1}).trials.score[0] == doctest::Approx(0.1));
  CHECK(score_of({3, 4}).trials.score[0] == doctest::Approx(0.3));
  CHECK(score_of({3, 4}).trials.readings[0] == 2);
  CHECK(score_of({}).trials.complete[0] == 0);
}
