// When the sessions of a stage are due. Open stages: a point process of unit rate, drawn from a named stream
// and mapped through the inverse of the integrated rate (the time-rescaling theorem: Brown, Barbieri,
// Ventura, Kass and Frank 2002, section 2), so that a ramp has the burstiness of its process at every
// instant. Closed stages: places open one after the other. The draws are our own (stats/draws.h), not the
// standard library's distributions, which differ between implementations: a seed gives the same instants
// everywhere, up to the last digit of the mathematical library's logarithm. A saved schedule has the instants
// themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/load.h"
#include "core/random.h"
#include "core/time.h"

namespace costwar::harness {

// The most sessions that one stage may have.
inline constexpr std::uint64_t kMostSessions = 20'000'000;

// Gamma: the least and the most shape. Below, all sessions of a stage come in one burst.
inline constexpr double kLeastBurstiness = 0.01;
inline constexpr double kMostBurstiness = 10'000;

// Error{usage} that names the flag, unless the stage can be run: rates, concurrency, burstiness, duration and
// number of sessions within their bounds, and nothing that the way of arriving has no use for.
void check_stage(const LoadStage& stage);

// How many sessions an open stage is expected to have by its duration: the integrated rate.
double expected_sessions(const LoadStage& stage);

// Due instants of an open stage (constant, Poisson, gamma) since its begin, in order: those before its
// duration is over, and at most as many as its `sessions`. Constant: the first at 0, so that a rate of 5 for
// 2 s has 10. Poisson and gamma: the first after the first gap. Error{usage} for a stage that check_stage()
// refuses.
std::vector<Nanos> arrival_instants(const LoadStage& stage, RandomStream stream);

// Closed stages: when place `place` (from 0) opens. 0 without a ramp; in a ramp each number of sessions at
// once is held for the same time. The session of that number is the first of its place.
Nanos place_opens(const LoadStage& stage, std::size_t place);

}  // namespace costwar::harness
