#include "stats/saturation_knee.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"

using namespace costwar::stats;
using costwar::RandomStream;
using doctest::Approx;

namespace {

std::vector<SaturationPoint> hard_knee(std::initializer_list<double> levels, double most, double seconds,
                                       double noise = 0, std::uint64_t seed = 0) {
  RandomStream random(seed, "knee");
  std::vector<SaturationPoint> points;
  for (const double n : levels) {
    const double x = std::min(n / seconds, most) * (1 + noise * (random.unit() * 2 - 1));
    points.push_back({n, x, noise * x * 0.58});
  }
  return points;
}

}  // namespace

TEST_CASE("a hard knee is found exactly, with and without points near it") {
  const SaturationFit fit = saturation_knee(hard_knee({1, 2, 4, 8, 16, 32, 64}, 12, 2));
  REQUIRE(fit.knee.has_value());
  CHECK(fit.knee->concurrency.value == Approx(24));
  CHECK(fit.knee->per_second.value == Approx(12));
  CHECK(fit.knee->seconds.value == Approx(2));
  CHECK(saturation_knee(hard_knee({1, 2, 8, 16, 20, 22, 24, 26, 28, 32}, 12, 2)).knee->concurrency.value ==
        Approx(24));
  // In any order, and one slot is a knee too.
  auto shuffled = hard_knee({16, 1, 64, 4}, 12, 2);
  CHECK(saturation_knee(shuffled).knee->concurrency.value == Approx(24));
  CHECK(saturation_knee(hard_knee({1, 2, 4}, 0.5, 2)).knee->concurrency.value == Approx(1));
}

TEST_CASE("noise of 3 % moves the knee by less than 5 %, and the interval says so") {
  int within = 0;
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto fit = saturation_knee(hard_knee({1, 2, 4, 8, 16, 32, 64, 128}, 12, 2, 0.03, seed));
    REQUIRE(fit.knee.has_value());
    within += std::abs(fit.knee->concurrency.value / 24 - 1) < 0.05 ? 1 : 0;
    REQUIRE(fit.knee->concurrency.interval.has_value());
    covered += fit.knee->concurrency.interval->contains(24) ? 1 : 0;
  }
  CHECK(within >= 198);
  CHECK(covered >= 180);
}

TEST_CASE("a soft knee is where the asymptotes cross") {
  // Throughput below both bounds near the knee: X = (ray^-4 + max^-4)^(-1/4); at N* it is 16 % below.
  std::vector<SaturationPoint> points;
  for (const double n : {1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 24.0, 28.0, 32.0, 64.0, 128.0, 256.0}) {
    const double x = std::pow(std::pow(n / 2, -4) + std::pow(12.0, -4), -0.25);
    points.push_back({n, x, 0.002 * x});
  }
  const SaturationFit fit = saturation_knee(points);
  REQUIRE(fit.knee.has_value());
  CHECK(fit.knee->concurrency.value == Approx(24).epsilon(0.05));
}

TEST_CASE("throughput that falls under overload does not lower the plateau") {
  auto points = hard_knee({1, 4, 16, 32, 64}, 12, 2);
  points.push_back({128, 9, 0.05});
  points.push_back({256, 5, 0.05});
  CHECK(saturation_knee(points).knee->concurrency.value == Approx(24).epsilon(0.01));
}

TEST_CASE("where there is no knee it is said why") {
  CHECK(saturation_knee(hard_knee({1, 2, 4, 8}, 100, 2)).why_not ==
        "throughput still grew at 8 at once: go higher");
  CHECK(saturation_knee(hard_knee({64, 128, 256}, 12, 2)).why_not ==
        "throughput was the same from 64 at once on: begin lower");
  CHECK(saturation_knee(hard_knee({1, 2}, 12, 2)).why_not ==
        "a knee takes stages at three concurrencies or more, and 2 could be used");
  CHECK(saturation_knee({}).why_not.find("and 0 could") != std::string::npos);
  // A stage in which nothing ended well is no point.
  auto points = hard_knee({1, 2, 4}, 12, 2);
  points[1].per_second = 0;
  CHECK_FALSE(saturation_knee(points).knee.has_value());
}

TEST_CASE("without errors the scatter tells, and without scatter nothing does") {
  auto points = hard_knee({1, 2, 4, 32, 64}, 12, 2);
  CHECK_FALSE(saturation_knee(points).knee->concurrency.interval.has_value());
  points[1].per_second *= 1.02;
  points[4].per_second *= 0.99;
  const auto knee = saturation_knee(points).knee;
  REQUIRE(knee->concurrency.interval.has_value());
  CHECK(knee->concurrency.interval->contains(24));
}
