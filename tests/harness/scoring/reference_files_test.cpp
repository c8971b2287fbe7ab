// Whole public files through the scorers, where they lie beside the project; a user's checkout has none.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/json.h"
#include "harness/scoring/text.h"
#include "tests/harness/scoring/scoring_fixture.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

std::vector<Json> rows_of(const std::string& file) {
  std::vector<Json> rows;
  const std::string text = file_text("../shared/data/" + file);
  for (const std::string_view line : lines_of(text))
    if (!trim(line).empty()) rows.push_back(Json::parse(line));
  if (rows.empty()) MESSAGE("skipped: " << file << " is not there");
  return rows;
}

std::string with_final(const std::string& answer, std::int64_t add) {
  const std::size_t marker = answer.rfind("####");
  const std::int64_t number = std::stoll(replace_all(answer.substr(marker + 4), ",", ""));
  return answer.substr(0, marker) + "#### " + std::to_string(number + add);
}

// The first allowed value of each argument that is not left out, as a model would write it.
Json first_allowed(const Json& allowed);

Json built(const Json& value) {
  if (value.is_object()) {
    Json made = Json::object();
    for (const auto& [name, allowed] : value.items()) {
      const Json chosen = first_allowed(allowed);
      if (!chosen.is_discarded()) made[name] = chosen;
    }
    return made;
  }
  if (!value.is_array()) return value;
  Json made = Json::array();
  for (const Json& element : value) made.push_back(built(element));
  return made;
}

Json first_allowed(const Json& allowed) {
  if (!allowed.is_array()) return built(allowed);
  for (const Json& value : allowed)
    if (value != "") return built(value);
  return Json(Json::value_t::discarded);
}

Json changed(const Json& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<double>() + 17;
  if (value.is_string()) return value.get<std::string>() + " zzz";
  Json more = value;
  if (more.is_array()) {
    more.push_back("zzz");
  } else {
    more["zzz"] = 1;
  }
  return more;
}

}  // namespace

TEST_CASE("GSM8K: all reference answers pass, and none of them against a reference plus one") {
  const std::vector<Json> rows = rows_of("gsm8k_test.jsonl");
  std::size_t passed = 0, wrongly = 0, second = 0;
  for (const Json& row : rows) {
    const auto answer = row.at("answer").get<std::string>();
    const ScoreResult right = score_text("numeric_final", answer, answer);
    passed += right.solved ? 1 : 0;
    second += right.second_value == 1.0 ? 1 : 0;
    wrongly += score_text("numeric_final", answer, with_final(answer, 1)).solved ? 1 : 0;
  }
  CHECK(passed == rows.size());
  CHECK(second == rows.size());
  CHECK(wrongly == 0);
  if (!rows.empty()) CHECK(rows.size() == 1319);
}

TEST_CASE("IFEval: every instruction of every prompt is understood") {
  const std::vector<Json> rows = rows_of("ifeval_input_data.jsonl");
  std::size_t solved = 0;
  for (const Json& row : rows) {
    const Json details{{"instruction_id_list", row.at("instruction_id_list")}, {"kwargs", row.at("kwargs")}};
    // One plain sentence keeps a few single instructions and breaks all the others.
    solved +=
        score_text("ifeval", "This is a sentence without anything in it.", "", details.dump()).solved ? 1 : 0;
    CHECK_FALSE(score_text("ifeval", "", "", details.dump()).solved);
  }
  if (!rows.empty()) {
    CHECK(rows.size() == 541);
    CHECK(solved > 0);
    CHECK(solved < 60);
  }
}

TEST_CASE(
    "BFCL: calls built from the possible answers pass, with one argument changed or one call less they "
    "fail") {
  for (const std::string file : {"simple_python", "multiple", "parallel"}) {
    CAPTURE(file);
    const std::vector<Json> rows = rows_of("BFCL_v4_" + file + "_answer.json");
    std::size_t passed = 0, changed_passed = 0, fewer_passed = 0;
    for (const Json& row : rows) {
      Item item;
      item.details = Json{{"possible", row.at("ground_truth")}}.dump();
      Reply reply;
      for (const Json& call : row.at("ground_truth")) {
        const Json arguments = built(call.begin().value());
        // The other way round: calls may come in any order.
        reply.tool_calls.insert(reply.tool_calls.begin(), {"", call.begin().key(), arguments.dump()});
      }
      const ScorerRow& scorer = *find_scorer("tool_calls");
      passed += scorer.score(reply, item).solved ? 1 : 0;
      Reply fewer = reply;
      fewer.tool_calls.pop_back();
      fewer_passed += scorer.score(fewer, item).solved ? 1 : 0;
      Json arguments = Json::parse(reply.tool_calls.front().arguments);
      REQUIRE_FALSE(arguments.empty());
      arguments.begin().value() = changed(arguments.begin().value());
      reply.tool_calls.front().arguments = arguments.dump();
      changed_passed += scorer.score(reply, item).solved ? 1 : 0;
    }
    CHECK(passed == rows.size());
    CHECK(changed_passed == 0);
    CHECK(fewer_passed == 0);
  }
}
