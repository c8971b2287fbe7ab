// Documents of published scores in every format, on a small hand-made file.
#include <doctest/doctest.h>

#include "analysis/published/lag.h"
#include "reports/render/format.h"
#include "reports/views/published_compare_view.h"
#include "reports/views/published_frontier_view.h"
#include "reports/views/published_lag_view.h"
#include "reports/views/published_list_view.h"
#include "tests/reports/golden_formats.h"
#include "tests/support/published_file.h"

using namespace costwar;
using analysis::PublishedScores;
using test::score_record;

namespace {

const PublishedScores& sample_scores() {
  static const PublishedScores kScores = test::scores_of({
      score_record("a-own", {{"score", "90.5"}, {"effort", "max"}, {"effort_native", "think max"}}),
      score_record("a-lab", {{"score", "80"},
                             {"effort", "max"},
                             {"origin", "independent"},
                             {"measured_by", "A Lab"},
                             {"uncertainty", {{"kind", "standard_error"}, {"value", "1.5"}}},
                             {"n", 200},
                             {"cost", {{"total_usd", "12.50"}}},
                             {"tokens", {{"prompt", 1000000}, {"completion", 20000}}},
                             {"parameters", {{"judge", "x/judge"}}},
                             {"more_sources", {"https://example.org/again"}},
                             {"notes", {"read off a chart"}},
                             {"confirmed", false}}),
      score_record("b-lab", {{"model_id", "bolt/model-b"},
                             {"model_label", "Model B"},
                             {"score", "60"},
                             {"effort", "high"},
                             {"origin", "independent"},
                             {"measured_by", "A Lab"}}),
      score_record("c-lab", {{"model_id", "core/model-c"},
                             {"score", "85"},
                             {"origin", "independent"},
                             {"measured_by", "A Lab"}}),
      score_record("a-rate", {{"variant", "tools"}, {"metric_family", "rate"}, {"better", "lower"}}),
      score_record("b-rate", {{"model_id", "bolt/model-b"},
                              {"variant", "tools"},
                              {"metric_family", "rate"},
                              {"better", "lower"},
                              {"measured_by", "Bolt"},
                              {"score", "40"}}),
      score_record("a-1m", {{"benchmark_id", "mrcr"}, {"variant", "1m"}}),
      score_record("b-8n", {{"benchmark_id", "mrcr"}, {"variant", "8-needle"}, {"model_id", "bolt/model-b"}}),
  });
  return kScores;
}

std::vector<pricing::ModelFacts> sample_models() {
  std::vector<pricing::ModelFacts> models(3);
  models[0].id = "acme/model-a";
  models[0].released = "2026-06-01";
  models[1].id = "bolt/model-b";
  models[1].released = "2026-01-01";
  models[2].id = "core/model-c";
  models[2].released = "2026-03-01";
  return models;
}

std::string as_text(const Document& document) {
  reports::RenderOptions options;
  options.width = 120;
  return reports::rendered(*reports::format_by_name("table"), document, options);
}

}  // namespace

TEST_CASE("models side by side and makers against others, in every format") {
  const PublishedScores& scores = sample_scores();
  reports::PublishedComparison comparison{{"model-a", "model-b"}, {}, {}};
  std::vector<std::vector<const analysis::PublishedScore*>> rows;
  for (const std::string& model : comparison.models) {
    rows.push_back(scores.of_model(model));
    comparison.origins.push_back(analysis::find_origins(rows.back()));
  }
  comparison.sides = analysis::side_by_side(rows);
  testing::check_every_format("score-comparison", reports::score_comparison_document(scores, comparison),
                              120);
}

TEST_CASE("published scores on cost against quality, in every format") {
  const PublishedScores scores = test::scores_of({
      score_record("cheap", {{"score", "60"}, {"n", 400}, {"cost", {{"total_usd", "4"}}}, {"harness", "x"}}),
      score_record("dear", {{"model_id", "bolt/model-b"},
                            {"score", "90"},
                            {"uncertainty", {{"kind", "standard_error"}, {"value", "1.5"}}},
                            {"effort", "high"},
                            {"cost", {{"per_item_usd", "1.25"}}},
                            {"origin", "independent"},
                            {"measured_by", "A Lab"},
                            {"notes", {"read off a chart"}}}),
      score_record("beaten", {{"model_id", "core/model-c"},
                              {"score", "55"},
                              {"n", 400},
                              {"cost", {{"per_item_usd", "0.5"}}},
                              {"confirmed", false}}),
      score_record("unpriced", {{"model_id", "core/model-d"}, {"score", "50"}}),
  });
  std::vector<const analysis::PublishedScore*> rows;
  for (const analysis::PublishedScore& each : scores.records()) rows.push_back(&each);
  analysis::FrontierOptions options;
  options.budgets = {0.5};
  const auto frontier = analysis::find_published_frontier(rows, options);
  testing::check_every_format("published-frontier", reports::published_frontier_document(scores, frontier),
                              120);
}

TEST_CASE("months behind, in every format") {
  const std::vector<pricing::ModelFacts> models = sample_models();
  const auto rows = analysis::find_lag(sample_scores(), analysis::ModelReleases(models), "model-a");
  testing::check_every_format("score-lag", reports::score_lag_document(sample_scores(), "model-a", rows),
                              120);
}

TEST_CASE("a record is shown with its doubts, its cost and where it comes from") {
  const PublishedScores& scores = sample_scores();
  const std::string text = as_text(reports::score_record_document(scores, scores.find("a-lab")));
  for (const char* part :
       {"Bench: Model A scores 80 % at effort max, measured by A Lab, published 2026-06-30.",
        "published/bench:standard/model-a#a-lab", "uncertainty        1.5", "confirmed          no",
        "$0.0625", "the published total of $12.50 over 200 items", "$0.0781", "1,000,000", "x/judge",
        "https://example.org/again", "Note: read off a chart", "Warning: The figure is not confirmed"}) {
    CAPTURE(text);
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  }
  // What is not told has no line.
  CHECK(text.find("harness") == std::string::npos);
}

TEST_CASE("the overview has a line per benchmark, variant and family, and lists warn of makers alone") {
  const PublishedScores& scores = sample_scores();
  const std::string overview = as_text(reports::score_benchmarks_document(scores));
  CHECK(overview.find("8 published scores of 3 models on 2 benchmarks") != std::string::npos);
  CHECK(overview.find("bench:tools (lower is better)") != std::string::npos);
  CHECK(overview.find("90.5 %") != std::string::npos);
  const std::string vendors =
      as_text(reports::score_list_document(scores, scores.of_benchmark("mrcr"), "on mrcr"));
  CHECK(vendors.starts_with("2 published scores on mrcr, all of them measured by the models' makers."));
  CHECK(vendors.find("Warning: All of these were measured by the models' makers") != std::string::npos);
  const std::string mixed = as_text(reports::score_list_document(scores, scores.of_model("model-a"), ""));
  CHECK(mixed.find("80 % (SE 1.5)") != std::string::npos);
  CHECK(mixed.find("Warning") == std::string::npos);
  CHECK(mixed.find("not confirmed") != std::string::npos);
  CHECK(as_text(reports::score_list_document(scores, {}, "")).find("No published score is like that.") !=
        std::string::npos);
}
