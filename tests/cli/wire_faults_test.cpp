// The catalogue of wire faults and the mock's own table name the same things.
#include "harness/wire_faults.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "cli/catalogue.h"
#include "mock/faults.h"

using namespace costwar;

TEST_CASE("the catalogue of wire faults and the mock have the same rows and modes") {
  const auto faults = harness::parse_wire_faults(cli::catalogue_file("faults.json"), "faults.json");
  CHECK(faults.size() == 28);
  std::map<std::string, int> catalogued;
  for (const harness::WireFault& fault : faults)
    for (const harness::WireMode& mode : fault.modes) catalogued.emplace(mode.name, fault.row);
  std::map<std::string, int> served;
  for (const mock::Fault& fault : mock::faults())
    if (fault.row != 0) served.emplace(fault.name, fault.row);
  CHECK(catalogued == served);
}

TEST_CASE("what the catalogue requires agrees with the kind of outcome") {
  for (const harness::WireFault& fault :
       harness::parse_wire_faults(cli::catalogue_file("faults.json"), "faults.json"))
    for (const harness::WireMode& mode : fault.modes) {
      CAPTURE(mode.name);
      CHECK(mode.text_complete == (mode.outcome == Outcome::ok));
      CHECK((mode.usage_known || mode.outcome != Outcome::ok));
      if (mode.wait) CHECK(mode.outcome == Outcome::capacity);
      if (mode.ttft == harness::TtftRule::never) CHECK_FALSE(mode.text_complete);
    }
}
