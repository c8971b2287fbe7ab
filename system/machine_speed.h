// How fast this machine's arithmetic is, measured in a fraction of a second: what a roofline takes as its
// peak (memory: system/memory_speed.h). A busy machine measures less.
#pragma once

namespace costwar {

// Floating-point operations per second of 32-bit multiply-adds in registers, all threads together, with the
// widest vectors that the processor has; a multiply and an add are two.
double multiply_add_rate(int threads);

}  // namespace costwar
