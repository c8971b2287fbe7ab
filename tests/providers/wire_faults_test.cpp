// Every fault on the wire, from bytes written by hand: read by the dialect alone however the bytes are cut,
// and over real connections through the whole provider.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "providers/dialects/openai_chat.h"
#include "providers/http_provider.h"
#include "providers/registry.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"
#include "tests/support/loopback_server.h"
#include "tests/support/wire_scripts.h"

using namespace costwar;
using Step = ServerStep::Kind;

namespace {

std::string heard(std::string sofar, CallEvent::Kind kind, std::string_view text) {
  if (!sofar.empty()) sofar += ' ';
  sofar += std::array{'r', 'v', 't'}[static_cast<std::size_t>(kind)];
  sofar += ':';
  return sofar.append(text);
}

HttpEnd::Kind end_of(const WireScript& script) {
  return script.end == WireScript::End::last_chunk ? HttpEnd::Kind::ok : HttpEnd::Kind::connection_lost;
}

struct HeardScript {
  Attempt attempt;
  std::string deltas;
};

HeardScript read_script(const WireScript& script, const std::vector<std::string_view>& pieces) {
  const auto reader = make_openai_chat_dialect({})->reader();
  HeardScript out;
  const auto hear = [&](CallEvent::Kind kind, std::string_view text) {
    out.deltas = heard(std::move(out.deltas), kind, text);
  };
  reader->head(HttpHead{script.status, script.headers}, parse_wall("1994-11-06T08:49:37Z"));
  for (const std::string_view piece : pieces) reader->bytes(piece, hear);
  out.attempt = reader->finish({end_of(script), "", 100, false}, hear);
  return out;
}

std::optional<std::int64_t> prompt_of(const Attempt& attempt) {
  return attempt.usage.prompt_tokens();
}

void check(const WireScript& script, const HeardScript& got) {
  const WireExpectation& expected = script.expected;
  const Attempt& attempt = got.attempt;
  CAPTURE(script.row);
  CAPTURE(script.name);
  CAPTURE(attempt.error_message);
  CHECK(outcome_row(attempt.outcome).name == outcome_row(expected.outcome).name);
  CHECK((attempt.text == expected.text));
  CHECK(attempt.reasoning_text == expected.reasoning);
  CHECK(prompt_of(attempt) == expected.prompt_tokens);
  CHECK(attempt.usage.output_tokens() == expected.output_tokens);
  CHECK(attempt.error_code == expected.error_code);
  CHECK(attempt.advice.wait == expected.wait);
  CHECK((got.deltas == expected.deltas));
  const auto& notes = attempt.notes;
  CAPTURE(notes.size());
  if (expected.note.empty()) {
    CHECK(notes.empty());
  } else {
    CHECK(std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
      return note.find(expected.note) != std::string::npos;
    }));
  }
}

struct Sink final : CallSink {
  std::string deltas;
  std::optional<Attempt> attempt;
  void event(const CallEvent& event) override { deltas = heard(std::move(deltas), event.kind, event.text); }
  void done(Attempt result) override { attempt = std::move(result); }
};

ChatRequest faulty_question() {
  ChatRequest request;
  request.model = "m";
  request.messages = {{Role::user, "hi"}};
  return request;
}

// Asks a real server over a real connection, once for each script.
class Client {
 public:
  explicit Client(const LoopbackServer& server)
      : spec_(parse_model_spec(server.url("/v1#m"))),
        provider_(make_remote_provider(*loop_, *transport_, spec_, remote_model_card(spec_), {})) {}

  HeardScript ask() {
    Sink sink;
    provider_->start(faulty_question(), sink);
    loop_->run([&] { return sink.attempt.has_value(); });
    return {*std::move(sink.attempt), std::move(sink.deltas)};
  }

 private:
  std::unique_ptr<EventLoop> loop_ = make_event_loop();
  std::unique_ptr<HttpTransport> transport_ = make_http_transport(*loop_);
  ModelSpec spec_;
  std::unique_ptr<Provider> provider_;
};

constexpr std::size_t kMostBytewise = 4096;  // over a socket: a write a byte

}  // namespace

TEST_CASE("there is a script for each of the 28 faults") {
  std::set<int> rows;
  for (const WireScript& script : wire_scripts()) rows.insert(script.row);
  CHECK(rows.size() == 28);
  CHECK(*rows.begin() == 1);
  CHECK(*rows.rbegin() == 28);
}

TEST_CASE("each fault has its required end however the bytes are cut") {
  for (const WireScript& script : wire_scripts()) {
    check(script, read_script(script, {script.body}));
    check(script, read_script(script, cut(script.body, 1)));
    for (std::uint32_t seed = 1; seed <= 5; ++seed)
      check(script, read_script(script, cut(script.body, 0, seed)));
  }
}

TEST_CASE("each fault has its required end over a real connection") {
  for (const WireScript& script : wire_scripts()) {
    const bool large = script.body.size() > kMostBytewise;
    std::vector<std::vector<std::string_view>> ways{{script.body}, cut(script.body, large ? 65'521 : 1)};
    if (!large) ways.push_back(cut(script.body, 0, 7));
    for (const auto& pieces : ways) {
      LoopbackServer server({play(script, pieces)});
      Client client(server);
      HeardScript got = client.ask();
      // All of a script is sent at once, which is rightly noted where there are enough pieces to tell.
      std::erase_if(got.attempt.notes,
                    [](const std::string& note) { return note.starts_with("not streaming"); });
      check(script, got);
      // Row 23: compression batches events, so it is never asked for.
      REQUIRE(server.requests().size() == 1);
      CHECK(server.requests()[0].find("ccept-encoding") == std::string::npos);
      CHECK(server.requests()[0].find("ccept-Encoding") == std::string::npos);
    }
  }
}

TEST_CASE("what stops the clock, and what does not") {
  FakeLoop loop;
  FakeTransport transport(loop);
  HttpCodecOptions options;
  options.base_url = "http://127.0.0.1:1/v1";
  HttpProvider provider(loop, transport, make_openai_chat_dialect({}), options);
  const auto ask = [&](int row, std::size_t which, std::int64_t step_ms) {
    std::size_t skipped = 0;
    for (const WireScript& script : wire_scripts()) {
      if (script.row != row || skipped++ != which) continue;
      FakeAnswer answer;
      answer.head(1, 200, script.headers);
      std::int64_t at = 100;
      std::size_t begin = 0;
      for (std::size_t end; begin < script.body.size(); begin = end, at += step_ms) {  // one event a step
        end = std::min(script.body.size(), script.body.find("\n\n", begin) + 2);
        answer.bytes(at, script.body.substr(begin, end - begin));
      }
      answer.end(at);
      transport.answer(answer);
      Sink sink;
      const Mono start = loop.clock().mono();
      provider.start(faulty_question(), sink);
      loop.run_until_idle();
      REQUIRE(sink.attempt);
      const Timeline& timeline = sink.attempt->timeline;
      return std::tuple(timeline.first_any.value() - start, timeline.first_visible.value() - start,
                        sink.attempt->notes);
    }
    FAIL("no such script");
    return std::tuple(Nanos{}, Nanos{}, std::vector<std::string>{});
  };
  SUBCASE("8: neither a role nor an empty text is a token") {
    const auto [any, visible, notes] = ask(8, 0, 10);
    CHECK(any == milliseconds(120));  // the third event
    CHECK(visible == milliseconds(120));
  }
  SUBCASE("9: reasoning stops the time to the first token, not to the first visible one") {
    for (const std::size_t name : {std::size_t{0}, std::size_t{1}}) {
      const auto [any, visible, notes] = ask(9, name, 10);
      CHECK(any == milliseconds(100));
      CHECK(visible == milliseconds(120));  // two pieces of reasoning come first
    }
  }
  SUBCASE("6: a comment is a sign of life and no token") {
    const auto [any, visible, notes] = ask(6, 0, 10);
    CHECK(any > milliseconds(100));
  }
  SUBCASE("18: what comes at once at the end is no stream") {
    std::string body;
    for (int i = 0; i < 5; ++i)
      body += "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
    transport.answer(FakeAnswer().head(1, 200).bytes(900, body + "data: [DONE]\n\n").end(901));
    Sink sink;
    provider.start(faulty_question(), sink);
    loop.run_until_idle();
    REQUIRE(sink.attempt);
    CHECK(sink.attempt->text == "aaaaa");
    CHECK(sink.attempt->notes ==
          std::vector<std::string>{"the answer names no finish reason",
                                   "not streaming: the payload came at once at the end"});
  }
}

TEST_CASE("28: a request that a dying connection swallowed is not sent again") {
  const WireScript& first = wire_scripts().back();
  REQUIRE(first.row == 28);
  ServerScript both = play(first, {first.body});
  both.pop_back();                    // instead of waiting for the other side to close,
  both.push_back({Step::read_head});  // take the next request and close without a word
  LoopbackServer server({both, play(first, {first.body})});
  Client client(server);
  check(first, client.ask());
  const Attempt second = client.ask().attempt;
  CHECK(second.outcome == Outcome::network);
  CHECK(second.notes == std::vector<std::string>{"the request left without an answer: it may be billed"});
  CHECK(server.requests().size() == 2);  // a second connection may be opened, but nothing is sent on it
}
