#include <doctest/doctest.h>

#include <cstdint>

#include "stats/paired.h"

using costwar::stats::Interval;
using costwar::stats::paired_difference;
using costwar::stats::paired_difference_interval;
using costwar::stats::PairedCounts;
using costwar::stats::tango_interval;
using doctest::Approx;

TEST_CASE("Tango's interval is what the score test does not reject") {
  // The discordant share under each difference found by numerical maximisation of the likelihood (SciPy's
  // minimize_scalar), the ends by brentq: independent of the closed form.
  struct Row {
    PairedCounts counts;
    Interval bounds;
  };
  for (const Row& row : {Row{{36, 12, 2, 0}, {0.06111240679, 0.34470874765}},
                         Row{{43, 1, 0, 0}, {-0.05939323110, 0.11807709698}},
                         Row{{747, 383, 95, 94}, {0.18804409739, 0.24865729114}},
                         Row{{10, 5, 5, 0}, {-0.30584838850, 0.30584838850}},
                         Row{{36, 14, 0, 0}, {0.17474170671, 0.41665123696}}}) {
    const Interval bounds = tango_interval(row.counts);
    CHECK(bounds.low == Approx(row.bounds.low).epsilon(1e-7));
    CHECK(bounds.high == Approx(row.bounds.high).epsilon(1e-7));
  }
}

TEST_CASE("without a discordant pair the interval is z^2 / (n + z^2) to either side, whoever solved what") {
  const double end = 0.07134759913335871;  // n = 50
  for (const PairedCounts& counts :
       {PairedCounts{0, 0, 0, 50}, PairedCounts{50, 0, 0, 0}, PairedCounts{25, 0, 0, 25}}) {
    const Interval bounds = tango_interval(counts);
    CHECK(bounds.high == Approx(end).epsilon(1e-9));
    CHECK(bounds.low == Approx(-end).epsilon(1e-9));
    CHECK(paired_difference_interval(counts) == bounds);
  }
}

TEST_CASE("Tango's interval has a width, stays in [-1, 1], holds its estimate, and mirrors") {
  for (std::int64_t first = 0; first <= 12; ++first)
    for (std::int64_t second = 0; second + first <= 12; ++second) {
      const PairedCounts counts{12 - first - second, first, second, 0};
      const Interval bounds = tango_interval(counts);
      const Interval mirrored = tango_interval({counts.both, second, first, 0});
      CAPTURE(first);
      CAPTURE(second);
      CHECK(bounds.width() > 0.1);
      CHECK(bounds.low >= -1);
      CHECK(bounds.high <= 1);
      CHECK(bounds.contains(paired_difference(counts)));
      CHECK(bounds.low == Approx(-mirrored.high).epsilon(1e-9));
    }
  CHECK(tango_interval({}) == Interval{-1, 1});
}
