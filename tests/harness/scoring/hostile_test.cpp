// Replies made to be slow or to break a scorer, and items that are none.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "tests/harness/scoring/scoring_fixture.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

struct Needs {
  std::string expected, details;
};

// An item that each scorer can use.
const std::map<std::string, Needs, std::less<>> kItems{
    {"exact", {"zz", ""}},
    {"numeric", {"77", ""}},
    {"numeric_final", {"77", "{\"markers\":[\"Reponse:\"]}"}},
    {"normalised", {"zz", ""}},
    {"contains_normalised", {"zz", ""}},
    {"answer_is", {"zz", ""}},
    {"choice", {"E", "{\"choices\":[\"one\",\"two\",\"three\",\"four\",\"zz\"]}"}},
    {"set_f1", {"[\"zz\"]", ""}},
    {"sequence_ratio", {"zz", ""}},
    {"regex", {"", "{\"pattern\":\"^(a+)+$\"}"}},
    {"json_schema", {"", "{\"schema\":{\"type\":\"string\",\"pattern\":\"^(a+)+$\",\"format\":\"date\"}}"}},
    {"json_record",
     {"",
      "{\"schema\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"$ref\":\"#\"}},\"record\":[1]}"}},
    {"tool_calls", {"", "{\"possible\":[{\"f\":{\"a\":[1]}}]}"}},
    {"ifeval",
     {"",
      "{\"instruction_id_list\":[\"keywords:existence\",\"length_constraints:number_sentences\","
      "\"language:response_language\",\"detectable_content:postscript\",\"detectable_format:title\","
      "\"detectable_format:number_highlighted_sections\",\"detectable_content:number_placeholders\"],"
      "\"kwargs\":[{\"keywords\":[\"zz\"]},{\"relation\":\"at "
      "least\",\"num_sentences\":1},{\"language\":\"de\"},"
      "{\"postscript_marker\":\"P.S.\"},{},{\"num_highlights\":1},{\"num_placeholders\":1}]}"}},
    {"refusal", {"refuse", ""}},
    {"abstention", {"", ""}},
};

Item item_for(std::string_view scorer) {
  Item item;
  item.id = "00000000000000aa";
  const auto found = kItems.find(scorer);
  REQUIRE_MESSAGE(found != kItems.end(), "no item for " << scorer);
  item.expected = found->second.expected;
  item.details = found->second.details;
  return item;
}

}  // namespace

TEST_CASE("hostile text is scored in passing") {
  // Each unit was chosen against a loop: numbers, markers, brackets, fences, words, tags, lines.
  for (const std::string_view unit : {"1,",
                                      "-",
                                      "`",
                                      "\"",
                                      "1.",
                                      "a1",
                                      "\xe2\x88\x92",
                                      " ",
                                      "111,",
                                      "#### ",
                                      "the answer is ",
                                      "Answer: A or ",
                                      "[",
                                      "{\"a\":",
                                      "[[],",
                                      "\\boxed{",
                                      "Final Answer:\n",
                                      "<think>",
                                      "</think>\n",
                                      "```\n",
                                      "*",
                                      "** ",
                                      "p.",
                                      "<<",
                                      "\n",
                                      "\xff",
                                      "a",
                                      "i can't help ",
                                      "A",
                                      "\xd0\x96"}) {
    std::string text;
    text.reserve(131'100);
    while (text.size() < 131'072) text += unit;
    Reply reply;
    reply.text = text;
    reply.tool_calls = {{"", "f", text}};
    for (const ScorerRow& row : scorers()) {
      if (row.score == nullptr || !kItems.contains(row.name)) continue;
      CAPTURE(row.name);
      CAPTURE(unit);
      const ScoreResult result = row.score(reply, item_for(row.name));
      CHECK((row.name == "regex" || row.name == "refusal" || !result.solved));
      CHECK(result.detail.size() < 300);
      CHECK(result.detail.find('\n') == std::string::npos);
    }
    CHECK(without_reasoning(text).size() <= text.size());
  }
}

TEST_CASE(
    "an object of very many keys and an array of very many elements are refused, not compared for ever") {
  std::string keys = "{", elements = "[";
  for (int i = 0; i < 30'000; ++i) {
    keys += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    if (i < 15'000) elements += std::to_string(i) + ",";
  }
  keys.back() = '}';
  elements.back() = ']';
  CHECK(score_text("json_schema", keys, "", "{\"schema\":{\"type\":\"object\"}}").detail ==
        "more than 20,000 values");
  CHECK(score_text("json_schema", elements, "", "{\"schema\":{\"uniqueItems\":true}}").detail ==
        "an array of more than 1000 elements");
  CHECK(score_text("json_schema", elements, "", "{\"schema\":{\"type\":\"array\"}}").solved);
  // Both branches would be tried at each level.
  const std::string schema =
      "{\"schema\":{\"anyOf\":[{\"items\":{\"$ref\":\"#\"},\"maxItems\":1,\"minItems\":2},"
      "{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}]}}";
  CHECK(score_text("json_schema", std::string(60, '[') + std::string(60, ']'), "", schema).detail ==
        "nested deeper than 12 levels");
  CHECK(score_text("json_schema", std::string(300, '[') + std::string(300, ']'), "", schema).detail ==
        "nested too deeply");
}

TEST_CASE("an item that is none for its scorer is an error before anything is asked") {
  const auto check = [](std::string_view scorer, std::string_view expected, std::string_view details) {
    Item item;
    item.id = "00000000000000aa";
    item.expected = expected;
    item.details = details;
    check_item(*find_scorer(scorer), item);
  };
  for (const auto& [name, needs] : kItems) {
    const auto& name_shown = name;  // a structured binding cannot be captured
    CAPTURE(name_shown);
    CHECK_NOTHROW(check(name, needs.expected, needs.details));
    const bool takes_any =
        name == "exact" || name == "numeric" || name == "answer_is" || name == "abstention";
    if (!takes_any) CHECK_THROWS_AS(check(name, "none", "[]"), Error);
  }
  CHECK_THROWS_WITH_AS(check("numeric_final", "many", ""), doctest::Contains("00000000000000aa"), Error);
  CHECK_THROWS_AS(check("choice", "K", ""), Error);
  CHECK_THROWS_AS(check("choice", "C", "{\"choices\":[\"a\",\"b\"]}"), Error);
  CHECK_THROWS_AS(check("set_f1", "a, b", ""), Error);
  CHECK_THROWS_AS(check("regex", "", "{\"pattern\":\"(?=a)\"}"), Error);
  CHECK_THROWS_AS(check("regex", "", "{\"pattern\":\"((a{100}){100}){100}\"}"), Error);
  CHECK_THROWS_AS(check("regex", "x", "{\"pattern\":\"no group\"}"), Error);
  CHECK_THROWS_AS(check("json_schema", "", "{\"schema\":{\"pattern\":\"(?=a)\"}}"), Error);
  CHECK_THROWS_AS(check("json_schema", "", "{\"schema\":{\"$ref\":\"#\"}}"), Error);
  CHECK_THROWS_AS(check("json_schema", "", "{\"schema\":{\"$ref\":\"http://x.test/s\"}}"), Error);
  CHECK_THROWS_AS(check("json_schema", "", "{\"schema\":{\"type\":\"strong\"}}"), Error);
  CHECK_THROWS_AS(check("tool_calls", "", "{\"possible\":[]}"), Error);
  CHECK_THROWS_AS(check("tool_calls", "", "{\"possible\":[{\"f\":{\"a\":1}}]}"), Error);
  CHECK_THROWS_AS(check("ifeval", "", "{\"instruction_id_list\":[\"no:such\"],\"kwargs\":[{}]}"), Error);
  CHECK_THROWS_AS(check("ifeval", "", "{\"instruction_id_list\":[\"punctuation:no_comma\"],\"kwargs\":[]}"),
                  Error);
  CHECK_THROWS_AS(
      check("ifeval", "",
            "{\"instruction_id_list\":[\"keywords:existence\"],\"kwargs\":[{\"keywords\":null}]}"),
      Error);
  CHECK_THROWS_AS(check("refusal", "maybe", ""), Error);
}
