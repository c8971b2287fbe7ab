#include "analysis/items_to_resolve.h"

#include <doctest/doctest.h>

#include "stats/paired.h"
#include "stats/proportion.h"

using namespace costwar;
using namespace costwar::analysis;

namespace {

stats::PairedCounts scaled(const stats::PairedCounts& counts, std::int64_t to) {
  const std::int64_t factor = to / counts.items() + 1;
  return {counts.both * factor, counts.only_first * factor, counts.only_second * factor,
          counts.neither * factor};
}

}  // namespace

TEST_CASE("as many shared items as are told resolve the same shares") {
  for (const stats::PairedCounts& counts :
       {stats::PairedCounts{20, 0, 0, 0}, {80, 6, 8, 6}, {80, 2, 12, 6}, {50, 10, 4, 36}}) {
    const double bound = -0.03;
    const auto items = items_for_paired_share(counts, 1, bound, 0.95);
    REQUIRE(items);
    CAPTURE(*items);
    CHECK(*items > counts.items());
    CHECK_FALSE(stats::paired_difference_interval(scaled(counts, *items)).contains(bound));
  }
}

TEST_CASE("items that never differ take as many as the interval without any difference") {
  // Tango's interval of no discordant pair reaches z^2 / (n + z^2): 3 points from n = 124.2 on.
  CHECK(items_for_paired_share({20, 0, 0, 0}, 1, -0.03, 0.95) == 125);
  CHECK(items_for_paired_share({20, 0, 0, 0}, 2, -0.03, 0.95).value() >= 248);
}

TEST_CASE("a difference at its bound is resolved by no number of items") {
  CHECK_FALSE(items_for_paired_share({90, 2, 5, 3}, 1, -0.03, 0.95));
  CHECK_FALSE(items_for_share(0.8, 100, 100, 0.8, 0.95));
  CHECK_FALSE(items_by_width(1.1, {1.0, 1.3}, 50, 1.1, Scale::logarithmic, 0.95));
  CHECK_FALSE(items_for_paired_share({}, 1, -0.03, 0.95));
}

TEST_CASE("as many items as are told resolve a share") {
  const auto items = items_for_share(0.84, 50, 50, 0.8, 0.95);
  REQUIRE(items);
  CHECK_FALSE(stats::wilson_interval_of_share(0.84, static_cast<double>(*items), 1.96).contains(0.8));
  // Without a failure the interval alone decides: z^2 / (n + z^2) below 2 % from n = 188.2 on.
  CHECK(items_for_share(1, 50, 50, 0.98, 0.95) == 189);
}

TEST_CASE("the width of any other interval falls with the root of n") {
  // Reaches 0.2 beyond 1 at n = 100; the bound is 0.1 away: (1.96 + 0.84)^2 / 1.96^2 * 4 times as many.
  const auto items = items_by_width(1, {0.8, 1.2}, 100, 1.1, Scale::linear, 0.95);
  REQUIRE(items);
  CHECK(*items == doctest::Approx(817).epsilon(0.01));
  CHECK_FALSE(items_by_width(1, {0.8, 1.0 / 0.0}, 100, 1.1, Scale::linear, 0.95));
}
