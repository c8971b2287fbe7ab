#include "core/json.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/suggest.h"

using namespace costwar;

namespace {
std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}
}  // namespace

TEST_CASE("each complaint names the source and the pointer") {
  const Json json = parse_json(R"({"records":[{"id":"a","n":3,"a/b":{"~":1.5}}]})", "prices.json");
  const JsonIn in(json, "prices.json");
  const JsonIn record = in.at("records").elements().at(0);
  CHECK(record.at("id").string() == "a");
  CHECK(message_of([&] { (void)record.at("id").integer(); }) ==
        "prices.json: /records/0/id: expected a whole number");
  CHECK(message_of([&] { (void)record.at("name"); }) == "prices.json: /records/0: \"name\" is missing");
  CHECK(message_of([&] { (void)record.at("n").integer(4, 9); }) ==
        "prices.json: /records/0/n: 3 is outside 4..9");
  CHECK(message_of([&] { (void)record.at("a/b").at("~").string(); }) ==
        "prices.json: /records/0/a~1b/~0: expected a string");
  CHECK(message_of([&] { (void)in.string(); }) == "prices.json: the top level: expected a string");
}

TEST_CASE("an unknown key is an error with a suggestion") {
  const Json json = parse_json(R"({"inptu": 1})", "x.json");
  CHECK(message_of([&] {
          JsonIn(json, "x.json").allow_only({"output", "input"});
        }) == "x.json: the top level: \"inptu\" is not known here | did you mean \"input\"?");
}

TEST_CASE("broken text is located by line and column") {
  CHECK(message_of([] { (void)parse_json("{\n  \"a\": tru\n}", "x.json"); }).substr(0, 21) ==
        "x.json:2:11: not JSON");
  CHECK(message_of([] { (void)parse_json("{\"a\": 1", "x.json"); }) ==
        "x.json:1:8: not JSON: it ends too early");
  CHECK(message_of([] { (void)parse_json(R"({"a":1,"a":2})", "x.json"); }) ==
        "x.json: the key \"a\" stands twice in one object | keep one of them");
  CHECK(message_of([] { (void)parse_json(std::string(300, '[') + std::string(300, ']'), "x.json"); }) ==
        "x.json: nested deeper than 200 levels");
  CHECK(message_of([] { (void)parse_json("[1e999]", "x.json"); }) ==
        "x.json: not JSON: a number is too large for any use");
}

TEST_CASE("missing and null are the same to find, and numbers keep their range") {
  const Json json = parse_json(R"({"a":null,"big":18446744073709551615})", "x");
  const JsonIn in(json, "x");
  CHECK_FALSE(in.find("a"));
  CHECK_FALSE(in.find("b"));
  CHECK_THROWS_AS((void)in.at("big").integer(), Error);
}

TEST_CASE("the nearest name is close or not offered") {
  const std::vector<std::string> names{"compare", "run", "models"};
  CHECK(nearest_name("comapre", names) == "compare");
  CHECK(nearest_name("model", names) == "models");
  CHECK_FALSE(nearest_name("xyzzy", names));
}
