#include "pricing/own_machine.h"

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/pricing/catalogue.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

TEST_CASE("machine time costs its share of an hour") {
  const MachineRate rate = machine_rate_from_flag("0.36");
  CHECK(machine_cost(rate, 3'600'000'000'000).decimal() == "0.36");
  CHECK(machine_cost(rate, 1'000'000'000).decimal() == "0.0001");
  CHECK(machine_cost(rate, 1).decimal() == "0.0000000000001");
  CHECK(machine_cost(default_machine_rate(), 1).decimal() == "0.000000000000027778");
  CHECK_THROWS_WITH_AS(machine_cost(rate, -1), "the machine time of an attempt is negative", Error);
}

TEST_CASE("the default rate says that it is an assumption and how to set it") {
  const MachineRate rate = default_machine_rate();
  CHECK(rate.per_hour.decimal() == "0.1");
  CHECK(rate.provenance.find("an assumption, not a measurement") == 0);
  CHECK(rate.provenance.find("--machine-rate") != std::string::npos);
}

TEST_CASE("a flag that is no price is refused by name") {
  for (const char* text : {"", "-1", "cheap", "0,10"})
    CHECK_THROWS_WITH_AS(machine_rate_from_flag(text), doctest::Contains("--machine-rate: '"), Error);
  CHECK(machine_rate_from_flag("0").per_hour.is_zero());
}

TEST_CASE("a machine bill charges machine time alone, and is unreported without it") {
  const MachineRate rate = machine_rate_from_flag("3.6");
  const Bill bill = machine_bill(
      rate,
      usage_of({{Meter::fresh_input, 100}, {Meter::visible_output, 10}, {Meter::machine_ns, 2'000'000'000}}));
  CHECK(bill.total()->decimal() == "0.002");
  CHECK(bill.state(Meter::fresh_input) == MeterState::not_billed);
  CHECK(bill.complete());
  CHECK(bill.settled());
  const Bill unknown = machine_bill(rate, usage_of({{Meter::fresh_input, 100}}));
  CHECK_FALSE(unknown.total().has_value());
  CHECK_FALSE(unknown.complete());
  CHECK(machine_bill(machine_rate_from_flag("0"), usage_of({{Meter::machine_ns, 5}}))
            .state(Meter::machine_ns) == MeterState::free);
}
