#include "cli/config/node.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>

#include "cli/config/text.h"
#include "core/error.h"

using namespace costwar;
using cli::ConfigNode;

namespace {

// What reading the member "it" of a file makes of it, or "file:line: complaint | hint".
std::string node_complaint(const std::string& value, const std::function<void(const ConfigNode&)>& read) {
  const cli::ConfigText text = cli::parse_config_text("{\n\"it\":\n" + value + "}", "f.json");
  const cli::Places places = cli::places_in(text, "f.json");
  try {
    ConfigNode(text.json, "", places).each({}, [&](const std::string&, const ConfigNode& node) {
      read(node);
    });
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

template <typename Value>
Value node_value(const std::string& value, Value (*read)(const ConfigNode&)) {
  std::optional<Value> found;
  CHECK(node_complaint(value, [&](const ConfigNode& node) { found = read(node); }) == "no error");
  REQUIRE(found);
  return *found;
}

double share_in(const ConfigNode& node) {
  return node.share();
}
double points_in(const ConfigNode& node) {
  return node.points("\"3pts\"");
}
std::string usd_in(const ConfigNode& node) {
  return node.usd().decimal();
}
double seconds_in(const ConfigNode& node) {
  return node.seconds();
}
std::string name_in(const ConfigNode& node) {
  return node.name();
}

}  // namespace

TEST_CASE("values are read in their units") {
  CHECK(node_value("0.85", share_in) == 0.85);
  CHECK(node_value("\"85 %\"", share_in) == 0.85);
  CHECK(node_value("\"3pts\"", points_in) == 0.03);
  CHECK(node_value("\"$40\"", usd_in) == "40");
  CHECK(node_value("\"0.50 USD\"", usd_in) == "0.5");
  CHECK(node_value("\"500ms\"", seconds_in) == 0.5);
  CHECK(node_value("3", name_in) == "it");
}

TEST_CASE("what cannot be meant is named with file, line and remedy") {
  CHECK(node_complaint("\"3pts\"", [](const ConfigNode& node) { (void)node.share(); }) ==
        "f.json:2: \"3pts\" is not a share from 0 to 1 | write it as 0.85 or \"85%\"");
  CHECK(node_complaint("\"nan%\"", [](const ConfigNode& node) { (void)node.points("0.03"); }) ==
        "f.json:2: \"nan%\" is not a share | write it as 0.03");
  CHECK(node_complaint("\"40eur\"", [](const ConfigNode& node) {
          (void)node.usd();
        }).starts_with("f.json:2: \"40eur\" is no amount of money in USD"));
  CHECK(node_complaint("1.5", [](const ConfigNode& node) { (void)node.whole(1, 9, "months"); }) ==
        "f.json:2: expected months from 1 to 9 | ");
  CHECK(node_complaint("18446744073709551615", [](const ConfigNode& node) {
          (void)node.whole(0, 9);
        }).starts_with("f.json:2: expected a whole number"));
  CHECK(node_complaint("\"a\\u0007\"", [](const ConfigNode& node) { (void)node.text("\"a\""); }) ==
        "f.json:2: expected a text | write it as \"a\"");
  CHECK(node_complaint("[]", [](const ConfigNode& node) {
          node.elements("[1]", [](const ConfigNode&) {});
        }).ends_with("| write it as [1]"));
}

TEST_CASE("an element, a misspelt member and a parser's complaint have their own lines") {
  CHECK(node_complaint("[1,\n2,\n\"x\"]", [](const ConfigNode& node) {
          node.elements("[1]", [](const ConfigNode& each) { (void)each.number(0, 9); });
        }) == "f.json:5: expected a number from 0 to 9 | ");
  CHECK(node_complaint("{\n\"colour\": 1}", [](const ConfigNode& node) {
          constexpr std::array<std::string_view, 2> kKnown{"color", "size"};
          node.each(kKnown, [](const std::string&, const ConfigNode&) {});
        }) == "f.json:4: \"colour\" is not known here | did you mean \"color\"?");
  CHECK(node_complaint("\"b\"", [](const ConfigNode& node) {
          constexpr std::array<std::string_view, 2> kNames{"fail", "pass"};
          (void)node.choice(kNames);
        }) == "f.json:2: \"b\" says nothing here | one of fail, pass");
  CHECK(node_complaint("\"b\"", [](const ConfigNode& node) {
          (void)node.parsed("\"a\"", [](const std::string& text, const std::string& name) -> int {
            throw Error(ErrorKind::usage, name + ": " + text + " is wrong", "write a");
          });
        }) == "f.json:2: it: b is wrong | write a");
}
