// Little's law over a window: mean number inside L = rate of passing x mean time inside W (Little 1961;
// Little 2011 for windows that do not begin and end empty). It holds for any system that is counted rightly,
// so what is left over is an error of the bookkeeping or of the window. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace costwar::stats {

// From when to when something was inside, in nanoseconds; begin <= end.
struct Stay {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct LittlesLaw {
  double inside = 0;    // L: mean number inside, from the overlap of the stays with the window
  double rate = 0;      // lambda, per second
  double seconds = 0;   // W, mean
  double residual = 0;  // |L - lambda W| / L; 0 where nothing was inside
};

// Stays that cross an end of the window are in L by the part within it. lambda W is the mean of two counts,
// of those that began and of those that ended within the window, so that what crosses at an end is half
// counted on either side, and cancels in a steady state. Window: from < until.
LittlesLaw littles_law(std::span<const Stay> stays, std::int64_t from, std::int64_t until);

// Mean number inside over a window.
double mean_inside(std::span<const Stay> stays, std::int64_t from, std::int64_t until);

}  // namespace costwar::stats
