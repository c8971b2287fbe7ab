#include "core/usage.h"

#include <doctest/doctest.h>

using namespace costwar;

namespace {
std::int64_t value(const Usage& usage, Meter meter) {
  REQUIRE(usage[meter]);
  return usage[meter]->value;
}
}  // namespace

TEST_CASE("adding usage keeps unknown apart from zero and the weaker provenance") {
  Usage a;
  a.set(Meter::fresh_input, 5, Provenance::reported);
  Usage b;
  b.set(Meter::fresh_input, 2, Provenance::estimated);
  b.set(Meter::requests, 1, Provenance::reported);
  a.add(b);
  CHECK(a[Meter::fresh_input] == Count{7, Provenance::estimated});
  CHECK(value(a, Meter::requests) == 1);
  CHECK_FALSE(a[Meter::cache_read]);
}

TEST_CASE("every meter is found by its name") {
  for (const MeterRow& row : meters()) {
    CHECK(meter_by_name(row.name) == row.meter);
    CHECK(&meter_row(row.meter) == &row);
  }
  CHECK(meters().size() == kMeterCount);
  CHECK_FALSE(meter_by_name("tokens"));
}
