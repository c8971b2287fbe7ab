#include "providers/local/local_provider.h"

#include <doctest/doctest.h>

#include <future>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/providers/local/tiny_model.h"

using namespace costwar;
using namespace costwar::local;
using namespace costwar::local::test;

namespace {

struct RecordingSink final : CallSink {
  void event(const CallEvent& event) override {
    CHECK_FALSE(attempt);
    text += event.text;
    stamps.push_back(event.at);
    if (on_event) on_event();
  }
  void done(Attempt result) override {
    CHECK_FALSE(attempt);
    attempt = std::move(result);
  }
  std::string text;
  std::vector<Mono> stamps;
  std::optional<Attempt> attempt;
  std::function<void()> on_event;
};

struct Machine {
  std::unique_ptr<EventLoop> loop = make_event_loop();
  std::shared_ptr<MachineLane> lane = std::make_shared<MachineLane>();

  std::unique_ptr<LocalProvider> provider(const std::string& model) {
    ModelCard card;
    card.name = "local/" + model;
    card.provider = "local";
    card.model = model;
    return std::make_unique<LocalProvider>(card, Engine::load(tiny_model(), model), *loop, lane);
  }
};

ChatRequest local_question(std::int64_t most = 10) {
  ChatRequest request;
  request.messages = {{Role::user, "abc"}};
  request.max_output_tokens = most;
  return request;
}

}  // namespace

TEST_CASE("a call reports text, usage, times and what the engine counted") {
  Machine machine;
  const auto provider = machine.provider("tiny");
  CHECK(provider->traits().lane == "machine");
  CHECK_FALSE(provider->traits().remote);
  CHECK(provider->card().own_machine);
  CHECK(provider->card().shape->experts == 4);
  RecordingSink sink;
  auto request = local_question();
  request.due = machine.loop->clock().mono();
  CHECK_FALSE(provider->check(request));
  CHECK(provider->start(request, sink) != 0);
  CHECK_FALSE(sink.attempt);
  machine.loop->run([&] { return sink.attempt.has_value(); });
  const Attempt& attempt = *sink.attempt;
  CHECK(attempt.outcome == Outcome::ok);
  CHECK(attempt.finish_reason == "length");
  CHECK(attempt.text == sink.text);
  CHECK(attempt.usage[Meter::fresh_input] == Count{5, Provenance::timings});
  CHECK(attempt.usage[Meter::visible_output] == Count{10, Provenance::timings});
  CHECK(attempt.usage[Meter::cache_read] == Count{0, Provenance::timings});
  CHECK_FALSE(attempt.usage[Meter::reasoning]);
  CHECK(attempt.usage[Meter::machine_ns]->value > 0);
  CHECK(attempt.billing.served_model == "tiny");
  const Timeline& timeline = attempt.timeline;
  CHECK(timeline.due <= timeline.issued);
  CHECK(timeline.issued <= *timeline.sent);
  CHECK(*timeline.sent <= *timeline.first_visible);
  CHECK(*timeline.first_visible <= *timeline.end);
  CHECK(*timeline.first_any == sink.stamps.front());
  CHECK(timeline.event_count == sink.stamps.size());
  CHECK(attempt.usage[Meter::machine_ns]->value <= (*timeline.end - *timeline.sent).count);
  const auto extra = nlohmann::json::parse(attempt.extra);
  CHECK(extra.at("timings").at("prompt_n") == 5);
  CHECK(extra.at("timings").at("predicted_n") == 10);
  CHECK(extra.at("expert_use").at(1).size() == 4);
  CHECK(extra.at("flops") > 0);
}

TEST_CASE("requests that the engine cannot serve are refused before they start") {
  Machine machine;
  const auto provider = machine.provider("tiny");
  const auto refused = [&](auto change) {
    ChatRequest request = local_question();
    change(request);
    const auto refusal = provider->check(request);
    return refusal ? refusal->message : "";
  };
  CHECK(refused([](auto& r) { r.messages.clear(); }) == "local/tiny: the request has no messages");
  CHECK(refused([](auto& r) { r.effort = "high"; }) ==
        "local/tiny: the built-in engine has no reasoning effort");
  CHECK(refused([](auto& r) { r.max_output_tokens = 0; }) ==
        "local/tiny: max_output_tokens must be at least 1");
  CHECK(refused([](auto& r) { r.temperature = -1; }) == "local/tiny: temperature must be 0 or more");
  CHECK(refused([](auto& r) { r.top_p = 0; }) == "local/tiny: top_p must be above 0 and at most 1");
  CHECK(refused([](auto& r) { r.messages[0].content.assign(100, 'x'); }) ==
        "local/tiny: the prompt has 102 tokens; the context holds 64 with the answer");
}

TEST_CASE("a request that was not checked ends as an engine failure") {
  Machine machine;
  const auto provider = machine.provider("tiny");
  RecordingSink sink;
  ChatRequest request = local_question();
  request.messages[0].content.assign(100, 'x');
  provider->start(request, sink);
  machine.loop->run([&] { return sink.attempt.has_value(); });
  CHECK(sink.attempt->outcome == Outcome::engine);
  CHECK(sink.attempt->error_message == "tiny: the prompt has 102 tokens; the context holds 64");
}

TEST_CASE("a cancelled call ends once, with what it used") {
  Machine machine;
  const auto provider = machine.provider("tiny");
  RecordingSink first, second;
  std::promise<void> open;  // holds the lane, so that neither call can end before the cancellation
  machine.lane->submit([gate = open.get_future().share()] { gate.wait(); });
  provider->start(local_question(50), first);
  const CallId waiting = provider->start(local_question(50), second);
  provider->cancel(waiting);
  provider->cancel(12345);
  open.set_value();
  machine.loop->run([&] { return first.attempt && second.attempt; });
  CHECK(first.attempt->outcome == Outcome::ok);
  CHECK(second.attempt->outcome == Outcome::cancelled);
  CHECK(second.attempt->usage[Meter::visible_output]->value < 50);
}

TEST_CASE("a stop sequence ends the answer before it") {
  Machine machine;
  const auto provider = machine.provider("tiny");
  RecordingSink free, stopped;
  provider->start(local_question(20), free);
  machine.loop->run([&] { return free.attempt.has_value(); });
  const std::string& whole = free.attempt->text;
  REQUIRE(whole.size() > 6);
  ChatRequest request = local_question(20);
  request.stop = {whole.substr(4, 2)};
  provider->start(request, stopped);
  machine.loop->run([&] { return stopped.attempt.has_value(); });
  CHECK(stopped.attempt->text == whole.substr(0, whole.find(request.stop[0])));
  CHECK(stopped.attempt->finish_reason == "stop");
}

TEST_CASE("two models on one lane never compute at once") {
  Machine machine;
  const auto a = machine.provider("a"), b = machine.provider("b");
  std::vector<RecordingSink> sinks(6);
  for (std::size_t i = 0; i < sinks.size(); ++i) (i % 2 == 0 ? a : b)->start(local_question(40), sinks[i]);
  machine.loop->run([&] {
    return std::all_of(sinks.begin(), sinks.end(), [](const auto& sink) { return sink.attempt.has_value(); });
  });
  for (std::size_t i = 1; i < sinks.size(); ++i)
    CHECK(*sinks[i].attempt->timeline.sent >= *sinks[i - 1].attempt->timeline.end);
  CHECK(sinks[0].attempt->text == sinks[2].attempt->text);
}

TEST_CASE("the lane runs its jobs in order and finishes them before it goes") {
  std::vector<int> order;
  {
    MachineLane lane;
    for (int i = 0; i < 100; ++i) lane.submit([&order, i] { order.push_back(i); });
  }
  REQUIRE(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a provider that goes away calls no sink any more") {
  Machine machine;
  RecordingSink sink;
  {
    const auto provider = machine.provider("tiny");
    for (int i = 0; i < 3; ++i) provider->start(local_question(50), sink);
  }
  bool turned = false;
  machine.loop->post([&] { turned = true; });
  machine.loop->run([&] { return turned; });
  CHECK(sink.stamps.empty());
  CHECK_FALSE(sink.attempt);
}
