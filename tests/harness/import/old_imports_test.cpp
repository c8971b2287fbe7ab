// The formats whose files say who solved what, and little else.
#include <doctest/doctest.h>

#include "tests/harness/import/import_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

TEST_CASE("RouteLLM's table: a trial for each model and prompt") {
  const ReadRun run =
      read_run("routellm", "f.csv",
               "prompt,weak,strong,weak_response\n\"two\nlines\",True,False,x\nother,False,True,y\n");
  REQUIRE(run.trials.size() == 4);
  CHECK(run.header.evidence == Evidence::imported);
  CHECK(run.header.tasks[0].name == "routellm/f");
  CHECK(run.header.models[1].name == "strong");
  CHECK(run.trials[0].prompt == "two\nlines");
  CHECK(run.trials[0].item == run.trials[1].item);
  CHECK(run.trials[0].item != run.trials[2].item);
  CHECK(run.scores[0].solved);
  CHECK_FALSE(run.scores[1].solved);
  CHECK(run.scores[3].trial == 3);
  REQUIRE(run.attempts.size() == 2);  // the replies that the file has
  CHECK(run.attempts[1].attempt.text == "y");
  const auto plan = [](const std::string& text) { return read_run("routellm", "f.csv", text).header.plan; };
  const std::string table = "prompt,weak,strong\nx,True,False\nother,False,True\n";
  CHECK(plan(table) == plan(table));
  CHECK(plan(table) != plan("prompt,weak,strong\nx,True,True\nother,False,True\n"));
  const auto complaint = [](const std::string& text) { return import_complaint("routellm", "f.csv", text); };
  CHECK(complaint("prompt,weak\nx,maybe\n") == "f.csv:2: \"\"maybe\"\" is neither True nor False");
  CHECK(complaint("a,weak\nx,True\n").starts_with("f.csv:2: the columns are not prompt"));
  CHECK(complaint("prompt,weak\n") == "f.csv: there is no result in it");
}

TEST_CASE("a prompt that stands twice is a repeat") {
  const ReadRun run = read_run("routellm", "f.csv", "prompt,m\nx,True\nx,False\n");
  CHECK(run.trials[1].repeat == 1);
  CHECK(run.trials[1].item == run.trials[0].item);
  CHECK(run.header.items_per_task == 1);
}

TEST_CASE("tau-bench's trials are repeats of a task; model and task come out of the file's name") {
  const std::string text =
      R"([{"task_id":0,"trial":0,"reward":1.0,"traj":[]},{"task_id":0,"trial":1,"reward":0.0},{"task_id":7,"trial":0,"reward":1.0}])";
  const ReadRun run = read_run("tau-bench", "gpt-4o-airline.json", text);
  CHECK(run.header.models[0].name == "gpt-4o");
  CHECK(run.header.tasks[0].name == "tau-bench/airline");
  CHECK(run.header.items_per_task == 2);
  CHECK(run.trials[1].repeat == 1);
  CHECK(run.scores[0].solved);
  CHECK_FALSE(run.scores[1].solved);
  CHECK(run.said.size() == 2);
  ImportOptions named;
  named.model = "mine";
  named.task = "t";
  CHECK(read_run("tau-bench", "x.json", text, named).header.models[0].name == "mine");
  CHECK(import_complaint("tau-bench", "t.json", R"([{"task_id":0,"trial":0,"reward":2}])")
            .find("/reward: expected 0 to 1") != std::string::npos);
}

TEST_CASE("GSM8K's solutions: a model for each member with is_correct") {
  const ReadRun run = read_run(
      "gsm8k-solutions", "f.jsonl",
      R"({"question":"q","ground_truth":"1","6b":{"is_correct":false,"solution":"x"},"175b":{"is_correct":true,"solution":"y"}})");
  CHECK(run.header.tasks[0].name == "gsm8k");
  CHECK(run.header.models[0].name == "6b");
  CHECK_FALSE(run.scores[0].solved);
  CHECK(run.scores[1].solved);
  CHECK(run.trials[1].expected == "1");
  CHECK(run.attempts[1].attempt.text == "y");
}

TEST_CASE("a table: each column of scores is a run called as it, and the runs pair by item") {
  ImportOptions options;
  options.item = "q";
  options.scores = {"small", "big"};
  options.costs = {"", "big_usd"};
  options.task = "mine";
  const std::vector<ReadRun> runs = read_runs(
      "table", {text_file("t.csv", "q,small,big,big_usd\na,pass,1,0.25\nb,False,0.5,\nc,,true,0.001\n")},
      options);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].header.models[0].name == "small");
  CHECK(runs[1].header.models[0].name == "big");
  CHECK(runs[0].header.plan != runs[1].header.plan);
  for (std::size_t i = 0; i < 3; ++i) CHECK(runs[0].trials[i].item == runs[1].trials[i].item);
  CHECK(runs[0].attempts.empty());
  CHECK(runs[0].counts.unscored == 1);  // an empty cell is no score, and no 0
  CHECK(runs[0].scores.size() == 2);
  CHECK(runs[1].scores[1].value == 0.5);
  CHECK_FALSE(runs[1].scores[1].solved);
  REQUIRE(runs[1].attempts.size() == 3);
  CHECK(runs[1].attempts[0].attempt.reported_cost->decimal() == "0.25");
  CHECK(!runs[1].attempts[1].attempt.reported_cost);
}

TEST_CASE("a table complains about columns, scores and amounts with their place") {
  ImportOptions options;
  options.item = "question";
  options.scores = {"m"};
  const auto complaint = [&](const std::string& text) {
    return import_complaint("table", "t.csv", text, options);
  };
  CHECK(complaint("questions,m\nx,1\n") ==
        "t.csv:2: there is no column \"question\" | did you mean questions?");
  CHECK(complaint("question,m\nx,7\n").starts_with("t.csv:2: \"7\" of m is no score | scores are True"));
  options.costs = {"usd"};
  CHECK(complaint("question,m,usd\nx,1,free\n").starts_with("t.csv:2: \"free\" of usd is no amount"));
  options.costs = {"a", "b"};
  CHECK(complaint("question,m\n").starts_with("2 columns of costs for 1 of scores"));
  options.item.clear();
  CHECK(complaint("question,m\n").starts_with("a table needs --item COLUMN"));
}
