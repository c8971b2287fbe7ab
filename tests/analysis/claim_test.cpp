#include "analysis/claim.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/outcome_sample.h"

using namespace costwar;
using namespace costwar::analysis;
using costwar::testing::OutcomeSample;
using doctest::Approx;

namespace {

// Rows by who solved them; the cheap model costs between 0.05 and 0.15, the strong one 1.
OutcomeSample by_counts(int both, int cheap, int strong, int neither, bool strong_is_free = false) {
  OutcomeSample sample({"cheap", "strong"});
  int i = 0;
  const auto rows = [&](int n, bool a, bool b) {
    for (int k = 0; k < n; ++k, ++i) sample.row({a, b}, {0.05 + 0.01 * (i % 11), strong_is_free ? 0.0 : 1.0});
  };
  rows(both, true, true);
  rows(cheap, true, false);
  rows(strong, false, true);
  rows(neither, false, false);
  return sample;
}

ClaimFinding judge(const OutcomeSample& sample, ClaimBounds bounds) {
  const ClaimOptions options;
  return judge_claim(bounds, capability_ratio(sample.shared(), 0, 1, options),
                     total_cost_ratio(sample.shared(), 0, 1, options), options.alpha);
}

}  // namespace

TEST_CASE("supported needs both, refuted needs one, and the rest is unresolved") {
  const OutcomeSample good = by_counts(780, 20, 60, 140);  // 800 of 1000 against 840
  CHECK(judge(good, {0.90, 0.25}).verdict == ClaimVerdict::supported);
  CHECK(judge(good, {0.98, 0.25}).verdict == ClaimVerdict::refuted);
  CHECK(judge(good, {0.90, 0.05}).verdict == ClaimVerdict::refuted);
  const ClaimFinding close = judge(good, {0.95, 0.25});
  CHECK(close.verdict == ClaimVerdict::unresolved);
  CHECK(close.parts[0].verdict == ClaimVerdict::unresolved);
  CHECK(close.parts[1].verdict == ClaimVerdict::supported);
  CHECK(close.items_needed.value() > 1000);
  CHECK(judge(good, {0.90, {}}).parts.size() == 1);
  CHECK(judge(good, {}).verdict == ClaimVerdict::no_evidence);
}

TEST_CASE("the items needed decide it") {
  const ClaimFinding close = judge(by_counts(78, 2, 6, 14), {0.90, {}});
  REQUIRE(close.verdict == ClaimVerdict::unresolved);
  const auto needed = close.items_needed.value();
  CHECK(needed > 100);
  const int times = static_cast<int>(needed / 100) + 1;
  CHECK(judge(by_counts(78 * times, 2 * times, 6 * times, 14 * times), {0.90, {}}).verdict ==
        ClaimVerdict::supported);
}

TEST_CASE("nothing to divide by") {
  const ClaimFinding nothing = judge(by_counts(0, 10, 0, 90), {0.5, 0.5});
  CHECK(nothing.verdict == ClaimVerdict::no_evidence);
  CHECK(nothing.parts[0].ratio.unknown == "strong solved nothing: there is nothing to divide by");
  const ClaimFinding free = judge(by_counts(50, 0, 50, 0, true), {0.4, 0.5});
  CHECK(free.parts[1].ratio.unknown == "the strong model cost nothing: there is nothing to divide by");
  OutcomeSample unpriced = by_counts(50, 0, 50, 0);
  auto shared = unpriced.shared();
  shared.models[0].unpriced = 3;
  const ClaimRatio ratio = total_cost_ratio(shared, 0, 1, {});
  CHECK_FALSE(ratio.value.has_value());
  CHECK(ratio.unknown == "3 of 100 tasks of cheap have no known price");
}

TEST_CASE("costs that never vary are exact, and ranges widen") {
  OutcomeSample flat({"cheap", "strong"});
  for (int i = 0; i < 50; ++i) flat.row({true, true}, {0.1, 0.4});
  const ClaimRatio exact = total_cost_ratio(flat.shared(), 0, 1, {});
  CHECK(exact.exact);
  CHECK(exact.value.value() == Approx(0.25));
  CHECK(judge_claim({{}, 0.25001}, {}, exact, 0.05).verdict == ClaimVerdict::supported);
  CHECK(judge_claim({{}, 0.24999}, {}, exact, 0.05).verdict == ClaimVerdict::refuted);
  auto ranged = by_counts(50, 0, 50, 0).shared();
  const ClaimRatio before = total_cost_ratio(ranged, 0, 1, {});
  for (double& high : ranged.models[0].cost_high) high *= 2;
  const ClaimRatio after = total_cost_ratio(ranged, 0, 1, {});
  CHECK(after.support->low == Approx(before.support->low));
  CHECK(after.support->high == Approx(2 * before.support->high).epsilon(0.02));
}

TEST_CASE("chi-bench: 32 and 47 of 225 leave the ratio open") {
  // 75 tasks, three trials each: at worst the trials of a task say the same.
  const ClaimRatio ratio = unpaired_capability_ratio(32.0 / 225, 75, 47.0 / 225, 75, {});
  CHECK(ratio.value.value() == Approx(0.681).epsilon(1e-3));
  CHECK(ratio.refute->low <= 0.45);
  CHECK(ratio.refute->high >= 1.03);
  CHECK(judge_claim({0.80, {}}, ratio, {}, 0.05).verdict == ClaimVerdict::unresolved);
}
