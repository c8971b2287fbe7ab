#include "harness/scoring/answer_reading.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harness/scoring/scorers.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

std::optional<std::string> answer_in(std::string_view scorer, std::string_view text) {
  return read_answer(scorer, {text, {}});
}

}  // namespace

TEST_CASE("numbers are read as their scorers do, in one spelling") {
  CHECK(answer_in("numeric", "It is 1,200.50") == answer_in("numeric", "so 1200.5"));
  CHECK(answer_in("numeric", "5 and then 7") == answer_in("numeric", "7"));
  CHECK(answer_in("numeric", "-7") != answer_in("numeric", "7"));
  CHECK_FALSE(answer_in("numeric", "I cannot say"));
  CHECK_FALSE(answer_in("numeric", ""));
  // Behind the last marker, not the last number of all.
  CHECK(answer_in("numeric_final", "The answer is 18. I checked it 3 times.") ==
        answer_in("numeric_final", "#### 18"));
  CHECK(answer_in("numeric_final", "no marker, but 18") == answer_in("numeric_final", "#### 18"));
  CHECK_FALSE(answer_in("numeric_final", "The answer is 18 or 20"));
  CHECK_FALSE(answer_in("numeric_final", "nothing"));
}

TEST_CASE("a letter is read where the scorer of choices reads one") {
  CHECK(answer_in("choice", "B") == "B");
  CHECK(answer_in("choice", "The answer is (C).") == "C");
  CHECK(answer_in("choice", "**D**") == "D");
  CHECK_FALSE(answer_in("choice", "I do not know."));
  CHECK_FALSE(answer_in("choice", ""));
}

TEST_CASE("JSON is the same whatever its spaces and the order of its members") {
  for (const char* scorer : {"json_schema", "json_record"}) {
    CHECK(answer_in(scorer, R"({"a": 1, "b": [2]})") ==
          answer_in(scorer, "```json\n{\"b\":[2],\"a\":1}\n```"));
    CHECK(answer_in(scorer, R"({"a": 1})") != answer_in(scorer, R"({"a": 2})"));
    CHECK_FALSE(answer_in(scorer, "{\"a\": "));
    CHECK_FALSE(answer_in(scorer, "no JSON"));
  }
}

TEST_CASE("calls of tools are the same in any order, whatever their ids") {
  const std::vector<ToolCall> one{{"call_1", "f", R"({"x": 1, "y": 2})"}, {"call_2", "g", "{}"}};
  const std::vector<ToolCall> other{{"call_8", "g", "{ }"}, {"call_9", "f", R"({"y":2,"x":1})"}};
  const std::vector<ToolCall> third{{"call_1", "f", R"({"x": 2, "y": 2})"}, {"call_2", "g", "{}"}};
  const std::vector<ToolCall> broken{{"call_1", "f", "{"}};
  CHECK(read_answer("tool_calls", {"", one}));
  CHECK(read_answer("tool_calls", {"", one}) == read_answer("tool_calls", {"words", other}));
  CHECK(read_answer("tool_calls", {"", one}) != read_answer("tool_calls", {"", third}));
  CHECK(read_answer("tool_calls", {"", broken}));
  CHECK_FALSE(read_answer("tool_calls", {"I would call f", {}}));
}

TEST_CASE("answer_is reads behind its words, all others the whole text") {
  CHECK(answer_in("answer_is", "Because of this and that.\nThe answer is Yes.") ==
        answer_in("answer_is", "So the answer is Yes"));
  CHECK(answer_in("answer_is", "The answer is Yes") != answer_in("answer_is", "The answer is No"));
  CHECK_FALSE(answer_in("answer_is", ""));
  for (const char* scorer :
       {"exact", "normalised", "contains_normalised", "set_f1", "sequence_ratio", "regex", "ifeval",
        "refusal", "abstention", "judge_correct", "python", "world_state"}) {
    CAPTURE(scorer);
    CHECK(find_scorer(scorer) != nullptr);
    CHECK(answer_in(scorer, " \"Paris\". ") == "Paris");
    CHECK_FALSE(answer_in(scorer, "  \n "));
  }
}

TEST_CASE("abstaining is saying so, and not guessing all the same") {
  for (const char* text : {"I don't know.", "I do not know the answer.", "Unknown", "The answer is unknown.",
                           "N/A", "There is not enough information to say.", "That cannot be determined."})
    CHECK_MESSAGE(abstains(text), text);
  for (const char* text :
       {"", "155", "Paris is the capital.", "I don't know, but my best guess is 7.", "The unknown soldier"})
    CHECK_MESSAGE(!abstains(text), text);
}
