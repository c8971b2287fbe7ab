// costwar plan: what it says before anything is measured, after a pilot, and of wrong input.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json plan_json(const TemporaryFolder& folder, Arguments arguments) {
  arguments.insert(arguments.begin(), "plan");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

}  // namespace

TEST_CASE("plan: unknown before a pilot, forecast after it, and the run pays for none of it again") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--model", "strong=0.9", "--model", "weak=0.6"});
  const std::string strong = mock.url() + "#strong";
  const std::string weak = mock.url() + "#weak";
  const Arguments plan = {strong, weak, "--tasks", "arithmetic,sorting", "--n", "40"};

  const Json before = plan_json(folder, plan);
  CHECK(before.at("items") == 80);
  CHECK(before.at("models")[0].at("trials") == 80);
  CHECK(before.at("models")[0].at("measured") == 0);
  CHECK(before.at("models")[0].at("input_tokens").is_null());
  CHECK(before.at("models")[0].at("unmeasured_tasks") == "arithmetic, sorting");
  CHECK(before.at("pairs")[0].at("discordance") == 0.15);
  // 2.801585 sqrt(.15 / (80 + 2.801585^2)): 80 % power, 95 % level
  CHECK(before.at("pairs")[0].at("detectable").get<double>() == doctest::Approx(0.11577).epsilon(1e-3));

  Arguments pilot = plan;
  pilot.insert(pilot.end(), {"--pilot", "5", "--resolve", "3pts"});
  const Json after = plan_json(folder, pilot);
  const Json& model = after.at("models")[0];
  CHECK(model.at("measured") == 10);
  CHECK(model.at("input_tokens").at("estimate").get<double>() > 0);
  CHECK(model.at("input_tokens").at("low").get<double>() < model.at("input_tokens").at("high").get<double>());
  CHECK(model.at("seconds").at("estimate").get<double>() > 0);
  CHECK(model.at("cost").is_null());  // a server at an address has no price
  CHECK(after.at("pairs")[0].at("discordance_seen_on") == 10);
  CHECK(after.at("pairs")[0].at("items_for").is_number());

  Arguments whole = plan;
  whole.insert(whole.begin(), "run");
  const Result measured = run(folder, whole);
  REQUIRE(measured.code == 0);
  const Json comparison = Json::parse(
      run(folder, {"compare", "--run", measured.out.substr(0, measured.out.find('\n')), "--format", "json"})
          .out);
  CHECK(comparison.at("models")[0].at("n") == 80);
  Arguments again = plan;
  again.insert(again.begin(), "plan");
  CHECK(run(folder, again).out.find("Nothing was measured") == std::string::npos);
}

TEST_CASE("plan: wrong input is named with its remedy") {
  const TemporaryFolder folder;
  const auto fails = [&](Arguments arguments, int code, const std::string& said) {
    arguments.insert(arguments.begin(), "plan");
    const Result result = run(folder, arguments);
    CAPTURE(said);
    CHECK(result.code == code);
    CHECK(result.out.empty());
    CHECK(result.err.find(said) != std::string::npos);
  };
  fails({"--resolve", "3"}, 2, "not a difference of shares");
  fails({"--resolve", "0pts"}, 2, "not a difference of shares");
  fails({"--run", "20260101"}, 2, "there is no run 20260101");
  fails({"--tasks", "arithmetik"}, 2, "arithmetic");
  fails({"--pilot", "0"}, 2, "--pilot");
}
