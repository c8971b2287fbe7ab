// Judges against labels: Cohen's kappa and prediction-powered means.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "stats/kappa.h"
#include "stats/prediction_powered.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

const std::vector<double> kLabels{1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1};
const std::vector<double> kJudged{.9, .2, .8, .7, .4, .9, .6, .1, .9, .8,
                                  .3, .5, .7, .9, .6, .2, .8, .4, .9, .5};

std::vector<LabelledItem> labelled() {
  std::vector<LabelledItem> items;
  for (std::size_t i = 0; i < kLabels.size(); ++i) items.push_back({kLabels[i], kJudged[i]});
  return items;
}

std::vector<double> unlabelled() {
  std::vector<double> judged;
  for (int i = 0; i < 40; ++i) judged.push_back((i * 7 % 41) / 41.0);
  return judged;
}

}  // namespace

TEST_CASE("kappa agrees with statsmodels' cohens_kappa") {
  const auto two = cohens_kappa(std::vector<std::int64_t>{20, 5, 10, 15}, 2);
  REQUIRE(two.has_value());
  CHECK(two->kappa == Approx(0.4).epsilon(1e-12));
  CHECK(two->agreement == Approx(0.7));
  CHECK(two->chance_agreement == Approx(0.5));
  CHECK(two->standard_error == Approx(0.12699606293110033).epsilon(1e-10));
  CHECK(two->interval.low == Approx(0.151092290476661).epsilon(1e-10));
  CHECK(two->interval.high == Approx(0.6489077095233389).epsilon(1e-10));
  const auto three = cohens_kappa(std::vector<std::int64_t>{44, 5, 1, 7, 20, 3, 9, 5, 6}, 3);
  REQUIRE(three.has_value());
  CHECK(three->kappa == Approx(0.49152542372881347).epsilon(1e-12));
  CHECK(three->standard_error == Approx(0.07212745929334068).epsilon(1e-10));
}

TEST_CASE("perfect agreement is not certainty") {
  const auto perfect = cohens_kappa(std::vector<std::int64_t>{15, 0, 0, 15}, 2);
  REQUIRE(perfect.has_value());
  CHECK(perfect->kappa == 1);
  CHECK(perfect->interval.high == 1);
  CHECK(perfect->interval.low == Approx(2 * 30 / (30 + 3.841458820694124) - 1).epsilon(1e-12));
  const auto opposite = cohens_kappa(std::vector<std::int64_t>{0, 15, 15, 0}, 2);
  REQUIRE(opposite.has_value());
  CHECK(opposite->kappa == -1);
  CHECK(opposite->interval.width() > 0.1);
}

TEST_CASE("no kappa without items, and none where both always say the same") {
  CHECK_FALSE(cohens_kappa(std::vector<std::int64_t>{0, 0, 0, 0}, 2).has_value());
  CHECK_FALSE(cohens_kappa(std::vector<std::int64_t>{30, 0, 0, 0}, 2).has_value());
}

TEST_CASE("prediction-powered means equal the formulas computed in numpy") {
  const auto plain = prediction_powered_mean(labelled(), unlabelled(), JudgeWeight::one);
  REQUIRE(plain.has_value());
  CHECK(plain->weight == 1);
  CHECK(plain->mean == Approx(0.5242682926829269).epsilon(1e-12));
  CHECK(plain->standard_error == Approx(0.08000259718143525).epsilon(1e-12));
  CHECK(plain->interval.low == Approx(0.3568209323670445).epsilon(1e-10));
  CHECK(plain->interval.high == Approx(0.6917156529988092).epsilon(1e-10));
  CHECK(plain->judge_bias == Approx(-0.045).epsilon(1e-10));
  const auto tuned = prediction_powered_mean(labelled(), unlabelled());
  REQUIRE(tuned.has_value());
  CHECK(tuned->weight == Approx(0.910290242557133).epsilon(1e-12));
  CHECK(tuned->mean == Approx(0.5355476536492191).epsilon(1e-12));
  CHECK(tuned->standard_error == Approx(0.08023648715326975).epsilon(1e-12));
}

TEST_CASE("a judge who says the same of everything has no say") {
  std::vector<LabelledItem> items = labelled();
  for (LabelledItem& item : items) item.judged = 0.5;
  const auto mean = prediction_powered_mean(items, std::vector<double>(100, 0.5));
  REQUIRE(mean.has_value());
  CHECK(mean->weight == 0);
  CHECK(mean->mean == Approx(13.0 / 20));
}

TEST_CASE("a judge's bias is taken off") {
  std::vector<LabelledItem> items;
  for (int i = 0; i < 100; ++i)
    items.push_back({i % 2 == 0 ? 1.0 : 0.0, i % 2 == 0 || i % 5 == 0 ? 1.0 : 0.0});
  std::vector<double> judged;
  for (int i = 0; i < 1000; ++i) judged.push_back(i % 10 < 6 ? 1.0 : 0.0);
  const auto mean = prediction_powered_mean(items, judged, JudgeWeight::one);
  REQUIRE(mean.has_value());
  CHECK(mean->judged_mean == Approx(0.6));
  CHECK(mean->judge_bias == Approx(0.1));
  CHECK(mean->mean == Approx(0.5));
}

TEST_CASE("a judge who never contradicted a label may still do so") {
  std::vector<LabelledItem> items;
  for (int i = 0; i < 20; ++i) items.push_back({i % 2 == 0 ? 1.0 : 0.0, i % 2 == 0 ? 1.0 : 0.0});
  std::vector<double> judged;
  for (int i = 0; i < 10000; ++i) judged.push_back(i % 2 == 0 ? 1.0 : 0.0);
  const auto mean = prediction_powered_mean(items, judged);
  REQUIRE(mean.has_value());
  // t(19) = 2.093: 4.381 / 24.381 to either side, and more for the sample's own error.
  CHECK(mean->interval.high - 0.5 > 0.1796);
  CHECK(mean->interval.high - 0.5 < 0.19);
  const auto all_good =
      prediction_powered_mean(std::vector<LabelledItem>(20, {1, 1}), std::vector<double>(50, 1.0));
  REQUIRE(all_good.has_value());
  CHECK(all_good->mean == 1);
  CHECK(all_good->interval.low < 0.83);
  CHECK_FALSE(prediction_powered_mean(std::vector<LabelledItem>(1, {1, 1}), judged).has_value());
}
