#include "cli/forecast/plan.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;
namespace fs = std::filesystem;

namespace {

struct ScenarioFolder {
  ScenarioFolder() {
    std::string pattern = (fs::temp_directory_path() / "costwar-forecast-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ScenarioFolder(const ScenarioFolder&) = delete;
  ScenarioFolder& operator=(const ScenarioFolder&) = delete;
  ~ScenarioFolder() { fs::remove_all(path); }
  fs::path path;
};

ForecastPlan read_scenario(const std::string& text) {
  const ScenarioFolder folder;
  std::ofstream(folder.path / "s.json") << text;
  return read_scenario_file(folder.path / "s.json");
}

// The complaint, from the line number on.
std::string scenario_complaint(const std::string& text) {
  try {
    (void)read_scenario(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    const std::string what = error.what();
    const std::size_t file = what.find("s.json:");
    REQUIRE(file != std::string::npos);
    return what.substr(file + 7) + " | " + error.hint();
  }
  return "no error";
}

std::string plan_complaint(const ForecastPlan& plan) {
  try {
    check_plan(plan);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ForecastPlan small_plan() {
  ForecastPlan plan;
  plan.input_per_day = 1e6;
  plan.output_per_day = 1e5;
  PlannedOption option;
  option.name = option.model = "openai/gpt-5.5";
  plan.options.push_back(option);
  return plan;
}

}  // namespace

TEST_CASE("every key of a scenario's file has its place") {
  const ForecastPlan plan = read_scenario(R"({
    // comments are allowed
    "$schema": "x", "from": "2026-12", "months": 6, "known_at": "2026-11-23", "currency": "CNY",
    "workload": {"input_per_day": 2e9, "cached_share": 0.5, "output_per_day": 2e8, "requests_per_day": 1000,
                 "peak": 3, "peak_hour": 9},
    "growth": {"volume": "5%/month", "tokens": "10%/year"},
    "trends": ["fit", "-30%/year"], "fit_over": "all", "switching_cost": "100", "waits": [1, 2],
    "simulation": {"seed": 5, "paths": 200},
    "options": [
      {"model": "a/b", "class": "batch", "region": "eu"},
      {"name": "own", "own_per_month": "10..20", "tokens_per_day": 5e9, "from": "2027-01", "switching_cost": "7"},
      {"name": "new", "per_million": "0.25"},
      {"name": "mix", "shares": {"own": 0.25, "new": 0.75}, "shares_last": {"own": 1}}]
  })");
  CHECK(plan.from->text() == "2026-12");
  CHECK(plan.months == 6);
  CHECK(plan.known_at == "2026-11-23");
  CHECK(plan.currency == "CNY");
  CHECK(plan.input_per_day == 2e9);
  CHECK(plan.cached_share == 0.5);
  CHECK(plan.requests_per_day == 1000);
  CHECK(plan.peak == 3);
  CHECK(plan.peak_hour == 9);
  CHECK(plan.growth.text() == "5%/month");
  CHECK(plan.tokens_growth.text() == "10%/year");
  CHECK(plan.trends == std::vector<std::string>{"fit", "-30%/year"});
  CHECK(plan.fit_over_all);
  CHECK(plan.switching_cost == 100);
  CHECK(plan.waits == std::vector<std::size_t>{1, 2});
  CHECK(plan.seed == 5);
  CHECK(plan.paths == 200);
  CHECK(plan.origin == "s.json");
  REQUIRE(plan.options.size() == 4);
  CHECK(plan.options[0].name == "a/b batch");
  CHECK(plan.options[0].region == "eu");
  CHECK(plan.options[1].amount.low == 10);
  CHECK(plan.options[1].amount.high == 20);
  CHECK(plan.options[1].from->text() == "2027-01");
  CHECK(plan.options[1].switching_cost == 7);
  CHECK(plan.options[2].kind == analysis::OptionKind::rate);
  CHECK(plan.options[3].shares_last.at("own") == 1);
  CHECK_NOTHROW(check_plan(plan));
  const ForecastPlan run =
      read_scenario(R"({"workload": {"run": "nightly", "tasks_per_day": 5, "price_as": {"m": "a/b"}}})");
  CHECK(run.run == "nightly");
  CHECK(run.price_as.at("m") == "a/b");
}

TEST_CASE("what cannot be meant is named with its line") {
  const auto top = [](const std::string& member) {
    return scenario_complaint("{\n\"options\": [{\"model\": \"a/b\"}],\n" + member + "}");
  };
  const auto option = [](const std::string& members) {
    return scenario_complaint("{\n\"options\": [\n{" + members + "}]}");
  };
  CHECK(has(scenario_complaint("{"), "1:"));
  CHECK(has(scenario_complaint("[]"), "expected an object"));
  CHECK(has(scenario_complaint("{}"), "there is no option"));
  CHECK(has(top("\"monts\": 3"), "3: \"monts\" is not known here | did you mean \"months\"?"));
  for (const char* wrong : {"\"months\": 0",
                            "\"months\": 121",
                            "\"months\": 1.5",
                            "\"months\": \"3\"",
                            "\"from\": \"2026\"",
                            "\"from\": 3",
                            "\"known_at\": 3",
                            "\"currency\": 3",
                            "\"workload\": []",
                            "\"workload\": {\"inptu_per_day\": 3}",
                            "\"workload\": {\"input_per_day\": -1}",
                            "\"workload\": {\"input_per_day\": \"1\"}",
                            "\"workload\": {\"cached_share\": 1.5}",
                            "\"workload\": {\"output_per_day\": 1e16}",
                            "\"workload\": {\"requests_per_day\": 0}",
                            "\"workload\": {\"run\": 3}",
                            "\"workload\": {\"tasks_per_day\": -3}",
                            "\"workload\": {\"price_as\": {\"m\": 3}}",
                            "\"workload\": {\"peak\": 0.5}",
                            "\"workload\": {\"peak_hour\": 24}",
                            "\"growth\": \"5%/month\"",
                            "\"growth\": {\"volume\": \"5%\"}",
                            "\"growth\": {\"tokens\": 5}",
                            "\"growth\": {\"size\": \"5%/month\"}",
                            "\"trends\": \"fit\"",
                            "\"trends\": []",
                            "\"trends\": [\"fits\"]",
                            "\"trends\": [3]",
                            "\"fit_over\": \"some\"",
                            "\"switching_cost\": 3",
                            "\"switching_cost\": \"1..2\"",
                            "\"switching_cost\": \"-1\"",
                            "\"waits\": 3",
                            "\"waits\": [0]",
                            "\"waits\": [1.5]",
                            "\"simulation\": {\"seed\": -1}",
                            "\"simulation\": {\"paths\": 99}",
                            "\"simulation\": {\"paths\": 20001}",
                            "\"simulation\": {\"steps\": 5}",
                            "\"options\": {}",
                            "\"options\": []"}) {
    const std::string complaint = top(wrong);
    CAPTURE(wrong);
    CAPTURE(complaint);
    CHECK(complaint != "no error");
    CHECK(complaint.substr(0, 2) == (has(wrong, "options") ? complaint.substr(0, 2) : "3:"));
  }
  CHECK(has(top("\"growth\": {\"volume\": \"5%\"}"), "write 5%/month"));
  for (const char* wrong :
       {"", "\"name\": \"x\"", "\"model\": 3", "\"model\": \"a/b\", \"own_per_month\": \"5\"",
        "\"model\": \"a/b\", \"tokens_per_day\": 5", "\"model\": \"a/b\", \"from\": \"2027-01\"",
        "\"model\": \"a/b\", \"class\": 3", "\"model\": \"a/b\", \"switching_cost\": 3",
        "\"own_per_month\": \"5\"", "\"name\": \"x\", \"own_per_month\": 5",
        "\"name\": \"x\", \"own_per_month\": \"5\", \"class\": \"batch\"",
        "\"name\": \"x\", \"own_per_month\": \"5\", \"tokens_per_day\": 0",
        "\"name\": \"x\", \"per_million\": \"2..1\"", "\"name\": \"x\", \"per_million\": \"a\"",
        "\"name\": \"x\", \"per_million\": \"1\", \"from\": \"soon\"",
        "\"name\": \"x\", \"shares\": {\"a/b\": 2}", "\"name\": \"x\", \"shares\": 1",
        "\"name\": \"x\", \"per_million\": \"1\", \"shares_last\": {\"a\": 1}"}) {
    const std::string complaint = option(wrong);
    CAPTURE(wrong);
    CAPTURE(complaint);
    CHECK(complaint.substr(0, 2) == "3:");
  }
  CHECK(has(option("\"name\": \"x\""), "this option has no cost"));
  CHECK(has(option("\"model\": \"a/b\", \"tokens_per_day\": 5"), "says nothing of this option"));
}

TEST_CASE("a plan has options, a workload, and shares that add up") {
  CHECK(plan_complaint(small_plan()) == "no error");
  ForecastPlan plan = small_plan();
  plan.options.clear();
  CHECK(has(plan_complaint(plan), "nothing to forecast"));
  plan = small_plan();
  plan.output_per_day = 0;
  CHECK(has(plan_complaint(plan), "prompt tokens and output tokens"));
  plan = small_plan();
  plan.options.push_back(plan.options.front());
  CHECK(has(plan_complaint(plan), "two options are called openai/gpt-5.5"));
  plan.options.assign(17, plan.options.front());
  CHECK(has(plan_complaint(plan), "17 options"));
  plan = small_plan();
  plan.run = "nightly";
  CHECK(has(plan_complaint(plan), "not how many"));
  plan.tasks_per_day = 5;
  CHECK(has(plan_complaint(plan), "not by both"));
  plan = small_plan();
  plan.tasks_per_day = 5;
  CHECK(has(plan_complaint(plan), "go with a run"));
  plan = small_plan();
  PlannedOption mix;
  mix.name = "mix";
  mix.kind = analysis::OptionKind::mix;
  mix.shares = {{"openai/gpt-5.5", 0.5}};
  plan.options.push_back(mix);
  CHECK(has(plan_complaint(plan), "add up to 0.5"));
  plan.options.back().shares = {{"openai/gpt-5.4", 1}};
  CHECK(has(plan_complaint(plan), "openai/gpt-5.4, which is no option above it"));
  plan.options.back().shares = {{"openai/gpt-5.5", 1}};
  plan.options.back().shares_last = {{"openai/gpt-5.5", 0.9}};
  CHECK(has(plan_complaint(plan), "add up to 0.9"));
}
