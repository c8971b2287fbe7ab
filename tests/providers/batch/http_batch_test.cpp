// The driver on virtual time, and over real connections to a scripted server.
#include "providers/batch/http_batch.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "providers/dialects/anthropic.h"
#include "providers/dialects/openai_chat.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"
#include "tests/support/loopback_server.h"

using namespace costwar;
using Step = ServerStep::Kind;

namespace {

HttpBatchOptions options(std::string base_url = "http://127.0.0.1:1/v1") {
  HttpBatchOptions out;
  out.base_url = std::move(base_url);
  out.key = "top-secret-key";
  return out;
}

std::vector<BatchRequest> two_requests() {
  ChatRequest request;
  request.model = "m-1";
  request.messages = {{Role::user, "hi"}};
  request.max_output_tokens = 9;
  return {{"a", request}, {"b", request}};
}

FakeAnswer body(int status, std::string json) {
  return FakeAnswer().sent(1).head(2, status).bytes(3, std::move(json)).end(4);
}

const std::string kCreated = R"({"id":"batch_1","status":"validating","metadata":{"costwar":"t1"}})";

struct BatchWorld {
  FakeLoop loop;
  FakeTransport transport{loop};
  HttpBatch openai{loop, transport, make_openai_chat_dialect({}), make_openai_batch_codec(), options()};
  HttpBatch anthropic{loop, transport, make_anthropic_dialect(), make_anthropic_batch_codec(), options()};

  BatchReply submit(HttpBatch& service) {
    std::optional<BatchReply> reply;
    service.submit(two_requests(), "t1", [&](BatchReply got) {
      REQUIRE_FALSE(reply);
      reply = std::move(got);
    });
    CHECK_FALSE(reply);  // never inside the call
    loop.run_until_idle();
    REQUIRE(reply);
    return *std::move(reply);
  }

  BatchSearch find(HttpBatch& service, std::int64_t requests = 2) {
    std::optional<BatchSearch> found;
    service.find("t1", {requests, parse_wall("2026-11-20T10:00:00Z")},
                 [&](BatchSearch got) { found = std::move(got); });
    loop.run_until_idle();
    REQUIRE(found);
    return *std::move(found);
  }
};

const BatchFailure& failure_of(const BatchReply& reply) {
  REQUIRE(std::holds_alternative<BatchFailure>(reply));
  return std::get<BatchFailure>(reply);
}

}  // namespace

TEST_CASE("http batch: OpenAI's file first, then the batch") {
  BatchWorld world;
  world.transport.answer(body(200, R"({"id":"file-1"})"));
  world.transport.answer(body(200, kCreated));
  const BatchReply reply = world.submit(world.openai);
  REQUIRE(std::holds_alternative<BatchStatus>(reply));
  CHECK(std::get<BatchStatus>(reply).id == "batch_1");
  REQUIRE(world.transport.requests.size() == 2);
  const HttpRequest& file = world.transport.requests[0];
  CHECK(file.url == "http://127.0.0.1:1/v1/files");
  CHECK(file.body.find("\"custom_id\":\"b\"") != std::string::npos);
  CHECK(file.body.find("stream") == std::string::npos);
  CHECK(std::count(file.headers.begin(), file.headers.end(),
                   std::pair<std::string, std::string>{"Authorization", "Bearer top-secret-key"}) == 1);
  const HttpRequest& batch = world.transport.requests[1];
  CHECK(batch.url == "http://127.0.0.1:1/v1/batches");
  CHECK(batch.body.find(R"("input_file_id":"file-1")") != std::string::npos);
}

TEST_CASE("http batch: what surely made no batch is told from what may have") {
  BatchWorld world;
  SUBCASE("a file without a batch is nothing") {
    world.transport.answer(FakeAnswer().sent(1).end(9, HttpEnd::Kind::connection_lost, "reset"));
    const BatchReply reply = world.submit(world.openai);
    CHECK_FALSE(failure_of(reply).in_doubt);
    CHECK(failure_of(reply).attempt.outcome == Outcome::network);
  }
  SUBCASE("a refusal is one") {
    world.transport.answer(body(200, R"({"id":"file-1"})"));
    world.transport.answer(body(400, R"({"error":{"message":"no top-secret-key","code":"bad"}})"));
    const BatchReply reply = world.submit(world.openai);
    CHECK_FALSE(failure_of(reply).in_doubt);
    CHECK(failure_of(reply).attempt.outcome == Outcome::config);
    CHECK(failure_of(reply).attempt.error_message == "no [redacted]");
  }
  SUBCASE("a full server has made none") {
    world.transport.answer(
        body(529, R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"));
    CHECK_FALSE(failure_of(world.submit(world.anthropic)).in_doubt);
  }
  SUBCASE("a server that fails may have made it") {
    world.transport.answer(body(200, R"({"id":"file-1"})"));
    world.transport.answer(body(500, ""));
    CHECK(failure_of(world.submit(world.openai)).in_doubt);
  }
  SUBCASE("so may one that never answers in time") {
    world.transport.answer(FakeAnswer().sent(1).end(9, HttpEnd::Kind::timed_out, "too late"));
    CHECK(failure_of(world.submit(world.anthropic)).in_doubt);
  }
  SUBCASE("or whose answer is cut") {
    world.transport.answer(FakeAnswer()
                               .sent(1)
                               .head(2, 200)
                               .bytes(3, R"({"id":"msgb)")
                               .end(4, HttpEnd::Kind::connection_lost, "x"));
    CHECK(failure_of(world.submit(world.anthropic)).in_doubt);
  }
  SUBCASE("or whose connection is lost, though no byte was counted") {
    world.transport.answer(FakeAnswer().end(1, HttpEnd::Kind::connection_lost, "closed"));
    CHECK(failure_of(world.submit(world.anthropic)).in_doubt);
  }
  SUBCASE("nobody listens") {
    world.transport.answer(FakeAnswer().end(1, HttpEnd::Kind::connect_failed, "refused"));
    CHECK_FALSE(failure_of(world.submit(world.anthropic)).in_doubt);
  }
}

TEST_CASE("http batch: a tag is looked for page by page") {
  BatchWorld world;
  const std::string first =
      R"({"data":[{"id":"b9","status":"completed","created_at":1795255200,"metadata":{"costwar":"other"}}],)"
      R"("has_more":true,"last_id":"b9"})";
  SUBCASE("found on the second") {
    world.transport.answer(body(200, first));
    world.transport.answer(body(
        200, R"({"data":[{"id":"b8","status":"in_progress","metadata":{"costwar":"t1"}}],"has_more":true})"));
    const BatchSearch found = world.find(world.openai);
    CHECK(found.kind == BatchSearch::Kind::found);
    CHECK(found.batch.id == "b8");
    CHECK(world.transport.requests.at(1).url == "http://127.0.0.1:1/v1/batches?limit=100&after=b9");
    CHECK(world.transport.requests.at(1).method == "GET");
  }
  SUBCASE("absent at the end of the list") {
    world.transport.answer(body(200, first));
    world.transport.answer(body(200, R"({"data":[],"has_more":false})"));
    CHECK(world.find(world.openai).kind == BatchSearch::Kind::absent);
  }
  SUBCASE("absent where the list has become older than the batch can be") {
    world.transport.answer(body(200, R"({"data":[{"id":"b1","status":"completed","created_at":1700000000,)"
                                     R"("metadata":null}],"has_more":true})"));
    CHECK(world.find(world.openai).kind == BatchSearch::Kind::absent);
  }
  SUBCASE("a list that cannot be read says nothing") {
    world.transport.answer(body(200, first));
    world.transport.answer(body(503, ""));
    const BatchSearch found = world.find(world.openai);
    CHECK(found.kind == BatchSearch::Kind::failed);
    CHECK(found.failure.attempt.outcome == Outcome::capacity);
  }
  SUBCASE("Anthropic's cannot be searched; those that fit are named") {
    const auto entry = [](const char* id, const char* created, int requests) {
      return fmt::format(R"({{"id":"{}","processing_status":"in_progress","created_at":"{}",)"
                         R"("request_counts":{{"processing":{}}}}})",
                         id, created, requests);
    };
    world.transport.answer(body(200, R"({"data":[)" + entry("m1", "2026-11-20T10:00:05Z", 2) + "," +
                                         entry("m2", "2026-11-20T10:00:04Z", 3) + "," +
                                         entry("m3", "2026-11-20T08:00:00Z", 2) + R"(],"has_more":false})"));
    const BatchSearch found = world.find(world.anthropic);
    CHECK(found.kind == BatchSearch::Kind::cannot_search);
    REQUIRE(found.candidates.size() == 1);
    CHECK(found.candidates[0].id == "m1");
  }
}

namespace {

struct Results {
  std::map<std::string, Attempt> attempts;
  bool done = false;
  std::optional<BatchFailure> failure;
};

Results fetch(BatchWorld& world, HttpBatch& service, std::vector<std::string> what) {
  Results out;
  BatchStatus status;
  status.results = std::move(what);
  service.results(
      status,
      [&](std::string_view id, Attempt attempt) {
        CHECK_FALSE(out.done);
        CHECK(out.attempts.emplace(id, std::move(attempt)).second);
      },
      [&](std::optional<BatchFailure> failure) {
        CHECK_FALSE(std::exchange(out.done, true));
        out.failure = std::move(failure);
      });
  world.loop.run_until_idle();
  CHECK(out.done);
  return out;
}

std::string answer_line(const std::string& id, const std::string& text) {
  return R"({"custom_id":")" + id +
         R"(","response":{"status_code":200,"request_id":"r","body":{"choices":[)" +
         R"({"index":0,"message":{"content":")" + text + R"("},"finish_reason":"stop"}]}},"error":null})";
}

}  // namespace

TEST_CASE("http batch: output and error files are joined by custom_id, however they are cut") {
  BatchWorld world;
  const std::string output = answer_line("b", "B") + "\n" + answer_line("a", "A") + "\n";
  const std::string errors =
      R"({"custom_id":"c","response":null,"error":{"code":"batch_expired","message":"late"}})";
  FakeAnswer bytewise = FakeAnswer().sent(1).head(2, 200);
  for (const char byte : output) bytewise.bytes(3, std::string(1, byte));
  world.transport.answer(bytewise.end(4));
  world.transport.answer(body(200, errors));  // its last line has no end
  const Results got = fetch(world, world.openai, {"file-o", "file-e"});
  CHECK_FALSE(got.failure);
  REQUIRE(got.attempts.size() == 3);
  CHECK(got.attempts.at("a").text == "A");
  CHECK(got.attempts.at("b").text == "B");
  CHECK(got.attempts.at("c").error_code == "batch_expired");
  CHECK(world.transport.requests.at(0).url == "http://127.0.0.1:1/v1/files/file-o/content");
}

TEST_CASE("http batch: results that break off are a failure, with the whole lines told") {
  BatchWorld world;
  world.transport.answer(FakeAnswer()
                             .sent(1)
                             .head(2, 200)
                             .bytes(3, answer_line("a", "A") + "\n" + answer_line("b", "B"))
                             .end(4, HttpEnd::Kind::connection_lost, "reset"));
  const Results got = fetch(world, world.openai, {"file-o"});
  REQUIRE(got.failure);
  CHECK(got.failure->attempt.outcome == Outcome::network);
  CHECK(got.attempts.size() == 1);
}

TEST_CASE("http batch: results elsewhere are not fetched") {
  BatchWorld world;
  const Results got = fetch(world, world.anthropic, {"https://evil.example/v1/results"});
  REQUIRE(got.failure);
  CHECK(got.failure->attempt.outcome == Outcome::protocol);
  CHECK(got.failure->attempt.error_message ==
        "the results are said to be at https://evil.example/v1/results, which is not below "
        "http://127.0.0.1:1/v1; nothing was fetched");
  CHECK(world.transport.requests.empty());
}

TEST_CASE("http batch: abandon ends polls without a word, and lets a submission come to its end") {
  BatchWorld world;
  bool polled = false;
  std::optional<BatchReply> reply;
  world.transport.answer(body(200, kCreated));  // the poll's
  world.transport.answer(body(200, kCreated));  // the submission's
  world.openai.poll("batch_1", [&](BatchReply) { polled = true; });
  world.anthropic.submit(two_requests(), "t1", [&](BatchReply got) { reply = std::move(got); });
  bool fetched = false;
  world.openai.results(
      BatchStatus{}, [](std::string_view, Attempt) {}, [&](std::optional<BatchFailure>) { fetched = true; });
  world.openai.abandon();
  world.anthropic.abandon();
  world.loop.run_until_idle();
  CHECK_FALSE(polled);
  CHECK_FALSE(fetched);
  CHECK(reply);
}

TEST_CASE("http batch: a whole life over real connections") {
  const auto loop = make_event_loop();
  const auto transport = make_http_transport(*loop);
  const auto serve = [](const std::string& json) {
    return ServerScript{
        {Step::read_request},
        {Step::send, http_answer(json, "application/json", "200 OK", "Connection: close\r\n")}};
  };
  const LoopbackServer server({serve(R"({"id":"file-1"})"), serve(kCreated),
                               serve(R"({"id":"batch_1","status":"completed","output_file_id":"file-o"})"),
                               serve(answer_line("a", "A") + "\n"), serve(kCreated)});
  HttpBatch service(*loop, *transport, make_openai_chat_dialect({}), make_openai_batch_codec(),
                    options(server.url("/v1")));
  std::optional<BatchReply> reply;
  const auto take = [&](BatchReply got) { reply = std::move(got); };
  const auto wait = [&] {
    loop->run([&] { return reply.has_value(); });
    const BatchReply got = *std::exchange(reply, std::nullopt);
    REQUIRE(std::holds_alternative<BatchStatus>(got));
    return std::get<BatchStatus>(got);
  };
  service.submit(two_requests(), "t1", take);
  CHECK(wait().id == "batch_1");
  service.poll("batch_1", take);
  const BatchStatus over = wait();
  CHECK(over.state == BatchState::completed);
  bool done = false;
  std::string text;
  service.results(
      over, [&](std::string_view, Attempt attempt) { text = attempt.text; },
      [&](std::optional<BatchFailure> failure) {
        CHECK_FALSE(failure);
        done = true;
      });
  loop->run([&] { return done; });
  CHECK(text == "A");
  service.cancel("batch_1", take);
  CHECK(wait().id == "batch_1");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests[0].starts_with("POST /v1/files HTTP/1.1\r\n"));
  CHECK(requests[2].starts_with("GET /v1/batches/batch_1 HTTP/1.1\r\n"));
  CHECK(requests[3].starts_with("GET /v1/files/file-o/content HTTP/1.1\r\n"));
  CHECK(requests[4].starts_with("POST /v1/batches/batch_1/cancel HTTP/1.1\r\n"));
}
