#include "harness/import/imports.h"

#include <doctest/doctest.h>

#include "tests/harness/tasks/text_source.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

ImportedRun read(const std::string& format, const std::string& text,
                 const ImportOptions& options = {"f.csv", "", ""}) {
  const ImportRow& row = *find_import(format);
  const auto records = Records::open(source_of(text), options.source, row.spec);
  return row.read(*records, options);
}

std::string complaint(const std::string& format, const std::string& text,
                      const std::string& source = "f.csv") {
  return complaint_of([&] { read(format, text, {source, "", ""}); });
}

}  // namespace

TEST_CASE("RouteLLM's table: a trial for each model and prompt") {
  const ImportedRun run =
      read("routellm", "prompt,weak,strong,weak_response\n\"two\nlines\",True,False,x\nother,False,True,y\n");
  REQUIRE(run.trials.size() == 4);
  CHECK(run.header.tasks[0].name == "routellm/f");
  CHECK(run.header.models[1].name == "strong");
  CHECK(run.trials[0].prompt == "two\nlines");
  CHECK(run.trials[0].item == run.trials[1].item);
  CHECK(run.trials[0].item != run.trials[2].item);
  CHECK(run.scores[0].solved);
  CHECK_FALSE(run.scores[1].solved);
  CHECK(run.scores[3].trial == 3);
  CHECK(run.header.plan ==
        read("routellm", "prompt,weak,strong\n\"two\nlines\",True,False\nother,False,True\n").header.plan);
  CHECK(run.header.plan !=
        read("routellm", "prompt,weak,strong\n\"two\nlines\",True,True\nother,False,True\n").header.plan);
  CHECK(complaint("routellm", "prompt,weak\nx,maybe\n") ==
        "f.csv:2: \"\"maybe\"\" is neither True nor False");
  CHECK(complaint("routellm", "a,weak\nx,True\n").starts_with("f.csv:2: the columns are not prompt"));
  CHECK(complaint("routellm", "prompt,weak\n") == "f.csv: there is no result in it");
}

TEST_CASE("a prompt that stands twice is a repeat") {
  const ImportedRun run = read("routellm", "prompt,m\nx,True\nx,False\n");
  CHECK(run.trials[1].repeat == 1);
  CHECK(run.trials[1].item == run.trials[0].item);
  CHECK(run.header.items_per_task == 1);
}

TEST_CASE("tau-bench's trials are repeats of a task; model and task come out of the file's name") {
  const std::string text =
      R"([{"task_id":0,"trial":0,"reward":1.0,"traj":[]},{"task_id":0,"trial":1,"reward":0.0},{"task_id":7,"trial":0,"reward":1.0}])";
  const ImportedRun run = read("tau-bench", text, {"gpt-4o-airline.json", "", ""});
  CHECK(run.header.models[0].name == "gpt-4o");
  CHECK(run.header.tasks[0].name == "tau-bench/airline");
  CHECK(run.header.items_per_task == 2);
  CHECK(run.trials[1].repeat == 1);
  CHECK(run.scores[0].solved);
  CHECK_FALSE(run.scores[1].solved);
  CHECK(run.said.size() == 2);
  CHECK(read("tau-bench", text, {"x.json", "mine", "t"}).header.models[0].name == "mine");
  CHECK(complaint("tau-bench", R"([{"task_id":0,"trial":0,"reward":2}])", "t.json")
            .find("/reward: expected 0 to 1") != std::string::npos);
}

TEST_CASE("GSM8K's solutions: a model for each member with is_correct") {
  const ImportedRun run = read(
      "gsm8k-solutions",
      R"({"question":"q","ground_truth":"1","6b":{"is_correct":false,"solution":"x"},"175b":{"is_correct":true,"solution":"y"}})");
  CHECK(run.header.tasks[0].name == "gsm8k");
  CHECK(run.header.models[0].name == "6b");
  CHECK_FALSE(run.scores[0].solved);
  CHECK(run.scores[1].solved);
  CHECK(run.trials[1].expected == "1");
}
