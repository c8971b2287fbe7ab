#include <doctest/doctest.h>

#include "providers/batch/batch_codec.h"
#include "providers/dialects/anthropic.h"

using namespace costwar;

namespace {

constexpr std::string_view kBase = "https://api.anthropic.com/v1";

Attempt read_anthropic_line(const std::string& json) {
  const auto line = make_anthropic_batch_codec()->result(json);
  REQUIRE(line);
  return read_batch_line(*make_anthropic_dialect(), *line);
}

std::string status_json(const std::string& status, const std::string& counts, const std::string& rest = "") {
  return R"({"id":"msgbatch_1","type":"message_batch","processing_status":")" + status +
         R"(","request_counts":{)" + counts + R"(},"created_at":"2026-11-20T10:00:00Z")" + rest + "}";
}

}  // namespace

TEST_CASE("anthropic batch: one request carries all messages") {
  const auto codec = make_anthropic_batch_codec();
  ChatRequest request;
  request.model = "claude-opus-4-6";
  request.messages = {{Role::user, "hi"}};
  request.max_output_tokens = 8;
  const std::vector<std::string> lines{codec->line({"a", encode_whole(*make_anthropic_dialect(), request)}),
                                       codec->line({"b", encode_whole(*make_anthropic_dialect(), request)})};
  CHECK_FALSE(codec->upload(lines, "tag"));
  const BatchCall create = codec->create(lines, "/messages", "", "tag");
  CHECK(create.method == "POST");
  CHECK(create.path == "/messages/batches");
  CHECK(create.content_type == "application/json");
  CHECK(create.headers ==
        std::vector<std::pair<std::string, std::string>>{{"anthropic-version", "2023-06-01"}});
  const std::string params =
      R"({"model":"claude-opus-4-6","max_tokens":8,"messages":[{"role":"user","content":"hi"}]})";
  CHECK(create.body == R"({"requests":[{"custom_id":"a","params":)" + params +
                           R"(},{"custom_id":"b","params":)" + params + "}]}");
  CHECK(codec->poll("msgbatch_1").path == "/messages/batches/msgbatch_1");
  CHECK(codec->cancel("msgbatch_1").path == "/messages/batches/msgbatch_1/cancel");
  CHECK(codec->list("").path == "/messages/batches?limit=100");
  CHECK(codec->list("m2").path == "/messages/batches?limit=100&after_id=m2");
  CHECK_FALSE(codec->traits().searchable);
}

TEST_CASE("anthropic batch: a status counts what is over only at the end") {
  const auto codec = make_anthropic_batch_codec();
  const auto running =
      codec->status(status_json("in_progress", R"("processing":5,"succeeded":0,"errored":0)"));
  REQUIRE(running);
  CHECK(running->state == BatchState::in_progress);
  CHECK(running->total == 5);
  CHECK(running->completed == 0);
  CHECK(running->results.empty());
  CHECK(running->created == parse_wall("2026-11-20T10:00:00Z"));
  CHECK_FALSE(running->ended);

  const auto ended = codec->status(status_json(
      "ended", R"("processing":0,"succeeded":3,"errored":1,"canceled":0,"expired":0)",
      R"(,"ended_at":"2026-11-20T11:30:00.5Z","results_url":"https://api.anthropic.com/v1/messages/batches/msgbatch_1/results")"));
  REQUIRE(ended);
  CHECK(ended->state == BatchState::completed);
  CHECK(ended->total == 4);
  CHECK(ended->completed == 3);
  CHECK(ended->failed == 1);
  CHECK(ended->ended == parse_wall("2026-11-20T11:30:00.5Z"));
  REQUIRE(ended->results.size() == 1);

  CHECK(codec->status(status_json("canceling", R"("processing":1)"))->state == BatchState::cancelling);
  CHECK(codec->status(status_json("ended", R"("succeeded":1,"expired":2)"))->state == BatchState::expired);
  CHECK(codec->status(status_json("ended", R"("succeeded":1,"canceled":2)"))->state == BatchState::cancelled);
  CHECK_FALSE(codec->status(status_json("resting", "")));
  CHECK_FALSE(codec->status("{}"));
}

TEST_CASE("anthropic batch: the key follows no results_url to another host or path") {
  const auto codec = make_anthropic_batch_codec();
  const auto call = codec->results("https://api.anthropic.com/v1/messages/batches/msgbatch_1/results", kBase);
  REQUIRE(call);
  CHECK(call->path == "/messages/batches/msgbatch_1/results");
  for (const char* other :
       {"https://evil.example/v1/messages/batches/m/results", "http://api.anthropic.com/v1/messages/x",
        "https://api.anthropic.com.evil.example/v1/x", "https://api.anthropic.com:8443/v1/x",
        "https://api.anthropic.com@evil.example/v1/x", "https://api.anthropic.com/v2/x",
        "https://api.anthropic.com/v1x", "https://api.anthropic.com/v1/a b", "file:///etc/passwd", ""}) {
    CAPTURE(other);
    CHECK_FALSE(codec->results(other, kBase));
  }
}

TEST_CASE("anthropic batch: result lines") {
  SUBCASE("succeeded") {
    const Attempt attempt = read_anthropic_line(
        R"({"custom_id":"t-1","result":{"type":"succeeded","message":{"id":"msg_1","type":"message",)"
        R"("role":"assistant","model":"claude-opus-4-6","content":[{"type":"text","text":"42"}],)"
        R"("stop_reason":"end_turn","usage":{"input_tokens":10,"cache_read_input_tokens":4,)"
        R"("output_tokens":3,"service_tier":"batch"}}}})");
    CHECK(attempt.outcome == Outcome::ok);
    CHECK(attempt.text == "42");
    CHECK(attempt.finish_reason == "end_turn");
    CHECK(attempt.billing.served_model == "claude-opus-4-6");
    CHECK(attempt.billing.service_class == "batch");
    CHECK(attempt.usage.prompt_tokens() == 14);
    CHECK(attempt.usage.output_tokens() == 3);
    CHECK(attempt.notes.empty());
  }
  SUBCASE("errored") {
    const Attempt attempt = read_anthropic_line(
        R"({"custom_id":"t-2","result":{"type":"errored","error":{"type":"error","request_id":"req_5",)"
        R"("error":{"type":"invalid_request_error","message":"max_tokens: too large"}}}})");
    CHECK(attempt.outcome == Outcome::config);
    CHECK(attempt.http_status == 400);
    CHECK(attempt.error_code == "invalid_request_error");
    CHECK(attempt.error_message == "max_tokens: too large");
    CHECK(attempt.request_id == "req_5");
    CHECK(read_anthropic_line(
              R"({"custom_id":"t","result":{"type":"errored","error":{"type":"overloaded_error",)"
              R"("message":"later"}}})")
              .outcome == Outcome::capacity);
  }
  SUBCASE("expired and cancelled") {
    CHECK(read_anthropic_line(R"({"custom_id":"t","result":{"type":"expired"}})").outcome ==
          Outcome::queued_never_started);
    CHECK(read_anthropic_line(R"({"custom_id":"t","result":{"type":"canceled"}})").outcome ==
          Outcome::cancelled);
  }
  SUBCASE("what is no line") {
    const auto codec = make_anthropic_batch_codec();
    for (const char* bad :
         {"", "{}", R"({"custom_id":"t"})", R"({"custom_id":"t","result":{"type":"new"}})",
          R"({"result":{"type":"expired"}})", R"({"custom_id":"t","result":{"type":"succeeded"}})"})
      CHECK_FALSE(codec->result(bad));
  }
}
