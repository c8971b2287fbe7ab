// What the server says: routes, replies, refusals and faults, as a client on a socket sees them.
#include "mock/server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "core/error.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

TEST_CASE("routes") {
  Served mock(options());
  CHECK(body(mock.get("GET /health HTTP/1.1\r\n\r\n")) == R"({"status":"ok"})");
  CHECK(body(mock.get("GET /v1/models HTTP/1.1\r\n\r\n")) ==
        R"({"object":"list","data":[{"id":"m","object":"model","created":0,"owned_by":"costwar"}]})");
  CHECK(body(mock.get("GET /models/m HTTP/1.1\r\n\r\n")) ==
        R"({"id":"m","object":"model","created":0,"owned_by":"costwar"})");
  CHECK(status(mock.get("GET /models/n HTTP/1.1\r\n\r\n")) == 404);
  CHECK(status(mock.get("GET /v2 HTTP/1.1\r\n\r\n")) == 404);
  CHECK(status(mock.get("DELETE /v1/models HTTP/1.1\r\n\r\n")) == 405);
  CHECK(content(mock.get(ask("m", sum(4)))) == "5");
  CHECK(content(mock.get(ask("m", sum(4), false))) == "5");
  CHECK(content(mock.get(ask("m", "never heard of"))) == "I do not know.");
  CHECK(status(mock.get(ask("n", sum(4)))) == 404);
  CHECK(status(mock.get(ask("m!no-such-fault", sum(4)))) == 404);
  CHECK(mock.server.stats().refused == 5);
}

TEST_CASE("plain JSON, byte for byte") {
  MockOptions given = options();
  given.models[0].cached_share = 0.5;
  Served mock(std::move(given));
  const std::string reply = body(mock.get(post(
      R"({"model":"m","messages":[{"role":"system","content":"12345678"},)"
      R"({"role":"user","content":[{"type":"text","text":"What is 99"},{"type":"text","text":"9 + 1?"}]}],"service_tier":"flex"})")));
  const std::size_t created = reply.find(R"("created":)") + 10;
  CHECK(
      reply.substr(0, created) + "T" + reply.substr(reply.find(',', created)) ==
      R"({"id":"chatcmpl-mock-0000000000000001","object":"chat.completion","created":T,"model":"m","service_tier":"flex",)"
      R"("system_fingerprint":"fp_mock","choices":[{"index":0,"message":{"role":"assistant","content":"1000","refusal":null},)"
      R"("logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":6,"completion_tokens":1,"total_tokens":7,)"
      R"("prompt_tokens_details":{"cached_tokens":3,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,)"
      R"("audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}})");
}

TEST_CASE("accuracy over 2,000 prompts is the rule, on one kept connection, twice") {
  Served mock(options(0.7));
  Client client(mock.server.port());
  std::uint64_t right = 0;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2000; ++i) {
      const bool expected = answers_correctly(0, "m", sum(i), 0.7);
      const std::string text = content(exchange(*mock.loop, client, ask("m", sum(i), i % 2 == 0)));
      REQUIRE((text == std::to_string(i + 1)) == expected);
      right += expected ? 1 : 0;
    }
  }
  const MockStats stats = mock.server.stats();
  CHECK(stats.correct == right);
  CHECK(stats.wrong == 4000 - right);
  CHECK(stats.connections == 1);
  CHECK(stats.sends == 4000);  // unpaced: one send a reply
}

TEST_CASE("a question behind a text is answered, and a wrong model says what the book gives it") {
  const auto said = [](double accuracy, std::string_view prompt) {
    MockOptions given = options(accuracy);
    given.book = AnswerBook::parse(
        "{\"prompt\":\"Which number?\",\"answer\":\"Final Answer: [7]\",\"ends_with\":true}\n"
        "{\"prompt\":\"The code word?\",\"answer\":\"I cannot help with that.\",\"wrong\":\"It is oak.\"}",
        "book");
    Served mock(std::move(given));
    return content(mock.get(ask("m", prompt, false)));
  };
  CHECK(said(1.0, "A long text. Which number?") == "Final Answer: [7]");
  CHECK(said(0.0, "A long text. Which number?") == "Final Answer: [8]");
  CHECK(said(1.0, "The code word?") == "I cannot help with that.");
  CHECK(said(0.0, "The code word?") == "It is oak.");
}

TEST_CASE("limits and reasoning in the count") {
  MockOptions given = options();
  given.models[0].reasoning_share = 0.5;
  given.unknown_tokens = 10;
  Served mock(std::move(given));
  const auto with = [](std::string_view rest) {
    return post(fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"x"}}],{}}})", rest));
  };
  const std::string whole_reply = body(mock.get(with(R"("n":2)")));
  CHECK(whole_reply.find(R"("completion_tokens":40,)") != std::string::npos);
  CHECK(whole_reply.find(R"("reasoning_tokens":20,)") != std::string::npos);
  const std::string cut = body(mock.get(with(R"("max_tokens":2,"max_completion_tokens":13)")));
  CHECK(cut.find(R"("content":"tok tok tok ")") != std::string::npos);
  CHECK(cut.find(R"("finish_reason":"length")") != std::string::npos);
  CHECK(cut.find(R"("completion_tokens":13,)") != std::string::npos);
  CHECK(body(mock.get(with(R"("reasoning_effort":"none")"))).find(R"("reasoning_tokens":0,)") !=
        std::string::npos);
}

TEST_CASE("refused requests get a JSON error") {
  MockOptions given = options();
  given.api_key = "secret";
  given.limits.body_bytes = 1000;
  Served mock(std::move(given));
  CHECK(status(mock.get(ask("m", "x"))) == 401);
  CHECK(status(mock.get(post(ask_json("m", "x"), "Authorization: Bearer wrong\r\n"))) == 401);
  const auto refused = [&](std::string_view json) {
    return mock.get(post(json, "Authorization: Bearer secret\r\n"));
  };
  CHECK(status(refused(ask_json("m", "x"))) == 200);
  for (const char* bad :
       {"", "{", "[]", R"({"model":1})", R"({"model":"m"})", R"({"model":"m","messages":[]})",
        R"({"model":"m","messages":[1]})", R"({"model":"m","messages":[{"role":"user","content":3}]})",
        R"({"model":"m","messages":[{"role":"user"}],"n":0})",
        R"({"model":"m","messages":[{"role":"user"}],"n":-1})",
        R"({"model":"m","messages":[{"role":"user"}],"max_tokens":0})",
        R"({"model":"m","messages":[{"role":"user"}],"stream":1})"}) {
    const std::string reply = refused(bad);
    CHECK(status(reply) == 400);
    CHECK(body(reply).starts_with(R"({"error":{"message":")"));
  }
  const std::string garbage = mock.get("complete nonsense\r\n\r\n");
  CHECK(status(garbage) == 400);
  CHECK(garbage.find("Connection: close") != std::string::npos);
  CHECK(
      body(garbage) ==
      R"({"error":{"message":"the request line is not METHOD TARGET VERSION","type":"invalid_request_error","param":null,"code":null}})");
  // The whole oversized body is on its way and the reply still arrives: no reset destroys it.
  const std::string large = mock.get(post(std::string(60'000, ' ')));
  CHECK(status(large) == 413);
}

TEST_CASE("connections: kept, pipelined, continued, closed") {
  Served mock(options());
  SUBCASE("pipelined requests are answered in order") {
    Client client(mock.server.port());
    std::string all;
    for (int i = 0; i < 50; ++i) all += ask("m", sum(i), false);
    client.send(all);
    std::string expected;
    for (int i = 1; i <= 50; ++i) expected += std::to_string(i);
    std::string text;
    run_until(*mock.loop, [&] {
      client.poll();
      text.clear();
      const std::string& got = client.received();
      for (std::size_t at = 0; (at = got.find(R"("content":")", at)) != std::string::npos;) {
        at += 11;
        text += got.substr(at, got.find('"', at) - at);
      }
      return text == expected;
    });
    CHECK(mock.server.stats().requests == 50);
  }
  SUBCASE("100-continue") {
    Client client(mock.server.port());
    const std::string json = ask_json("m", sum(1), false);
    client.send(fmt::format(
        "POST /v1/chat/completions HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        json.size()));
    run_until(*mock.loop, [&] {
      client.poll();
      return !client.received().empty();
    });
    CHECK(client.take() == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(content(exchange(*mock.loop, client, json)) == "2");
  }
  SUBCASE("Connection: close") {
    Client client(mock.server.port());
    const std::string reply =
        exchange(*mock.loop, client, post(ask_json("m", sum(1)), "Connection: close\r\n"));
    CHECK(reply.find("\r\nConnection: close\r\n") != std::string::npos);
    run_until(*mock.loop, [&] {
      client.poll();
      return client.ended();
    });
    CHECK_FALSE(client.was_reset());
  }
}

TEST_CASE("faults seen from a socket") {
  MockOptions given = options();
  given.silence = milliseconds(30);
  Served mock(std::move(given));
  const auto ends = [&](std::string_view model, bool expect_reset, bool streamed = true) {
    Client client(mock.server.port());
    client.send(ask(model, sum(7777777), streamed));
    run_until(*mock.loop, [&] {
      client.poll();
      return client.ended();
    });
    CHECK(client.was_reset() == expect_reset);
    return client.take();
  };
  CHECK(content(ends("m!reset", true)) == "I do not");
  CHECK(content(ends("m!half-close", false)) == "I do not");
  CHECK(body(ends("m!silence", false)).empty());
  CHECK(body(ends("m!silence", false, false)).empty());
  CHECK(ends("m!reset", true, false).find(R"("usage")") == std::string::npos);
  CHECK(body(mock.get(ask("m!json-instead", sum(1)))).starts_with("{\"id\""));
  CHECK(body(mock.get(ask("m!error-in-stream", sum(1), false))).starts_with(R"({"error":{)"));
  CHECK(body(mock.get(ask("m!comments", sum(1), false))).starts_with("\n\n{\"id\""));
  CHECK(content(mock.get(ask("m!crlf", sum(1), false))) == "2");  // of streams only: no fault here
  CHECK(content(mock.get(ask("m!huge-line", sum(1)))) == "2");
}

TEST_CASE("a connection that closes as the next request arrives") {
  Served mock(options());
  Client client(mock.server.port());
  CHECK(content(exchange(*mock.loop, client, ask("m!stale-connection", sum(1)))) == "2");
  CHECK_FALSE(client.ended());
  CHECK(exchange(*mock.loop, client, ask("m", sum(1))).empty());
  CHECK(client.ended());
}

TEST_CASE("refusals, waits and how often") {
  Served mock(options());
  for (const Fault& fault : faults()) {
    if (fault.mode != FaultMode::status && fault.mode != FaultMode::wait_status) continue;
    CAPTURE(fault.name);
    const std::string first = mock.get(ask("m!" + std::string(fault.name), sum(1)));
    CHECK(status(first) == fault.status);
    CHECK((first.find("Retry-After: ") != std::string::npos) ==
          (fault.wait == WaitForm::seconds || fault.wait == WaitForm::fraction ||
           fault.wait == WaitForm::http_date));
    CHECK((first.find("retry-after-ms: 100\r\n") != std::string::npos) ==
          (fault.wait == WaitForm::milliseconds));
    const int second = status(mock.get(ask("m!" + std::string(fault.name), sum(1))));
    CHECK(second == (fault.times == 1 ? 200 : fault.status));
  }
  for (const int expected : {503, 503, 503, 200})
    CHECK(status(mock.get(ask("m!503-ms:3", sum(2)))) == expected);
  CHECK(status(mock.get(ask("m!503-ms:x", sum(2)))) == 404);
  CHECK(mock.get(ask("m!429-date:0", sum(3))).find(" GMT\r\n") != std::string::npos);
  CHECK(body(mock.get(ask("m!422", sum(1)))) == R"({"detail":"the fault 422 was asked for"})");
  CHECK(body(mock.get(ask("m!500-text", sum(1)))) == R"({"error":"the fault 500-text was asked for"})");
}

TEST_CASE("a share of prompts meets a fault, the same ones each time") {
  MockOptions given = options();
  given.faults = {{"429-ms", 0.25, 1}, {"500", 0.25, {}}};
  Served mock(std::move(given));
  Client client(mock.server.port());
  int limited = 0;
  int broken = 0;
  for (int i = 0; i < 400; ++i) {
    const int first = status(exchange(*mock.loop, client, ask("m", sum(i))));
    const int second = status(exchange(*mock.loop, client, ask("m", sum(i))));
    CHECK(second == (first == 429 ? 200 : first));
    limited += first == 429 ? 1 : 0;
    broken += first == 500 ? 1 : 0;
  }
  CHECK(limited == doctest::Approx(100).epsilon(0.35));
  CHECK(broken == doctest::Approx(100).epsilon(0.35));
}

TEST_CASE("options that cannot be served") {
  const auto loop = make_event_loop();
  const auto refused = [&](const char* message, auto change) {
    MockOptions given = options();
    change(given);
    CHECK_THROWS_WITH_AS(MockServer(*loop, std::move(given)), message, Error);
  };
  refused("the mock server does not listen on '0.0.0.0'", [](MockOptions& o) { o.address = "0.0.0.0"; });
  refused("the mock server does not listen on 'localhost'", [](MockOptions& o) { o.address = "localhost"; });
  refused("the mock server has no model", [](MockOptions& o) { o.models.clear(); });
  refused("'a!b' cannot be the name of a mock model", [](MockOptions& o) { o.models[0].name = "a!b"; });
  refused("m: accuracy must be from 0 to 1", [](MockOptions& o) { o.models[0].accuracy = 1.5; });
  refused("two mock models are named 'm'", [](MockOptions& o) { o.models.push_back({"m"}); });
  refused("there is no fault 'nope'", [](MockOptions& o) { o.faults = {{"nope", 0.5, {}}}; });
  refused("the shares of the faults add up to more than 1", [](MockOptions& o) {
    o.faults = {{"cr", 0.7, {}}, {"crlf", 0.7, {}}};
  });
  refused("the gap between tokens must be from 0 to 60 s", [](MockOptions& o) { o.pace.gap = seconds(-1); });
  refused("the sigma of lognormal gaps must be from 0 to 4", [](MockOptions& o) { o.pace.gap_sigma = -1; });
}

TEST_CASE("the documentation lists every fault as the table has it") {
  std::ifstream file("docs/mock.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const Fault& fault : faults()) {
    const std::string row =
        fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", fault.name, fault.row,
                    fault.stream_only ? "stream" : "both", dialect_names(fault.dialects),
                    fault.times == 0 ? "always" : std::to_string(fault.times), fault.summary);
    CAPTURE(row);
    CHECK(text.find(row) != std::string::npos);
  }
}
