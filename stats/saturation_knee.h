// Where throughput stops growing with concurrency: X(N) = min(N / R0, Xmax), the asymptotic bounds of a
// closed system (Denning and Buzen 1978, "The operational analysis of queueing network models"), which cross
// at the knee N* = Xmax R0. Pure.
//
// The fit is on logarithms. Stages are split, in order of N, into those on the ray and those on the plateau;
// of all splits the one with the least weighted sum of absolute residuals wins. Real systems bend softly, so
// near the knee throughput lies below both bounds, and what decides the ray and the plateau is then what lies
// away from it: stages with N <= N*/2 on one side and N >= 1.5 N* on the other, where there are any and where
// those nearer lie below by more than their errors explain. Throughput that falls again under overload does
// not lower Xmax: of the plateau, stages after its best that are more than 10 % below are left out.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "stats/interval.h"

namespace costwar::stats {

struct SaturationPoint {
  double concurrency = 0;     // N > 0
  double per_second = 0;      // X > 0
  double standard_error = 0;  // of X; 0: not known
};

struct Estimate {
  double value = 0;
  std::optional<Interval> interval{};  // nullopt: neither errors nor scatter tell
};

struct SaturationKnee {
  Estimate concurrency;  // N*
  Estimate per_second;   // Xmax
  Estimate seconds;      // R0, of one request alone
};

struct SaturationFit {
  std::optional<SaturationKnee> knee{};
  std::string why_not{};  // a sentence without its full stop; empty where there is a knee
};

// Points in any order; several at one N are fine.
SaturationFit saturation_knee(std::span<const SaturationPoint> points, double level = kDefaultLevel);

}  // namespace costwar::stats
