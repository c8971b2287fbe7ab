#include "harness/recording_provider.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/chat_json.h"
#include "tests/support/fake_loop.h"

using namespace costwar;
using namespace costwar::harness;

namespace {

// A provider whose calls the test ends by hand.
class Hand final : public Provider {
 public:
  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest&) const override { return Refusal{"no", ""}; }
  CallId start(ChatRequest request, CallSink& sink) override {
    requests.push_back(std::move(request));
    sinks.push_back(&sink);
    return sinks.size();
  }
  void cancel(CallId call) override { cancelled.push_back(call); }

  std::vector<ChatRequest> requests;
  std::vector<CallSink*> sinks;
  std::vector<CallId> cancelled;

 private:
  Traits traits_{.lane = "machine", .account = {}, .max_concurrency = 3, .remote = false};
  ModelCard card_;
};

struct KeptExchanges final : RecordingSink {
  std::vector<Exchange> exchanges;
  void exchange(Exchange exchange) override { exchanges.push_back(std::move(exchange)); }
};

struct Listener final : CallSink {
  std::string events;
  std::optional<Attempt> attempt;
  void event(const CallEvent& event) override { events += event.text; }
  void done(Attempt result) override { attempt = std::move(result); }
};

struct RecordedWorld {
  FakeLoop loop;
  Hand hand;
  KeptExchanges kept;
  RecordingProvider provider{loop, hand, 2, seconds(5), kept};
  Listener listener;

  CallId start() {
    loop.fake_clock().set(Mono{1'000});
    ChatRequest request;
    request.model = "m";
    request.messages = {{Role::user, "hi"}};
    request.due = Mono{900};
    return provider.start(request, listener);
  }
  Attempt attempt(Outcome outcome) const {
    Attempt attempt;
    attempt.outcome = outcome;
    attempt.text = "ok";
    attempt.timeline.due = Mono{900};
    attempt.timeline.issued = Mono{1'000};
    attempt.timeline.end = Mono{9'000};
    attempt.billing.requested = parse_wall("2026-11-23T19:45:00Z");
    return attempt;
  }
};

}  // namespace

TEST_CASE("a recorded call goes on as it came, and is kept with stamps since it was issued") {
  RecordedWorld world;
  world.start();
  CHECK(world.provider.traits().lane == "machine");
  CHECK(world.provider.check({}).has_value());
  world.hand.sinks[0]->event({CallEvent::Kind::reasoning, Mono{1'500}, "o"});
  world.hand.sinks[0]->event({CallEvent::Kind::visible, Mono{2'500}, "k"});
  CHECK(world.listener.events == "ok");
  CHECK(world.kept.exchanges.empty());
  world.hand.sinks[0]->done(world.attempt(Outcome::ok));
  REQUIRE(world.listener.attempt);
  CHECK(world.listener.attempt->timeline.issued == Mono{1'000});
  REQUIRE(world.kept.exchanges.size() == 1);
  const Exchange& exchange = world.kept.exchanges[0];
  CHECK(exchange.model == 2);
  CHECK(exchange.request.due == Mono{});
  CHECK(chat_request_text(exchange.request) == chat_request_text(world.hand.requests[0]));
  CHECK(world.hand.requests[0].due == Mono{900});
  CHECK(exchange.events == std::vector<RecordedEvent>{{CallEvent::Kind::reasoning, nanoseconds(500), "o"},
                                                      {CallEvent::Kind::visible, nanoseconds(1'500), "k"}});
  CHECK(exchange.attempt.text == "ok");
  CHECK(exchange.attempt.timeline.due == Mono{-100});
  CHECK(exchange.attempt.timeline.issued == Mono{});
  CHECK(exchange.attempt.timeline.end == Mono{8'000});
  CHECK(exchange.attempt.billing.requested == parse_wall("2026-11-23T19:45:00Z"));
}

TEST_CASE("what was cancelled at the deadline ran out of time; what was cancelled before is asked again") {
  RecordedWorld world;
  const CallId call = world.start();
  SUBCASE("at the deadline") {
    world.loop.fake_clock().set(Mono{1'000} + seconds(5));
    world.provider.cancel(call);
    CHECK(world.hand.cancelled == std::vector<CallId>{call});
    world.hand.sinks[0]->done(world.attempt(Outcome::cancelled));
    REQUIRE(world.kept.exchanges.size() == 1);
    CHECK(world.kept.exchanges[0].attempt.outcome == Outcome::timed_out);
    CHECK(world.kept.exchanges[0].attempt.error_message == "no end within 5 s");
    CHECK(world.listener.attempt->outcome == Outcome::cancelled);
  }
  SUBCASE("a nanosecond before") {
    world.loop.fake_clock().set(Mono{999} + seconds(5));
    world.provider.cancel(call);
    world.hand.sinks[0]->done(world.attempt(Outcome::cancelled));
    CHECK(world.kept.exchanges.empty());
    CHECK(world.listener.attempt->outcome == Outcome::cancelled);
  }
  SUBCASE("cancelled too late to matter") {
    world.provider.cancel(call);
    world.hand.sinks[0]->done(world.attempt(Outcome::ok));
    REQUIRE(world.kept.exchanges.size() == 1);
    CHECK(world.kept.exchanges[0].attempt.outcome == Outcome::ok);
  }
}

TEST_CASE("failures are kept too") {
  RecordedWorld world;
  world.start();
  world.hand.sinks[0]->done(world.attempt(Outcome::capacity));
  REQUIRE(world.kept.exchanges.size() == 1);
  CHECK(world.kept.exchanges[0].attempt.outcome == Outcome::capacity);
}
