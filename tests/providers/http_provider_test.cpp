#include "providers/http_provider.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "providers/dialects/openai_chat.h"
#include "providers/registry.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"
#include "tests/support/loopback_server.h"

using namespace costwar;
using Step = ServerStep::Kind;

namespace {

struct Recorder final : CallSink {
  std::string events;
  std::optional<Attempt> attempt;
  void event(const CallEvent& event) override { events += event.text; }
  void done(Attempt result) override {
    REQUIRE_FALSE(attempt);
    attempt = std::move(result);
  }
};

ChatRequest http_question() {
  ChatRequest request;
  request.model = "m-1";
  request.messages = {{Role::user, "hi"}};
  return request;
}

std::string chunk(const std::string& delta, const std::string& reason = "null") {
  return R"(data: {"model":"m-1","choices":[{"index":0,"delta":{)" + delta + R"(},"finish_reason":)" +
         reason + "}]}\n\n";
}
const std::string kUsageEvent =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n";
const std::string kLastEvents = chunk("", "\"stop\"") + kUsageEvent + "data: [DONE]\n\n";

struct HttpWorld {
  FakeLoop loop;
  FakeTransport transport{loop};
  HttpProvider provider{loop, transport, make_openai_chat_dialect({}), options()};

  static HttpCodecOptions options() {
    HttpCodecOptions out;
    out.card.name = "test/m-1";
    out.base_url = "http://127.0.0.1:1/v1";
    out.key = "top-secret-key";
    out.idle_timeout = seconds(7);
    return out;
  }
};

Mono ms(std::int64_t n) {
  return Mono{} + milliseconds(n);
}

}  // namespace

TEST_CASE("what is sent") {
  HttpWorld world;
  world.transport.answer(FakeAnswer().head(1, 200).bytes(2, chunk(R"("content":"a")") + kLastEvents).end(3));
  Recorder sink;
  world.provider.start(http_question(), sink);
  const HttpRequest& sent = world.transport.requests.at(0);
  CHECK(sent.method == "POST");
  CHECK(sent.url == "http://127.0.0.1:1/v1/chat/completions");
  CHECK(sent.idle_timeout == seconds(7));
  bool has_key = false;
  for (const auto& [name, value] : sent.headers) {
    CHECK(name != "Accept-Encoding");
    has_key = has_key || (name == "Authorization" && value == "Bearer top-secret-key");
  }
  CHECK(has_key);
  world.loop.run_until_idle();
  CHECK(sink.attempt->outcome == Outcome::ok);
  CHECK(world.provider.card().name == "test/m-1");
}

TEST_CASE("the timeline") {
  HttpWorld world;
  world.loop.advance_to(ms(100));
  world.transport.answer(FakeAnswer()
                             .sent(5)
                             .head(10, 200)
                             .bytes(15, ": keep-alive\n\n" + chunk(R"("role":"assistant","content":"")"))
                             .bytes(20, chunk(R"("reasoning":"hm")"))
                             .bytes(40, chunk(R"("content":"one ")"))
                             .bytes(60, chunk(R"("content":"two")"))
                             .bytes(70, kLastEvents)
                             .end(80));
  Recorder sink;
  ChatRequest request = http_question();
  request.due = ms(90);
  world.provider.start(request, sink);
  world.loop.run_until_idle();
  const Timeline& t = sink.attempt->timeline;
  CHECK(t.due == ms(90));
  CHECK(t.issued == ms(100));
  CHECK(t.sent == ms(105));
  CHECK(t.headers == ms(110));
  CHECK(t.first_any == ms(120));
  CHECK(t.first_visible == ms(140));
  CHECK(t.end == ms(180));
  CHECK(decode_events(t) == std::vector<Mono>{ms(120), ms(140), ms(160)});
  CHECK(sink.events == "hmone two");
  CHECK(sink.attempt->text == "one two");
  CHECK(sink.attempt->usage[Meter::requests]->value == 1);
  CHECK(sink.attempt->notes.empty());
  CHECK(format_wall(sink.attempt->billing.requested) == "2026-04-26T12:00:00.100Z");
  CHECK(format_wall(sink.attempt->billing.completed.value()) == "2026-04-26T12:00:00.180Z");
}

TEST_CASE("an answer that comes at once at the end is said to be no stream") {
  HttpWorld world;
  std::string all;
  for (int i = 0; i < 6; ++i) all += chunk(R"("content":"x")");
  world.transport.answer(FakeAnswer().head(1, 200).bytes(500, all + kLastEvents).end(500));
  Recorder burst;
  world.provider.start(http_question(), burst);
  world.loop.run_until_idle();
  CHECK(burst.attempt->notes ==
        std::vector<std::string>{"not streaming: the payload came at once at the end"});

  FakeAnswer steady;
  steady.head(1, 200);
  for (int i = 0; i < 6; ++i) steady.bytes(100 + 50 * i, chunk(R"("content":"x")"));
  world.transport.answer(steady.bytes(400, kLastEvents).end(400));
  Recorder streamed;
  world.provider.start(http_question(), streamed);
  world.loop.run_until_idle();
  CHECK(streamed.attempt->notes.empty());
}

TEST_CASE("one attempt and no more: failures are reported, never repeated") {
  HttpWorld world;
  Recorder sink;
  SUBCASE("capacity, with what the server advises") {
    world.transport.answer(FakeAnswer()
                               .head(1, 429, {{"retry-after", "Sun, 26 Apr 2026 12:00:30 GMT"}})
                               .bytes(2, R"({"error":{"message":"key top-secret-key is over its limit"}})")
                               .end(3));
    world.provider.start(http_question(), sink);
    world.loop.run_until_idle();
    CHECK(sink.attempt->outcome == Outcome::capacity);
    CHECK(sink.attempt->advice.wait == milliseconds(29'999));
    CHECK(sink.attempt->error_message == "key [redacted] is over its limit");
    CHECK_FALSE(sink.attempt->usage[Meter::requests]);
  }
  SUBCASE("no connection") {
    world.transport.answer(
        FakeAnswer().end(3, HttpEnd::Kind::connect_failed, "refused; Bearer top-secret-key"));
    world.provider.start(http_question(), sink);
    world.loop.run_until_idle();
    CHECK(sink.attempt->outcome == Outcome::network);
    CHECK(sink.attempt->error_message == "refused; Bearer [redacted]");
    CHECK_FALSE(sink.attempt->timeline.headers);
    CHECK(sink.attempt->timeline.end == ms(3));
  }
  CHECK(world.transport.requests.size() == 1);
}

TEST_CASE("cancel keeps what was spent so far") {
  HttpWorld world;
  world.transport.answer(FakeAnswer().sent(1).head(2, 200).bytes(3, chunk(R"("content":"part")")).end(50));
  Recorder sink;
  const CallId call = world.provider.start(http_question(), sink);
  world.loop.advance_to(ms(10));
  world.provider.cancel(call);
  CHECK_FALSE(sink.attempt);
  world.loop.run_until_idle();
  CHECK(sink.attempt->outcome == Outcome::cancelled);
  CHECK(sink.attempt->text == "part");
  world.provider.cancel(call);
  world.provider.cancel(999);
}

TEST_CASE("done may start the next call") {
  HttpWorld world;
  struct Chain final : CallSink {
    Provider* provider = nullptr;
    int left = 3;
    void event(const CallEvent&) override {}
    void done(Attempt) override {
      if (--left > 0) provider->start(http_question(), *this);
    }
  } chain;
  chain.provider = &world.provider;
  for (int i = 0; i < 3; ++i) world.transport.answer(FakeAnswer().head(1, 200).bytes(1, kLastEvents).end(2));
  world.provider.start(http_question(), chain);
  world.loop.run_until_idle();
  CHECK(chain.left == 0);
}

TEST_CASE("over a real connection") {
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nx-request-id: req_9\r\n\r\n";
  const std::string good = chunk(R"("content":"\u00e9")") + chunk(R"("content":"4")") + kLastEvents;
  const auto ask = [](const ServerScript& script) {
    LoopbackServer server({script});
    const auto loop = make_event_loop();
    const auto transport = make_http_transport(*loop);
    const ModelSpec spec = parse_model_spec(server.url("/v1#m-1"));
    const auto provider = make_remote_provider(*loop, *transport, spec, remote_model_card(spec), {});
    Recorder sink;
    ChatRequest request = http_question();
    request.due = loop->clock().mono();
    provider->start(request, sink);
    loop->run([&] { return sink.attempt.has_value(); });
    return *sink.attempt;
  };

  SUBCASE("byte by byte") {
    const Attempt got = ask({{Step::read_request}, {Step::send_bytewise, head + good}});
    CHECK(got.outcome == Outcome::ok);
    CHECK(got.text ==
          "\xC3\xA9"
          "4");
    CHECK(got.request_id == "req_9");
    CHECK(got.usage[Meter::fresh_input] == Count{3, Provenance::reported});
    const Timeline& t = got.timeline;
    CHECK(t.due <= t.issued);
    CHECK(t.issued <= t.sent.value());
    CHECK(t.sent.value() <= t.headers.value());
    CHECK(t.headers.value() <= t.first_any.value());
    CHECK(t.first_any.value() <= t.end.value());
  }
  SUBCASE("reset in the middle") {
    const Attempt got = ask({{Step::read_request},
                             {Step::send, head + chunk(R"("content":"4")")},
                             {Step::pause, {}, 20},
                             {Step::reset}});
    CHECK(got.outcome == Outcome::truncated);
    CHECK(got.text == "4");
    CHECK_FALSE(got.usage[Meter::fresh_input]);
  }
  SUBCASE("half close without an end marker") {
    CHECK(ask({{Step::read_request},
               {Step::send, head + chunk(R"("content":"4")")},
               {Step::half_close},
               {Step::wait_close}})
              .outcome == Outcome::truncated);
  }
  SUBCASE("200, silence, close") {
    CHECK(
        ask({{Step::read_request}, {Step::send, head + ": keep-alive\n\n"}, {Step::pause, {}, 5}}).outcome ==
        Outcome::queued_never_started);
  }
  SUBCASE("closed without a word") {
    const Attempt got = ask({{Step::read_request}});
    CHECK(got.outcome == Outcome::network);
    CHECK(got.notes == std::vector<std::string>{"the request left without an answer: it may be billed"});
  }
}
