#include "providers/routed_provider.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace costwar;

namespace {

// A member whose calls the test ends by hand. When it goes, what is out ends without a word, as with HTTP.
class HandMember final : public Provider {
 public:
  explicit HandMember(std::string name) { card_.name = std::move(name); }
  const Traits& traits() const override { return traits_; }
  const ModelCard& card() const override { return card_; }
  std::optional<Refusal> check(const ChatRequest&) const override { return refusal; }
  std::optional<std::int64_t> body_bytes(const ChatRequest&) const override { return bytes; }
  CallId start(ChatRequest request, CallSink& sink) override {
    requests.push_back(std::move(request));
    sinks.push_back(&sink);
    return 100 + sinks.size();
  }
  void cancel(CallId call) override { cancelled.push_back(call); }

  Traits traits_;
  ModelCard card_;
  std::optional<Refusal> refusal;
  std::optional<std::int64_t> bytes;
  std::vector<ChatRequest> requests;
  std::vector<CallSink*> sinks;
  std::vector<CallId> cancelled;
};

struct RouteListener final : CallSink {
  std::string heard;
  std::vector<Attempt> attempts;
  void computing() override { heard += "[computing]"; }
  void event(const CallEvent& event) override { heard += event.text; }
  void done(Attempt attempt) override { attempts.push_back(std::move(attempt)); }
};

struct Routed {
  HandMember cheap{"a/weak"};
  HandMember strong{"a/strong"};
  std::unique_ptr<RoutedProvider> route;
  RouteListener listener;

  RoutedProvider& make() {
    ModelCard card;
    card.name = "route/policy.json";
    card.members = {cheap.card(), strong.card()};
    card.cheap_calls = 1;
    route = std::make_unique<RoutedProvider>(card, cheap, strong);
    return *route;
  }
  CallId start(std::uint8_t member) {
    ChatRequest request;
    request.model = "m";
    request.member = member;
    return route->start(request, listener);
  }
};

Attempt attempt_by(const std::string& model) {
  Attempt attempt;
  attempt.outcome = Outcome::ok;
  attempt.text = "ok";
  attempt.billing.served_model = model;
  attempt.usage.set(Meter::fresh_input, 7, Provenance::reported);
  return attempt;
}

}  // namespace

TEST_CASE("a call goes to the model that it names, and comes back as that one gave it") {
  Routed routed;
  routed.make();
  routed.start(1);
  routed.start(0);
  REQUIRE(routed.cheap.requests.size() == 1);
  REQUIRE(routed.strong.requests.size() == 1);
  routed.strong.sinks[0]->computing();
  routed.strong.sinks[0]->event({CallEvent::Kind::visible, Mono{5}, "o"});
  routed.strong.sinks[0]->event({CallEvent::Kind::visible, Mono{6}, "k"});
  CHECK(routed.listener.heard == "[computing]ok");
  CHECK(routed.listener.attempts.empty());
  routed.strong.sinks[0]->done(attempt_by("strong-0611"));
  REQUIRE(routed.listener.attempts.size() == 1);
  CHECK(routed.listener.attempts[0].billing.served_model == "strong-0611");
  CHECK(routed.listener.attempts[0].usage == attempt_by("").usage);
  routed.cheap.sinks[0]->done(attempt_by("weak-0611"));
  REQUIRE(routed.listener.attempts.size() == 2);
  CHECK(routed.listener.attempts[1].billing.served_model == "weak-0611");
}

TEST_CASE("a call is cancelled where it is out, under the number that it has there") {
  Routed routed;
  RoutedProvider& route = routed.make();
  const CallId first = routed.start(0);
  const CallId second = routed.start(1);
  CHECK(first != second);
  route.cancel(second);
  CHECK(routed.cheap.cancelled.empty());
  CHECK(routed.strong.cancelled == std::vector<CallId>{101});
  Attempt cancelled;
  cancelled.outcome = Outcome::cancelled;
  routed.strong.sinks[0]->done(cancelled);
  REQUIRE(routed.listener.attempts.size() == 1);
  CHECK(routed.listener.attempts[0].outcome == Outcome::cancelled);
  // What is over or never was is nobody's.
  route.cancel(second);
  route.cancel(999);
  CHECK(routed.strong.cancelled.size() == 1);
  CHECK(routed.listener.attempts.size() == 1);
}

TEST_CASE("a call may follow from within the end of another, and the provider may go there too") {
  struct Chain final : CallSink {
    Routed* routed = nullptr;
    int ended = 0;
    void event(const CallEvent&) override {}
    void done(Attempt) override {
      if (++ended == 1) {
        ChatRequest request;
        request.member = 1;
        routed->route->start(request, *this);
      } else {
        routed->route.reset();
      }
    }
  };
  Routed routed;
  RoutedProvider& route = routed.make();
  Chain chain;
  chain.routed = &routed;
  route.start({}, chain);
  routed.cheap.sinks[0]->done(attempt_by("weak"));
  REQUIRE(routed.strong.sinks.size() == 1);
  routed.strong.sinks[0]->done(attempt_by("strong"));
  CHECK(chain.ended == 2);
  CHECK(routed.route == nullptr);
}

TEST_CASE("what is out when the provider goes ends without a word") {
  Routed routed;
  routed.make();
  routed.start(0);
  routed.start(1);
  routed.route.reset();
  CHECK(routed.listener.attempts.empty());
  CHECK(routed.cheap.cancelled.empty());
}

TEST_CASE("what is asked of a provider is asked of the member that the request is for") {
  Routed routed;
  routed.strong.refusal = Refusal{"too long", "shorten it"};
  routed.cheap.bytes = 12;
  routed.strong.bytes = 34;
  const RoutedProvider& route = routed.make();
  ChatRequest request;
  CHECK_FALSE(route.check(request));
  CHECK(route.body_bytes(request) == 12);
  request.member = 1;
  CHECK(route.check(request)->message == "too long");
  CHECK(route.body_bytes(request) == 34);
  CHECK(route.card().members.size() == 2);
}

TEST_CASE("a machine in a route makes all of it wait for its lane; limits are the lower ones") {
  Routed routed;
  routed.cheap.traits_ = {.lane = "machine", .account = {}, .max_concurrency = 1, .remote = false};
  routed.strong.traits_ = {.lane = {}, .account = "openai", .max_concurrency = 50, .remote = true};
  CHECK(routed.make().traits().lane == "machine");
  CHECK(routed.make().traits().max_concurrency == 1);
  CHECK(routed.make().traits().remote);
  CHECK(routed.make().traits().account.empty());
  routed.cheap.traits_ = {.lane = {}, .account = "acme", .max_concurrency = 9, .remote = true};
  routed.strong.traits_ = {.lane = {}, .account = "acme", .max_concurrency = 50, .remote = true};
  CHECK(routed.make().traits().account == "acme");
  CHECK(routed.make().traits().lane.empty());
  routed.cheap.traits_ =
      routed.strong.traits_ = {.lane = {}, .account = {}, .max_concurrency = 9, .remote = false};
  CHECK_FALSE(routed.make().traits().remote);
}
