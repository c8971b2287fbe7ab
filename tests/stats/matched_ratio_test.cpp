#include "stats/matched_ratio.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "stats/proportion.h"

using namespace costwar::stats;
using doctest::Approx;

namespace {

// The likelihood of the four cells under a ratio, maximised over the share that only the first solves by
// looking at very many; the closed form of the library must agree with it.
double score_by_search(const PairedCounts& counts, double ratio) {
  const double n = static_cast<double>(counts.items());
  const double solved = static_cast<double>(counts.both + counts.only_first + counts.only_second) / n;
  double best = -INFINITY, first = 0, second = 0;
  constexpr int kSteps = 400'000;
  for (int i = 0; i <= kSteps; ++i) {
    const double u = solved * ratio / (1 + ratio) * i / kSteps;
    const double c = ratio * u - (ratio - 1) * solved;
    const double a = solved - u - c;
    if (c < 0 || a < 0) continue;
    const auto term = [](std::int64_t count, double share) {
      return count == 0 ? 0 : static_cast<double>(count) * std::log(share);
    };
    const double value = term(counts.both, a) + term(counts.only_first, u) + term(counts.only_second, c);
    if (value > best) best = value, first = u, second = c;
  }
  const double distance = static_cast<double>(counts.both + counts.only_first) -
                          ratio * static_cast<double>(counts.both + counts.only_second);
  return distance / std::sqrt(n * ratio * (first + second));
}

// How often the interval holds the true ratio, for independent items.
double coverage(double both, double only_first, double only_second, int n) {
  constexpr int kRuns = 4000;
  costwar::RandomStream random(7, "matched ratio");
  const double truth = (both + only_first) / (both + only_second);
  int covered = 0;
  for (int run = 0; run < kRuns; ++run) {
    PairedCounts counts;
    for (int i = 0; i < n; ++i) {
      const double u = random.unit();
      ++(u < both                              ? counts.both
         : u < both + only_first               ? counts.only_first
         : u < both + only_first + only_second ? counts.only_second
                                               : counts.neither);
    }
    covered += matched_ratio_interval(counts).contains(truth) ? 1 : 0;
  }
  return static_cast<double>(covered) / kRuns;
}

}  // namespace

TEST_CASE("the score at either end of the interval is the critical value, by search") {
  for (const PairedCounts& counts : {PairedCounts{60, 12, 20, 8}, PairedCounts{5, 0, 9, 6},
                                     PairedCounts{747, 95, 383, 94}, PairedCounts{3, 17, 2, 30}}) {
    const Interval interval = matched_ratio_interval(counts);
    CHECK(score_by_search(counts, interval.low) == Approx(1.959964).epsilon(1e-3));
    CHECK(score_by_search(counts, interval.high) == Approx(-1.959964).epsilon(1e-3));
    CHECK(interval.contains(matched_ratio(counts)));
  }
}

TEST_CASE("a ratio of shares is never certain") {
  // Both solved all: the ratio that a score test does not reject reaches 1 + z^2 / n.
  const Interval all = matched_ratio_interval({100, 0, 0, 0});
  CHECK(all.high == Approx(1 + 1.959964 * 1.959964 / 100).epsilon(1e-6));
  CHECK(all.low == Approx(1 / all.high).epsilon(1e-6));
  CHECK(matched_ratio_interval({0, 3, 0, 7}).high == INFINITY);
  CHECK(matched_ratio_interval({0, 0, 3, 7}).low == 0);
  CHECK(matched_ratio_interval({0, 0, 0, 10}) == Interval{0, INFINITY});
  CHECK(matched_ratio_interval({}) == Interval{0, INFINITY});
  CHECK(std::isnan(matched_ratio({0, 0, 0, 4})));
}

TEST_CASE("exchanging the models turns the interval over") {
  const Interval one = matched_ratio_interval({60, 12, 20, 8});
  const Interval other = matched_ratio_interval({60, 20, 12, 8});
  CHECK(one.low == Approx(1 / other.high).epsilon(1e-9));
  CHECK(one.high == Approx(1 / other.low).epsilon(1e-9));
}

TEST_CASE("the interval covers as it says") {
  // Three Monte Carlo standard errors of 4,000 runs are one point.
  CHECK(coverage(0.60, 0.05, 0.20, 100) > 0.94);
  CHECK(coverage(0.90, 0.02, 0.05, 60) > 0.94);
  CHECK(coverage(0.10, 0.05, 0.15, 80) > 0.94);
}

TEST_CASE("clusters of one are items, and equal repeats add nothing") {
  std::vector<PairedCounts> single, repeated;
  const auto add = [&](std::int64_t n, PairedCounts one) {
    for (std::int64_t i = 0; i < n; ++i) {
      single.push_back(one);
      repeated.push_back({3 * one.both, 3 * one.only_first, 3 * one.only_second, 3 * one.neither});
    }
  };
  add(60, {1, 0, 0, 0});
  add(12, {0, 1, 0, 0});
  add(20, {0, 0, 1, 0});
  add(8, {0, 0, 0, 1});
  const Interval items = matched_ratio_interval({60, 12, 20, 8});
  const Interval alone = clustered_matched_ratio_interval(single).value();
  // t on 99 degrees in the place of z.
  CHECK(alone.low == Approx(items.low).epsilon(0.005));
  CHECK(alone.high == Approx(items.high).epsilon(0.005));
  const Interval thrice = clustered_matched_ratio_interval(repeated).value();
  CHECK(thrice.low == Approx(alone.low).epsilon(0.02));
  CHECK(thrice.high == Approx(alone.high).epsilon(0.02));
  CHECK_FALSE(clustered_matched_ratio_interval(std::vector<PairedCounts>{{1, 2, 3, 4}}).has_value());
}

TEST_CASE("separate sets of items: the ends are where the score is critical") {
  // 47 and 32 of 225 (chi-bench): the interval by the logarithm's normal approximation is [0.45, 1.03].
  const Interval interval = unpaired_ratio_interval({32.0 / 225, 225}, {47.0 / 225, 225});
  CHECK(interval.low == Approx(0.455).epsilon(0.01));
  CHECK(interval.high == Approx(1.022).epsilon(0.01));
  CHECK(unpaired_ratio_interval({0.5, 10}, {0, 10}).high == INFINITY);
  CHECK(unpaired_ratio_interval({0, 10}, {0.5, 10}).low == 0);
  CHECK(unpaired_ratio_interval({1, 50}, {1, 50}).width() > 0.05);
  CHECK(unpaired_ratio_interval({0, 10}, {0, 10}) == Interval{0, INFINITY});
}
