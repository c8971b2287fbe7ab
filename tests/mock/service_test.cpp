// Limits, delays, echoes and batches as a client sees them through a socket.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "mock/server.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

namespace {

std::string request(std::string_view method, std::string_view path, std::string_view type = {},
                    std::string_view body = {}) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: mock.test:1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", method, path,
      type, body.size(), body);
}

std::string upload(const std::string& content) {
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\nContent-Disposition: "
      "form-data; "
      "name=\"file\"; filename=\"in.jsonl\"\r\n\r\n" +
      content + "\r\n--b--\r\n";
  return request("POST", "/v1/files", "multipart/form-data; boundary=b", form);
}

std::string line(int i, std::string_view model = "m") {
  return fmt::format(R"({{"custom_id":"c{}","method":"POST","url":"/v1/chat/completions","body":{}}})", i,
                     ask_json(model, sum(i), false)) +
         "\n";
}

// Opens a batch of these lines; its object.
Json open(Served& mock, const std::string& lines) {
  const Json file = Json::parse(body(mock.get(upload(lines))));
  const Json ask{{"input_file_id", file["id"]},
                 {"endpoint", "/v1/chat/completions"},
                 {"completion_window", "24h"},
                 {"metadata", {{"tag", "x"}}}};
  return Json::parse(body(mock.get(request("POST", "/v1/batches", "application/json", ask.dump()))));
}

Json wait_for(Served& mock, const Json& batch, std::string_view status) {
  const std::string path = "/v1/batches/" + batch["id"].get<std::string>();
  for (int i = 0; i < 10'000; ++i) {
    Json now = Json::parse(body(mock.get(request("GET", path))));
    if (now["status"] == status) return now;
  }
  FAIL("the batch never got there");
  return {};
}

std::string content_of(Served& mock, const Json& file) {
  return body(mock.get(request("GET", "/v1/files/" + file.get<std::string>() + "/content")));
}

}  // namespace

TEST_CASE("a batch gives the answers that single requests get, and tells the truth of each line") {
  MockOptions given = options(0.5);
  given.batch_duration = milliseconds(40);
  std::vector<TruthRecord> truth;
  given.truth = [&](TruthRecord&& record) { truth.push_back(std::move(record)); };
  Served mock(std::move(given));
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += line(i);
  const Json opened = open(mock, lines);
  CHECK(opened["status"] == "validating");
  CHECK(opened["metadata"]["tag"] == "x");
  const Json done = wait_for(mock, opened, "completed");
  CHECK(done["request_counts"] == Json{{"total", 50}, {"completed", 50}, {"failed", 0}});
  CHECK(done["error_file_id"].is_null());
  REQUIRE(truth.size() == 50);
  std::uint64_t tokens = 0;
  int right = 0;
  for (const TruthRecord& record : truth) {
    CHECK(record.batch == opened["id"]);
    CHECK(record.complete);
    tokens += record.prompt_tokens + record.completion_tokens;
    right += record.correct ? 1 : 0;
  }
  CHECK(done["usage"]["total_tokens"] == tokens);
  CHECK(right > 10);
  CHECK(right < 40);
  CHECK(mock.server.stats().batch_lines == 50);
  std::string text = content_of(mock, done["output_file_id"]);
  int seen = 0;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1), ++seen) {
    const Json result = Json::parse(text.substr(0, end));
    const int i = std::stoi(result["custom_id"].get<std::string>().substr(1));
    CHECK(result["response"]["body"]["choices"][0]["message"]["content"] ==
          content(mock.get(ask("m", sum(i), false))));
  }
  CHECK(seen == 50);
  CHECK(to_json_line(truth[0]).find(fmt::format(R"("batch":"{}","custom_id":")",
                                                opened["id"].get<std::string>())) != std::string::npos);
}

TEST_CASE("faults of batches, by the model's name and by share") {
  MockOptions given = options();
  given.batch_duration = milliseconds(20);
  SUBCASE("by name") {
    Served mock(std::move(given));
    const Json expired = wait_for(
        mock,
        open(mock, line(0) + line(1, "m!batch-expired") + line(2, "m!batch-errored") + line(3, "m!reset")),
        "expired");
    CHECK(expired["request_counts"] == Json{{"total", 4}, {"completed", 2}, {"failed", 2}});
    const std::string errors = content_of(mock, expired["error_file_id"]);
    CHECK(errors.find(R"("code":"batch_expired")") != std::string::npos);
    CHECK(errors.find(R"("status_code":500)") != std::string::npos);
    const Json failed = wait_for(mock, open(mock, line(0, "m!batch-failed")), "failed");
    CHECK(failed["errors"]["data"][0]["code"] == "mock_fault");
    // Alone, such a request is answered like any other.
    CHECK(content(mock.get(ask("m!batch-expired", sum(1)))) == "2");
    // And a model that is not there is an error of its line.
    const Json unknown = wait_for(mock, open(mock, line(0, "none")), "completed");
    CHECK(unknown["request_counts"]["failed"] == 1);
  }
  SUBCASE("by share") {
    given.faults = {{"batch-expired", 0.5, {}}};
    Served mock(std::move(given));
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += line(i);
    const Json expired = wait_for(mock, open(mock, lines), "expired");
    CHECK(expired["request_counts"]["failed"].get<int>() == doctest::Approx(100).epsilon(0.3));
  }
}

TEST_CASE("a batch of messages, as Anthropic has it") {
  MockOptions given = options();
  given.batch_duration = milliseconds(20);
  Served mock(std::move(given));
  Json requests = Json::array();
  for (int i = 0; i < 3; ++i) {
    const char* model = i == 2 ? "m!batch-errored" : "m";
    requests.push_back({{"custom_id", fmt::format("c{}", i)},
                        {"params",
                         {{"model", model},
                          {"max_tokens", 100},
                          {"messages", Json::array({{{"role", "user"}, {"content", sum(i)}}})}}}});
  }
  const std::string made = Json{{"requests", requests}}.dump();
  const Json opened =
      Json::parse(body(mock.get(request("POST", "/v1/messages/batches", "application/json", made))));
  const std::string path = "/v1/messages/batches/" + opened["id"].get<std::string>();
  Json done = Json::object();
  for (int i = 0; i < 10'000 && done.value("processing_status", "") != "ended"; ++i)
    done = Json::parse(body(mock.get(request("GET", path))));
  REQUIRE(done["processing_status"] == "ended");
  CHECK(done["request_counts"]["succeeded"] == 2);
  CHECK(done["request_counts"]["errored"] == 1);
  CHECK(done["results_url"] == "http://mock.test:1" + path + "/results");
  std::string text = body(mock.get(request("GET", path + "/results")));
  for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
    const Json line = Json::parse(text.substr(0, end));
    const std::string id = line["custom_id"];
    const Json& result = line["result"];
    if (id == "c2") {
      CHECK(result["error"]["type"] == "error");
      CHECK(result["error"]["error"]["type"] == "api_error");
      continue;
    }
    CHECK(result["message"]["content"][0]["text"] == (id == "c0" ? "1" : "2"));
    CHECK(result["message"]["usage"]["service_tier"] == "batch");
  }
  // Errors are in Anthropic's words too.
  CHECK(Json::parse(body(mock.get(request("GET", "/v1/messages/batches/none"))))["error"]["type"] ==
        "not_found_error");
}

TEST_CASE("the routes of files and batches") {
  MockOptions given = options();
  given.api_key = "k";
  given.batch_duration = seconds(1000);
  SUBCASE("need the key") {
    Served mock(std::move(given));
    CHECK(status(mock.get(request("GET", "/v1/batches"))) == 401);
    CHECK(status(mock.get(upload("x"))) == 401);
  }
  SUBCASE("are where OpenAI has them") {
    given.api_key.clear();
    Served mock(std::move(given));
    const Json opened = open(mock, line(0));
    const std::string id = opened["id"];
    const std::string file = opened["input_file_id"];
    CHECK(Json::parse(body(mock.get(request("GET", "/v1/files/" + file))))["filename"] == "in.jsonl");
    CHECK(body(mock.get(request("GET", "/v1/files/" + file + "/content"))) == line(0));
    CHECK(Json::parse(body(mock.get(request("GET", "/v1/batches?limit=1"))))["data"][0]["id"] == id);
    CHECK(Json::parse(body(mock.get(request("POST", "/v1/batches/" + id + "/cancel"))))["status"] ==
          "cancelling");
    CHECK(status(mock.get(request("POST", "/v1/batches/" + id))) == 404);
    CHECK(Json::parse(body(mock.get(request("DELETE", "/v1/files/" + file))))["deleted"] == true);
    CHECK(status(mock.get(request("GET", "/v1/files/" + file))) == 404);
    CHECK(status(mock.get(request("PUT", "/v1/batches"))) == 405);
  }
}

TEST_CASE("limits through a socket") {
  MockOptions given = options();
  SUBCASE("requests a minute") {
    given.account.requests_per_minute = 2;
    Served mock(std::move(given));
    const std::string first = mock.get(ask("m", sum(1)));
    CHECK(content(first) == "2");
    CHECK(first.find("\r\nx-ratelimit-remaining-requests: 1\r\n") != std::string::npos);
    CHECK(first.find("\r\nanthropic-ratelimit-requests-limit: 2\r\n") != std::string::npos);
    CHECK(status(mock.get(ask("m", sum(1)))) == 200);
    const std::string refused = mock.get(ask("m", sum(1)));
    CHECK(status(refused) == 429);
    CHECK(refused.find("\r\nRetry-After: ") != std::string::npos);
    CHECK(refused.find("\r\nretry-after-ms: ") != std::string::npos);
    CHECK(refused.find("\r\nx-ratelimit-remaining-requests: 0\r\n") != std::string::npos);
    CHECK(body(refused).find(R"("code":"rate_limit_exceeded")") != std::string::npos);
    CHECK(mock.server.stats().limited == 1);
    // Only requests for text count.
    CHECK(status(mock.get(request("GET", "/v1/models"))) == 200);
  }
  SUBCASE("at one time, until the reply has left or its reader is gone") {
    given.account.in_flight = 1;
    given.pace.ttft_base = seconds(1000);
    Served mock(std::move(given));
    Client waiting(mock.server.port());
    waiting.send(ask("m", sum(1)));
    run_until(*mock.loop, [&] { return mock.server.stats().chats == 1; });
    CHECK(status(mock.get(ask("m", sum(1)))) == 429);
    waiting.reset();
    run_until(*mock.loop, [&] { return mock.server.stats().gone == 1; });
    Client next(mock.server.port());
    next.send(ask("m", sum(1)));
    run_until(*mock.loop, [&] { return mock.server.stats().chats == 2; });
  }
  SUBCASE("quota and balance") {
    given.account.quota = 1;
    Served mock(std::move(given));
    CHECK(status(mock.get(ask("m", sum(1)))) == 200);
    const std::string refused = mock.get(ask("m", sum(1)));
    CHECK(status(refused) == 429);
    CHECK(body(refused).find(R"("code":"insufficient_quota")") != std::string::npos);
    MockOptions poor = options();
    poor.account.balance = 1;
    Served other(std::move(poor));
    CHECK(status(other.get(ask("m", sum(1)))) == 200);
    CHECK(status(other.get(ask("m", sum(1)))) == 402);
  }
}

TEST_CASE("echo, and heads that come late") {
  MockOptions given = options();
  given.echo = true;
  given.slow_headers = milliseconds(30);
  std::vector<TruthRecord> truth;
  given.truth = [&](TruthRecord&& record) { truth.push_back(std::move(record)); };
  SUBCASE("echo") {
    Served mock(std::move(given));
    CHECK(content(mock.get(ask("m", sum(1)))) == sum(1));
    CHECK(content(mock.get(ask("m", "anything", false))) == "anything");
    CHECK_FALSE(truth.at(0).known);
  }
  SUBCASE("by fault") {
    Served mock(std::move(given));
    mock.get(ask("m!slow-headers", "x"));
    CHECK(truth.at(0).pieces.at(0).due - truth.at(0).started == milliseconds(30));
  }
  SUBCASE("always, and also for a refusal") {
    given.header_delay = milliseconds(20);
    Served mock(std::move(given));
    mock.get(ask("m", "x"));
    mock.get(ask("m!500", "x"));
    for (const TruthRecord& record : truth)
      CHECK(record.pieces.at(0).due - record.started == milliseconds(20));
    CHECK(truth.size() == 2);
  }
}
