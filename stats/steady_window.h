// The part of a load stage over which figures are stated: after it has filled up, before it runs out. Pure.
//
// Closed loop: from the instant at which as many as asked are inside for the first time until the first
// lasting drop below. Between the end of one session and the begin of the next there are microseconds; only a
// drop that lasts (kLastingShare of the stage, at least kLastingLeast) counts, and the window ends where it
// began, which is the first end after sessions stopped beginning.
//
// Open loop: arrivals do not wait, so the number inside finds its own level. The warm-up is cut by MSER-5
// (White 1997, "An effective truncation heuristic for bias reduction in simulation output"; batches of five:
// White, Cobb and Spratt 2000) on the number inside, sampled kSamples times: of all starts d in the first
// half, the one that minimises sum_{i>=d} (x_i - mean)^2 / (n - d)^2. The window ends with the last due
// instant. Where the number inside grows all along and so does the time that requests take, more was offered
// than served, and there is no steady state to be found: straight lines through both rise significantly (t
// test on 10 batches, one-sided 99 %) and by more than a quarter of their means. Growth of the number alone
// may be a trace that asks more and more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stats/littles_law.h"

namespace costwar::stats {

inline constexpr std::size_t kSteadySamples = 500;
inline constexpr double kLastingShare = 0.01;
inline constexpr std::int64_t kLastingLeast = 100'000'000;  // nanoseconds

struct SteadyWindow {
  std::int64_t from = 0;  // nanoseconds, on the stays' clock; from < until where steady
  std::int64_t until = 0;
  bool steady = false;
  bool growing = false;      // not steady because more was offered than served
  std::string why_not{};     // a sentence without its full stop; empty where steady
  bool ended_early = false;  // closed: sessions still began after the window's end
  double places_filled = 1;  // closed: mean number inside over the window, of the target
};

// `stays`: of each session, from its first begin to its last end, in any order; `target` sessions at once.
// `begin`: of the stage, `stop`: no session was to begin later.
SteadyWindow steady_window_closed(std::span<const Stay> stays, std::size_t target, std::int64_t begin,
                                  std::int64_t stop);

// `stays`: of each call, from its due instant to its end. `last_due`: where the stage stopped asking.
SteadyWindow steady_window_open(std::span<const Stay> stays, std::int64_t begin, std::int64_t last_due);

// Mean number inside in `count` equal parts of [from, until).
std::vector<double> inside_over_time(std::span<const Stay> stays, std::int64_t from, std::int64_t until,
                                     std::size_t count);

// Where to cut by MSER on batch means (see above): the number of leading values to leave out, at most half.
std::size_t mser_cut(std::span<const double> batch_means);

}  // namespace costwar::stats
