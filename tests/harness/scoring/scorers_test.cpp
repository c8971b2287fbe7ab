#include "harness/scoring/scorers.h"

#include <doctest/doctest.h>

#include <vector>

#include "harness/scoring/decimal_text.h"
#include "harness/sha256.h"

using namespace costwar::harness;

namespace {

struct Case {
  std::string_view answer, expected;
  bool solved;
};

ScoreResult score(std::string_view scorer, std::string_view text, std::string_view expected) {
  Item item;
  item.expected = expected;
  Reply reply;
  reply.text = text;
  return find_scorer(scorer)->score(reply, item);
}

void check_all(std::string_view scorer, const std::vector<Case>& cases) {
  const ScorerRow* row = find_scorer(scorer);
  REQUIRE(row != nullptr);
  for (const Case& c : cases) {
    CAPTURE(c.answer);
    CAPTURE(c.expected);
    const ScoreResult result = score(scorer, c.answer, c.expected);
    CHECK(result.solved == c.solved);
    CHECK(result.value == (c.solved ? 1.0 : 0.0));
    CHECK(result.detail.find('\n') == std::string::npos);
    CHECK(result.detail.size() < 200);
  }
}

}  // namespace

TEST_CASE("exact accepts the reference however it is wrapped, and nothing else") {
  check_all("exact", {{"ABC", "ABC", true},
                      {"  ABC\n", "ABC", true},
                      {"1  2\t3\n4", "1 2 3 4", true},
                      {"ABC.", "ABC", true},
                      {"ABC..", "ABC", false},
                      {"\"ABC\"", "ABC", true},
                      {"\"ABC\".", "ABC", true},
                      {"\"ABC.\"", "ABC", true},
                      {"\"ABC.\".", "ABC", false},
                      {"'ABC'", "ABC", true},
                      {"`ABC`", "ABC", true},
                      {"\xe2\x80\x9c"
                       "ABC\xe2\x80\x9d",
                       "ABC", true},
                      {"\"ABC'", "ABC", false},
                      {"```\nABC\n```", "ABC", true},
                      {"```text\nABC\n```", "ABC", true},
                      {"```ABC```", "ABC", true},
                      {"```ABC", "ABC", false},
                      {"abc", "ABC", false},
                      {"The answer is ABC", "ABC", false},
                      {"", "ABC", false},
                      {"1, 2, 3", "1 2 3", false},
                      {"\"", "", false},
                      {"", "", true},
                      {"yes.", "yes.", true}});
}

TEST_CASE("numeric compares the last number as an exact decimal") {
  check_all("numeric", {{"42", "42", true},
                        {"The answer is 42.", "42", true},
                        {"First 41, then 42", "42", true},
                        {"42, not 41", "42", false},
                        {"-95", "-95", true},
                        {"\xe2\x88\x92"
                         "95",
                         "-95", true},
                        {"880 - 975 = -95", "-95", true},
                        {"x=-95", "-95", true},
                        {"10-3", "3", true},
                        {"(7)-3", "3", true},
                        {"95", "-95", false},
                        {"+95", "95", true},
                        {"1,234,567", "1234567", true},
                        {"1,234", "1.234", false},
                        {"1,23", "23", true},
                        {"1,2,3", "3", true},
                        {"12,3456", "3456", true},
                        {"1234,567", "567", true},
                        {"$1,234.50", "1234.5", true},
                        {"0.1", "0.10", true},
                        {".5", "0.5", true},
                        {"-0.0", "0", true},
                        {"007", "7", true},
                        {"0.30000000000000004", "0.3", false},
                        {"9007199254740993", "9007199254740992", false},
                        {"1e3", "1000", true},
                        {"1.5E-2", "0.015", true},
                        {"12e", "12", true},
                        {"1e99999", "99999", false},
                        {"x2", "2", false},
                        {"x2 or 3", "3", true},
                        {"42kg", "42", true},
                        {"1.2.3", "1.2", false},
                        {"none", "42", false},
                        {"", "42", false},
                        {"42", "no number", false}});
}

TEST_CASE("a score says what was compared, on one line that is cut between characters") {
  CHECK(score("numeric", "I think 41", "42").detail == "41, expected 42");
  CHECK(score("numeric", "no idea", "42").detail == "no number, expected 42");
  CHECK(score("numeric", "42.", "42").detail == "42");
  CHECK(score("exact", "AC\nB", "ABC").detail == "\"AC B\", expected \"ABC\"");
  std::string long_answer(59, 'a');
  long_answer += "\xc3\xa9\xc3\xa9";
  CHECK(score("exact", long_answer, "b").detail == "\"" + std::string(59, 'a') + "...\", expected \"b\"");
}

TEST_CASE("scorers have one name each and a version") {
  CHECK(find_scorer("guess") == nullptr);
  for (const ScorerRow& row : scorers()) {
    CHECK(find_scorer(row.name) == &row);
    CHECK(row.version >= 1);
  }
}

TEST_CASE("SHA-256 gives the published digests") {
  CHECK(Sha256().finish_hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256().update("a").update("bc").finish_hex() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256().update("abc").finish_hex(16) == "ba7816bf8f01cfea");
  CHECK(Sha256().update("abc").finish_prefix() == 0xba7816bf8f01cfeaU);
  CHECK(Sha256().field("ab").field("c").finish_hex() != Sha256().field("a").field("bc").finish_hex());
}
