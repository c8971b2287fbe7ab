#include "stats/clustered.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "stats/paired.h"
#include "stats/proportion.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

const std::vector<std::int64_t> kClusters{1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 5, 5, 5, 6, 6};
const std::vector<double> kSolved{1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0};
const std::vector<double> kDifferences{1, 0, 0, -1, 1, 0, 1, 1, 0, 0, 0, -1, 1, 0, 0, 1};

ClusteredMean mean_of(const std::vector<ClusterTotal>& clusters) {
  const auto mean = clustered_mean(clusters);
  REQUIRE(mean.has_value());
  return *mean;
}

std::vector<ClusterTotal> repeated(int clusters, std::int64_t solved, std::int64_t items) {
  const double sum = static_cast<double>(solved);
  return std::vector<ClusterTotal>(static_cast<std::size_t>(clusters), ClusterTotal{sum, sum, items});
}

}  // namespace

TEST_CASE("clusters are summed in the order of their numbers, wherever their items stand") {
  const auto totals = cluster_totals(std::vector<double>{1, 2, 3, 4}, std::vector<std::int64_t>{7, -1, 7, 3});
  REQUIRE(totals.size() == 3);
  CHECK(totals[0].sum == 2);
  CHECK(totals[1].sum == 4);
  CHECK(totals[2].sum == 4);
  CHECK(totals[2].squares == 10);
  CHECK(totals[2].items == 2);
}

TEST_CASE("the clustered standard error is that of a regression on a constant with cluster-robust errors") {
  // statsmodels 0.15: OLS(y, ones).fit(cov_type="cluster", cov_kwds={"groups": g}).
  const ClusteredMean mean = mean_of(cluster_totals(kSolved, kClusters));
  CHECK(mean.items == 16);
  CHECK(mean.clusters == 6);
  CHECK(mean.mean == Approx(0.625).epsilon(1e-12));
  CHECK(mean.standard_error == Approx(0.1535707796913203).epsilon(1e-12));
  CHECK(mean.naive_standard_error == Approx(0.125).epsilon(1e-12));
  CHECK(mean.design_effect() == Approx(1.5093750000000021).epsilon(1e-12));
  CHECK(mean.effective_items() == Approx(10.600414078674934).epsilon(1e-12));
  const auto bounds = clustered_t_interval(mean);
  REQUIRE(bounds.has_value());
  CHECK(bounds->low == Approx(0.23023374324098583).epsilon(1e-12));
  CHECK(bounds->high == Approx(1.0197662567590142).epsilon(1e-12));
}

TEST_CASE("clusters of one item give the ordinary standard error") {
  std::vector<ClusterTotal> items(1319);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].add(i < 1130 ? 1 : 0);
  const ClusteredMean mean = mean_of(items);
  CHECK(mean.standard_error == Approx(proportion_standard_error(1130, 1319)).epsilon(1e-12));
  CHECK(mean.design_effect() == Approx(1).epsilon(1e-12));
  CHECK(mean.effective_items() == Approx(1319).epsilon(1e-12));
}

TEST_CASE("Wilson with effective n solves the score equation") {
  // Roots of (p - q)^2 = t^2 q (1 - q) / n_eff, found by scipy.optimize.brentq.
  SUBCASE("16 items in 6 clusters") {
    const Interval bounds = effective_wilson_interval(mean_of(cluster_totals(kSolved, kClusters)));
    CHECK(bounds.low == Approx(0.2731872924839104).epsilon(1e-10));
    CHECK(bounds.high == Approx(0.8808141336649176).epsilon(1e-10));
  }
  SUBCASE("two clusters hold all failures: the variance has 3.4 degrees of freedom, and they count as 2") {
    std::vector<ClusterTotal> clusters = repeated(10, 5, 5);
    clusters.push_back({2, 2, 5});
    clusters.push_back({4, 4, 5});
    const ClusteredMean mean = mean_of(clusters);
    CHECK(mean.variance_degrees == Approx(3.3659751037344376).epsilon(1e-10));
    CHECK(mean.effective_items() == Approx(24.093872229465447).epsilon(1e-10));
    const Interval bounds = effective_wilson_interval(mean);
    CHECK(bounds.low == Approx(0.4950732530026043).epsilon(1e-9));
    CHECK(bounds.high == Approx(0.9950224241832941).epsilon(1e-9));
  }
  SUBCASE("clusters that do not vary count as one item each") {
    const Interval bounds = effective_wilson_interval(mean_of(repeated(12, 4, 5)));
    CHECK(bounds.low == Approx(0.482509584712239).epsilon(1e-10));
    CHECK(bounds.high == Approx(0.9449338086600616).epsilon(1e-10));
  }
  SUBCASE("all solved: 12 / (12 + t^2)") {
    const Interval bounds = effective_wilson_interval(mean_of(repeated(12, 5, 5)));
    CHECK(bounds.low == Approx(0.712405655620501).epsilon(1e-12));
    CHECK(bounds.high == 1);
    CHECK_FALSE(clustered_t_interval(mean_of(repeated(12, 5, 5))).has_value());
  }
}

TEST_CASE("repeating every item to the letter adds nothing") {
  std::vector<ClusterTotal> once(40);
  std::vector<ClusterTotal> ten_times(40);
  for (std::size_t i = 0; i < once.size(); ++i) {
    once[i].add(i % 4 == 0 ? 0 : 1);
    for (int repeat = 0; repeat < 10; ++repeat) ten_times[i].add(i % 4 == 0 ? 0 : 1);
  }
  CHECK(mean_of(ten_times).standard_error == Approx(mean_of(once).standard_error).epsilon(1e-12));
  CHECK(effective_wilson_interval(mean_of(ten_times)).width() >=
        effective_wilson_interval(mean_of(once)).width() * 0.98);
}

TEST_CASE("values between 0 and 1 get the doubt of their own spread") {
  std::vector<ClusterTotal> scores(50);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i].add(0.5 + (i % 2 == 0 ? 0.1 : -0.1));
  const ClusteredMean mean = mean_of(scores);
  const auto by_t = clustered_t_interval(mean);
  const Interval bounds = effective_wilson_interval(mean);
  REQUIRE(by_t.has_value());
  CHECK(bounds.low == Approx(by_t->low).epsilon(0.01));
  CHECK(bounds.high == Approx(by_t->high).epsilon(0.01));
}

TEST_CASE("clustered paired differences") {
  // Standard error and p from statsmodels as above; the interval from Tango's statistic with the discordant
  // share found by numerical maximisation of the likelihood, 16 items (the design effect is below 1) and t
  // on 5.
  const ClusteredMean mean = mean_of(cluster_totals(kDifferences, kClusters));
  CHECK(mean.mean == Approx(0.25).epsilon(1e-12));
  CHECK(mean.standard_error == Approx(0.08727650027355595).epsilon(1e-12));
  const auto p = clustered_difference_p(mean);
  REQUIRE(p.has_value());
  CHECK(*p == Approx(0.0352221464980944).epsilon(1e-10));
  const Interval bounds = clustered_difference_interval(mean);
  CHECK(bounds.low == Approx(-0.21910686961).epsilon(1e-6));
  CHECK(bounds.high == Approx(0.61638881846).epsilon(1e-6));
}

TEST_CASE("models that never differ get Tango's interval over the clusters") {
  const ClusteredMean mean = mean_of(repeated(50, 0, 4));
  const double t = 2.009575234489209;  // scipy.stats.t.ppf(0.975, 49)
  const Interval bounds = clustered_difference_interval(mean);
  CHECK(bounds.high == Approx(t * t / (50 + t * t)).epsilon(1e-9));
  CHECK(bounds.low == Approx(-bounds.high).epsilon(1e-9));
  CHECK(clustered_difference_p(mean) == 1);
}

TEST_CASE("models that always differ by the same have a width and no p") {
  const ClusteredMean mean = mean_of(repeated(20, 3, 3));
  const Interval bounds = clustered_difference_interval(mean);
  CHECK(bounds.high == 1);
  CHECK(bounds.low < 0.9);
  CHECK(bounds.low > 0.5);
  CHECK_FALSE(clustered_difference_p(mean).has_value());
}

TEST_CASE("fewer than two clusters give nothing, and empty ones do not count") {
  CHECK_FALSE(clustered_mean({}).has_value());
  CHECK_FALSE(clustered_mean(repeated(1, 30, 60)).has_value());
  std::vector<ClusterTotal> one_and_empty = repeated(1, 30, 60);
  one_and_empty.resize(5);
  CHECK_FALSE(clustered_mean(one_and_empty).has_value());
  one_and_empty.push_back({1, 1, 2});
  CHECK(mean_of(one_and_empty).clusters == 2);
}

TEST_CASE("no interval over clusters has zero width, leaves its range or misses its estimate") {
  for (std::int64_t items = 1; items <= 4; ++items)
    for (std::int64_t a = 0; a <= items; ++a)
      for (std::int64_t b = 0; b <= items; ++b)
        for (std::int64_t c = 0; c <= items; ++c) {
          std::vector<ClusterTotal> clusters;
          for (const std::int64_t solved : {a, b, c}) clusters.push_back(repeated(1, solved, items)[0]);
          const ClusteredMean mean = mean_of(clusters);
          CAPTURE(items);
          CAPTURE(a);
          CAPTURE(b);
          CAPTURE(c);
          const Interval share = effective_wilson_interval(mean);
          CHECK(share.width() > 0.05);
          CHECK(share.low >= 0);
          CHECK(share.high <= 1);
          CHECK(share.contains(mean.mean));
          const Interval difference = clustered_difference_interval(mean);
          CHECK(difference.width() > 0.05);
          CHECK(difference.low >= -1);
          CHECK(difference.high <= 1);
          CHECK(difference.contains(mean.mean));
        }
}
