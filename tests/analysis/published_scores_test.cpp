// Published scores: the catalogue read and checked, references, what is comparable, costs as printed.
#include "analysis/published/published_scores.h"

#include <doctest/doctest.h>

#include <set>

#include "analysis/published/comparable.h"
#include "analysis/published/published_cost.h"
#include "core/error.h"
#include "tests/pricing/catalogue.h"
#include "tests/support/published_file.h"

using namespace costwar;
using namespace costwar::analysis;
using test::score_file;
using test::score_record;
using test::scores_of;

namespace {

const PublishedScores& catalogue_scores() {
  static const PublishedScores kScores = PublishedScores::parse(
      "published_scores.json", pricing::test::read_file("catalog/published_scores.json"));
  return kScores;
}

// What is said of a file with one record in which `pointer` is replaced.
std::string complaint(const std::string& pointer, const Json& value) {
  Json file = score_file({score_record("a", {})});
  file[Json::json_pointer(pointer)] = value;
  try {
    PublishedScores::parse("s.json", file.dump());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "accepted";
}

struct Refused {
  std::string message;
  std::string hint;
};
Refused refusal(const PublishedScores& scores, const std::string& reference) {
  try {
    scores.find(reference);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return {error.what(), error.hint()};
  }
  return {"found", ""};
}

}  // namespace

TEST_CASE("the catalogue of published scores is whole, and every record keeps what its source says") {
  const PublishedScores& scores = catalogue_scores();
  CHECK(scores.as_of() == "2026-11-23");
  CHECK(scores.records().size() == 375);
  CHECK(scores.benchmarks().size() == 100);
  std::size_t vendor = 0;
  std::size_t confirmed = 0;
  for (const PublishedScore& it : scores.records()) {
    vendor += it.origin == ScoreOrigin::vendor ? 1U : 0U;
    confirmed += it.confirmed ? 1U : 0U;
  }
  CHECK(vendor == 271);
  CHECK(confirmed == 334);
  const PublishedScore& it = scores.find("published/terminal-bench-2.1/gpt-5.5@xhigh");
  CHECK(it.score->value == doctest::Approx(83.15));
  CHECK(it.score->text == "83.15");
  CHECK(it.uncertainty->kind == UncertaintyKind::standard_error);
  CHECK(it.uncertainty->amount.text == "1.13");
  CHECK(it.n == 445);
  CHECK(it.cost.total->decimal() == "2059.19");
  CHECK(it.tokens.size() == 3);
  CHECK(it.other_scores.size() == 4);
  CHECK(it.measured_by.empty());
  CHECK(it.origin == ScoreOrigin::imported);
  CHECK(score_range(it)->low == doctest::Approx(83.15 - 1.959964 * 1.13));
  // A range without a score, and parameters that are no text.
  const PublishedScore& relative = scores.find("published/caisi-relative-cost/deepseek-v4-pro");
  CHECK_FALSE(relative.score.has_value());
  CHECK(score_text(relative) == "-53 to 41 %");
  CHECK(relative.parameters.front().second.find("\"1.74\"") != std::string::npos);
}

TEST_CASE("every model and version of the catalogue's scores is in the catalogue of models") {
  const pricing::PriceBook& book = pricing::test::catalogue();
  for (const PublishedScore& it : catalogue_scores().records()) {
    CAPTURE(it.id);
    const pricing::ModelFacts* facts = book.book().model(it.model_id);
    REQUIRE(facts != nullptr);
    bool known = it.model_version.empty();
    for (const pricing::ModelVersion& version : facts->versions)
      known = known || version.id == it.model_version;
    CHECK(known);
  }
}

TEST_CASE("every record has a reference of its own, and its id is one too") {
  const PublishedScores& scores = catalogue_scores();
  std::set<std::string> references;
  for (const PublishedScore& it : scores.records()) {
    const std::string reference = scores.reference_of(it);
    CAPTURE(reference);
    CHECK(&scores.find(reference) == &it);
    CHECK(&scores.find(it.id) == &it);
    CHECK(&scores.find("published/" + it.id) == &it);
    CHECK(references.insert(reference).second);
  }
}

TEST_CASE("a file that is wrong is refused by its pointer") {
  CHECK(complaint("/schema_version", 2).find("schema_version") != std::string::npos);
  const std::pair<const char*, Json> wrong[] = {
      {"/records/0/origin", "vender"},
      {"/records/0/metric", "accurracy"},
      {"/records/0/metric_family", "share"},
      {"/records/0/scale", "percents"},
      {"/records/0/better", "more"},
      {"/records/0/effort", "hgh"},
      {"/records/0/evidence", "hearsay"},
      {"/records/0/score", "5O"},
      {"/records/0/score", "1e2"},
      {"/records/0/score", "inf"},
      {"/records/0/score", ""},
      {"/records/0/score", nullptr},
      {"/records/0/score", 50},
      {"/records/0/score", "100.1"},
      {"/records/0/score", "-0.1"},
      {"/records/0/date", "2026-02-30"},
      {"/records/0/date", "24.4.2026"},
      {"/records/0/date", "2026-04"},  // of the precision day, the file says
      {"/records/0/date_precision", nullptr},
      {"/records/0/confirmed", "yes"},
      {"/records/0/variant", "with-tools"},
      {"/records/0/benchmark_id", "bunch"},
      {"/records/0/model_id", "model-a"},
      {"/records/0/measured_by", nullptr},
      {"/records/0/source", ""},
      {"/records/0/n", 0},
      {"/records/0/cost", Json::object()},
      {"/records/0/cost", {{"total_usd", "-1"}}},
      {"/records/0/cost", {{"total_usd", "0.0000000000000000001"}}},
      {"/records/0/tokens", {{"prompt", -1}}},
      {"/records/0/uncertainty", {{"kind", "ci95_half_width"}, {"value", "0"}}},
      {"/records/0/uncertainty", {{"kind", "iqr"}, {"value", "1"}}},
      {"/records/0/score_low", "40"},
      {"/records/0/extra", "x"},
      {"/benchmarks/0/id", "a/b"},
      {"/benchmarks/1/id", "bench"},
      {"/benchmarks/0/variants", {"standard", "a:b"}}};
  for (const auto& each : wrong) {
    const std::string pointer = each.first;
    const std::string said = complaint(pointer, each.second);
    const std::string place = pointer.substr(0, pointer.rfind('/'));
    CAPTURE(pointer);
    CAPTURE(said);
    CHECK(said.starts_with("s.json: " + place));
  }
  CHECK_THROWS_WITH_AS(scores_of({score_record("a", {}), score_record("a", {})}),
                       "scores.json: /records/1/id: the id a occurs twice", Error);
  CHECK_THROWS_AS(scores_of({score_record("a", {}), score_record("b", {{"better", "lower"}})}), Error);
  CHECK_THROWS_AS(PublishedScores::parse("s.json", "{"), Error);
}

TEST_CASE("a reference picks one record, and says how where several are meant") {
  const PublishedScores scores = scores_of({
      score_record("a", {{"effort", "max"}, {"effort_native", "think max"}}),
      score_record("b", {{"effort", "max"}, {"harness", "Codex 0.1"}}),
      score_record("c", {{"effort", "low"}}),
      score_record("d", {{"variant", "tools"}}),
      score_record("e", {{"model_id", "other/model-a"}, {"variant", "tools"}}),
      score_record("f", {{"model_id", "other/model-b"}, {"benchmark_id", "mrcr"}, {"variant", "1m"}}),
  });
  CHECK(scores.find("published/bench:standard/acme/model-a@low").id == "c");
  CHECK(scores.find("published/bench:standard/acme/model-a@low#acme,accuracy").id == "c");
  CHECK(scores.find("published/bench:standard/acme/model-a@max#codex-0.1").id == "b");
  CHECK(scores.find("published/bench:standard/acme/model-a@max#Codex 0.1").id == "b");
  CHECK(scores.find("published/bench:standard/model-a@think-max").id == "a");
  CHECK(scores.find("published/mrcr/model-b").id == "f");
  const Refused several = refusal(scores, "published/bench/model-a");
  CHECK(several.message == "'published/bench/model-a' means 5 published scores");
  CHECK(several.hint.find("published/bench:standard/acme/model-a@low") != std::string::npos);
  // Two that nothing tells apart but a harness that is not told: the id picks.
  CHECK(scores.reference_of(scores.find("a")) == "published/a");
  CHECK(several.hint.find("published/a,") != std::string::npos);
  CHECK(refusal(scores, "published/bnch/model-a").hint == "did you mean bench?");
  CHECK(refusal(scores, "published/bench:tool/model-a").hint == "did you mean tools?");
  CHECK(refusal(scores, "published/bench/model-x").hint == "did you mean model-a?");
  CHECK(refusal(scores, "published/mrcr/model-b@hihg").hint == "did you mean high?");
  CHECK(refusal(scores, "published/mrcr/model-b#vendr").hint == "did you mean vendor?");
  for (const char* bad : {"", "published/", "published/bench", "bench/model-a", "published/bench/",
                          "published/bench/@max", "published/bench/model-a@", "published/bench/model-a#",
                          "published/bench/model-a#,", "published//model-a", "published/:x/model-a"})
    CHECK_MESSAGE(refusal(scores, bad).message != "found", bad);
}

TEST_CASE("other benchmarks, variants, metric families and scales are refused, the rest is marked") {
  const PublishedScores scores = scores_of({
      score_record("a", {{"parameters", {{"judge", "x/judge"}, {"shots", 5}, {"top_p", "1.0"}}}}),
      score_record("b", {{"model_id", "other/b"},
                         {"effort", "max"},
                         {"harness", "Codex"},
                         {"origin", "independent"},
                         {"measured_by", "Lab"},
                         {"metric", "pass_at_1"},
                         {"confirmed", false},
                         {"weights_variant", "W4A16"},
                         {"parameters", {{"shots", 3}}}}),
      score_record("c", {{"variant", "tools"}}),
      score_record("d", {{"benchmark_id", "mrcr"}, {"variant", "1m"}}),
      score_record("e", {{"benchmark_id", "mrcr"}, {"variant", "8-needle"}}),
      score_record("f", {{"metric_family", "rate"}}),
      score_record("g", {{"scale", "fraction"}, {"score", "0.5"}}),
  });
  const auto at = [&](const char* id) -> const PublishedScore& { return scores.find(id); };
  CHECK(comparable(at("a"), at("c")).refusal ==
        "bench is published in variants that are not comparable: standard and tools");
  CHECK(comparable(at("d"), at("e")).refusal ==
        "mrcr is published in variants that are not comparable: 1m and 8-needle");
  CHECK(comparable(at("a"), at("d")).refusal == "bench and mrcr are different benchmarks");
  CHECK(comparable(at("a"), at("f")).refusal == "bench counts different things: share_correct and rate");
  CHECK(comparable(at("a"), at("g")).refusal == "bench is on different scales: percent and fraction");
  CHECK(comparable(at("a"), at("c")).differences.empty());
  const ScoreComparability marked = comparable(at("a"), at("b"));
  CHECK(marked.comparable());
  CHECK(difference_fields(marked.differences) ==
        "effort, harness, measured_by, origin, metric, weights_variant, parameters.judge, parameters.shots, "
        "unconfirmed");
  CHECK(marked.differences.front().words == "effort: high against max");
  CHECK(comparable(at("a"), at("a")).differences.empty());
  // Both ways the same.
  CHECK(comparable(at("b"), at("a")).differences.size() == marked.differences.size());
  CHECK(*score_ratio(at("a"), at("b")) == 1.0);
}

TEST_CASE("the two MRCRs of the catalogue are refused on one axis") {
  const PublishedScores& scores = catalogue_scores();
  const PublishedScore& deepseek = scores.find("published/mrcr/deepseek-v4-pro@max");
  const PublishedScore& openai = scores.find("published/openai-mrcr-v2:8-needle-512k-1m/gpt-5.5");
  CHECK(comparable(deepseek, openai).refusal == "mrcr and openai-mrcr-v2 are different benchmarks");
}

TEST_CASE("costs are as printed or divided, and say which") {
  const PublishedScores& scores = catalogue_scores();
  const CostPerItem chi = published_cost(scores.find("published/chi-bench/gpt-5.4"));
  CHECK(chi.per_item->decimal() == "6.32767762");
  CHECK(chi.per_solved->decimal() == "39.548");
  CHECK(chi.per_solved_basis == "as published");
  // What its source divided itself comes out the same here.
  PublishedScore divided = scores.find("published/chi-bench/gpt-5.4");
  divided.cost.per_solved.reset();
  CHECK(published_cost(divided).per_solved->approximate() == doctest::Approx(39.548).epsilon(1e-4));
  const CostPerItem aider = published_cost(scores.find("published/aider-polyglot/gpt-5@high"));
  CHECK(aider.per_item->approximate() == doctest::Approx(29.0829 / 225));
  CHECK(aider.per_solved->approximate() == doctest::Approx(29.0829 / 225 / 0.88));
  CHECK(aider.per_item_basis == "the published total of $29.0829 over 225 items");
  // An index has no items and no share.
  const CostPerItem index =
      published_cost(scores.find("published/aa-intelligence-index:v4.0/deepseek-v4-pro"));
  CHECK(index.total->decimal() == "1071");
  CHECK_FALSE(index.per_item.has_value());
  CHECK_FALSE(index.per_solved.has_value());
  // Nothing solved has no cost per solved item.
  const PublishedScores none =
      scores_of({score_record("a", {{"score", "0"}, {"cost", {{"per_item_usd", "2"}}}})});
  CHECK(published_cost(none.find("a")).per_item->decimal() == "2");
  CHECK_FALSE(published_cost(none.find("a")).per_solved.has_value());

  const auto harbor = published_tokens(scores.find("published/terminal-bench-2.1/gpt-5.5@xhigh"));
  CHECK(harbor->fresh_input == 336797311);
  CHECK(harbor->cached_input == 392433664);
  CHECK(harbor->input == 729230975);
  CHECK(harbor->output == 5966373);
  const auto prompt = published_tokens(scores.find("published/aider-polyglot/gpt-5@high"));
  CHECK(prompt->input == 2675561);
  CHECK_FALSE(prompt->fresh_input.has_value());
  CHECK(prompt->output == 2623429);
  CHECK_FALSE(published_tokens(scores.find("published/chi-bench/gpt-5.4")).has_value());
}

TEST_CASE("dates are days, months or years, and nothing else") {
  CHECK(read_day_span("2026-04-24") == DaySpan{20567, 20567});
  CHECK(read_day_span("2026-04") == DaySpan{20544, 20573});
  CHECK(read_day_span("2026") == DaySpan{20454, 20818});
  CHECK(read_day_span("2024-02-29").has_value());
  for (const char* bad : {"", "26-04-24", "2026-4-1", "2026-04-31", "2025-02-29", "2026-13", "2026-00",
                          "2026/04", "2026-04-24T", "2026-04-00", "20260424", "2026-04-2x", "1969-12-31"})
    CHECK_MESSAGE(!read_day_span(bad), bad);
  for (const char* text : {"2026-04-24", "2026-04", "2026", "2024-02-29", "2026-12"})
    CHECK(day_span_text(*read_day_span(text)) == text);
  CHECK(day_span_text({20567, 20569}) == "2026-04-24 to 2026-04-26");
}
