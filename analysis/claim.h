// Whether a statement of the form "CHEAP has at least 80 % of STRONG's capability at no more than 25 % of its
// cost" holds. Both ratios are of the same items. Supported: each holds with one-sided confidence 1 - alpha;
// since both must, no correction is needed (intersection-union test, Berger 1982, Technometrics 24, 295-300).
// Refuted: one of them fails with one-sided confidence 1 - alpha / 2 (Bonferroni over both ways to fail). So
// either verdict is wrong with a chance of at most alpha. Else unresolved. Pure; definitions in
// docs/claims.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/shared_outcomes.h"
#include "stats/interval.h"

namespace costwar::analysis {

enum class ClaimVerdict : std::uint8_t { supported, refuted, unresolved, no_evidence };
std::string_view claim_verdict_name(ClaimVerdict verdict);  // "supported"

// Ratios of the cheap model over the strong one; nullopt: nothing is said of it.
struct ClaimBounds {
  std::optional<double> capability;  // at least
  std::optional<double> cost;        // at most
};

struct ClaimOptions {
  double alpha = 0.05;
  std::uint64_t seed = 0;
  std::int64_t resamples = 10'000;
};

// A ratio with what the test needs of it.
struct ClaimRatio {
  std::optional<double> value;
  std::optional<stats::Interval> support;  // two-sided at 1 - 2 alpha: each end one-sided at 1 - alpha
  std::optional<stats::Interval> refute;   // two-sided at 1 - alpha: each end one-sided at 1 - alpha / 2
  bool exact = false;                      // it does not vary between items: ends are the value
  std::int64_t n = 0;                      // items, of which ...
  std::int64_t clusters = 0;               // ... so many are independent
  std::string unknown{};                   // why there is no interval; empty where there is one
  std::string kind{};                      // "solved tasks", "total cost", "cost per task as published"
};

// One side of a claim.
struct ClaimPart {
  bool capability = true;
  double bound = 0;
  ClaimRatio ratio;
  ClaimVerdict verdict = ClaimVerdict::unresolved;
  // Independent items for an unresolved one: at 80 % power, if it is what it seems.
  std::optional<std::int64_t> items_needed;
};

struct ClaimFinding {
  ClaimVerdict verdict = ClaimVerdict::no_evidence;
  std::vector<ClaimPart> parts;
  std::optional<std::int64_t> items_needed;  // to resolve the claim as a whole
};

// Of two models' solved tasks; score interval of matched shares, over clusters where there are any. No
// interval where the strong model's own share may be nothing.
ClaimRatio capability_ratio(const SharedOutcomes& shared, std::size_t cheap, std::size_t strong,
                            const ClaimOptions& options);

// Of their total costs on the same items; bootstrap-t of the log ratio, the delta method from 5,000 clusters
// on. Prices that are ranges widen it.
ClaimRatio total_cost_ratio(const SharedOutcomes& shared, std::size_t cheap, std::size_t strong,
                            const ClaimOptions& options);

// Of two shares of separate measurements; items: independent ones.
ClaimRatio unpaired_capability_ratio(double cheap, double cheap_items, double strong, double strong_items,
                                     const ClaimOptions& options);

// alpha: as the ratios' intervals were made with.
ClaimFinding judge_claim(const ClaimBounds& bounds, const ClaimRatio& capability, const ClaimRatio& cost,
                         double alpha);

}  // namespace costwar::analysis
