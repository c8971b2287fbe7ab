// What is measured of a machine's speed is a speed; how fast it is, no test says.
#include "system/machine_speed.h"

#include <doctest/doctest.h>

#include <cmath>

#include "system/memory_speed.h"

using namespace costwar;

TEST_CASE("rates of memory and arithmetic are positive and finite for any number of threads") {
  for (const int threads : {1, 2, 3}) {
    CAPTURE(threads);
    const double read = measure_read_speed(static_cast<std::size_t>(threads), std::size_t{1} << 20, 1);
    CHECK(std::isfinite(read));
    CHECK(read > 1e6);
    const double rate = multiply_add_rate(threads);
    CHECK(std::isfinite(rate));
    CHECK(rate > 1e6);
  }
  // More threads than words, and no bytes at all.
  CHECK(measure_read_speed(64, 100, 1) > 0);
  CHECK(measure_read_speed(1, 0, 1) > 0);
}
