#include "stats/resampled.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "stats/student_t.h"

using namespace costwar;
using namespace costwar::stats;
using doctest::Approx;

namespace {

std::vector<double> normal_like(std::size_t n) {
  RandomStream random(3, "values");
  std::vector<double> values(n);
  for (double& value : values) {
    value = 0;
    for (int i = 0; i < 12; ++i) value += random.unit();
  }
  return values;
}

ResamplingOptions with_stream(std::int64_t fewest, std::int64_t most) {
  ResamplingOptions options;
  options.fewest = fewest;
  options.most = most;
  return options;
}

}  // namespace

TEST_CASE("the interval of a mean is the t interval where means are normal") {
  const std::vector<double> rows = normal_like(400);
  ClusterSums sums(rows, 1, {});
  const Resampled resampled(1, with_stream(2000, 40'000), [&](std::span<double> values) {
    sums.draw(values);
    values[0] /= 400;
  });
  CHECK(resampled.settled());
  CHECK(resampled.worst_error() <= 0.01);
  CHECK(resampled.resamples() > 2000);
  const Interval t = mean_t_interval(rows).value();
  CHECK(resampled.interval(0).low == Approx(t.low).epsilon(0.002));
  CHECK(resampled.interval(0).high == Approx(t.high).epsilon(0.002));
}

TEST_CASE("what does not settle says so") {
  const std::vector<double> rows = normal_like(50);
  ClusterSums sums(rows, 1, {});
  const Resampled resampled(1, with_stream(100, 200), [&](std::span<double> values) { sums.draw(values); });
  CHECK_FALSE(resampled.settled());
  CHECK(resampled.resamples() == 200);
  CHECK(resampled.worst_error() > 0.01);
}

TEST_CASE("resamples without a value are counted and left out") {
  RandomStream random(1, "holes");
  const Resampled resampled(2, with_stream(1000, 1000), [&](std::span<double> values) {
    values[0] = random.unit() < 0.25 ? NAN : 1;
    values[1] = NAN;
  });
  CHECK(resampled.defined(0) == Approx(0.75).epsilon(0.1));
  CHECK(resampled.mean(0) == 1);
  CHECK(resampled.interval(0) == Interval{1, 1});
  CHECK(resampled.defined(1) == 0);
  CHECK(std::isnan(resampled.interval(1).low));
}

TEST_CASE("sums of columns keep clusters whole, and the same seed draws the same") {
  const std::vector<double> rows{1, 10, 2, 20, 3, 30};
  ClusterSums sums(rows, 2, {5, "a"}), again(rows, 2, {5, "a"}), other(rows, 2, {6, "a"});
  std::vector<double> first(2), second(2), third(2);
  bool differs = false;
  for (int i = 0; i < 50; ++i) {
    sums.draw(first);
    again.draw(second);
    other.draw(third);
    CHECK(first[1] == 10 * first[0]);
    CHECK(first == second);
    differs = differs || first != third;
  }
  CHECK(differs);
  sums.whole(first);
  CHECK(first == std::vector<double>{6, 60});
}
