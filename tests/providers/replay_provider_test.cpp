#include "providers/replay_provider.h"

#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <vector>

#include "core/error.h"
#include "tests/support/fake_loop.h"

using namespace costwar;

namespace {

using Heard =
    std::tuple<std::int64_t, std::int64_t, std::string>;  // the clock, the event's instant, its text

struct Listener final : CallSink {
  explicit Listener(FakeLoop& its_loop) : loop(its_loop) {}
  FakeLoop& loop;
  std::vector<Heard> events;
  std::optional<Attempt> attempt;
  std::int64_t done_at = 0;
  std::function<void()> on_event = [] {};

  void event(const CallEvent& event) override {
    events.emplace_back(loop.clock().mono().ns, event.at.ns, std::string(event.text));
    on_event();
  }
  void done(Attempt result) override {
    REQUIRE_FALSE(attempt);
    attempt = std::move(result);
    done_at = loop.clock().mono().ns;
  }
};

ChatRequest asking(const std::string& question) {
  ChatRequest request;
  request.model = "m";
  request.messages = {{Role::system, "Be brief."}, {Role::user, question}};
  request.max_output_tokens = 512;
  return request;
}

Exchange answered(const std::string& question) {
  Exchange exchange;
  exchange.request = asking(question);
  exchange.events = {{CallEvent::Kind::reasoning, nanoseconds(1'500'001), "hm"},
                     {CallEvent::Kind::visible, nanoseconds(2'000'000), "yes"},
                     {CallEvent::Kind::visible, nanoseconds(2'000'000), "!"}};
  Attempt& attempt = exchange.attempt;
  attempt.outcome = Outcome::ok;
  attempt.text = "yes!";
  attempt.usage.set(Meter::fresh_input, 12, Provenance::reported);
  attempt.billing.served_model = "m-2026";
  attempt.billing.requested = parse_wall("2026-01-01T00:00:00Z");
  attempt.billing.completed = parse_wall("2026-01-01T00:00:01Z");
  attempt.timeline.due = Mono{-7};
  attempt.timeline.sent = Mono{100};
  attempt.timeline.headers = Mono{1'000'000};
  attempt.timeline.first_any = Mono{1'500'001};
  attempt.timeline.first_visible = Mono{2'000'000};
  attempt.timeline.end = Mono{3'000'003};
  append_event(attempt.timeline, Mono{1'500'001}, Mono{});
  return exchange;
}

Exchange failed(const std::string& question, std::uint32_t ordinal) {
  Exchange exchange;
  exchange.request = asking(question);
  exchange.ordinal = ordinal;
  exchange.attempt.outcome = Outcome::capacity;
  exchange.attempt.http_status = 429;
  exchange.attempt.advice.wait = seconds(20);
  exchange.attempt.timeline.end = Mono{500};
  return exchange;
}

ModelCard a_card() {
  ModelCard card;
  card.name = "replay/r-1";
  return card;
}

constexpr std::int64_t kReplayStart = 10'000'000'000;

void check_whole(const Attempt& attempt) {
  CHECK(attempt.outcome == Outcome::ok);
  CHECK(attempt.text == "yes!");
  CHECK(attempt.usage[Meter::fresh_input] == Count{12, Provenance::reported});
  CHECK(attempt.billing.served_model == "m-2026");
  CHECK(attempt.billing.requested == parse_wall("2026-01-01T00:00:00Z"));
  CHECK(attempt.billing.completed == parse_wall("2026-01-01T00:00:01Z"));
  const Timeline& timeline = attempt.timeline;
  CHECK(timeline.due == Mono{kReplayStart - 7});
  CHECK(timeline.issued == Mono{kReplayStart});
  CHECK(timeline.sent == Mono{kReplayStart + 100});
  CHECK(timeline.headers == Mono{kReplayStart + 1'000'000});
  CHECK(timeline.first_any == Mono{kReplayStart + 1'500'001});
  CHECK(timeline.first_visible == Mono{kReplayStart + 2'000'000});
  CHECK(timeline.end == Mono{kReplayStart + 3'000'003});
  CHECK(decode_events(timeline) == std::vector<Mono>{Mono{kReplayStart + 1'500'000}});
}

}  // namespace

TEST_CASE("a replay takes as long as the recorded answer did, or no time, with the same attempt") {
  FakeLoop loop;
  loop.fake_clock().set(Mono{kReplayStart});
  Listener sink(loop);
  ChatRequest request = asking("a");
  request.due = Mono{kReplayStart - 40};

  SUBCASE("real") {
    ReplayProvider replay(loop, a_card(), {answered("a")}, ReplaySpeed::real);
    replay.start(request, sink);
    CHECK(sink.events.empty());
    loop.run_until_idle();
    CHECK(sink.events == std::vector<Heard>{{kReplayStart + 1'500'001, kReplayStart + 1'500'001, "hm"},
                                            {kReplayStart + 2'000'000, kReplayStart + 2'000'000, "yes"},
                                            {kReplayStart + 2'000'000, kReplayStart + 2'000'000, "!"}});
    CHECK(sink.done_at == kReplayStart + 3'000'003);
  }
  SUBCASE("instant") {
    ReplayProvider replay(loop, a_card(), {answered("a")}, ReplaySpeed::instant);
    replay.start(request, sink);
    CHECK(sink.events.empty());  // no callback before start has returned
    loop.run_until_idle();
    CHECK(sink.events == std::vector<Heard>{{kReplayStart, kReplayStart + 1'500'001, "hm"},
                                            {kReplayStart, kReplayStart + 2'000'000, "yes"},
                                            {kReplayStart, kReplayStart + 2'000'000, "!"}});
    CHECK(sink.done_at == kReplayStart);
  }
  REQUIRE(sink.attempt);
  check_whole(*sink.attempt);
}

TEST_CASE("equal requests are answered in the order of their ordinals, failures included") {
  FakeLoop loop;
  Exchange second = answered("a");
  second.ordinal = 2;
  ReplayProvider replay(loop, a_card(), {second, failed("a", 0)}, ReplaySpeed::instant);
  CHECK(replay.recorded(asking("a")) == 2);
  Listener first(loop);
  replay.start(asking("a"), first);
  loop.run_until_idle();
  REQUIRE(first.attempt);
  CHECK(first.attempt->outcome == Outcome::capacity);
  CHECK(first.attempt->advice.wait == seconds(20));
  Listener again(loop);
  replay.start(asking("a"), again);
  loop.run_until_idle();
  REQUIRE(again.attempt);
  CHECK(again.attempt->outcome == Outcome::ok);
  Listener third(loop);
  CHECK_THROWS_WITH_AS(replay.start(asking("a"), third),
                       "replay/r-1: a request was put more often than it was recorded", Error);
}

TEST_CASE("a request that was not recorded is refused, with what tells it from the nearest of its item") {
  FakeLoop loop;
  Exchange other = answered("a");
  other.request.max_output_tokens = 64;
  other.request.seed = 1;
  const ReplayProvider replay(loop, a_card(), {other, answered("a")}, ReplaySpeed::instant);
  CHECK_FALSE(replay.check(asking("a")));
  ChatRequest asked = asking("a");
  asked.max_output_tokens = 2048;
  CHECK(replay.recorded(asked) == 0);
  REQUIRE(replay.check(asked));
  CHECK(replay.nearest_differences(asked) ==
        std::vector<std::string>{"max_output_tokens 2048, recorded 512"});
  CHECK_FALSE(replay.nearest_differences(asking("b")));
}

TEST_CASE("a cancelled replay ends on a later turn with what had come") {
  FakeLoop loop;
  loop.fake_clock().set(Mono{kReplayStart});
  ReplayProvider replay(loop, a_card(), {answered("a")}, ReplaySpeed::real);
  Listener sink(loop);
  const CallId call = replay.start(asking("a"), sink);

  SUBCASE("between two events") {
    loop.advance_to(Mono{kReplayStart + 1'900'000});
    replay.cancel(call);
    replay.cancel(call);
    CHECK_FALSE(sink.attempt);
    loop.run_until_idle();
    REQUIRE(sink.attempt);
    CHECK(sink.attempt->timeline.end == Mono{kReplayStart + 1'900'000});
  }
  SUBCASE("inside an event") {
    sink.on_event = [&] { replay.cancel(call); };
    loop.run_until_idle();
    REQUIRE(sink.attempt);
    CHECK(sink.attempt->timeline.end == Mono{kReplayStart + 1'500'001});
  }
  CHECK(sink.events.size() == 1);
  CHECK(sink.attempt->outcome == Outcome::cancelled);
  CHECK(sink.attempt->reasoning_text == "hm");
  CHECK(sink.attempt->text.empty());
  CHECK_FALSE(sink.attempt->usage.output_tokens());
  CHECK_FALSE(sink.attempt->billing.completed);
  CHECK(sink.attempt->timeline.headers == Mono{kReplayStart + 1'000'000});
  CHECK(sink.attempt->timeline.first_any == Mono{kReplayStart + 1'500'001});
  CHECK_FALSE(sink.attempt->timeline.first_visible);
  CHECK(sink.attempt->timeline.event_count == 1);
  replay.cancel(call);  // over
  loop.run_until_idle();
}

TEST_CASE("a replay that is gone calls nobody") {
  FakeLoop loop;
  Listener sink(loop);
  {
    ReplayProvider replay(loop, a_card(), {answered("a")}, ReplaySpeed::real);
    replay.start(asking("a"), sink);
  }
  CHECK(loop.timers() == 0);
  loop.run_until_idle();
  CHECK_FALSE(sink.attempt);
}
