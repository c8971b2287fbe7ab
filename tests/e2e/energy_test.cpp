// Joules of local models, from the meter to the report.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

const Arguments kCompare{"compare", "--tasks", "copying", "--n", "6"};

}  // namespace

TEST_CASE("a command's watts become joules per token and per solved task, at the plug and in carbon") {
  const TemporaryFolder folder;
  folder.write("meter.sh", "while :; do echo 40; sleep 0.05; done\n");
  folder.write(
      "costwar.json",
      R"({"energy": {"source": "command", "command": ["sh", "meter.sh"], "pue": 1.5, "carbon_g_per_kwh": 360}})");
  const Result json = run(folder, with(kCompare, {"--format", "json"}));
  REQUIRE_MESSAGE(json.code == 0, json.err);
  CHECK(json.err.find("Power is read by sh (costwar.json:1).") != std::string::npos);
  const Json report = Json::parse(json.out);
  REQUIRE(report.at("energy").size() == 2);
  for (const Json& model : report["energy"]) {
    CHECK(model["basis"] == "measured");
    CHECK(model["joules"].get<double>() > 0);
    // The machine draws 40 W all the time, and a lane that computes one call at a time is seldom idle within
    // one: the watts over computing time are at least those, and more where calls wait to be handed on.
    CHECK(model["watts"].get<double>() > 39);
    const double solved = model["joules_per_solved"]["estimate"].get<double>();
    CHECK(model["joules_per_solved_at_the_plug"].get<double>() ==
          doctest::Approx(1.5 * solved).epsilon(0.01));
    CHECK(model["carbon_mg_per_solved"].get<double>() == doctest::Approx(0.15 * solved).epsilon(0.01));
  }
  const Result text = run(folder, kCompare);
  CHECK(text.out.find("Energy of this machine while it computed") != std::string::npos);
  CHECK(text.out.find("Joules were read from sh") != std::string::npos);
}

TEST_CASE("given watts are an estimate that says so") {
  const TemporaryFolder folder;
  folder.write("costwar.json", R"({"energy": {"idle_watts": 20, "active_watts": 60}})");
  const Result text = run(folder, with(kCompare, {"--energy", "estimate"}));
  REQUIRE_MESSAGE(text.code == 0, text.err);
  CHECK(text.out.find("estimated") != std::string::npos);
  CHECK(text.out.find("Joules are estimated as time") != std::string::npos);
  const Result off = run(folder, with(kCompare, {"--energy", "off", "--fresh"}));
  CHECK(off.out.find("Energy of this machine") == std::string::npos);
}

TEST_CASE("energy that cannot be read where it was asked for is an error with the remedy") {
  const TemporaryFolder folder;
  const auto fails = [&](const Arguments& more, int code, const std::string& says) {
    const Result result = run(folder, with(kCompare, more));
    CHECK(result.code == code);
    CHECK_MESSAGE(result.err.find(says) != std::string::npos, result.err);
  };
  fails({"--energy", "estimate"}, 3, "give energy.idle_watts and energy.active_watts");
  fails({"--energy", "command"}, 3, "give energy.command");
  fails({"--energy", "sun"}, 2, "--energy");
  folder.write("costwar.json", R"({"energy": {"idle_watts": 90, "active_watts": 60}})");
  fails({}, 3, "less than the idle power");
  folder.write("costwar.json", R"({"energy": {"pue": 0.5}})");
  fails({}, 3, "costwar.json:1: expected a number from 1 to 10");
  folder.write("costwar.json", R"({"energy": {"source": "rapl2"}})");
  fails({}, 3, "one of auto, rapl, nvml, command, estimate, off");
  folder.write("costwar.json", R"({"energy": {"source": "command", "command": ["/no/such/meter"]}})");
  fails({}, 3, "/no/such/meter");
}
