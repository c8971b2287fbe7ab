// Random draws from a named stream (core/random.h), so that every platform draws the same up
// to the last digits of the mathematical library. Pure functions of the stream.
#pragma once

#include "core/random.h"

namespace costwar::stats {

// Standard normal (Box and Muller 1958; the second of the pair is not kept).
double draw_normal(RandomStream& random);

// Exponential with mean 1.
double draw_exponential(RandomStream& random);

// Gamma with this shape, above 0, and scale 1 (Marsaglia and Tsang 2000; below a shape of 1 their boost,
// section 6).
double draw_gamma(RandomStream& random, double shape);

}  // namespace costwar::stats
