// How far the throughput of a stage may be off by chance: half an interval of about 95 %.
#pragma once

#include <algorithm>
#include <cmath>

#include "harness/load/steering.h"

namespace costwar::harness {

// What was measured; where nothing was, or where the arrivals themselves are random (their count is off by
// itself), at least that of as many independent events: 2 sqrt(X / T), times the coefficient of variation of
// the gaps.
inline double throughput_error(const StageOutcome& outcome) {
  const LoadStage& stage = outcome.stage;
  const bool drawn = stage.arrivals == Arrivals::poisson || stage.arrivals == Arrivals::gamma;
  if (outcome.requests_per_s_error > 0 && !drawn) return outcome.requests_per_s_error;
  const double variation = stage.arrivals == Arrivals::gamma ? 1 / std::sqrt(stage.burstiness) : 1;
  const double chance = 2 * variation * std::sqrt(outcome.requests_per_s / stage.duration.seconds());
  return std::max(outcome.requests_per_s_error, chance);
}

}  // namespace costwar::harness
