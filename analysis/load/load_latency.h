// Latency percentiles of a stage. Percentiles are of type 7 (stats/quantile.h) and given only where there are
// enough values (stats/percentile_guard.h); intervals allow for calls that depend on each other
// (stats/batch_means.h). Gaps between chunks are kept each in 4 bytes up to kMostGaps, and beyond that
// counted in a histogram whose buckets grow with the value. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/load/load_calls.h"
#include "analysis/load/load_findings.h"

namespace costwar::analysis {

inline constexpr std::size_t kMostGaps = 4'000'000;
// Of a percentile out of the histogram, as a share of it.
inline constexpr double kHistogramError = 1.0 / 4096;

// Of seconds in the order in which their calls were due.
LatencyFigures latency_figures(const std::vector<double>& series);

// The gaps between payload events of calls of the window that streamed; `calls` are those that the numbers
// are of. `exact_up_to` is for tests.
LatencyFigures gap_figures(std::span<const LoadCall> calls, std::span<const CallNumbers> numbers,
                           std::size_t exact_up_to = kMostGaps);

// The median of all those gaps in seconds, however few they are; nullopt without any.
std::optional<double> median_gap(const LatencyFigures& gaps);

}  // namespace costwar::analysis
