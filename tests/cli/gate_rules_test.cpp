#include "cli/gate/rules.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;
namespace fs = std::filesystem;

namespace {

struct RulesFolder {
  RulesFolder() {
    std::string pattern = (fs::temp_directory_path() / "costwar-gate-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  RulesFolder(const RulesFolder&) = delete;
  RulesFolder& operator=(const RulesFolder&) = delete;
  ~RulesFolder() { fs::remove_all(path); }
  fs::path path;
};

analysis::GateRules read(const std::string& text) {
  const RulesFolder folder;
  std::ofstream(folder.path / "rules.json") << text;
  return read_gate_rules_file(folder.path / "rules.json");
}

// The complaint, from the line number on.
std::string rules_complaint(const std::string& text) {
  try {
    (void)read(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    const std::string what = error.what();
    const std::size_t file = what.find("rules.json:");
    REQUIRE(file != std::string::npos);
    return what.substr(file + 11) + " | " + error.hint();
  }
  return "no error";
}

}  // namespace

TEST_CASE("every rule has its place, its side and its bound") {
  const analysis::GateRules rules = read(R"({
    // comments are allowed
    "$schema": "x",
    "quality": {"margin": "3pts", "each_task": 0.1, "at_least": "80 %",
                "tasks": {"sums": {"margin": "5 points", "at_least": 0.5}}},
    "cost_per_task": {"ratio_at_most": 1.1, "at_most": "0.002usd"},
    "cost_per_solved": {"ratio_at_most": 1.25, "at_most": "$0.01"},
    "latency": {"median": {"ratio_at_most": 1.2}, "p90": {"at_most_s": 2.5}, "p95": {"at_most_s": 4}},
    "failures": {"increase_at_most": "1pt", "at_most": "2%"},
    "spend": {"at_most": "5usd"},
    "on_unresolved": "fail",
    "accept": ["served_model", "settings.temperature"]
  })");
  std::map<std::string, analysis::GateRule> by_name;
  for (const analysis::GateRule& rule : rules.rules) by_name[rule.name] = rule;
  CHECK(by_name.size() == 15);
  const auto number = [&](const std::string& name) {
    return std::get<double>(by_name.at(name).bound.amount);
  };
  CHECK(number("quality.margin") == -0.03);
  CHECK(by_name.at("quality.margin").bound.side == analysis::Side::at_least);
  CHECK(number("quality.each_task") == -0.1);
  CHECK(by_name.at("quality.each_task").each_task);
  CHECK(number("quality.at_least") == 0.8);
  CHECK(number("quality.tasks.sums.margin") == -0.05);
  CHECK(by_name.at("quality.tasks.sums.at_least").task == "sums");
  CHECK(number("cost_per_task.ratio_at_most") == 1.1);
  CHECK(by_name.at("cost_per_task.ratio_at_most").against == analysis::Against::ratio);
  CHECK(std::get<Money>(by_name.at("cost_per_task.at_most").bound.amount).decimal() == "0.002");
  CHECK(std::get<Money>(by_name.at("cost_per_solved.at_most").bound.amount).decimal() == "0.01");
  CHECK(number("latency.median.ratio_at_most") == 1.2);
  CHECK(by_name.at("latency.p95.at_most_s").quantile == 0.95);
  CHECK(number("failures.increase_at_most") == 0.01);
  CHECK(number("failures.at_most") == 0.02);
  CHECK(by_name.at("spend.at_most").quantity == analysis::Quantity::spend);
  CHECK(rules.on_unresolved == analysis::OnUnresolved::fail);
  CHECK(rules.accept == std::vector<std::string>{"served_model", "settings.temperature"});
}

TEST_CASE("what is misspelt or cannot be meant is named with its line") {
  CHECK(rules_complaint("{\n\"qualty\": {}}") ==
        "2: \"qualty\" is not known here | did you mean \"quality\"?");
  CHECK(rules_complaint(R"({"quality": {"margn": "3pts"}})") ==
        "1: \"margn\" is not known here | did you mean \"margin\"?");
  CHECK(rules_complaint(R"({"quality": {"tasks": {"sums": {"each_task": "3pts"}}}})") ==
        "1: \"each_task\" is not known here | known are margin, at_least");
  CHECK(rules_complaint(R"({"latency": {"p99": {}}})") ==
        "1: \"p99\" is not known here | did you mean \"p90\"?");
  CHECK(rules_complaint(R"({"quality": {"margin": "3"}})") ==
        "1: \"3\" is not a share | write it as \"3pts\" or 0.03");
  CHECK(rules_complaint(R"({"quality": {"margin": 3}})") ==
        "1: 3 is not a share | write it as \"3pts\" or 0.03");
  CHECK(rules_complaint(R"({"quality": {"margin": "-3pts"}})").starts_with("1: \"-3pts\" is not a share"));
  CHECK(rules_complaint(R"({"quality": {"margin": "nan%"}})").starts_with("1: \"nan%\" is not a share"));
  CHECK(rules_complaint(R"({"quality": {"at_least": true}})") ==
        "1: true is not a share | write it as \"80%\" or 0.8");
  CHECK(rules_complaint(R"({"cost_per_task": {"ratio_at_most": 0}})") ==
        "1: expected a multiple of the baseline above 0 and at most 1000 | ");
  CHECK(rules_complaint(R"({"latency": {"median": {"at_most_s": "2"}}})") ==
        "1: expected seconds above 0 and at most 86400 | ");
  CHECK(rules_complaint(R"({"spend": {"at_most": 5}})") ==
        "1: expected an amount of money | write it as \"0.50usd\"");
  CHECK(rules_complaint(R"({"spend": {"at_most": "5eur"}})") ==
        "1: '5eur' is no amount of money in USD | write it as \"0.50usd\"");
  CHECK(rules_complaint(R"({"spend": {"at_most": "5usd"}, "on_unresolved": "ignore"})") ==
        "1: \"ignore\" says nothing here | one of fail, pass, unresolved");
  CHECK(rules_complaint(R"({"spend": {"at_most": "5usd"}, "accept": "scorer"})") ==
        "1: expected a list | write [\"served_model\"]");
  CHECK(rules_complaint(R"({"spend": {"at_most": "5usd"}, "accept": ["items"]})") ==
        "1: 'items' is no difference that can be accepted | items are compared where they are shared by "
        "--intersect");
  CHECK(rules_complaint(R"({"spend": {"at_most": "5usd"}, "accept": ["scorers"]})") ==
        "1: 'scorers' is no difference that can be accepted | did you mean \"scorer\"?");
  CHECK(rules_complaint(R"({"spend": {"at_most": "5usd"}, "accept": ["settings."]})")
            .starts_with("1: 'settings.'"));
  CHECK(rules_complaint("{}") ==
        "1: there is no rule | add one, such as \"quality\": {\"margin\": \"3pts\"}");
  CHECK(rules_complaint("[]") == "1: expected an object | write { ... }");
  CHECK(rules_complaint("{\"quality\": 3}") == "1: expected an object | write { ... }");
  CHECK(rules_complaint("{\"quality\"").starts_with("1"));
}
