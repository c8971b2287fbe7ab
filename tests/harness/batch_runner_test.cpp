#include "harness/batch_runner.h"

#include "tests/harness/batch_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

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
