#include "reports/views/comparison_view.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "core/json.h"
#include "reports/render/format.h"
#include "reports/render/text.h"
#include "tests/reports/sample_comparisons.h"
#include "tests/support/sample_run.h"

using namespace costwar;
using namespace costwar::reports;

namespace {

Json json_of(const analysis::Comparison& comparison) {
  return parse_json(render_json(comparison_document(comparison), {}), "comparison");
}

// Checks a value against the parts of JSON Schema that docs/schema uses: type, required, properties, items,
// $ref.
void check_schema(const Json& value, const Json& schema, const Json& root, const std::string& where) {
  if (schema.contains("$ref")) {
    const std::string name = schema["$ref"].get<std::string>().substr(std::string("#/$defs/").size());
    check_schema(value, root["$defs"][name], root, where);
    return;
  }
  CAPTURE(where);
  if (schema.contains("type")) {
    std::set<std::string> allowed;
    if (schema["type"].is_array())
      for (const Json& type : schema["type"]) allowed.insert(type.get<std::string>());
    else
      allowed.insert(schema["type"].get<std::string>());
    std::string actual = value.type_name();
    if (value.is_number_integer()) actual = allowed.contains("integer") ? "integer" : "number";
    CHECK_MESSAGE(allowed.contains(actual), where << " is " << actual);
  }
  if (schema.contains("const")) CHECK(value == schema["const"]);
  if (value.is_object()) {
    if (schema.contains("required"))
      for (const Json& key : schema["required"])
        CHECK_MESSAGE(value.contains(key.get<std::string>()), where << " lacks " << key);
    for (const auto& entry : value.items()) {
      const std::string key = entry.key();
      const auto& member = entry.value();
      const bool known = schema.contains("properties") && schema["properties"].contains(key);
      if (known) check_schema(member, schema["properties"][key], root, where + "/" + key);
      if (!known && schema.contains("additionalProperties")) {
        CHECK_MESSAGE(schema["additionalProperties"] != false, where << " has an unknown member " << key);
        if (schema["additionalProperties"].is_object())
          check_schema(member, schema["additionalProperties"], root, where + "/" + key);
      }
    }
  }
  if (value.is_array() && schema.contains("items"))
    for (std::size_t i = 0; i < value.size(); ++i)
      check_schema(value[i], schema["items"], root, where + "/" + std::to_string(i));
}

struct Made {
  std::string model;
  int solved;        // of 40 items, the first so many
  const char* cost;  // per item; nullptr: unpriced
  int first_item = 0;
};

analysis::Comparison make(const std::vector<Made>& models) {
  std::vector<std::string> names;
  for (const Made& made : models) names.push_back(made.model);
  testing::SampleRun run(names, {"copy"});
  std::vector<analysis::AttemptCost> costs;
  for (std::uint32_t model = 0; model < models.size(); ++model) {
    for (int item = 0; item < 40; ++item) {
      run.trial(model, 0, std::to_string(models[model].first_item + item));
      run.attempt(Outcome::ok, 20, 5, 0.5 + 0.01 * item);
      run.score(item < models[model].solved);
      analysis::AttemptCost cost;
      if (models[model].cost != nullptr) cost.amount = Money::parse(Currency{}, models[model].cost);
      cost.unpriced = models[model].cost == nullptr;
      costs.push_back(cost);
    }
  }
  return analysis::compare_models(run.columns(), costs, {}, {});
}

std::string headline(const std::vector<Made>& models) {
  return comparison_document(make(models)).headline;
}

bool has_note(const analysis::Comparison& comparison, NoteKind kind, const std::string& part) {
  for (const Note& note : comparison_document(comparison).notes)
    if (note.kind == kind && note.text.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("headlines say who is better, by how much, and how sure that is") {
  SUBCASE("better and cheaper")
  CHECK(headline({{"mock/a", 36, "0.01"}, {"mock/b", 18, "0.02"}}) ==
        "a solves 90.0 % of the items for $0.0111 per solved task; b solves 45 % for $0.0444: a is 45 points "
        "better "
        "(resolved at n = 40, [27, 59]) and costs 0.25 times as much per solved task [0.17, 0.33].");
  SUBCASE("equal quality names the cheaper one first")
  CHECK(headline({{"mock/a", 30, "0.02"}, {"mock/b", 30, "0.01"}})
            .starts_with("b solves 75 % of the items for $0.0133 per solved task; a solves 75 % for $0.0267: "
                         "at n = 40 both solve equally "
                         "many, within ["));
  SUBCASE("no price")
  CHECK(headline({{"mock/a", 36, nullptr}, {"mock/b", 18, "0.02"}})
            .starts_with("a solves 90.0 % of the items at an unknown price; b solves 45 % for $0.0444 per "
                         "solved task: a is 45 points better"));
  SUBCASE("the best of many is the cheapest")
  CHECK(headline({{"mock/a", 18, "0.02"}, {"mock/b", 36, "0.01"}, {"mock/c", 30, "0.01"}})
            .starts_with("Of 3 models, b solves the most, 90.0 % of the items for $0.0111 per solved task, "
                         "and is the cheapest; c, the next "
                         "best, solves 75 % for $0.0133: b is 15 points better"));
  SUBCASE("nobody solves anything")
  CHECK(headline({{"mock/a", 0, "0.02"}, {"mock/b", 0, "0.01"}, {"mock/c", 0, "0.01"}})
            .starts_with("None of 3 models solves anything of the items"));
}

TEST_CASE("warnings that change how the figures are read") {
  CHECK(has_note(make({{"mock/a", 20, nullptr}}), NoteKind::warning, "Unknown is not zero"));
  CHECK(has_note(make({{"mock/a", 20, "1"}, {"mock/b", 20, "1", 100}}), NoteKind::warning,
                 "share no finished item"));
  CHECK(has_note(make({{"mock/a", 20, "1"}, {"mock/b", 18, "1"}}), NoteKind::next_step,
                 "To resolve a against b"));
  CHECK_FALSE(has_note(make({{"mock/a", 40, "1"}, {"mock/b", 2, "1"}}), NoteKind::next_step, "To resolve"));
}

TEST_CASE("the JSON of every comparison is as its schema says") {
  std::ifstream in("docs/schema/comparison.schema.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Json schema = parse_json(text, "comparison.schema.json");
  for (const auto& [name, comparison] : testing::golden_comparisons())
    check_schema(json_of(comparison), schema, schema, std::string(name));
}

TEST_CASE("the members that readers rely on") {
  const Json json = json_of(testing::two_tiny_models());
  const Json& moe = json["models"][0];
  CHECK(moe["model"] == "local/tiny-moe");
  CHECK(moe["n"] == 300);
  CHECK(moe["quality"]["low"] < moe["quality"]["estimate"]);
  CHECK(moe["cost_per_solved"]["amount"].is_string());
  CHECK(moe["cost_per_solved"]["currency"] == "USD");
  CHECK_FALSE(moe["cost_per_solved"].contains("unbounded"));
  CHECK(moe["tokens"]["input"].is_number_integer());
  CHECK(moe["evidence"] == "measured");
  CHECK(moe["repriced"][0]["priced_as"] == "openai/gpt-5.5");
  CHECK(moe["repriced"][0]["amount"] == "0.1417");
  CHECK(moe["repriced"][0]["token_basis"] == "tokens of local/tiny-moe as its engine counted them");
  CHECK(json["models"].size() == 2);  // other rates are no models
  CHECK(json["pairs"].size() == 1);
  CHECK(json["pairs"][0]["resolved"] == true);
}

TEST_CASE("nothing solved is unbounded in JSON and a lower bound in words") {
  for (const auto& [name, comparison] : testing::golden_comparisons()) {
    if (name != "troubled") continue;
    const Json cost = json_of(comparison)["models"][0]["cost_per_solved"];
    CHECK(cost["amount"].is_null());
    CHECK(cost["high"].is_null());
    CHECK(cost["low"].is_string());
    CHECK(cost["unbounded"] == true);
    CHECK(comparison_document(comparison).headline.find("silent solves nothing (at least $") !=
          std::string::npos);
  }
}

TEST_CASE("other rates come with the sentence that keeps them apart") {
  const std::string text =
      render_terminal(comparison_document(testing::two_tiny_models()), {200, false, false});
  CHECK(text.find("say nothing about those models") != std::string::npos);
}

TEST_CASE("no comparison overflows a terminal") {
  for (const auto& golden : testing::golden_comparisons()) {
    const std::string name(golden.name);
    const auto& comparison = golden.comparison;
    for (const int width : {24, 40, 60, 80, 100, 132}) {
      CAPTURE(name);
      CAPTURE(width);
      const std::string text = render_terminal(comparison_document(comparison), {width, false, false});
      std::size_t start = 0;
      for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
        CHECK(display_width(text.substr(start, end - start)) <= static_cast<std::size_t>(width));
        start = end + 1;
      }
    }
  }
}
