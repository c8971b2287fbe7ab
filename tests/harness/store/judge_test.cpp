// The judge of a run that had none when it was measured.

#include <doctest/doctest.h>

#include <span>

#include "tests/harness/store/store_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::store_test;

TEST_CASE("a run is given one judge, and no other after it") {
  const TempFolder folder;
  const auto loop = make_event_loop();
  const RunHeader header = a_header();
  ModelCard judge;
  judge.name = "acme/judge";
  judge.price_provider = "acme";
  judge.price_model = "judge";
  {
    const auto store = Store::open(folder.store(), *loop);
    store->create_run(header, std::span<const TrialRow>());
    store->name_judge(header.id, judge);
    store->name_judge(header.id, judge);
    ModelCard other;
    other.name = "acme/other";
    CHECK_THROWS_WITH_AS(store->name_judge(header.id, other),
                         "the judge of run 20261123T194500Z-4f21c0 is acme/judge, and a run has one", Error);
  }
  const auto store = Store::open_existing(folder.store());
  const auto found = store->find_run(header.id);
  REQUIRE(found);
  REQUIRE(found->judge);
  CHECK(*found->judge == judge);
  CHECK(found->plan == header.plan);
  CHECK(found->models == header.models);
  CHECK_THROWS_AS(store->name_judge(header.id, judge), Error);  // it does not work on the run
}
