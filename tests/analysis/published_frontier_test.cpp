// Published scores on cost against quality, their doubt, their names, and as candidates of a decision.
#include "analysis/published/published_frontier.h"

#include <doctest/doctest.h>

#include "analysis/published/published_candidates.h"
#include "analysis/published/score_labels.h"
#include "core/error.h"
#include "tests/support/published_file.h"

using namespace costwar;
using namespace costwar::analysis;
using doctest::Approx;
using test::score_record;
using test::scores_of;

namespace {

using Changes = std::initializer_list<std::pair<const char*, Json>>;

Json priced_record(const std::string& model, const std::string& score, const char* per_item,
                   Changes changes = {}) {
  Json record = score_record(model, {{"model_id", "acme/" + model}, {"score", score}});
  if (per_item != nullptr) record["cost"] = {{"per_item_usd", per_item}};
  for (const auto& [key, value] : changes) record[key] = value;
  return record;
}

std::vector<const PublishedScore*> all_rows(const PublishedScores& scores) {
  std::vector<const PublishedScore*> rows;
  for (const PublishedScore& each : scores.records()) rows.push_back(&each);
  return rows;
}

std::optional<ScoreDoubt> doubt_of(Changes changes, double level = 0.95) {
  const PublishedScores scores = scores_of({score_record("x", changes)});
  return score_doubt(scores.records().front(), level);
}

std::string frontier_refusal(const std::vector<Json>& records, const FrontierOptions& options = {}) {
  const PublishedScores scores = scores_of(records);
  try {
    (void)find_published_frontier(all_rows(scores), options);
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the doubt of a score is what its source says, else that of its number of independent items") {
  const auto error =
      doubt_of({{"score", "80"}, {"uncertainty", {{"kind", "standard_error"}, {"value", "2"}}}, {"n", 4}});
  REQUIRE(error);
  CHECK(error->deviation == 2);
  CHECK(error->interval.low == Approx(80 - 3.92).epsilon(1e-4));
  CHECK(error->basis == "the standard error of its source");
  const auto half =
      doubt_of({{"score", "99"}, {"uncertainty", {{"kind", "ci95_half_width"}, {"value", "1.96"}}}});
  REQUIRE(half);
  CHECK(half->deviation == Approx(1));
  CHECK(half->interval.high == 100);  // a share is no more than all
  const auto unsaid =
      doubt_of({{"score", "50"}, {"uncertainty", {{"kind", "half_width_level_not_stated"}, {"value", "4"}}}});
  REQUIRE(unsaid);
  CHECK(unsaid->basis.find("taken as 95 %") != std::string::npos);
  // Trials of a task are related: 75 tasks, not 225 trials.
  const Json parameters = {{"tasks", 75}, {"trials_per_task", 3}};
  const auto tasks = doubt_of({{"score", "50"}, {"n", 225}, {"parameters", parameters}});
  const auto items = doubt_of({{"score", "50"}, {"n", 75}});
  REQUIRE(tasks);
  REQUIRE(items);
  CHECK(tasks->basis == "Wilson's interval on 75 tasks");
  CHECK(items->basis == "Wilson's interval on 75 items");
  CHECK(tasks->interval.low == items->interval.low);
  CHECK(tasks->interval.low == Approx(38.94).epsilon(1e-3));
  const auto trials = doubt_of({{"score", "50"}, {"n", 225}, {"parameters", {{"trials_per_task", 3}}}});
  REQUIRE(trials);
  CHECK(trials->interval.low == items->interval.low);
  CHECK(doubt_of({{"score", "50"}, {"n", 75}}, 0.5)->interval.width() < items->interval.width() / 2);
  CHECK_FALSE(doubt_of({{"score", "50"}}));
  CHECK_FALSE(doubt_of({{"score", "50"}, {"scale", "index"}, {"metric_family", "rating"}, {"n", 75}}));
}

TEST_CASE("published scores have places by cost and quality, with chances where all have a doubt") {
  const PublishedScores scores = scores_of({
      priced_record("cheap", "60", "0.01", {{"n", 400}}),
      priced_record("dear", "90", "1", {{"n", 400}}),
      priced_record("beaten", "55", "0.5", {{"n", 400}}),
      priced_record("unpriced", "95", nullptr, {{"n", 400}}),
  });
  FrontierOptions options;
  options.seed = 7;
  const PublishedFrontier frontier = find_published_frontier(all_rows(scores), options);
  REQUIRE(frontier.points.size() == 4);
  CHECK(frontier.points[0].score->id == "unpriced");
  CHECK_FALSE(frontier.points[0].place);
  CHECK(frontier.placed() == 3);
  CHECK(frontier.points[1].score->id == "dear");
  CHECK(frontier.points[1].place->on_frontier);
  CHECK(frontier.points[1].place->probability == 1);
  CHECK(frontier.points[2].place->on_hull);
  const FrontierPlace& beaten = *frontier.points[3].place;
  CHECK_FALSE(beaten.on_frontier);
  CHECK(beaten.dominated_by == std::optional<std::size_t>(2));
  CHECK(beaten.probability > 0.02);
  CHECK(beaten.probability < 0.2);
  CHECK(frontier.resamples > 0);
  // Goals speak of the points with a place: 95 % of 90 %.
  REQUIRE(frontier.goals.size() == 2);
  CHECK(frontier.goals[0].target == Approx(0.855));
  CHECK(frontier.goals[0].model == std::optional<std::size_t>(1));
  CHECK(frontier.goals[0].mix->first == 2);
  CHECK(frontier.goals[0].mix->at.cost == Approx(0.01 + 0.85 * 0.99));
  CHECK(find_published_frontier(all_rows(scores), options).points[3].place->probability ==
        beaten.probability);
}

TEST_CASE("without a sample size of one there are no chances") {
  const PublishedScores scores =
      scores_of({priced_record("a", "60", "0.01", {{"n", 400}}), priced_record("b", "90", "1"),
                 priced_record("c", "50", nullptr)});
  const PublishedFrontier frontier = find_published_frontier(all_rows(scores), {});
  CHECK(frontier.resamples == 0);
  CHECK(frontier.points[0].place->on_frontier);
  CHECK_FALSE(frontier.goals[0].single.interval);
}

TEST_CASE("an index has places but no shares of the best, and lower may be better") {
  const Changes index{{"scale", "index"}, {"metric_family", "rating"}};
  const PublishedScores scores =
      scores_of({priced_record("a", "60", "1", index), priced_record("b", "50", "2", index)});
  const PublishedFrontier frontier = find_published_frontier(all_rows(scores), {});
  CHECK_FALSE(frontier.is_share);
  CHECK(frontier.goals.empty());
  CHECK_FALSE(frontier.points[1].place->on_frontier);
  FrontierOptions options;
  options.qualities = {0.5};
  CHECK(frontier_refusal({priced_record("a", "60", "1", index)}, options).find("leave --at-quality") !=
        std::string::npos);

  const Changes errors{{"metric_family", "rate"}, {"better", "lower"}};
  const PublishedScores rates =
      scores_of({priced_record("a", "60", "1", errors), priced_record("b", "50", "2", errors),
                 priced_record("c", "65", "3", errors)});
  const PublishedFrontier lower = find_published_frontier(all_rows(rates), {});
  CHECK(lower.points[0].score->id == "b");
  CHECK(lower.points[0].place->on_frontier);
  CHECK(lower.points[1].place->on_frontier);
  CHECK_FALSE(lower.points[2].place->on_frontier);
}

TEST_CASE("scores that are not comparable are refused, and soft differences are told") {
  CHECK(frontier_refusal(
            {priced_record("a", "60", "1"), priced_record("b", "50", "2", {{"variant", "tools"}})}) ==
        "bench is published in variants that are not comparable: standard and tools, so they are not put on "
        "one axis | name one of published/bench:standard, published/bench:tools");
  CHECK(frontier_refusal(
            {priced_record("a", "60", "1"), priced_record("b", "50", "2", {{"metric_family", "rate"}})})
            .find("name rows of one metric") != std::string::npos);
  const PublishedScores scores =
      scores_of({priced_record("a", "60", "1", {{"harness", "x"}}),
                 priced_record("b", "50", "2", {{"harness", "y"}}), priced_record("c", "40", "2")});
  const PublishedFrontier frontier = find_published_frontier(all_rows(scores), {});
  REQUIRE(frontier.varying.size() == 1);
  CHECK(frontier.varying[0].field == "harness");
  CHECK(frontier.varying[0].values == std::vector<std::string>{"x", "y", ""});
}

TEST_CASE("labels say what tells scores apart, and no more") {
  const PublishedScores scores = scores_of({
      priced_record("a", "60", "1", {{"effort", "high"}}),
      priced_record("a2", "60", "1", {{"model_id", "acme/a"}, {"effort", "low"}, {"harness", "x"}}),
      priced_record("a3", "60", "1", {{"model_id", "acme/a"}, {"effort", "low"}, {"harness", "y"}}),
      priced_record("b", "60", "1", {{"effort", "high"}}),
  });
  CHECK(score_labels(all_rows(scores)) == std::vector<std::string>{"a@high", "a@low (x)", "a@low (y)", "b"});
}

TEST_CASE("a published score decides a limit on its interval alone, and a published cost none") {
  const PublishedScores scores =
      scores_of({priced_record("known", "90", "0.001", {{"n", 1000}, {"origin", "independent"}}),
                 priced_record("unsure", "95", "0.001")});
  Policy policy;
  PolicyLimit quality{"quality_at_least", "quality"};
  quality.bound = Bound{Side::at_least, 0.8};
  PolicyLimit cost{"usd_per_thousand_tasks_at_most", "usd_per_thousand_tasks"};
  cost.bound = Bound{Side::at_most, Money::parse(Currency(), "5")};
  policy.limits = {quality, cost};
  policy.weights = {{"quality", 1, 0, 1, false}, {"latency_p95", 1, 8, 1, false}};
  DecisionOptions options;
  options.draws = 100;
  options.weightings = 100;
  const auto rows = all_rows(scores);
  std::vector<Candidate> candidates = published_candidates(rows, score_labels(rows), policy, options);
  REQUIRE(candidates.size() == 2);
  CHECK(candidates[0].figures.at("quality").evidence == EvidenceKind::published_independent);
  CHECK(candidates[1].figures.at("quality").evidence == EvidenceKind::published_vendor);
  CHECK(candidates[0].figures.at("quality").seen.n == 1000);
  CHECK(candidates[0].figures.at("quality").source.find("invented") != std::string::npos);
  CHECK(std::get<Money>(*candidates[0].figures.at("usd_per_thousand_tasks").seen.value).decimal() == "1");
  CHECK_FALSE(candidates[0].figures.at("latency_p95").seen.unknown.empty());
  const Decision decision = decide_policy(policy, std::move(candidates), options);
  CHECK(decision.results[0].limits[0].state == RuleState::passed);
  CHECK(decision.results[1].limits[0].state == RuleState::unresolved);
  CHECK(decision.results[0].limits[1].state == RuleState::unresolved);
  CHECK(decision.verdict == DecisionVerdict::unresolved);
}

TEST_CASE("a score that is no share is no quality of a policy") {
  const PublishedScores scores =
      scores_of({priced_record("a", "60", "1", {{"scale", "index"}, {"metric_family", "rating"}})});
  Policy policy;
  policy.weights = {{"quality/bench", 1, 0, 1, false}, {"quality/other", 1, 0, 1, false}};
  const auto rows = all_rows(scores);
  const std::vector<Candidate> found = published_candidates(rows, score_labels(rows), policy, {});
  CHECK(found[0].figures.at("quality").seen.unknown == "bench is no share of items that were solved");
  CHECK_FALSE(found[0].figures.at("quality/bench").seen.value);
  CHECK(found[0].figures.at("quality/other").seen.unknown == "this is a score on bench, not on other");
}
