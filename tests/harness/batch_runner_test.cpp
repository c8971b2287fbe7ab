#include "harness/batch_runner.h"

#include "tests/harness/batch_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

// Every item asked and answered once, whatever happened on the way.
void check_paid_once(const Vendor& vendor, const FakeStore& store, std::size_t items) {
  CHECK(store.scores.size() == items);
  for (const auto& [trial, score] : store.scores) CHECK(score.solved);
  std::map<std::string, int> asked;
  for (const auto& [id, batch] : vendor.batches)
    for (const BatchRequest& request : batch.requests) ++asked[request.request.messages.back().content];
  CHECK(asked.size() == items);
  for (const auto& [prompt, times] : asked) CHECK(times == 1);
}

}  // namespace

TEST_CASE("batch runner: a batch leaves with every trial, is polled at growing intervals, and is scored") {
  Vendor vendor;
  vendor.life.assign(12, BatchState::in_progress);
  vendor.life.push_back(BatchState::completed);
  FakeStore store;
  const Plan plan = batch_plan(4);
  Life life(vendor, store, plan);
  const BatchResult& result = life.run();
  CHECK_FALSE(result.error);
  CHECK_FALSE(result.interrupted);
  CHECK(result.left.empty());
  CHECK(result.models.at(0).trials == 4);
  CHECK(result.models.at(0).done == 4);
  CHECK(result.models.at(0).solved == 4);
  CHECK(result.models.at(0).attempts == 4);
  CHECK(result.models.at(0).in_flight == 0);
  CHECK(result.models.at(0).prompt_tokens == 28);
  check_paid_once(vendor, store, 4);
  // 5 s after the reply at 20 ms; then 1.5 times as long each time, after an answer that takes 10 ms.
  const std::vector<std::int64_t> first(life.service.polls.begin(), life.service.polls.begin() + 3);
  CHECK(first == std::vector<std::int64_t>{5020, 12530, 23790});
  CHECK(life.service.polls.back() - life.service.polls.at(life.service.polls.size() - 2) == 60010);

  const BatchRow& row = store.batches.at("run-m0-b0");
  CHECK(row.vendor_id == "batch_0");
  CHECK(row.state == BatchState::completed);
  CHECK(row.requests == 4);
  CHECK(row.ended);
  CHECK(vendor.only().tag == "run-m0-b0");
  CHECK(vendor.only().requests.front().custom_id == "run-m0-b0-t0-0");
}

TEST_CASE("batch runner: an attempt has a turnaround, the class and no latency") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(1);
  Life life(vendor, store, plan);
  life.run();
  const Attempt& attempt = store.attempts.at({0, 0}).attempt;
  CHECK(attempt.outcome == Outcome::ok);
  CHECK(attempt.billing.service_class == "batch");
  CHECK(attempt.billing.requested == parse_wall("2026-04-26T12:00:00Z"));
  CHECK(attempt.billing.completed == parse_wall("2026-04-26T12:00:05.030Z"));
  CHECK_FALSE(attempt.timeline.end);
  CHECK_FALSE(attempt.timeline.first_any);
  CHECK(attempt.notes == std::vector<std::string>{"asked in batch batch_0"});
}

TEST_CASE("batch runner: a plan larger than the vendor's limits leaves in several batches") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(7);
  SUBCASE("requests") {
    vendor.max_requests = 3;
  }
  SUBCASE("bytes") {
    vendor.max_bytes = 6;
  }  // each prompt has two
  Life life(vendor, store, plan);
  CHECK_FALSE(life.run().error);
  CHECK(store.order == std::vector<std::string>{"run-m0-b0", "run-m0-b1", "run-m0-b2"});
  CHECK(store.batches.at("run-m0-b0").requests == 3);
  CHECK(store.batches.at("run-m0-b2").requests == 1);
  check_paid_once(vendor, store, 7);
}

TEST_CASE("batch runner: what cannot be asked is refused before anything leaves") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(2);
  std::string message = "acme/m+batch: the API takes no tools (task \"echo\", item ";
  std::optional<Refusal> refusal = Refusal{"the API takes no tools", "leave them out"};
  SUBCASE("the dialect's word") {}
  SUBCASE("a request larger than a batch") {
    refusal.reset();
    vendor.max_bytes = 1;
    message =
        "acme/m+batch: the request is larger than a batch of Acme may be, 1 bytes (task \"echo\", item ";
  }
  Life life(vendor, store, plan);
  life.service.refusal = refusal;
  try {
    life.start();
    FAIL("nothing was refused");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string(error.what()).starts_with(message));
  }
  CHECK(store.batches.empty());
}

// --- crashes ---

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

TEST_CASE("batch runner: requests that failed or expired go into a further batch, within bounds") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(3);
  std::map<std::string, int> asked;
  vendor.answer = [&](const BatchRequest& request) -> std::optional<Attempt> {
    const std::string& prompt = request.request.messages.back().content;
    const int before = asked[prompt]++;
    if (prompt == "q0" && before == 0) return failure(Outcome::queued_never_started).attempt;
    if (prompt == "q1") return failure(Outcome::server_error).attempt;
    return answer(prompt).attempt;
  };
  Life life(vendor, store, plan);
  const BatchResult& result = life.run();
  CHECK_FALSE(result.error);
  CHECK(asked == std::map<std::string, int>{{"q0", 2}, {"q1", 4}, {"q2", 1}});
  CHECK(store.order.size() == 4);
  CHECK(store.batches.at("run-m0-b3").requests == 1);
  CHECK(result.models.at(0).done == 3);
  CHECK(result.models.at(0).solved == 2);
  CHECK(result.models.at(0).failed == 1);
  CHECK(result.models.at(0).attempts == 7);
  CHECK(store.scores.size() == 3);
}

TEST_CASE("batch runner: a request without a line is in doubt, and asked again") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(2);
  int lines = 0;
  vendor.answer = [&](const BatchRequest& request) -> std::optional<Attempt> {
    if (++lines == 1) return std::nullopt;
    return answer(request.request.messages.back().content).attempt;
  };
  SUBCASE("of a completed batch: nobody knows what it cost") {
    Life life(vendor, store, plan);
    CHECK_FALSE(life.run().error);
    CHECK(store.outcomes() == "0#0 ok\n1#0 in_doubt\n1#1 ok\n");
    CHECK(store.attempts.at({1, 0}).attempt.timeline.sent);
  }
  SUBCASE("of an expired one: it was not put to the model") {
    vendor.life = {BatchState::in_progress, BatchState::expired};
    Life life(vendor, store, plan);
    CHECK_FALSE(life.run().error);
    CHECK(store.outcomes() == "0#0 ok\n1#0 queued_never_started\n1#1 ok\n");
    CHECK_FALSE(store.attempts.at({1, 0}).attempt.timeline.sent);  // costs nothing
  }
  SUBCASE("of one that somebody cancelled: it is not asked again on its own") {
    vendor.life = {BatchState::in_progress, BatchState::cancelled};
    {
      Life life(vendor, store, plan);
      const BatchResult& result = life.run();
      REQUIRE(result.error);
      CHECK(std::string(result.error->what()) == "acme/m+batch: batch batch_0 was cancelled at the vendor");
      CHECK(store.outcomes() == "0#0 ok\n1#0 cancelled\n");
    }
    vendor.life = {BatchState::in_progress, BatchState::completed};
    Life again(vendor, store, plan, {}, seconds(60));
    CHECK_FALSE(again.run().error);
    CHECK(store.outcomes() == "0#0 ok\n1#0 cancelled\n1#1 ok\n");
  }
}

TEST_CASE("batch runner: a vendor that answers nothing has not put the trials to the model") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(6);
  vendor.answer = [](const BatchRequest&) { return std::optional(failure(Outcome::config).attempt); };
  Life life(vendor, store, plan);
  const BatchResult& result = life.run();
  REQUIRE(result.error);
  CHECK(result.error->kind() == ErrorKind::input);
  CHECK(std::string(result.error->what()) ==
        "acme/m+batch: none of the first 6 trials was answered; the last: config: because");
  CHECK(store.scores.empty());
  CHECK(store.open().empty());
}

TEST_CASE("batch runner: an empty balance stops the run; its results are read by the next") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(4);
  bool topped_up = false;
  vendor.answer = [&](const BatchRequest& request) -> std::optional<Attempt> {
    const std::string& prompt = request.request.messages.back().content;
    if (!topped_up && request.custom_id.ends_with("-t2-0")) return failure(Outcome::money).attempt;
    return answer(prompt).attempt;
  };
  {
    Life life(vendor, store, plan);
    const BatchResult& result = life.run();
    REQUIRE(result.error);
    CHECK(result.error->kind() == ErrorKind::provider);
    CHECK(store.outcomes() == "0#0 open\n1#0 open\n2#0 money\n3#0 ok\n");
  }
  topped_up = true;
  Life again(vendor, store, plan, {}, seconds(60));
  CHECK_FALSE(again.run().error);
  CHECK(store.outcomes() == "0#0 ok\n1#0 ok\n2#0 money\n2#1 ok\n3#0 ok\n");
  CHECK(vendor.submissions == 2);
}

TEST_CASE("batch runner: a batch refused as a whole decides nothing") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(2);
  std::string message;
  SUBCASE("when it is validated") {
    vendor.life = {BatchState::validating, BatchState::failed};
    vendor.error_code = "token_limit_exceeded";
    message = "acme/m+batch: config (token_limit_exceeded): the vendor refused the batch as a whole";
  }
  SUBCASE("when it is submitted") {
    vendor.fate = [](int) { return Vendor::Fate::refuse; };
    message = "acme/m+batch: config: because";
  }
  Life life(vendor, store, plan);
  const BatchResult& result = life.run();
  REQUIRE(result.error);
  CHECK(std::string(result.error->what()) == message);
  CHECK(store.outcomes() == "0#0 config\n1#0 config\n");
  CHECK_FALSE(store.attempts.at({0, 0}).attempt.timeline.sent);
  CHECK(store.batches.at("run-m0-b0").state == BatchState::failed);
  CHECK_FALSE(store.batches.at("run-m0-b0").error.empty());
  CHECK(store.scores.empty());
  CHECK(store.open().empty());
}

TEST_CASE("batch runner: polls that fail are repeated; one that fails for good leaves the batch") {
  Vendor vendor;
  FakeStore store;
  const Plan plan = batch_plan(2);
  int failures = 0;
  SUBCASE("a few") {
    vendor.poll_failure = [&] {
      return ++failures <= 3 ? std::optional(Outcome::server_error) : std::nullopt;
    };
    Life life(vendor, store, plan);
    CHECK_FALSE(life.run().error);
    check_paid_once(vendor, store, 2);
  }
  SUBCASE("a refused key") {
    vendor.poll_failure = [] { return std::optional(Outcome::auth); };
    Life life(vendor, store, plan);
    const BatchResult& result = life.run();
    REQUIRE(result.error);
    CHECK(result.error->kind() == ErrorKind::credentials);
    CHECK(result.left.size() == 1);
    CHECK(store.outcomes() == "0#0 open\n1#0 open\n");
  }
  SUBCASE("for ever") {
    vendor.poll_failure = [&] {
      ++failures;
      return std::optional(Outcome::network);
    };
    Life life(vendor, store, plan);
    REQUIRE(life.run().error);
    CHECK(failures == 20);
    CHECK(store.open().size() == 1);
  }
}
