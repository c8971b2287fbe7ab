// How Chat Completions fail: errors inside an answer, broken streams, error statuses, no answer.
#include <doctest/doctest.h>

#include <string>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

TEST_CASE("an error inside a 200") {
  const auto check_error = [](const std::string& body, const std::string& code, const std::string& message) {
    CAPTURE(body);
    const Read got = read(body);
    CHECK(got.attempt.outcome == Outcome::stream_error);
    CHECK(got.attempt.error_code == code);
    CHECK(got.attempt.error_message == message);
  };
  check_error(kHi + frame(R"({"error":{"message":"overloaded","type":"server_error","code":null}})") + kDone,
              "server_error", "overloaded");
  check_error(frame(R"({"error":{"message":"bad","code":500}})"), "500", "bad");
  check_error(frame(R"({"error":"just text"})") + kDone, "", "just text");
  check_error("event: error\n" + frame(R"({"code":"E1","message":"broken"})") + kDone, "E1", "broken");
  check_error("event: error\ndata: plain words\n\n", "", "plain words");
  check_error("event: error\ndata:\n\n", "", "an error event without data");
  check_error(frame(R"({"object":"error","message":"old vLLM","type":"BadRequest","code":400})"), "400",
              "old vLLM");
  check_error(R"({"error":{"message":"no stream here","type":"oops"}})", "oops", "no stream here");
  check_error(
      kHi + frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]})") +
          kDone,
      "insufficient_system_resource", "the server ran out of resources");
  CHECK(read(frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]})"))
            .attempt.advice.overloaded);
  CHECK_FALSE(read(frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"abort"}]})"))
                  .attempt.advice.overloaded);
  CHECK(read(kHi + frame(R"({"error":{"message":"x"}})")).attempt.text == "Hi");
  CHECK(read(frame(R"({"error":{"code":"insufficient_quota"}})")).attempt.advice.quota_gone);
}

TEST_CASE("how streams end") {
  const auto outcome = [](const std::string& body, End end = End::ok) {
    return read(body, end).attempt.outcome;
  };
  const auto notes = [](const std::string& body, End end = End::ok) { return read(body, end).attempt.notes; };

  CHECK(outcome(kRole + kHi) == Outcome::truncated);
  CHECK(outcome(kRole) == Outcome::truncated);
  CHECK(outcome(kRole + kHi, End::connection_lost) == Outcome::truncated);
  CHECK(outcome(kRole + kHi, End::timed_out) == Outcome::timed_out);
  CHECK(outcome(kRole + kHi, End::cancelled) == Outcome::cancelled);
  CHECK(outcome(kHi + kStop, End::cancelled) == Outcome::cancelled);
  CHECK(outcome(kHi + kStop + kDone, End::cancelled) == Outcome::ok);  // it was whole by then
  CHECK(outcome(kHi, End::too_long) == Outcome::protocol);             // the next attempt would be as long
  CHECK(read(kRole + kHi, End::cancelled).attempt.text == "Hi");
  CHECK(read(kRole + kHi, End::connection_lost).attempt.error_message == "connection reset by peer");

  // A finish reason and an orderly close are an end; a reset after the finish reason may have cost the usage.
  CHECK(outcome(kHi + kStop) == Outcome::ok);
  CHECK(notes(kHi + kStop) == Notes{"the stream ended without [DONE]"});
  CHECK(outcome(kHi + kStop, End::connection_lost) == Outcome::truncated);
  CHECK(outcome(kHi + kStop + kDone, End::connection_lost) == Outcome::ok);
  CHECK(notes(kHi + kStop + kDone, End::connection_lost) ==
        Notes{"after the answer's end: connection reset by peer"});
  CHECK(outcome(kHi + kDone) == Outcome::ok);
  CHECK(notes(kHi + kDone) == Notes{"the answer names no finish reason"});

  // The last event lacks its blank line.
  CHECK(outcome(kHi + kStop + "data: [DONE]") == Outcome::ok);
  CHECK(notes(kHi + kStop + "data: [DONE]\n") == Notes{"the last event came without its blank line"});
  CHECK(outcome(kHi + kStop.substr(0, kStop.size() - 2)) == Outcome::ok);
  CHECK(outcome(kHi + kStop.substr(0, kStop.size() - 3)) == Outcome::truncated);
  CHECK(notes(kHi + kStop.substr(0, kStop.size() - 3)).empty());

  // Nothing but signs of life.
  CHECK(outcome("") == Outcome::queued_never_started);
  CHECK(outcome(": keep-alive\n\n: keep-alive\n\n", End::connection_lost) == Outcome::queued_never_started);
  CHECK(outcome("\n\n\n\n") == Outcome::queued_never_started);
  CHECK(outcome(": keep-alive\n\n", End::timed_out) == Outcome::timed_out);

  // Nothing that this dialect explains.
  CHECK(outcome(kDone) == Outcome::protocol);
  CHECK(outcome("<html><body>hello</body></html>") == Outcome::protocol);
  CHECK(outcome(frame("not json")) == Outcome::protocol);
  CHECK(outcome("{\"object\":\"list\"}") == Outcome::protocol);
  CHECK(outcome("[1,2]") == Outcome::protocol);
  CHECK(outcome("{\"cut\":") == Outcome::protocol);
  CHECK(outcome("{\"cut\":", End::connection_lost) == Outcome::truncated);
}

TEST_CASE("error statuses") {
  struct Row {
    int status;
    Outcome outcome;
  };
  for (const Row row : {Row{400, Outcome::config},
                        {404, Outcome::config},
                        {413, Outcome::config},
                        {422, Outcome::config},
                        {401, Outcome::auth},
                        {403, Outcome::auth},
                        {402, Outcome::money},
                        {408, Outcome::server_error},
                        {409, Outcome::server_error},
                        {500, Outcome::server_error},
                        {502, Outcome::server_error},
                        {504, Outcome::server_error},
                        {429, Outcome::capacity},
                        {503, Outcome::capacity},
                        {529, Outcome::capacity},
                        {302, Outcome::protocol},
                        {418, Outcome::config}}) {
    CAPTURE(row.status);
    const Read got = read(Answer{row.status, {}, "{}"});
    CHECK(got.attempt.outcome == row.outcome);
    CHECK(got.attempt.http_status == row.status);
    CHECK(got.attempt.usage == Usage{});
  }
}

TEST_CASE("error bodies in their many shapes, and what the headers advise") {
  const auto body = [](int status, const std::string& text) {
    return read(Answer{status, {}, text}).attempt;
  };
  CHECK(
      body(400,
           R"({"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}})")
          .error_code == "model_not_found");
  CHECK(body(400, R"({"error":"text"})").error_message == "text");
  CHECK(body(422, R"({"detail":"Field required"})").error_message == "Field required");
  CHECK(body(422, R"({"detail":[{"loc":["body"]}]})").error_message == R"([{"loc":["body"]}])");
  CHECK(body(400, R"({"object":"error","message":"too long","type":"BadRequestError","code":400})")
            .error_message == "too long");
  CHECK(body(502, "<html>\n<h1>Bad Gateway</h1>\n</html>\n").error_message ==
        "<html> <h1>Bad Gateway</h1> </html>");
  CHECK(body(500, "").error_message == "HTTP status 500");
  CHECK(body(500, std::string(100'000, 'x')).error_message.size() == 2048);

  const Attempt quota =
      body(429, R"({"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}})");
  CHECK(quota.outcome == Outcome::money);
  CHECK(quota.advice.quota_gone);
  CHECK(body(402, "{}").advice.quota_gone);

  const Attempt limited =
      read(Answer{429,
                  {{"retry-after", "1.5"}, {"x-should-retry", "true"}, {"x-request-id", "req_1"}},
                  R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})"})
          .attempt;
  CHECK(limited.outcome == Outcome::capacity);
  CHECK(limited.advice.wait == milliseconds(1500));
  CHECK(limited.advice.should_retry == true);
  CHECK_FALSE(limited.advice.quota_gone);
  CHECK(limited.request_id == "req_1");
}

TEST_CASE("an answer without a choice is none") {
  const std::string empty = frame(R"({"choices":[],"prompt_filter_results":[]})");
  CHECK(read(empty + kDone).attempt.outcome == Outcome::protocol);
  CHECK(read(empty + kDone).attempt.error_message == "the answer holds no choice");
  CHECK(read(empty).attempt.outcome == Outcome::truncated);
  CHECK(read(empty + kHi + kStop + kDone).attempt.outcome == Outcome::ok);
  const Read whole = read(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":0}})");
  CHECK(whole.attempt.outcome == Outcome::protocol);
  CHECK(count(whole, Meter::fresh_input) == 3);
  CHECK(read(R"({"choices":null})").attempt.outcome == Outcome::protocol);
}

TEST_CASE("a gateway that says in the type that the quota is gone, and the status in the code") {
  const Attempt gone =
      read(Answer{429, {}, R"({"error":{"message":"m","type":"insufficient_quota","code":"429"}})"}).attempt;
  CHECK(gone.outcome == Outcome::money);
  CHECK(gone.error_code == "insufficient_quota");
  const Attempt busy =
      read(Answer{429, {}, R"({"error":{"message":"m","type":"throttling_error","code":"429"}})"}).attempt;
  CHECK(busy.outcome == Outcome::capacity);
  CHECK(busy.error_code == "429");
}

TEST_CASE("no answer at all") {
  const auto without = [](End end) { return read(Answer{0, {}, "", end}).attempt; };
  CHECK(without(End::connect_failed).outcome == Outcome::network);
  CHECK(without(End::tls_failed).outcome == Outcome::network);
  const Attempt untrusted = without(End::untrusted);  // no waiting makes it trusted
  CHECK(untrusted.outcome == Outcome::config);
  CHECK(untrusted.error_message == "connection reset by peer; --ca-file names the certificates to trust");
  CHECK(without(End::too_long).outcome == Outcome::protocol);
  CHECK(without(End::timed_out).outcome == Outcome::timed_out);
  CHECK(without(End::cancelled).outcome == Outcome::cancelled);
  CHECK(without(End::refused).outcome == Outcome::config);
  CHECK(without(End::failed).outcome == Outcome::protocol);
  const Attempt lost = without(End::connection_lost);
  CHECK(lost.outcome == Outcome::network);
  CHECK(lost.notes == std::vector<std::string>{"the request left without an answer: it may be billed"});
  CHECK(lost.usage == Usage{});
}
