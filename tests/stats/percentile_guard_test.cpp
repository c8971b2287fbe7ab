#include "stats/percentile_guard.h"

#include <doctest/doctest.h>

using costwar::stats::beyond_allowed;
using costwar::stats::enough_values;
using costwar::stats::least_values;

TEST_CASE("percentiles need as many values as MLPerf's early stopping asks for") {
  CHECK(least_values(0.90) == 64);
  CHECK(least_values(0.99) == 662);
  CHECK(least_values(0.5) == 11);   // 12 / 2^11 = 0.0059, 11 / 2^10 = 0.0107
  CHECK(least_values(0.10) == 64);  // mirrored
  CHECK(least_values(0.999) > 6'600);
  CHECK(least_values(0.999) < 6'700);
  for (const double p : {0.5, 0.9, 0.95, 0.99, 0.999}) {
    CAPTURE(p);
    CHECK(enough_values(least_values(p), p));
    CHECK_FALSE(enough_values(least_values(p) - 1, p));
    CHECK(beyond_allowed(least_values(p), p) == 1);
    CHECK(beyond_allowed(least_values(p) - 1, p) == 0);
  }
  CHECK_FALSE(enough_values(0, 0.5));
  CHECK_FALSE(enough_values(1, 0.5));
}

TEST_CASE("the early-stopping estimate agrees with published MLPerf logs") {
  // "Processed at least 64 queries (2048). Would discard 172 highest latency queries." and so on.
  CHECK(beyond_allowed(2048, 0.90) - 1 == 172);
  CHECK(beyond_allowed(2116, 0.90) - 1 == 178);
  CHECK(beyond_allowed(7469, 0.90) - 1 == 685);
  CHECK(beyond_allowed(1'179'125, 0.99) - 1 == 11'539);
  CHECK(beyond_allowed(459, 0.99) == 0);  // the server scenario: none over latency
  CHECK(beyond_allowed(458, 0.99) == -1);
  CHECK(beyond_allowed(0, 0.99) == -1);
}
