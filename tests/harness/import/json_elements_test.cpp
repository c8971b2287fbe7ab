#include "harness/import/json_elements.h"

#include <doctest/doctest.h>

#include "tests/harness/tasks/text_source.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

struct Found {
  std::vector<Json> elements;
  Json rest;
};

Found read(const std::string& text, std::vector<std::string> path, std::size_t piece) {
  JsonElements reader(source_of(text, piece), "f.json", std::move(path));
  Found found;
  while (reader.next()) found.elements.push_back(reader.value());
  found.rest = reader.rest();
  return found;
}

std::string elements_complaint(const std::string& text) {
  return complaint_of([&] { read(text, {"a"}, 3); });
}

}  // namespace

TEST_CASE("the elements of an inner array, however the bytes are cut, and what stands around it") {
  const std::string text =
      R"({"a": {"other": [1, {"b": [9]}], "b": [{"x": "]},\""}, 2, "s", [3, [4]], null, NaN]}, "z": [{"a": 1}], "y": -Infinity})";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{10'000}}) {
    const Found found = read(text, {"a", "b"}, piece);
    REQUIRE(found.elements.size() == 6);
    CHECK(found.elements[0]["x"] == "]},\"");
    CHECK(found.elements[1] == 2);
    CHECK(found.elements[2] == "s");
    CHECK(found.elements[3].dump() == "[3,[4]]");
    CHECK(found.elements[5].is_null());
    CHECK(found.rest.dump() == R"({"a":{"other":[1,{"b":[9]}],"b":[]},"z":[{"a":1}],"y":null})");
  }
}

TEST_CASE("a path that is not there, and an empty array, have no elements") {
  CHECK(read(R"({"b": [1], "c": {"a": [2]}})", {"a"}, 4).elements.empty());
  CHECK(read(R"({"a": [ ]})", {"a"}, 4).elements.empty());
  CHECK(read(R"({"a": {"a": [1]}})", {"a"}, 4).elements.empty());
}

TEST_CASE("a value that is cut off, no JSON or too deep is an error with its place") {
  CHECK(
      elements_complaint(R"({"a": [1, 2)").starts_with("f.json: byte 11: the file ends within the results"));
  CHECK(elements_complaint(R"({"a": [{"x": 1)").find("the file ends within a result") != std::string::npos);
  CHECK(elements_complaint(R"({"a": ["x)").find("the file ends within a text") != std::string::npos);
  CHECK(elements_complaint(R"({"a": [1], "b": {)").find("the file ends within a value") != std::string::npos);
  CHECK(elements_complaint("  ").find("the file is empty") != std::string::npos);
  CHECK(elements_complaint("word").find("expected a JSON object") != std::string::npos);
  CHECK(elements_complaint("]").find("expected a JSON object") != std::string::npos);
  CHECK(elements_complaint("{}]").find("a bracket closes that was never opened") != std::string::npos);
  CHECK(elements_complaint(std::string(300, '[')).find("nested deeper") != std::string::npos);
  CHECK(elements_complaint(R"({"a": [)" + std::string(300, '[')).find("nested deeper") != std::string::npos);
  CHECK(elements_complaint(R"({"a": [tru]})").starts_with("f.json: /a/0:"));
}
