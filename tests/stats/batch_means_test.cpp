#include "stats/batch_means.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"
#include "stats/quantile.h"
#include "stats/student_t.h"

using namespace costwar::stats;
using costwar::RandomStream;
using doctest::Approx;

TEST_CASE("batch means of independent values are those of the values") {
  RandomStream random(3, "batch means");
  std::vector<double> series(3000);
  for (double& value : series) value = random.unit();
  const auto batches = batch_means(series);
  REQUIRE(batches.has_value());
  CHECK(batches->batches >= 10);
  CHECK(batches->mean == Approx(mean(series)));
  CHECK(batches->standard_error == Approx(0.2887 / 54.77).epsilon(0.4));
  REQUIRE(batches->interval().has_value());
  CHECK(batches->interval()->contains(0.5));
}

TEST_CASE("two values a batch worked out by hand") {
  // Means 1 and 3 in turn: no positive correlation, so 10 batches (20 values allow no more).
  std::vector<double> series;
  for (int i = 0; i < 10; ++i) {
    series.push_back(i % 2 == 0 ? 0 : 2);
    series.push_back(i % 2 == 0 ? 2 : 4);
  }
  const auto batches = batch_means(series);
  REQUIRE(batches.has_value());
  CHECK(batches->batches == 10);
  CHECK(batches->mean == 2);
  // s^2 of {1,3,1,3,...} = 10/9; error = sqrt(1/9).
  CHECK(batches->standard_error == Approx(1.0 / 3));
  CHECK(batches->interval()->high == Approx(2 + student_t_critical(0.95, 9) / 3));
}

TEST_CASE("a series that wanders gets fewer batches and a wider interval") {
  RandomStream random(4, "wander");
  std::vector<double> series;
  double value = 0;
  for (int i = 0; i < 600; ++i) series.push_back(value = 0.98 * value + random.unit() - 0.5);
  const auto batches = batch_means(series);
  REQUIRE(batches.has_value());
  std::vector<double> shuffled = series;
  random.shuffle(std::span<double>(shuffled));
  CHECK(batches->standard_error > 3 * batch_means(shuffled)->standard_error);
}

TEST_CASE("too few values, or equal ones, have no interval") {
  CHECK_FALSE(batch_means(std::vector<double>(19, 1)).has_value());
  const auto equal = batch_means(std::vector<double>(40, 1));
  REQUIRE(equal.has_value());
  CHECK_FALSE(equal->interval().has_value());
}

TEST_CASE("a rate is never known better than by one event") {
  const std::vector<double> even(kRateSlots, 2);  // 120 events in 12 s
  const RateEstimate rate = batch_rate(even, 12);
  CHECK(rate.per_second == 10);
  REQUIRE(rate.interval.has_value());
  CHECK(rate.interval->low == Approx(10 - 1.0 / 12));
  CHECK(rate.interval->high == Approx(10 + 1.0 / 12));
  std::vector<double> few(kRateSlots, 0);
  std::fill_n(few.begin(), 9, 1.0);
  CHECK_FALSE(batch_rate(few, 12).interval.has_value());
  CHECK(batch_rate(few, 12).per_second == Approx(0.75));
}

TEST_CASE("quantiles of correlated values have wider intervals, never narrower ones") {
  RandomStream random(5, "quantiles");
  std::vector<double> series;
  double level = 0;
  for (int i = 0; i < 2000; ++i) {
    if (i % 100 == 0) level = random.unit() * 3;
    series.push_back(level + random.unit());
  }
  std::vector<double> sorted = series;
  std::sort(sorted.begin(), sorted.end());
  const auto plain = quantile_interval(sorted, 0.5);
  const auto batches = batch_quantile_interval(series, sorted, 0.5);
  REQUIRE(batches.has_value());
  CHECK(batches->width() > 3 * plain->width());
  std::vector<double> shuffled = series;
  random.shuffle(std::span<double>(shuffled));
  const auto independent = batch_quantile_interval(shuffled, sorted, 0.5);
  CHECK(independent->low <= plain->low);
  CHECK(independent->high >= plain->high);
  CHECK(independent->width() < 2 * plain->width());
  CHECK_FALSE(batch_quantile_interval(std::vector<double>{1, 2}, std::vector<double>{1, 2}, 0.5).has_value());
}
