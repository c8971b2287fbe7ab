// Months behind the frontier, on hand-made scores whose answers are known.
#include "analysis/published/lag.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/pricing/catalogue.h"
#include "tests/support/published_file.h"

using namespace costwar;
using namespace costwar::analysis;
using test::score_record;
using test::scores_of;

namespace {

pricing::ModelFacts model_facts(const std::string& id, const std::string& released) {
  pricing::ModelFacts facts;
  facts.id = id;
  facts.name = id;
  facts.released = released;
  return facts;
}

// The model asked about is mine/m, released on 2026-07-01; days from there.
constexpr double kMonth = kDaysPerMonth;

struct OtherMakers {
  std::vector<pricing::ModelFacts> models{model_facts("mine/m", "2026-07-01")};
  std::vector<Json> records{};

  OtherMakers& mine(const std::string& score,
                    std::initializer_list<std::pair<const char*, Json>> changes = {}) {
    records.push_back(score_record("mine" + std::to_string(records.size()),
                                   {{"model_id", "mine/m"}, {"score", score}, {"measured_by", "Mine"}}));
    for (const auto& [key, value] : changes) records.back()[key] = value;
    return *this;
  }
  // released: empty: the catalogue has no date.
  OtherMakers& other(const std::string& id, const std::string& released, const std::string& score,
                     std::initializer_list<std::pair<const char*, Json>> changes = {}) {
    if (std::none_of(models.begin(), models.end(), [&](const auto& it) { return it.id == id; }))
      models.push_back(model_facts(id, released));
    records.push_back(
        score_record("other" + std::to_string(records.size()), {{"model_id", id}, {"score", score}}));
    for (const auto& [key, value] : changes) records.back()[key] = value;
    return *this;
  }
  // Its rows, by text: evidence and bounds in days.
  std::string lag(const std::string& selector = "mine/m") const {
    const PublishedScores scores = scores_of(records);
    std::string text;
    for (const LagRow& row : find_lag(scores, ModelReleases(models), selector)) {
      if (!text.empty()) text += "; ";
      text += lag_evidence_name(row.evidence);
      const auto days = [](double months) { return std::to_string(std::lround(months * kMonth)); };
      if (row.low) text += " " + days(*row.low);
      if (row.high) text += " " + days(*row.high);
      CHECK((row.why.empty() == (row.evidence == LagEvidence::interval)));
      if (row.low && row.high) CHECK(*row.low <= *row.high);
    }
    return text;
  }
};

LagRow bounds(std::optional<double> low, std::optional<double> high) {
  LagRow row;
  row.low = low;
  row.high = high;
  row.evidence = low && high ? LagEvidence::interval
                 : low       ? LagEvidence::at_least
                 : high      ? LagEvidence::at_most
                             : LagEvidence::none;
  return row;
}

}  // namespace

TEST_CASE("the lag lies between the first other point at or above and the newest one below before it") {
  // 2026-07-01 less 2026-04-01 is 91 days, less 2026-02-01 150, less 2026-01-01 181.
  CHECK(OtherMakers{}
            .mine("50")
            .other("a/one", "2026-01-01", "40")
            .other("a/two", "2026-02-01", "45")
            .other("b/three", "2026-04-01", "60")
            .lag() == "interval 91 150");
  SUBCASE("without an older one below it is a lower bound") {
    CHECK(OtherMakers{}.mine("50").other("a/one", "2026-04-01", "60").lag() == "at_least 91");
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-04-01", "60")
              .other("b/late", "2026-05-01", "40")  // newer than the point above
              .lag() == "at_least 91");
  }
  SUBCASE("without one at or above it is an upper bound") {
    CHECK(OtherMakers{}.mine("50").other("a/one", "2026-04-01", "40").lag() == "at_most 91");
  }
  SUBCASE("without either there is no evidence") {
    CHECK(OtherMakers{}.mine("50").lag() == "none");
    CHECK(OtherMakers{}.mine("50").other("a/one", "", "60").lag() == "none");
    CHECK(OtherMakers{}.mine("50").other("a/one", "2026-04-01", "60", {{"variant", "tools"}}).lag() ==
          "none");
    CHECK(OtherMakers{}.mine("50").other("mine/older", "2026-04-01", "60").lag() == "none");
  }
  SUBCASE("the model's own release has to be known") {
    OtherMakers frontier;
    frontier.models[0].released = "";
    CHECK(frontier.mine("50").other("a/one", "2026-04-01", "60").lag() == "none");
  }
}

TEST_CASE("a tie counts as reached") {
  CHECK(
      OtherMakers{}.mine("50").other("a/one", "2026-02-01", "45").other("b/two", "2026-04-01", "50").lag() ==
      "interval 91 150");
}

TEST_CASE("only a point on the frontier bounds from above") {
  SUBCASE("not one that an older point outdoes") {
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-01-01", "45")
              .other("b/weak", "2026-03-01", "30")
              .other("c/two", "2026-04-01", "60")
              .lag() == "interval 91 181");
  }
  SUBCASE("not one of the day on which the level was reached") {
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-04-01", "45")
              .other("b/two", "2026-04-01", "60")
              .lag() == "at_least 91");
  }
  SUBCASE("not where a point without a date may have been there before") {
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-02-01", "45")
              .other("b/undated", "", "55")
              .other("c/two", "2026-04-01", "60")
              .lag() == "at_least 91");
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-02-01", "45")
              .other("b/undated", "", "47")
              .other("c/two", "2026-04-01", "60")
              .lag() == "at_least 91");
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-02-01", "45")
              .other("b/undated", "", "40")
              .other("c/two", "2026-04-01", "60")
              .lag() == "interval 91 150");
  }
  SUBCASE("not an edition of a model that has no score here") {
    OtherMakers frontier;
    frontier.models.push_back(model_facts("a/one", "2026-01-15"));
    frontier.mine("50").other("a/one-mini", "2026-02-01", "45").other("b/two", "2026-04-01", "60");
    CHECK(frontier.lag() == "at_least 91");
    // With the model itself, which is worse, the edition is the best of its maker.
    CHECK(frontier.other("a/one", "2026-01-15", "42").lag() == "interval 91 150");
    // Where it is better, it is the frontier itself.
    frontier.records.back()["score"] = "48";
    CHECK(frontier.lag() == "interval 91 167");
  }
  SUBCASE("but an edition shows that a level was reached") {
    OtherMakers frontier;
    frontier.models.push_back(model_facts("a/one", "2026-01-15"));
    CHECK(frontier.mine("50").other("a/one-mini", "2026-02-01", "55").lag() == "at_least 150");
  }
}

TEST_CASE("a model that was first is ahead by as many months") {
  CHECK(
      OtherMakers{}.mine("50").other("a/one", "2026-06-01", "40").other("a/two", "2026-08-01", "60").lag() ==
      "interval -31 30");
  CHECK(OtherMakers{}.mine("50").other("a/one", "2026-08-01", "40").lag() == "at_most -31");
}

TEST_CASE("where lower is better, above is below") {
  CHECK(OtherMakers{}
            .mine("10", {{"better", "lower"}})
            .other("a/one", "2026-02-01", "20", {{"better", "lower"}})
            .other("b/two", "2026-04-01", "5", {{"better", "lower"}})
            .lag() == "interval 91 150");
}

TEST_CASE("the best effort counts, of the measurer of the model's own row where it measured the other") {
  SUBCASE("of the model") {
    OtherMakers frontier;
    frontier.mine("50", {{"effort", "low"}}).mine("70", {{"effort", "max"}});
    frontier.other("a/one", "2026-02-01", "60").other("b/two", "2026-04-01", "80");
    CHECK(frontier.lag() == "interval 91 150");
    CHECK(frontier.lag("mine/m@low") == "at_least 150");
  }
  SUBCASE("of the others") {
    CHECK(OtherMakers{}
              .mine("50")
              .other("a/one", "2026-02-01", "40", {{"effort", "low"}})
              .other("a/one", "2026-02-01", "60", {{"effort", "max"}})
              .lag() == "at_least 150");
  }
  SUBCASE("by measurer") {
    OtherMakers frontier;
    frontier.mine("50", {{"measured_by", "Lab"}, {"origin", "independent"}});
    frontier.other("a/one", "2026-02-01", "60");  // its maker's own
    CHECK(frontier.lag() == "at_least 150");
    frontier.other("a/one", "2026-02-01", "45", {{"measured_by", "Lab"}, {"origin", "independent"}});
    CHECK(frontier.lag() == "at_most 150");
  }
  SUBCASE("measurers of the model have a row each") {
    OtherMakers frontier;
    frontier.mine("50").mine("40", {{"measured_by", "Lab"}, {"origin", "independent"}});
    CHECK(frontier.other("a/one", "2026-02-01", "45").lag() == "at_least 150; at_most 150");
  }
}

TEST_CASE("the same weights at another host are not another maker's") {
  OtherMakers frontier;
  frontier.models.push_back(model_facts("host/m", "2026-04-01"));
  frontier.models.back().same_weights_as = "mine/m";
  CHECK(frontier.mine("50").other("host/m", "2026-04-01", "60").lag() == "none");
}

TEST_CASE("versions have their own days") {
  OtherMakers frontier;
  frontier.models[0].versions = {{"v1", "2026-07-02", ""}, {"v2", "2026-09-01", ""}, {"v3", "", ""}};
  frontier.mine("50", {{"model_version", "v1"}}).mine("55", {{"model_version", "v2"}});
  frontier.mine("56", {{"model_version", "v3"}}).mine("51", {{"date", "2026-10-01"}});
  frontier.other("a/one", "2026-04-01", "60");
  // Not told apart: any of them until the score was published; then v1, v2 and v3, whose day is not known.
  CHECK(frontier.lag() == "at_least 91; at_least 91; at_least 153; none");
  const ModelReleases releases(frontier.models);
  CHECK_FALSE(releases.released("mine/m", "").has_value());
}

TEST_CASE("an uncertain score is above only if all of it is") {
  const Json wide{{"kind", "ci95_half_width"}, {"value", "8"}};
  CHECK(OtherMakers{}
            .mine("50")
            .other("a/one", "2026-02-01", "45", {{"uncertainty", wide}})
            .other("b/two", "2026-04-01", "60", {{"uncertainty", wide}})
            .lag() == "at_least 91");  // one may have been there
  CHECK(OtherMakers{}
            .mine("50")
            .other("a/one", "2026-02-01", "40", {{"uncertainty", wide}})
            .other("b/two", "2026-04-01", "55", {{"uncertainty", wide}})
            .lag() == "at_most 150");  // two may not have been there
  CHECK(OtherMakers{}
            .mine("50", {{"uncertainty", wide}})
            .other("a/one", "2026-02-01", "41")
            .other("b/two", "2026-04-01", "58")
            .lag() == "interval 91 150");
}

TEST_CASE("a date of a month widens the interval") {
  CHECK(OtherMakers{}.mine("50").other("a/one", "2026-02", "45").other("b/two", "2026-04", "60").lag() ==
        "interval 62 150");
}

TEST_CASE("a range is supported from within, refuted from outside, and else not resolved") {
  const MonthRange range{3, 6};
  CHECK(lag_verdict(bounds(3, 6), range) == LagVerdict::supported);
  CHECK(lag_verdict(bounds(4, 4), range) == LagVerdict::supported);
  CHECK(lag_verdict(bounds(2.9, 6), range) == LagVerdict::unresolved);
  CHECK(lag_verdict(bounds(5, 7), range) == LagVerdict::unresolved);
  CHECK(lag_verdict(bounds(6.1, 7), range) == LagVerdict::refuted);
  CHECK(lag_verdict(bounds(0, 2.9), range) == LagVerdict::refuted);
  CHECK(lag_verdict(bounds(4, {}), range) == LagVerdict::unresolved);
  CHECK(lag_verdict(bounds(6.5, {}), range) == LagVerdict::refuted);
  CHECK(lag_verdict(bounds({}, 2), range) == LagVerdict::refuted);
  CHECK(lag_verdict(bounds({}, 4), range) == LagVerdict::unresolved);
  CHECK(lag_verdict(bounds({}, {}), range) == LagVerdict::no_evidence);

  const auto verdict = [&](const std::vector<LagRow>& rows) { return summarise_lag(rows, range).verdict; };
  CHECK(verdict({}) == LagVerdict::no_evidence);
  CHECK(verdict({bounds({}, {})}) == LagVerdict::no_evidence);
  CHECK(verdict({bounds({}, {}), bounds(3, 4)}) == LagVerdict::supported);
  CHECK(verdict({bounds(7, 8), bounds(0, 1)}) == LagVerdict::refuted);
  CHECK(verdict({bounds(3, 4), bounds(7, 8)}) == LagVerdict::unresolved);
  CHECK(verdict({bounds(3, 4), bounds(1, {})}) == LagVerdict::unresolved);
  const LagSummary summary = summarise_lag({bounds(3, 4), bounds(1, {}), bounds({}, 9)}, range);
  CHECK(summary.rows == std::array<std::size_t, kLagVerdicts>{1, 0, 2, 0});
  CHECK(*summary.lowest == 1);
  CHECK(*summary.highest == 9);
}

TEST_CASE("on the catalogue, DeepSeek V4 Pro is bounded from one side only") {
  const PublishedScores scores =
      PublishedScores::parse("s.json", pricing::test::read_file("catalog/published_scores.json"));
  const ModelReleases releases(pricing::test::catalogue().book().models);
  std::size_t informed = 0;
  for (const LagRow& row : find_lag(scores, releases, "deepseek-v4-pro#v4-pro-preview")) {
    CAPTURE(row.score->id);
    CHECK(row.evidence != LagEvidence::interval);
    CHECK_FALSE(row.high.has_value());
    informed += row.evidence == LagEvidence::at_least ? 1U : 0U;
    if (row.score->benchmark_id == "chi-bench") {
      CHECK(row.reached->score->model_id == "openai/gpt-5.4");
      CHECK(*row.low == doctest::Approx(50 / kMonth));  // 2026-04-24 less 2026-03-05
    }
  }
  CHECK(informed > 20);
  CHECK(releases.maker_of("alibaba-cn/deepseek-v4-pro") == "deepseek");
  CHECK(releases.edition_of("openai/gpt-5.4-mini") == "openai/gpt-5.4");
  CHECK(releases.edition_of("openai/gpt-5.4").empty());
  CHECK(day_span_text(*releases.released("openai/gpt-5.5", "gpt-5.5-2026-04-23")) == "2026-04-23");
  CHECK_FALSE(releases.released("anthropic/claude-opus-4-6", "").has_value());
  CHECK_FALSE(releases.released("nobody/nothing", "").has_value());
}
