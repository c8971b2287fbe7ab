// Batches on a clock that is set by hand: their states, what is in their results, and what is refused.
// Sockets are not needed: the routes only carry these replies.
#include "mock/batch.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mock/batch_anthropic.h"
#include "mock/batch_openai.h"
#include "mock/multipart.h"

using namespace costwar;
using namespace costwar::mock;

namespace {

constexpr std::int64_t kCreated = 1'798'761'600;  // 2027-01-01T00:00:00Z

Mono at(std::int64_t second) {
  return Mono{} + seconds(second);
}

// "late" expires, "bad" is answered with an error, "spoil" fails the batch; all else succeeds. 10 tokens in,
// 3 out.
LineAnswer answer(const LineAsk& ask, std::int64_t created) {
  CHECK(created == kCreated);
  LineAnswer line;
  line.truth.request = 1;
  line.truth.prompt_tokens = 10;
  line.truth.cached_tokens = 4;
  line.truth.completion_tokens = 3;
  line.truth.reasoning_tokens = 1;
  line.json = fmt::format(R"({{"echo":"{}","usage":{{}}}})", ask.custom_id);
  if (ask.custom_id.starts_with("late")) line.fate = LineFate::expired;
  if (ask.custom_id.starts_with("spoil")) line.fate = LineFate::fails;
  if (ask.custom_id.starts_with("bad")) {
    line.status = 500;
    line.json = R"({"error":{"message":"no"}})";
  }
  return line;
}

struct Desk {
  std::vector<TruthRecord> truth;
  BatchDesk desk{
      {seconds(100), 7}, answer, [this](TruthRecord&& record) { truth.push_back(std::move(record)); }};
  OpenAiBatches openai{desk};
  AnthropicBatches anthropic{desk};

  static std::string form(std::string_view purpose, std::string_view content) {
    return fmt::format(
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{}\r\n--b\r\nContent-Disposition: "
        "form-data; "
        "name=\"file\"; filename=\"in.jsonl\"\r\nContent-Type: "
        "application/octet-stream\r\n\r\n{}\r\n--b--\r\n",
        purpose, content);
  }
  std::string upload(std::string_view content) {
    const DeskReply reply =
        openai.upload("multipart/form-data; boundary=b", form("batch", content), kCreated);
    REQUIRE(reply.status == 200);
    return Json::parse(reply.body)["id"];
  }
  Json open(const std::string& lines) {
    const DeskReply reply = openai.create(Json{{"input_file_id", upload(lines)},
                                               {"endpoint", "/v1/chat/completions"},
                                               {"completion_window", "24h"},
                                               {"metadata", {{"tag", "t"}}}}
                                              .dump(),
                                          at(0), kCreated);
    REQUIRE(reply.status == 200);
    return Json::parse(reply.body);
  }
  Json show(const Json& batch, std::int64_t second) {
    return Json::parse(openai.show(batch["id"].get<std::string>(), at(second)).body);
  }
  // custom_id to the line, of a result file; in the order of the file.
  std::vector<std::pair<std::string, Json>> lines(const Json& id) const {
    std::vector<std::pair<std::string, Json>> found;
    if (id.is_null()) return found;
    std::string text = openai.file_content(id.get<std::string>()).body;
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      Json line = Json::parse(text.substr(0, end));
      found.emplace_back(line["custom_id"], std::move(line));
    }
    return found;
  }
};

std::string line(const std::string& id, const std::string& model = "m", const std::string& more = {}) {
  return fmt::format(
      R"({{"custom_id":"{}","method":"POST","url":"/v1/chat/completions","body":{{"model":"{}","messages":[]{}}}}})",
      id, model, more);
}

std::string lines(const std::string& prefix, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += line(fmt::format("{}{}", prefix, i)) + "\n";
  return all;
}

std::set<std::string> ids(const std::vector<std::pair<std::string, Json>>& found) {
  std::set<std::string> all;
  for (const auto& [id, value] : found) all.insert(id);
  return all;
}

}  // namespace

TEST_CASE("the states of a batch by its clock") {
  BatchClock clock;
  clock.duration = seconds(100);
  clock.lines = 8;
  const auto state = [&](std::int64_t ms) {
    return batch_state_name(clock.state(Mono{} + milliseconds(ms)));
  };
  CHECK(state(0) == "validating");
  CHECK(state(9'999) == "validating");
  CHECK(state(10'000) == "in_progress");
  CHECK(state(89'999) == "in_progress");
  CHECK(state(90'000) == "finalizing");
  CHECK(state(100'000) == "completed");
  CHECK(clock.finished(at(10)) == 0);
  CHECK(clock.finished(at(20)) == 1);
  CHECK(clock.finished(at(89)) == 7);
  CHECK(clock.finished(at(90)) == 8);

  SUBCASE("some lines expire") {
    clock.expiring = 3;
    CHECK(state(100'000) == "expired");
    CHECK(clock.finished(at(60)) == 5);
    CHECK(clock.finished(at(1000)) == 5);
  }
  SUBCASE("validation fails") {
    clock.fails = true;
    CHECK(state(9'999) == "validating");
    CHECK(state(10'000) == "failed");
    CHECK(clock.ends() == at(10));
    CHECK_FALSE(clock.try_cancel(at(11)));
  }
  SUBCASE("cancelled half way") {
    REQUIRE(clock.try_cancel(at(50)));
    CHECK(clock.try_cancel(at(51)));
    CHECK(clock.cancel == at(50));
    CHECK(state(59'999) == "cancelling");
    CHECK(state(60'000) == "cancelled");
    CHECK(clock.finished(at(1000)) == 4);
    CHECK_FALSE(clock.try_cancel(at(60)));
  }
  SUBCASE("too late to cancel") {
    CHECK_FALSE(clock.try_cancel(at(90)));
    CHECK_FALSE(clock.cancel);
  }
  SUBCASE("without a duration it is over at once") {
    clock.duration = {};
    CHECK(state(0) == "completed");
    CHECK(clock.finished({}) == 8);
  }
}

TEST_CASE("OpenAI: a batch from its upload to its results") {
  Desk desk;
  const Json opened = desk.open(lines("ok", 20) + "\n" + lines("bad", 4));
  CHECK(opened["status"] == "validating");
  CHECK(opened["created_at"] == kCreated);
  CHECK(opened["expires_at"] == kCreated + 86'400);
  CHECK(opened["metadata"] == Json{{"tag", "t"}});
  CHECK(opened["in_progress_at"].is_null());
  CHECK(opened["request_counts"] == Json{{"total", 24}, {"completed", 0}, {"failed", 0}});
  CHECK_FALSE(opened.contains("usage"));

  const Json half = desk.show(opened, 50);
  CHECK(half["status"] == "in_progress");
  CHECK(half["in_progress_at"] == kCreated + 10);
  CHECK(half["request_counts"]["completed"].get<int>() + half["request_counts"]["failed"].get<int>() == 12);
  CHECK(half["output_file_id"].is_null());

  const Json done = desk.show(opened, 100);
  CHECK(done["status"] == "completed");
  CHECK(done["completed_at"] == kCreated + 100);
  CHECK(done["finalizing_at"] == kCreated + 90);
  CHECK(done["request_counts"] == Json{{"total", 24}, {"completed", 20}, {"failed", 4}});
  CHECK(done["usage"] == Json{{"input_tokens", 200},
                              {"input_tokens_details", {{"cached_tokens", 80}}},
                              {"output_tokens", 60},
                              {"output_tokens_details", {{"reasoning_tokens", 20}}},
                              {"total_tokens", 260}});
  const auto output = desk.lines(done["output_file_id"]);
  const auto errors = desk.lines(done["error_file_id"]);
  CHECK(ids(output).size() == 20);
  CHECK(ids(errors) == std::set<std::string>{"bad0", "bad1", "bad2", "bad3"});
  CHECK(output[0].first != "ok0");  // of this seed: the order is not kept
  for (const auto& [id, result] : output) {
    CHECK(result["response"]["status_code"] == 200);
    CHECK(result["response"]["body"]["echo"] == id);
    CHECK(result["error"].is_null());
  }
  CHECK(errors[0].second["response"]["status_code"] == 500);
  CHECK(desk.show(opened, 500) == done);

  SUBCASE("its files are files like others") {
    const std::string id = done["output_file_id"];
    const Json file = Json::parse(desk.openai.show_file(id).body);
    CHECK(file["purpose"] == "batch_output");
    CHECK(file["created_at"] == kCreated + 100);
    CHECK(file["bytes"] == desk.openai.file_content(id).body.size());
    CHECK(desk.openai.delete_file(id).status == 200);
    CHECK(desk.openai.file_content(id).status == 404);
    CHECK(desk.openai.delete_file(id).status == 404);
  }
  SUBCASE("the truth is told once, when it is over") {
    CHECK(desk.desk.advance(at(99)) == at(100));
    CHECK(desk.truth.empty());
    CHECK_FALSE(desk.desk.advance(at(100)));
    CHECK_FALSE(desk.desk.advance(at(101)));
    REQUIRE(desk.truth.size() == 24);
    CHECK(desk.truth[0].batch == opened["id"]);
    CHECK(desk.truth[0].complete);
  }
}

TEST_CASE("OpenAI: expired and cancelled batches keep what was finished") {
  Desk desk;
  SUBCASE("expired") {
    const Json done = desk.show(desk.open(lines("late", 3) + lines("ok", 5)), 100);
    CHECK(done["status"] == "expired");
    CHECK(done["expired_at"] == kCreated + 100);
    CHECK(done["request_counts"] == Json{{"total", 8}, {"completed", 5}, {"failed", 3}});
    CHECK(ids(desk.lines(done["output_file_id"])).size() == 5);
    const auto errors = desk.lines(done["error_file_id"]);
    CHECK(ids(errors) == std::set<std::string>{"late0", "late1", "late2"});
    CHECK(errors[0].second["error"]["code"] == "batch_expired");
    CHECK(errors[0].second["response"].is_null());
    CHECK(done["usage"]["total_tokens"] == 65);
    desk.desk.advance(at(100));
    CHECK(std::ranges::count(desk.truth, false, &TruthRecord::complete) == 3);
  }
  SUBCASE("cancelled") {
    const Json opened = desk.open(lines("ok", 8));
    const Json cancelling = Json::parse(desk.openai.cancel(opened["id"].get<std::string>(), at(30)).body);
    CHECK(cancelling["status"] == "cancelling");
    CHECK(cancelling["cancelling_at"] == kCreated + 30);
    const Json done = desk.show(opened, 40);
    CHECK(done["status"] == "cancelled");
    CHECK(done["cancelled_at"] == kCreated + 40);
    CHECK(done["completed_at"].is_null());
    CHECK(ids(desk.lines(done["output_file_id"])).size() == 2);
    const auto errors = desk.lines(done["error_file_id"]);
    CHECK(errors.size() == 6);
    CHECK(errors[0].second["error"]["code"] == "batch_cancelled");
    CHECK(desk.openai.cancel(opened["id"].get<std::string>(), at(50)).status == 409);
  }
  SUBCASE("a line's fault fails the whole") {
    const Json opened = desk.open(lines("ok", 3) + line("spoil"));
    CHECK(opened["status"] == "validating");
    CHECK(opened["errors"].is_null());
    const Json failed = desk.show(opened, 10);
    CHECK(failed["status"] == "failed");
    CHECK(failed["failed_at"] == kCreated + 10);
    CHECK(failed["errors"]["data"][0]["line"] == 4);
    CHECK(failed["output_file_id"].is_null());
    desk.desk.advance(at(100));
    CHECK(desk.truth.empty());
  }
}

TEST_CASE("OpenAI: what validation finds") {
  Desk desk;
  const auto problem = [&](const std::string& input) {
    const Json failed = desk.show(desk.open(input), 10);
    REQUIRE(failed["status"] == "failed");
    const Json& first = failed["errors"]["data"][0];
    return fmt::format("{}:{}", first["code"].get<std::string>(), first["line"].dump());
  };
  CHECK(problem("") == "empty_file:null");
  CHECK(problem(line("a") + "\n{") == "invalid_json_line:2");
  CHECK(problem(line("a") + "\n\n" + line("a")) == "duplicate_custom_id:3");
  CHECK(problem(line("a") + "\n" + line("b", "other")) == "mismatched_model:2");
  CHECK(problem(line("a", "m", R"(,"stream":true)")) == "invalid_request:1");
  CHECK(problem(line("")) == "missing_required_parameter:1");
  CHECK(problem(R"({"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{}})") ==
        "invalid_method:1");
  CHECK(problem(R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{}})") == "invalid_url:1");
  CHECK(problem(R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions"})") ==
        "missing_required_parameter:1");
  CHECK(problem(lines("x", 50'001)) == "too_many_tasks:null");
  // A model's faults are no other model.
  CHECK(desk.show(desk.open(line("a", "m!500") + "\n" + line("b", "m")), 10)["status"] == "in_progress");
}

TEST_CASE("OpenAI: what is refused at once") {
  Desk desk;
  const std::string file = desk.upload(line("a"));
  const auto refused = [&](Json change) {
    Json body{{"input_file_id", file}, {"endpoint", "/v1/responses"}, {"completion_window", "24h"}};
    body.update(change);
    const DeskReply reply = desk.openai.create(body.dump(), at(0), kCreated);
    CHECK(reply.status == 400);
    return reply.param;
  };
  CHECK(refused({{"input_file_id", "file-none"}}) == "input_file_id");
  CHECK(refused({{"endpoint", "/v1/embeddings"}}) == "endpoint");
  CHECK(refused({{"completion_window", "48h"}}) == "completion_window");
  CHECK(refused({{"metadata", 3}}) == "metadata");
  CHECK(desk.openai.create("[]", at(0), kCreated).status == 400);
  CHECK(desk.openai.show("batch_none", at(0)).status == 404);
  const auto upload = [&](std::string_view type, const std::string& body) {
    return desk.openai.upload(type, body, kCreated).status;
  };
  CHECK(upload("multipart/form-data; boundary=b", Desk::form("assistants", "x")) == 400);
  CHECK(upload("multipart/form-data; boundary=c", Desk::form("batch", "x")) == 400);
  CHECK(upload("application/json", Desk::form("batch", "x")) == 400);
}

TEST_CASE("OpenAI: pages, the newest first") {
  Desk desk;
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.push_back(desk.open(line("a"))["id"]);
  const auto page = [&](std::string_view query) {
    const DeskReply reply = desk.openai.list(query, at(0));
    CHECK(reply.status == 200);
    return Json::parse(reply.body);
  };
  CHECK(page("")["data"].size() == 5);
  CHECK(page("")["first_id"] == made[4]);
  const Json two = page("limit=2");
  CHECK(two["last_id"] == made[3]);
  CHECK(two["has_more"] == true);
  const Json rest = page("after=" + made[2] + "&limit=2");
  CHECK(rest["data"][1]["id"] == made[0]);
  CHECK(rest["has_more"] == false);
  CHECK(page("after=" + made[0])["data"].empty());
  for (const char* bad : {"limit=0", "limit=101", "limit=x", "after=batch_none"})
    CHECK(desk.openai.list(bad, at(0)).status == 400);
}

TEST_CASE("Anthropic: a batch from its creation to its results") {
  Desk desk;
  Json requests = Json::array();
  for (const char* id : {"ok1", "ok2", "bad1", "late1"})
    requests.push_back({{"custom_id", id}, {"params", {{"model", "m"}}}});
  const Json body{{"requests", requests}};
  const Json opened = Json::parse(desk.anthropic.create(body.dump(), "http://h", at(0), kCreated).body);
  const std::string id = opened["id"];
  CHECK(opened["type"] == "message_batch");
  CHECK(opened["processing_status"] == "in_progress");
  CHECK(opened["created_at"] == "2027-01-01T00:00:00Z");
  CHECK(opened["expires_at"] == "2027-01-02T00:00:00Z");
  CHECK(opened["results_url"].is_null());
  const auto show = [&](std::int64_t second) {
    return Json::parse(desk.anthropic.show(id, "http://h", at(second)).body);
  };
  CHECK(show(80)["request_counts"] ==
        Json{{"processing", 4}, {"succeeded", 0}, {"errored", 0}, {"canceled", 0}, {"expired", 0}});
  CHECK(desk.anthropic.results(id, at(99)).status == 404);
  CHECK(desk.openai.show(id, at(99)).status == 404);

  SUBCASE("ended") {
    const Json done = show(100);
    CHECK(done["processing_status"] == "ended");
    CHECK(done["ended_at"] == "2027-01-01T00:01:40Z");
    CHECK(done["request_counts"] ==
          Json{{"processing", 0}, {"succeeded", 2}, {"errored", 1}, {"canceled", 0}, {"expired", 1}});
    CHECK(done["results_url"] == "http://h/v1/messages/batches/" + id + "/results");
    std::map<std::string, Json> results;
    std::string text = desk.anthropic.results(id, at(100)).body;
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      Json one = Json::parse(text.substr(0, end));
      results.emplace(one["custom_id"], one["result"]);
    }
    CHECK(results.size() == 4);
    CHECK(results["ok1"] ==
          Json::parse(R"({"type":"succeeded","message":{"echo":"ok1","usage":{"service_tier":"batch"}}})"));
    CHECK(results["bad1"] == Json::parse(R"({"type":"errored","error":{"error":{"message":"no"}}})"));
    CHECK(results["late1"] == Json{{"type", "expired"}});
  }
  SUBCASE("cancelled") {
    const Json canceling = Json::parse(desk.anthropic.cancel(id, "http://h", at(5)).body);
    CHECK(canceling["processing_status"] == "canceling");
    CHECK(canceling["cancel_initiated_at"] == "2027-01-01T00:00:05Z");
    CHECK(show(15)["processing_status"] == "ended");
    CHECK(show(15)["request_counts"]["canceled"] == 4);
    CHECK(desk.anthropic.cancel(id, "http://h", at(16)).status == 400);
  }
}

TEST_CASE("Anthropic: what is refused") {
  Desk desk;
  const auto refused = [&](const std::string& requests) {
    const DeskReply reply = desk.anthropic.create(R"({"requests":)" + requests + "}", "", at(0), kCreated);
    CHECK(reply.status == 400);
    return reply.body;
  };
  CHECK(refused("[]") == "requests: must be an array of at least one request");
  CHECK(refused(R"([{"custom_id":"a b","params":{}}])").starts_with("requests.0.custom_id: must be"));
  CHECK(refused(R"([{"custom_id":"a","params":{}},{"custom_id":"a","params":{}}])") ==
        "requests.1.custom_id: 'a' came before");
  CHECK(refused(R"([{"custom_id":"a"}])") == "requests.0.params: must be an object");
  CHECK(refused(R"([{"custom_id":"a","params":{"stream":true}}])") ==
        "requests.0.params.stream: a batch streams nothing");
  CHECK(refused("[1]").starts_with("requests.0.custom_id"));
  CHECK(desk.anthropic.show("x", "", at(0)).status == 404);
}

TEST_CASE("multipart forms") {
  const std::string body =
      "--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--x y\r\ncontent-disposition: "
      "FORM-DATA; "
      "filename=\"n\\\"q.txt\"; name=b\r\nContent-Type: text/plain\r\n\r\nt\r\n\r\nwo\r\n--x y--\r\n";
  const auto parts = read_form("Multipart/Form-Data; charset=utf-8; boundary=\"x y\"", body);
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK(find_part(*parts, "a")->content == "one");
  CHECK(find_part(*parts, "a")->filename.empty());
  CHECK(find_part(*parts, "b")->content == "t\r\n\r\nwo");
  CHECK(find_part(*parts, "b")->filename == "n\"q.txt");
  CHECK(find_part(*parts, "c") == nullptr);
  // No cut-off body is a form.
  for (std::size_t cut = 0; cut + 4 < body.size(); ++cut)
    CHECK_FALSE(read_form("multipart/form-data; boundary=\"x y\"", body.substr(0, cut)));
  CHECK_FALSE(read_form("multipart/form-data", body));
  CHECK_FALSE(read_form("text/plain; boundary=\"x y\"", body));
}
