#include "stats/paired.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using costwar::stats::holm_adjusted;
using costwar::stats::Interval;
using costwar::stats::items_to_resolve;
using costwar::stats::mcnemar_exact_p;
using costwar::stats::paired_difference;
using costwar::stats::paired_difference_interval;
using costwar::stats::paired_standard_error;
using costwar::stats::PairedCounts;
using doctest::Approx;

namespace {
// RouteLLM's published GSM8K answers, GPT-4-1106 against Mixtral: counts in docs/measuring.md.
constexpr PairedCounts kRouteLlm{747, 383, 95, 94};
// GSM8K 175B, verification against finetuning.
constexpr PairedCounts kVerification{382, 360, 76, 501};
}  // namespace

TEST_CASE("golden pairs: RouteLLM on GSM8K") {
  CHECK(kRouteLlm.items() == 1319);
  CHECK(paired_difference(kRouteLlm) == Approx(0.2183472328).epsilon(1e-9));
  CHECK(paired_standard_error(kRouteLlm) == Approx(0.0154527092).epsilon(1e-8));
  CHECK(mcnemar_exact_p(383, 95) == Approx(5.116e-42).epsilon(1e-3));
}

TEST_CASE("golden pairs: GSM8K verification") {
  CHECK(paired_difference(kVerification) == Approx(0.5625473844 - 0.3472327521).epsilon(1e-9));
  CHECK(paired_standard_error(kVerification) == Approx(0.0146841573).epsilon(1e-8));
  CHECK(mcnemar_exact_p(360, 76) == Approx(2.891e-45).epsilon(1e-3));
}

TEST_CASE("McNemar counts coin tosses on both sides") {
  CHECK(mcnemar_exact_p(5, 0) == Approx(0.0625));
  CHECK(mcnemar_exact_p(0, 5) == Approx(0.0625));
  CHECK(mcnemar_exact_p(9, 2) == Approx(0.0654296875));
  CHECK(mcnemar_exact_p(4, 4) == 1);
  CHECK(mcnemar_exact_p(0, 0) == 1);
}

TEST_CASE("method 10 for several tables") {
  // Recomputed from the formula in an independent program.
  struct Row {
    PairedCounts counts;
    Interval bounds;
  };
  const std::vector<Row> rows{
      {{36, 12, 2, 0}, {0.0569295840, 0.3404276030}},   // negative correlation, used as it is
      {{20, 12, 2, 16}, {0.0561564248, 0.3292069954}},  // positive, corrected
      {{36, 14, 0, 0}, {0.1528395179, 0.4166512370}},   // one solved all
      {{0, 0, 0, 50}, {-0.0713475991, 0.0713475991}},      {{747, 383, 95, 94}, {0.1878099546, 0.2484222228}},
      {{382, 360, 76, 501}, {0.1862092106, 0.2437477557}},
  };
  for (const Row& row : rows) {
    const Interval bounds = paired_difference_interval(row.counts);
    CHECK(bounds.low == Approx(row.bounds.low).epsilon(1e-8));
    CHECK(bounds.high == Approx(row.bounds.high).epsilon(1e-8));
  }
}

TEST_CASE("no paired interval has zero width, leaves [-1, 1] or misses its estimate; swapping mirrors it") {
  for (std::int64_t both = 0; both <= 6; ++both)
    for (std::int64_t first = 0; first <= 6; ++first)
      for (std::int64_t second = 0; second <= 6; ++second)
        for (std::int64_t neither = 0; neither <= 6; ++neither) {
          const PairedCounts counts{both, first, second, neither};
          if (counts.items() == 0) continue;
          const Interval bounds = paired_difference_interval(counts);
          const Interval mirrored = paired_difference_interval({both, second, first, neither});
          CAPTURE(both);
          CAPTURE(first);
          CAPTURE(second);
          CAPTURE(neither);
          CHECK(bounds.width() > 1e-3);
          CHECK(bounds.low >= -1 - 1e-12);
          CHECK(bounds.high <= 1 + 1e-12);
          CHECK(bounds.contains(paired_difference(counts)));
          CHECK(bounds.low == Approx(-mirrored.high).epsilon(1e-12));
        }
  CHECK(paired_difference_interval({}) == Interval{-1, 1});
}

TEST_CASE("Holm's adjustment keeps the order given and never falls below the raw value") {
  const std::vector<double> raw{0.01, 0.04, 0.03, 0.005};
  const std::vector<double> adjusted = holm_adjusted(raw);
  CHECK(adjusted[0] == Approx(0.03));
  CHECK(adjusted[1] == Approx(0.06));
  CHECK(adjusted[2] == Approx(0.06));
  CHECK(adjusted[3] == Approx(0.02));
  CHECK(holm_adjusted(std::vector<double>{0.04}).front() == Approx(0.04));
  CHECK(holm_adjusted(std::vector<double>{0.7, 0.8}).back() == 1);
}

TEST_CASE("three points at 15 % discordance take about 1,300 shared items") {
  CHECK(items_to_resolve(0.03, 0.15) == 1301);
  CHECK(items_to_resolve(-0.03, 0.15) == 1301);
  CHECK_FALSE(items_to_resolve(0, 0.15).has_value());
  CHECK_FALSE(items_to_resolve(0.5, 0.2).has_value());
}
