// How fast this machine's memory and arithmetic are, measured in a fraction of a second each. What a roofline
// takes as peaks; a busy machine measures less.
#pragma once

namespace costwar {

// Bytes per second that so many threads read together, from more memory than caches hold. threads >= 1.
double read_bandwidth(int threads);

// Floating-point operations per second of 32-bit multiply-adds in registers, with the widest vectors that the
// processor has; a multiply and an add are two.
double multiply_add_rate(int threads);

}  // namespace costwar
