#include "cli/route/score_column.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using namespace costwar;
using namespace costwar::cli;

namespace {

ItemScores scores_in(std::string_view text, const std::string& column = "sure") {
  return ItemScores({"s.csv", column}, text);
}

void check_scores_refused(std::string_view text, const std::string& what) {
  CHECK_THROWS_WITH_AS(scores_in(text), what.c_str(), Error);
}

}  // namespace

TEST_CASE("scores are found by id or else by prompt, wherever the columns stand") {
  const ItemScores scores =
      scores_in("other,sure,item\r\nx,0.5,a1\r\n,-3e2,\"What, then?\"\r\n\r\ny,0.5,a1\r\n");
  CHECK(scores.find("a1", "nothing").value() == 0.5);
  CHECK(scores.find("b2", "What, then?").value() == -300);
  CHECK_FALSE(scores.find("b2", "What?"));
  CHECK_FALSE(scores_in("item,sure\n").find("a1", "a1"));
}

TEST_CASE("a file that says anything else is refused with its line") {
  check_scores_refused("", "s.csv: there is no header line");
  check_scores_refused("id,sure\n", "s.csv: there is no column item");
  check_scores_refused("item,suer\n", "s.csv: there is no column sure");
  check_scores_refused("item,sure\na\n", "s.csv:2: 1 fields, where the header has 2");
  check_scores_refused("sure,item\n1\n", "s.csv:2: 1 fields, where the header has 2");
  for (const std::string bad : {"", "x", "nan", "inf", "1e999", "0x10", "1 "})
    CHECK_THROWS_AS(scores_in("item,sure\na," + bad + "\n"), Error);
  check_scores_refused("item,sure\n\na,1\na,2\n", "s.csv:4: item a has two scores, 1 and 2");
  CHECK_THROWS_AS(scores_in("item,sure\n\"a,1\n"), Error);
}

TEST_CASE("a column is named behind the file, whose own name may have a colon") {
  CHECK(split_score_column("a:b.csv:sure", "--score").file == "a:b.csv");
  CHECK(split_score_column("a:b.csv:sure", "--score").column == "sure");
  for (const char* bad : {"", "a.csv", ":sure", "a.csv:"})
    CHECK_THROWS_AS(split_score_column(bad, "--score"), Error);
}
