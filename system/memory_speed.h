// How fast this machine's memory is read, measured: the ceiling of a model's generation speed is this over
// the bytes that a token reads.
#pragma once

#include <cstddef>

namespace costwar {

// Bytes a second of the fastest of `rounds` passes in which `threads` threads add up `bytes` together, which
// should be well above the caches. Takes `bytes` of memory. Blocks while it measures.
double measure_read_speed(std::size_t threads, std::size_t bytes = std::size_t{512} << 20, int rounds = 5);

}  // namespace costwar
