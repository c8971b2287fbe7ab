// How many values a percentile needs. The rule of MLPerf's early stopping (MLCommons, inference_rules.adoc,
// "Early Stopping"): of n values, those above the p-quantile are B ~ binomial(n, 1 - p). A bound that t of
// the values exceed is at or above the quantile with confidence c where P(B <= t) <= 1 - c. A percentile is
// stated from t = 1 on: p^n + n (1 - p) p^(n-1) <= 1 - c. At 99 % that gives 64 for p90 and 662 for p99, the
// two figures that its load generator prints. Pure.
#pragma once

#include <cstdint>

namespace costwar::stats {

inline constexpr double kGuardConfidence = 0.99;

// The fewest values with which a quantile may be stated. For a quantile below one half the values below it
// are the rare ones, and the rule is mirrored. 0 < probability < 1, 0 < confidence < 1.
std::int64_t least_values(double probability, double confidence = kGuardConfidence);

// Whether so many values are enough.
bool enough_values(std::int64_t n, double probability, double confidence = kGuardConfidence);

// How many of n values may lie above a bound that is still at or above the quantile with this confidence: the
// greatest t with P(B <= t) <= 1 - c. MLPerf's early-stopping estimate is the t-th greatest value, so it
// discards t - 1. -1: not even a bound above all values is.
std::int64_t beyond_allowed(std::int64_t n, double probability, double confidence = kGuardConfidence);

}  // namespace costwar::stats
