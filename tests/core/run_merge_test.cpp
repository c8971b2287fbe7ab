#include "core/run_merge.h"

#include <doctest/doctest.h>

#include <variant>

#include "core/columns.h"
#include "core/error.h"

using namespace costwar;

namespace {

RunHeader header(const std::string& id, std::vector<std::string> models, std::vector<RunTask> tasks) {
  RunHeader run;
  run.id = id;
  run.label = "label of " + id;
  run.seed = 7;
  for (const std::string& name : models) {
    ModelCard card;
    card.name = name;
    run.models.push_back(card);
  }
  run.tasks = std::move(tasks);
  return run;
}

// Every model answers the items i0, i1 of every task; it solves those of even model number plus item.
std::vector<RunRow> rows(const RunHeader& run) {
  std::vector<RunRow> out;
  std::int64_t trials = 0;
  for (std::uint32_t model = 0; model < run.models.size(); ++model)
    for (std::uint32_t task = 0; task < run.tasks.size(); ++task)
      for (int item = 0; item < 2; ++item) {
        TrialRow row;
        row.trial = trials++;
        row.model = model;
        row.task = task;
        row.item = run.tasks[task].name + "-i" + std::to_string(item);
        out.emplace_back(row);
      }
  const std::size_t count = out.size();
  for (std::size_t i = 0; i < count; ++i) {
    const TrialRow trial = std::get<TrialRow>(out[i]);
    AttemptRow attempt;
    attempt.trial = trial.trial;
    attempt.ended = true;
    attempt.attempt.outcome = Outcome::ok;
    attempt.attempt.billing.served_model = run.models[trial.model].name;
    out.emplace_back(attempt);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const TrialRow trial = std::get<TrialRow>(out[i]);
    const RunTask& task = run.tasks[trial.task];
    const bool solved = (trial.model + static_cast<std::uint32_t>(trial.item.back() - '0')) % 2 == 0;
    out.emplace_back(
        ScoreRow{trial.trial, task.scorer, task.scorer_version, solved ? 1.0 : 0.0, solved, "", {}});
  }
  return out;
}

RunColumns merged(RunMerge& merge, const std::vector<RunHeader>& runs) {
  RunColumnsBuilder builder(merge.header());
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const RunRow& row : rows(runs[i]))
      if (const auto mapped = merge.map(i, row)) builder.add(*mapped);
  return builder.finish();
}

const RunTask kSums{"sums", "numeric", 1, ""};
const RunTask kNewSums{"sums", "numeric", 2, ""};
const RunTask kWords{"words", "exact", 1, ""};

}  // namespace

TEST_CASE("two runs of the same tasks share their items") {
  const std::vector<RunHeader> runs{header("A", {"x", "y"}, {kSums, kWords}),
                                    header("B", {"x"}, {kWords, kSums})};
  RunMerge merge({{runs[0], {}}, {runs[1], {}}});
  const RunColumns columns = merged(merge, runs);
  CHECK(columns.header.id == "A+B");
  REQUIRE(columns.header.models.size() == 3);
  CHECK(columns.header.models[0].name == "x (label of A)");
  CHECK(columns.header.models[1].name == "y");
  CHECK(columns.header.models[2].name == "x (label of B)");
  CHECK(columns.header.tasks.size() == 2);
  REQUIRE(columns.header.origins.size() == 3);
  CHECK(columns.header.origins[2].run == "B");
  CHECK(columns.header.origins[2].model == "x");
  CHECK(columns.trials.size() == 12);
  CHECK(columns.items == 4);
  CHECK(columns.trials.model[8] == 2);
  // Words come first in the second run: its first trial is of the same item as the third of the first.
  CHECK(columns.trials.task[8] == 1);
  CHECK(columns.trials.item[8] == columns.trials.item[2]);
  CHECK(columns.trials.solved[8] == columns.trials.solved[2]);
  CHECK(columns.attempts.size() == 12);
  CHECK(merge.origin(8) == std::pair<std::size_t, std::int64_t>{1, 0});
  CHECK(merge.origin(7) == std::pair<std::size_t, std::int64_t>{0, 7});
}

TEST_CASE("runs of one label are told apart by their ids") {
  std::vector<RunHeader> runs{header("A", {"x"}, {kSums}), header("B", {"x"}, {kSums})};
  runs[0].label = runs[1].label = "nightly";
  RunMerge merge({{runs[0], {}}, {runs[1], {}}});
  CHECK(merge.header().models[0].name == "x (A)");
  CHECK(merge.header().models[1].name == "x (B)");
}

TEST_CASE("another version of a scorer makes another task") {
  const std::vector<RunHeader> runs{header("A", {"x"}, {kSums}), header("B", {"y"}, {kNewSums})};
  RunMerge merge({{runs[0], {}}, {runs[1], {}}});
  CHECK(merged(merge, runs).header.tasks == std::vector<RunTask>{kSums, kNewSums});
}

TEST_CASE("chosen models bring their rows alone, in the order in which they were chosen") {
  const std::vector<RunHeader> runs{header("A", {"x", "y", "z"}, {kSums}), header("B", {"v", "w"}, {kSums})};
  RunMerge merge({{runs[0], {2, 1}}, {runs[1], {1}}});
  const RunColumns columns = merged(merge, runs);
  REQUIRE(columns.header.models.size() == 3);
  CHECK(columns.header.models[0].name == "z");
  CHECK(columns.header.models[1].name == "y");
  CHECK(columns.header.models[2].name == "w");
  REQUIRE(columns.trials.size() == 6);
  CHECK(columns.attempts.size() == 6);
  // Rows keep the order of their run: y's come before z's.
  CHECK(columns.trials.model == std::vector<std::uint32_t>{1, 1, 0, 0, 2, 2});
  CHECK(columns.billing_facts(0).served_model == "y");
  CHECK(merge.origin(0) == std::pair<std::size_t, std::int64_t>{0, 2});
  CHECK(merge.origin(4) == std::pair<std::size_t, std::int64_t>{1, 2});
  CHECK(columns.trials.solved[0] == 0);
  CHECK(columns.trials.solved[1] == 1);
}

TEST_CASE("one run is itself") {
  const std::vector<RunHeader> runs{header("A", {"x", "y"}, {kSums})};
  RunMerge merge({{runs[0], {}}});
  CHECK(merge.header().id == "A");
  CHECK(merge.header().origins.empty());
  CHECK(merged(merge, runs).trials.size() == 4);
}

TEST_CASE("two models of one run that are chosen apart are of one run") {
  const std::vector<RunHeader> runs{header("A", {"x", "y"}, {kSums}), header("A", {"x", "y"}, {kSums})};
  RunMerge merge({{runs[0], {0}}, {runs[1], {1}}});
  const RunColumns columns = merged(merge, runs);
  CHECK(columns.header.id == "A");
  CHECK(columns.trials.size() == 4);
  CHECK(columns.items == 2);
}

TEST_CASE("what does not fit is refused") {
  const RunHeader run = header("A", {"x"}, {kSums});
  CHECK_THROWS_AS(RunMerge({{run, {}}, {run, {0}}}), Error);
  RunMerge merge({{run, {}}});
  CHECK_THROWS_AS(merge.map(0, ScoreRow{5, "numeric", 1, 1, true, "", {}}), Error);
  TrialRow stray;
  stray.model = 3;
  CHECK_THROWS_AS(merge.map(0, stray), Error);
}
