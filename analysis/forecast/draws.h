// Random draws of a simulation from a named stream (core/random.h), so that every platform draws the same up
// to the last digits of the mathematical library. Pure functions of the stream.
#pragma once

#include "core/random.h"

namespace costwar::analysis {

// Standard normal (Box and Muller 1958; the second of the pair is not kept).
double draw_normal(RandomStream& random);

// Exponential with mean 1.
double draw_exponential(RandomStream& random);

// Gamma with this shape, at least 0.5, and scale 1 (Marsaglia and Tsang 2000).
double draw_gamma(RandomStream& random, double shape);

}  // namespace costwar::analysis
