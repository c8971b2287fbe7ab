// Batches whose program, connection or vendor breaks off: nothing is lost, nothing is paid twice.
#include "harness/batch_runner.h"

#include "tests/harness/batch_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

TEST_CASE("batch runner: after a crash anywhere each item is paid once, and the run is whole") {
  Vendor vendor;
  vendor.life = {BatchState::validating, BatchState::in_progress, BatchState::completed};
  FakeStore store;
  const Plan plan = batch_plan(6);
  int searches = 0;
  std::size_t scored_before = 0;
  const auto dies_when = [&](const std::function<bool(Life&)>& there) {
    Life life(vendor, store, plan);
    life.start();
    life.run_until([&] { return there(life); });
    CHECK_FALSE(life.runner->finished());
    scored_before = store.scores.size();
  };
  SUBCASE("written, not sent") {
    Life life(vendor, store, plan);
    life.start();
    CHECK(store.order.size() == 1);
    searches = 2;  // at once, and when the list is sure to be complete
  }
  SUBCASE("sent, not answered") {
    dies_when([&](Life&) { return vendor.batches.size() == 1; });
    CHECK(store.batches.at("run-m0-b0").vendor_id.empty());
    searches = 1;
  }
  SUBCASE("answered, not polled") {
    dies_when([&](Life&) { return !store.batches.at("run-m0-b0").vendor_id.empty(); });
  }
  SUBCASE("while it is polled") {
    dies_when([&](Life& life) { return life.service.polls.size() == 1; });
    CHECK(store.batches.at("run-m0-b0").state == BatchState::validating);
  }
  SUBCASE("among the results") {
    dies_when([&](Life&) { return store.scores.size() == 4; });
    CHECK(scored_before == 4);
    CHECK(store.open().at(0).items.size() == 2);
  }
  Life again(vendor, store, plan, {}, seconds(3600));
  const BatchResult& result = again.run();
  CHECK_FALSE(result.error);
  CHECK(result.models.at(0).trials == 6 - scored_before);
  CHECK(result.models.at(0).done == 6 - scored_before);
  CHECK(again.service.searches == searches);
  CHECK(vendor.submissions == 1);
  CHECK(vendor.only().tag == "run-m0-b0");
  CHECK(store.attempts.size() == 6);
  check_paid_once(vendor, store, 6);
}

TEST_CASE("batch runner: a batch that left just now is looked for again before it is sent again") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(2);
  { Life(vendor, store, plan).start(); }
  Life again(vendor, store, plan, {}, seconds(5));
  again.start();
  again.run_until([&] { return again.service.searches == 1; });
  // Its request was still on its way, and arrives now.
  vendor.batches["late"] = {"run-m0-b0", {}, vendor.life, 0};
  for (const char* prompt : {"q0", "q1"}) {
    ChatRequest request;
    request.messages = {{Role::user, prompt}};
    for (const OpenBatch& open : store.open())
      for (const BatchItem& item : open.items)
        if (plan.item(item.trial).expected == prompt)
          vendor.batches["late"].requests.push_back(
              {fmt::format("run-m0-b0-t{}-{}", item.trial, item.number), request});
  }
  const BatchResult& result = again.finish();
  CHECK_FALSE(result.error);
  CHECK(vendor.submissions == 0);
  check_paid_once(vendor, store, 2);
}

TEST_CASE("batch runner: a lost reply is searched for in the same life") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(3);
  SUBCASE("the batch is there") {
    vendor.fate = [](int) { return Vendor::Fate::lose_reply; };
    Life life(vendor, store, plan);
    CHECK_FALSE(life.run().error);
    CHECK(life.service.searches == 1);
    CHECK(vendor.submissions == 1);
  }
  SUBCASE("it never arrived") {
    int sent = 0;
    vendor.fate = [&sent](int) { return sent++ == 0 ? Vendor::Fate::drop : Vendor::Fate::reply; };
    Life life(vendor, store, plan);
    CHECK_FALSE(life.run().error);
    CHECK(life.service.searches == 2);  // at once, and when the list is sure to be complete
    CHECK(sent == 2);
    // The line broke after 20 ms; the second search begins 15 s after that and takes 10 ms.
    CHECK(store.batches.at("run-m0-b0").submitted == parse_wall("2026-04-26T12:00:15.030Z"));
  }
  check_paid_once(vendor, store, 3);
  CHECK(store.attempts.size() == 3);
}

TEST_CASE("batch runner: where nobody can search, a lost batch is in doubt and never repeated silently") {
  Vendor vendor;
  vendor.searchable = false;
  FakeStore store;
  const Plan plan = batch_plan(2);
  {
    Life life(vendor, store, plan);
    life.start();
    life.run_until([&] { return vendor.batches.size() == 1; });
  }
  for (int i = 0; i < 2; ++i) {
    Life again(vendor, store, plan, {}, seconds(60));
    const BatchResult& result = again.run();
    REQUIRE(result.error);
    CHECK(result.error->kind() == ErrorKind::provider);
    CHECK(std::string(result.error->what()) ==
          "acme/m+batch: whether batch run-m0-b0 of 2 requests reached Acme is not known, and its batches "
          "cannot be searched by tag; of its size and time: batch_0 of an unknown time");
    CHECK(result.error->hint().starts_with("--resubmit-batches asks for it again"));
    CHECK(result.left.size() == 1);
    CHECK(vendor.submissions == 1);
    CHECK(store.outcomes() == "0#0 open\n1#0 open\n");
  }
  BatchSettings settings;
  settings.resubmit = true;
  Life life(vendor, store, plan, settings, seconds(120));
  CHECK_FALSE(life.run().error);
  CHECK(vendor.submissions == 2);
  CHECK(store.outcomes() == "0#0 in_doubt\n0#1 ok\n1#0 in_doubt\n1#1 ok\n");
  CHECK(store.batches.at("run-m0-b0").state == BatchState::lost);
  CHECK(store.batches.at("run-m0-b1").state == BatchState::completed);
  CHECK(store.scores.size() == 2);
}

TEST_CASE("batch runner: the word to ask again is good for one submission") {
  Vendor vendor;
  vendor.searchable = false;
  vendor.fate = [](int) { return Vendor::Fate::lose_reply; };
  FakeStore store;
  const Plan plan = batch_plan(2);
  REQUIRE(Life(vendor, store, plan).run().error);
  BatchSettings settings;
  settings.resubmit = true;
  for (int submissions = 2; submissions < 4; ++submissions) {
    Life again(vendor, store, plan, settings, seconds(60));
    const BatchResult& result = again.run();
    REQUIRE(result.error);
    CHECK(result.error->hint().starts_with("--resubmit-batches asks for it again"));
    CHECK(vendor.submissions == submissions);
  }
}

TEST_CASE("batch runner: after a crash a list is trusted only when nothing can be on its way any more") {
  // However long the upload took: its last byte may have left just before the crash.
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(1);
  { Life(vendor, store, plan).start(); }
  Life again(vendor, store, plan, {}, seconds(3600));
  again.start();
  again.run_until([&] { return again.service.submits_out == 1; });
  CHECK(again.service.searches == 2);
  // Two searches of 10 ms, the second 15 s after the start.
  CHECK(store.batches.at("run-m0-b0").submitted == parse_wall("2026-04-26T13:00:15.010Z"));
  CHECK_FALSE(again.finish().error);
  check_paid_once(vendor, store, 1);
}

// --- stops ---

TEST_CASE("batch runner: stopped before requests leave again, it leaves no timer behind") {
  Vendor vendor;
  vendor.answer = [](const BatchRequest&) { return std::optional(failure(Outcome::server_error).attempt); };
  FakeStore store;
  const Plan plan = batch_plan(1);
  Life life(vendor, store, plan);
  life.start();
  life.run_until([&] { return store.outcomes() == "0#0 server_error\n"; });
  const Mono ended = life.loop.clock().mono();
  life.run_until([&] { return life.loop.clock().mono() != ended && life.loop.timers() == 1; });
  CHECK_FALSE(life.runner->finished());
  life.runner->interrupt();
  CHECK(life.finish().interrupted);  // which looks for timers
  CHECK(vendor.submissions == 1);
}

TEST_CASE("batch runner: interrupted, it leaves its batch to the vendor, and the next run picks it up") {
  Vendor vendor;
  vendor.life = {BatchState::validating, BatchState::in_progress, BatchState::completed};
  FakeStore store;
  const Plan plan = batch_plan(3);
  bool expect_vendor_id = true;
  {
    Life life(vendor, store, plan);
    life.start();
    SUBCASE("while it waits for its next poll") {
      life.run_until([&] { return life.service.polls.size() == 1; });
    }
    SUBCASE("while its submission is out") {
      life.run_until([&] { return life.service.submits_out == 1; });
    }
    SUBCASE("while its results come") {
      life.run_until([&] { return store.scores.size() == 1; });
    }
    SUBCASE("before it left") {
      expect_vendor_id = false;
    }
    life.runner->interrupt();
    const BatchResult& result = life.finish();
    CHECK(result.interrupted);
    CHECK_FALSE(result.error);
    if (expect_vendor_id) {
      REQUIRE(result.left.size() == 1);
      CHECK(result.left.at(0).vendor_id == "batch_0");
    } else {
      CHECK(result.left.empty());
      CHECK(store.outcomes() == "0#0 cancelled\n1#0 cancelled\n2#0 cancelled\n");
    }
  }
  Life again(vendor, store, plan, {}, seconds(60));
  CHECK_FALSE(again.run().error);
  CHECK(vendor.submissions == 1);
  check_paid_once(vendor, store, 3);
}

// --- failures ---
