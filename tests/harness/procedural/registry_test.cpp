#include "harness/procedural/registry.h"

#include <doctest/doctest.h>

#include <set>

#include "core/error.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

std::string registry_complaint(std::string_view task, std::size_t count = 1) {
  try {
    make_procedural(task, 1, count);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "none";
}

}  // namespace

TEST_CASE("every procedural task says what it asks and what its parameters mean") {
  std::set<std::string_view> names;
  const std::set<std::string_view> areas{"long context", "memory", "reasoning",
                                         "agents",       "safety", "formats"};
  for (const ProceduralRow& row : procedural_tasks()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK_FALSE(row.title.empty());
    CHECK(areas.contains(row.area));
    std::set<std::string_view> parameters;
    for (const ParameterRow& parameter : row.parameters) {
      CHECK(parameters.insert(parameter.name).second);
      CHECK_FALSE(parameter.initial.empty());
      CHECK_FALSE(parameter.meaning.empty());
    }
    const TaskItems made = make_procedural(row.name, 1, 1);
    CHECK(made.items.size() == 1);
    CHECK(made.task.name == row.name);
  }
  CHECK(names.contains("needle"));
}

TEST_CASE("a task's name holds the parameters that differ from their defaults, in the order of the row") {
  CHECK(make_procedural("needle:questions=3:length=4k:kind=numbers", 1, 1).task.name ==
        "needle:length=4k:questions=3");
  CHECK(find_procedural("needle:length=4k")->name == "needle");
  CHECK(find_procedural("needles") == nullptr);
}

TEST_CASE("parameters outside their range are refused with the range") {
  CHECK(registry_complaint("needle:depth=101") ==
        "the parameter depth=101 is not possible | depth is a whole number from 0 to 100, such as 0");
  CHECK(registry_complaint("needle:kind=letters") ==
        "the parameter kind=letters is not possible | kind is one of numbers, words, uuids");
  CHECK(registry_complaint("needle:chars=0.5") ==
        "the parameter chars=0.5 is not possible | chars is a number from 1 to 10");
  CHECK(registry_complaint("needle:chars=nan") ==
        "the parameter chars=nan is not possible | chars is a number from 1 to 10");
  CHECK(registry_complaint("needle:chars=4x") ==
        "the parameter chars=4x is not possible | chars is a number from 1 to 10");
  CHECK(registry_complaint("dedupe:lines=10:repeated=6") ==
        "the parameter repeated=6 is not possible | repeated is a whole number from 0 to 5, such as 0");
  CHECK(
      registry_complaint("needle:size=3") ==
      "the task needle has no parameter \"size\" | it has variant, length, chars, questions, needles, depth, "
      "kind, each as variant=VALUE");
}

TEST_CASE("a text that is too short for what it must hold is refused, in every family") {
  for (const std::string_view task :
       {"needle:length=200:questions=200", "needle:variant=haystack:length=200:questions=200",
        "mrcr:length=300:questions=100", "graph-walk:length=200", "variable-tracking:length=300:hops=50",
        "key-value:length=200", "common-words:length=1k", "frequent-words:length=200:questions=18:top=10",
        "log-aggregation:length=200"}) {
    CAPTURE(task);
    CHECK(registry_complaint(task).find("give a larger length, or fewer needles or questions") !=
          std::string::npos);
  }
}

TEST_CASE("a task that has no more distinct items says how many there are") {
  const std::string text = registry_complaint("base-conversion:digits=1", 2'000);
  CHECK(text.find("has hardly more than ") != std::string::npos);
  CHECK(text.find("2000 were asked for") != std::string::npos);
}
