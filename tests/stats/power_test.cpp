#include "stats/power.h"

#include <doctest/doctest.h>

#include <cmath>

#include "stats/paired.h"

using namespace costwar::stats;
using doctest::Approx;

TEST_CASE("golden: three points at 15 % discordance, 80 % and 5 %") {
  // 7.848879734349088 * (0.15 - 0.0009) / 0.0009 = 1300.2977 (scipy.stats.norm).
  CHECK(paired_items_for(0.03, 0.15) == 1301);
  CHECK(paired_items_for(-0.03, 0.15) == 1301);
  CHECK(items_to_resolve(0.03, 0.15) == 1301);
}

TEST_CASE("what n items detect is the inverse of what a difference takes") {
  CHECK(detectable_paired_difference(1319, 0.15).value() == Approx(0.029787821023499066).epsilon(1e-12));
  for (const std::int64_t items : {50, 300, 1319, 20000}) {
    const double difference = detectable_paired_difference(items, 0.2).value();
    CHECK(std::abs(paired_items_for(difference, 0.2).value() - items) <= 1);
  }
  CHECK(detectable_mean_difference(400, 0.25).value() == Approx(0.07003963045282421).epsilon(1e-12));
  CHECK(items_for_mean_difference(0.07003963045282421, 0.25).value() == 400);
}

TEST_CASE("clusters take as many times more items as their design effect") {
  CHECK(kish_design_effect(6, 0.3) == Approx(2.5));
  CHECK(kish_design_effect(1, 0.9) == 1);
  PowerOptions clustered;
  clustered.design_effect = 2.5;
  // 7.848879734349088 * 0.15 * 2.5 / 0.0009 = 3270.37.
  CHECK(items_for_mean_difference(0.03, 0.15, clustered) == 3271);
  CHECK(paired_items_for(0.03, 0.15, clustered) == 3251);
  CHECK(detectable_paired_difference(3251, 0.15, clustered).value() == Approx(0.03).epsilon(1e-3));
}

TEST_CASE("more power and a higher level take more items") {
  CHECK(paired_items_for(0.03, 0.15, {0.95, 0.9, 1}).value() > 1301);
  CHECK(paired_items_for(0.03, 0.15, {0.99, 0.8, 1}).value() > 1301);
}

TEST_CASE("what cannot be resolved has no number") {
  CHECK_FALSE(paired_items_for(0, 0.15).has_value());
  CHECK_FALSE(paired_items_for(0.2, 0.15).has_value());
  CHECK_FALSE(paired_items_for(1e-9, 0.5).has_value());
  CHECK_FALSE(items_for_mean_difference(0, 1).has_value());
  CHECK_FALSE(detectable_paired_difference(0, 0.15).has_value());
  // Ten items cannot find a difference of at most 5 points.
  CHECK_FALSE(detectable_paired_difference(10, 0.05).has_value());
  CHECK_FALSE(detectable_mean_difference(0, 1).has_value());
}
