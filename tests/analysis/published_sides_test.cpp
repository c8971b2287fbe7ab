// Published scores side by side: models on comparable rows, and makers against others.
#include <doctest/doctest.h>

#include "analysis/published/origins.h"
#include "analysis/published/side_by_side.h"
#include "tests/support/published_file.h"

using namespace costwar;
using namespace costwar::analysis;
using test::score_record;
using test::scores_of;

namespace {

using Rows = std::vector<const PublishedScore*>;

Json record_by(const std::string& id, const std::string& model, const std::string& score,
               const std::string& who, std::initializer_list<std::pair<const char*, Json>> changes = {}) {
  const bool vendor = model.starts_with(who + "/");
  Json record = score_record(id, {{"model_id", model},
                                  {"score", score},
                                  {"measured_by", who},
                                  {"origin", vendor ? "vendor" : "independent"}});
  for (const auto& [key, value] : changes) record[key] = value;
  return record;
}

// "id id (who)" of each line.
std::vector<std::string> lines_of(const SideBySide& found) {
  std::vector<std::string> texts;
  for (const SideLine& line : found.lines) {
    std::string text;
    for (const SideScore& side : line.sides) text += side.score->id + " ";
    texts.push_back(text + "(" + line.measured_by + ")");
  }
  return texts;
}

}  // namespace

TEST_CASE("models stand side by side by who measured all of them, and then each by its own measurer") {
  const PublishedScores scores = scores_of({
      record_by("a-own-low", "acme/a", "60", "acme", {{"effort", "low"}}),
      record_by("a-own", "acme/a", "80", "acme", {{"effort", "max"}}),
      record_by("a-lab", "acme/a", "70", "lab"),
      record_by("b-own", "bolt/b", "90", "bolt"),
      record_by("b-lab", "bolt/b", "63", "lab"),
      record_by("b-mrcr", "bolt/b", "50", "bolt", {{"benchmark_id", "mrcr"}, {"variant", "1m"}}),
      record_by("a-mrcr", "acme/a", "50", "acme", {{"benchmark_id", "mrcr"}, {"variant", "8-needle"}}),
      record_by("a-tools", "acme/a", "10", "acme", {{"variant", "tools"}}),
  });
  const SideBySide found = side_by_side({scores.of_model("a"), scores.of_model("b")});
  CHECK(lines_of(found) == std::vector<std::string>{"a-lab b-lab (lab)", "a-own b-own ()"});
  CHECK(*found.lines[0].sides[1].difference == -7);
  CHECK(*found.lines[0].sides[1].ratio == doctest::Approx(0.9));
  CHECK(found.lines[0].sides[1].differences.empty());
  CHECK(found.lines[0].best == std::vector<std::size_t>{0});
  CHECK_FALSE(found.lines[0].sides[0].difference.has_value());
  CHECK(*found.lines[1].sides[1].difference == 10);
  CHECK(difference_fields(found.lines[1].sides[1].differences) == "effort, measured_by");
  CHECK(found.refused ==
        std::vector<std::string>{"mrcr is published in variants that are not comparable: 8-needle and 1m"});
  // What the user asked of a model holds.
  CHECK(lines_of(side_by_side({scores.of_model("a@low"), scores.of_model("b")})) ==
        std::vector<std::string>{"a-own-low b-own ()"});
  CHECK(side_by_side({scores.of_model("a")}).lines.empty());
  CHECK(side_by_side({scores.of_model("a"), Rows{}}).lines.empty());
}

TEST_CASE("lower may be better, a tie has two best, and an index has no ratio") {
  const PublishedScores scores = scores_of({
      record_by("a", "acme/a", "20", "lab", {{"better", "lower"}}),
      record_by("b", "bolt/b", "10", "lab", {{"better", "lower"}}),
      record_by("a2", "acme/a", "7", "lab", {{"variant", "tools"}, {"scale", "index"}}),
      record_by("b2", "bolt/b", "7", "lab", {{"variant", "tools"}, {"scale", "index"}}),
  });
  const SideBySide found = side_by_side({scores.of_model("a"), scores.of_model("b")});
  REQUIRE(found.lines.size() == 2);
  CHECK(found.lines[0].best == std::vector<std::size_t>{1});
  CHECK(*found.lines[0].sides[1].difference == -10);
  CHECK(found.lines[1].best == std::vector<std::size_t>{0, 1});
  CHECK_FALSE(found.lines[1].sides[1].ratio.has_value());
}

TEST_CASE("a maker's figure is put beside an independent one of the same model, version and variant") {
  const PublishedScores scores = scores_of({
      record_by("own-high", "acme/a", "80", "acme", {{"model_version", "v1"}, {"effort", "high"}}),
      record_by("own-max", "acme/a", "90", "acme", {{"model_version", "v1"}, {"effort", "max"}}),
      record_by("lab-high", "acme/a", "75", "lab", {{"model_version", "v1"}, {"effort", "high"}}),
      record_by("lab-low", "acme/a", "60", "lab", {{"model_version", "v1"}, {"effort", "low"}}),
      record_by("lab-v2", "acme/a", "99", "lab", {{"model_version", "v2"}}),
      record_by("own-mrcr", "acme/a", "50", "acme",
                {{"model_version", "v1"}, {"benchmark_id", "mrcr"}, {"variant", "1m"}}),
      record_by("lab-mrcr", "acme/a", "50", "lab",
                {{"model_version", "v1"}, {"benchmark_id", "mrcr"}, {"variant", "8-needle"}}),
      record_by("copy", "acme/a", "80", "acme", {{"model_version", "v1"}, {"origin", "imported"}}),
  });
  const OriginFindings found = find_origins(scores.of_model("a"));
  REQUIRE(found.pairs.size() == 2);
  CHECK(found.pairs[0].vendor->id == "own-high");
  CHECK(found.pairs[0].independent->id == "lab-high");
  CHECK(found.pairs[0].gap == 5);
  CHECK(found.pairs[0].vendor_better);
  CHECK(difference_fields(found.pairs[0].differences) == "measured_by, origin");
  // Of another effort: with the best of the maker's, and marked.
  CHECK(found.pairs[1].vendor->id == "own-max");
  CHECK(found.pairs[1].independent->id == "lab-low");
  CHECK(difference_fields(found.pairs[1].differences) == "effort, measured_by, origin");
  CHECK(found.refused == std::vector<std::string>{"mrcr (1m against 8-needle)"});
  CHECK(found.vendor_rows == 3);
  CHECK(found.independent_rows == 4);
  CHECK(found.imported_rows == 1);
}
