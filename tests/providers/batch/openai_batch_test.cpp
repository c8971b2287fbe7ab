#include <doctest/doctest.h>

#include "providers/batch/batch_codec.h"
#include "providers/dialects/openai_chat.h"

using namespace costwar;

namespace {

ChatRequest batch_question(const std::string& text) {
  ChatRequest request;
  request.model = "gpt-5.5";
  request.messages = {{Role::user, text}};
  request.max_output_tokens = 64;
  return request;
}

std::string line_of(const BatchCodec& codec, const std::string& id, const std::string& text) {
  const auto dialect =
      make_openai_chat_dialect({.max_completion_tokens = true, .can_hide_obfuscation = true});
  return codec.line({id, encode_whole(*dialect, batch_question(text))});
}

Attempt read_openai_line(const std::string& json) {
  const auto line = make_openai_batch_codec()->result(json);
  REQUIRE(line);
  return read_batch_line(*make_openai_chat_dialect({}), *line);
}

}  // namespace

TEST_CASE("openai batch: a line is the dialect's request without streaming, under its custom_id") {
  const auto codec = make_openai_batch_codec();
  CHECK(line_of(*codec, "t-1", "a\n\"b\"") ==
        R"({"custom_id":"t-1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-5.5",)"
        R"("messages":[{"role":"user","content":"a\n\"b\""}],"max_completion_tokens":64}})");
}

TEST_CASE("openai batch: the file is a form of two parts, the second one line a request") {
  const auto codec = make_openai_batch_codec();
  const std::vector<std::string> lines{R"({"custom_id":"a"})", R"({"custom_id":"b"})"};
  const auto call = codec->upload(lines, "run-m0-b0");
  REQUIRE(call);
  CHECK(call->method == "POST");
  CHECK(call->path == "/files");
  CHECK(call->content_type == "multipart/form-data; boundary=costwar-batch-file");
  CHECK(call->body ==
        "--costwar-batch-file\r\n"
        "Content-Disposition: form-data; name=\"purpose\"\r\n"
        "\r\n"
        "batch\r\n"
        "--costwar-batch-file\r\n"
        "Content-Disposition: form-data; name=\"file\"; filename=\"run-m0-b0.jsonl\"\r\n"
        "Content-Type: application/jsonl\r\n"
        "\r\n"
        "{\"custom_id\":\"a\"}\n"
        "{\"custom_id\":\"b\"}\n"
        "\r\n"
        "--costwar-batch-file--\r\n");
  CHECK(codec->uploaded(R"({"id":"file-12","object":"file","purpose":"batch"})") == "file-12");
  CHECK(codec->uploaded(R"({"id":"../batches"})") == std::nullopt);
  CHECK(codec->uploaded(R"({"object":"file"})") == std::nullopt);
  CHECK(codec->uploaded("<html>") == std::nullopt);
}

TEST_CASE("openai batch: a batch names the file, the endpoint and the tag") {
  const auto codec = make_openai_batch_codec();
  const BatchCall create = codec->create({}, "/chat/completions", "file-12", "run-m0-b0");
  CHECK(create.method == "POST");
  CHECK(create.path == "/batches");
  CHECK(create.body ==
        R"({"input_file_id":"file-12","endpoint":"/v1/chat/completions","completion_window":"24h",)"
        R"("metadata":{"costwar":"run-m0-b0"}})");
  CHECK(codec->create({}, "/responses", "file-12", "x").body.find(R"("endpoint":"/v1/responses")") !=
        std::string::npos);
  CHECK(codec->poll("batch_1").path == "/batches/batch_1");
  CHECK(codec->cancel("batch_1").path == "/batches/batch_1/cancel");
  CHECK(codec->cancel("batch_1").method == "POST");
  CHECK(codec->list("").path == "/batches?limit=100");
  CHECK(codec->list("batch_9").path == "/batches?limit=100&after=batch_9");
  CHECK(codec->results("file-7", "")->path == "/files/file-7/content");
  CHECK_FALSE(codec->results("../keys", ""));
  CHECK(codec->traits().searchable);
  CHECK(codec->traits().max_requests == 50'000);
}

TEST_CASE("openai batch: every status is known, with counts, files and instants") {
  const auto codec = make_openai_batch_codec();
  const auto status =
      codec->status(R"({"id":"batch_1","object":"batch","status":"completed","created_at":1700000000,)"
                    R"("completed_at":1700003600,"output_file_id":"file-o","error_file_id":"file-e",)"
                    R"("request_counts":{"total":3,"completed":2,"failed":1},"errors":null})");
  REQUIRE(status);
  CHECK(status->id == "batch_1");
  CHECK(status->state == BatchState::completed);
  CHECK(status->total == 3);
  CHECK(status->completed == 2);
  CHECK(status->failed == 1);
  CHECK(status->results == std::vector<std::string>{"file-o", "file-e"});
  CHECK(status->created == parse_wall("2023-11-14T22:13:20Z"));
  CHECK(status->ended == parse_wall("2023-11-14T23:13:20Z"));

  for (const auto& [written, meant] : {std::pair{"validating", BatchState::validating},
                                       {"failed", BatchState::failed},
                                       {"in_progress", BatchState::in_progress},
                                       {"finalizing", BatchState::finalizing},
                                       {"expired", BatchState::expired},
                                       {"cancelling", BatchState::cancelling},
                                       {"cancelled", BatchState::cancelled}}) {
    const std::string name = written;
    const BatchState state = meant;
    CAPTURE(name);
    const auto other = codec->status(std::string(R"({"id":"b","status":")") + name + R"("})");
    REQUIRE(other);
    CHECK(other->state == state);
    CHECK_FALSE(other->total);
    CHECK(other->results.empty());
  }
  const auto failed = codec->status(
      R"({"id":"b","status":"failed","failed_at":1700000001,"errors":{"object":"list","data":[)"
      R"({"code":"token_limit_exceeded","message":"Enqueued token limit reached","line":null},{"code":"x"}]}})");
  REQUIRE(failed);
  CHECK(failed->error_code == "token_limit_exceeded");
  CHECK(failed->error_message == "Enqueued token limit reached (and 1 more)");
  for (const char* bad : {R"({"id":"b","status":"dreaming"})", R"({"status":"failed"})", "[]", "", "{"})
    CHECK_FALSE(codec->status(bad));
}

TEST_CASE("openai batch: a page of the list tells tags, and where the next one begins") {
  const auto codec = make_openai_batch_codec();
  const auto page =
      codec->page(R"({"object":"list","data":[{"id":"b3","status":"completed","metadata":{"costwar":"t3"}},)"
                  R"({"id":"b2","status":"in_progress","metadata":null},{"id":"b1","status":"unheard_of"}],)"
                  R"("first_id":"b3","last_id":"b1","has_more":true})");
  REQUIRE(page);
  REQUIRE(page->entries.size() == 2);
  CHECK(page->entries[0].tag == "t3");
  CHECK(page->entries[1].status.id == "b2");
  CHECK(page->entries[1].tag.empty());
  CHECK(page->next == "b1");
  CHECK(codec->page(R"({"data":[],"has_more":false})")->next.empty());
  CHECK_FALSE(codec->page(R"({"error":{"message":"no"}})"));
}

TEST_CASE("openai batch: lines of the output are read as the dialect reads whole answers") {
  const Attempt attempt = read_openai_line(
      R"({"id":"batch_req_1","custom_id":"t-1","response":{"status_code":200,"request_id":"req_9","body":)"
      R"({"id":"chatcmpl-1","object":"chat.completion","model":"gpt-5.5-2026-04-24","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"42"},"finish_reason":"stop"}],"service_tier":"default",)"
      R"("usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,)"
      R"("completion_tokens_details":{"reasoning_tokens":5}}}},"error":null})");
  CHECK(attempt.outcome == Outcome::ok);
  CHECK(attempt.text == "42");
  CHECK(attempt.http_status == 200);
  CHECK(attempt.request_id == "req_9");
  CHECK(attempt.finish_reason == "stop");
  CHECK(attempt.billing.served_model == "gpt-5.5-2026-04-24");
  CHECK(attempt.billing.service_class == "batch");
  CHECK(attempt.usage.prompt_tokens() == 10);
  CHECK(attempt.usage.output_tokens() == 7);
  CHECK(attempt.usage[Meter::reasoning]->value == 5);
  CHECK(attempt.usage[Meter::requests]->value == 1);
  CHECK(attempt.notes.empty());
  CHECK_FALSE(attempt.timeline.first_any);
}

TEST_CASE("openai batch: lines of the error file say what became of each request") {
  SUBCASE("an error status of the model's API") {
    const Attempt attempt = read_openai_line(
        R"({"id":"batch_req_2","custom_id":"t-2","response":{"status_code":400,"request_id":"req_1","body":)"
        R"({"error":{"message":"bad max","type":"invalid_request_error","code":"invalid_value"}}},"error":null})");
    CHECK(attempt.outcome == Outcome::config);
    CHECK(attempt.http_status == 400);
    CHECK(attempt.error_code == "invalid_value");
    CHECK(attempt.error_message == "bad max");
    CHECK_FALSE(attempt.usage[Meter::requests]);
  }
  SUBCASE("the window closed first") {
    const Attempt attempt = read_openai_line(
        R"({"id":"batch_req_3","custom_id":"t-3","response":null,"error":{"code":"batch_expired","message":)"
        R"("This request could not be executed before the completion window expired."}})");
    CHECK(attempt.outcome == Outcome::queued_never_started);
    CHECK(attempt.error_code == "batch_expired");
    CHECK(attempt.http_status == 0);
  }
  SUBCASE("cancelled") {
    CHECK(read_openai_line(
              R"({"custom_id":"t","response":null,"error":{"code":"batch_cancelled","message":"x"}})")
              .outcome == Outcome::cancelled);
  }
  SUBCASE("anything else is a failure of the server") {
    const Attempt attempt =
        read_openai_line(R"({"custom_id":"t","response":null,"error":{"code":"odd","message":"what"}})");
    CHECK(attempt.outcome == Outcome::server_error);
    CHECK(attempt.error_code == "odd");
    CHECK(attempt.error_message == "what");
  }
  SUBCASE("what is no line") {
    const auto codec = make_openai_batch_codec();
    for (const char* bad : {"", "{", "[]", R"({"response":{"status_code":200}})", R"({"custom_id":"t"})",
                            R"({"custom_id":"t","response":{"status_code":9999,"body":{}}})"})
      CHECK_FALSE(codec->result(bad));
  }
  SUBCASE("an answer that holds no completion is none") {
    CHECK(
        read_openai_line(R"({"custom_id":"t","response":{"status_code":200,"body":{"hello":1}}})").outcome ==
        Outcome::protocol);
  }
}
