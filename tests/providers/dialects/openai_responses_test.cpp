// Answers of the Responses dialect, written by hand.
#include "providers/dialects/openai_responses.h"

#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/providers/dialects/read_answer.h"
#include "tests/providers/dialects/requests.h"

using namespace costwar;

namespace {

Read read_responses(const std::string& body, End end = End::ok, int status = 200) {
  return read_answer([] { return make_openai_responses_dialect()->reader(); },
                     Answer{status, {{"content-type", "text/event-stream"}}, body, end});
}

std::string response_event(const std::string& type, const std::string& members) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.empty() ? "" : "," + members) +
         "}\n\n";
}
std::string text_delta(const std::string& text, int sequence) {
  return response_event("response.output_text.delta",
                        R"("output_index":0,"content_index":0,"item_id":"i0","delta":")" + text +
                            R"(","sequence_number":)" + std::to_string(sequence));
}
std::string completed(const std::string& output = "[]", const std::string& more = "") {
  return response_event(
      "response.completed",
      R"("response":{"object":"response","status":"completed","model":"gpt-5.5-2026-01-01",)"
      R"("service_tier":"default","error":null,"output":)" +
          output + more + "}");
}

const std::string kResponseCreated = response_event(
    "response.created",
    R"("sequence_number":0,"response":{"status":"in_progress","model":"gpt-5.5","service_tier":"auto",)"
    R"("error":null,"usage":null,"output":[]})");
const std::string kHiText = text_delta("Hi", 1);
const std::string kResponsesUsage =
    R"(,"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":1},)"
    R"("output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15})";

}  // namespace

TEST_CASE("a stream of Responses as it should be") {
  const Read got = read_responses(
      kResponseCreated +
      response_event(
          "response.output_item.added",
          R"("sequence_number":1,"output_index":0,"item":{"id":"i0","type":"message","content":[]})") +
      text_delta("Hi", 2) + text_delta(" there", 3) +
      response_event("response.output_text.done",
                     R"("sequence_number":4,"output_index":0,"content_index":0,"text":"Hi there")") +
      completed(R"([{"type":"message","content":[{"type":"output_text","text":"Hi there"}]}])",
                kResponsesUsage));
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi there");
  CHECK(got.deltas == "v:Hi v: there");
  CHECK(got.attempt.finish_reason == "completed");
  CHECK(got.attempt.billing.served_model == "gpt-5.5-2026-01-01");
  CHECK(got.attempt.billing.service_class == "standard");
  CHECK(got.count(Meter::fresh_input) == 5);
  CHECK(got.count(Meter::cache_read) == 4);
  CHECK(got.count(Meter::cache_write_5m) == 1);
  CHECK(got.count(Meter::visible_output) == 3);
  CHECK(got.count(Meter::reasoning) == 2);
  CHECK(parse_json(got.attempt.raw_usage, "usage")["total_tokens"] == 15);
  CHECK(got.attempt.notes.empty());
}

TEST_CASE("the JSON type of an event counts, not the name of its line") {
  CHECK(read_responses("event: nonsense\n" + kHiText.substr(kHiText.find('\n') + 1) + completed())
            .attempt.text == "Hi");
  CHECK(read_responses(kHiText + "event: error\n" + completed().substr(completed().find('\n') + 1))
            .attempt.outcome == Outcome::ok);
  CHECK(read_responses("event: response.output_text.delta\ndata: {\"delta\":\"Yo\"}\n\n" + completed())
            .attempt.text == "Yo");
}

TEST_CASE("how streams of Responses end") {
  const auto outcome = [](const std::string& body, End end = End::ok) {
    return read_responses(body, end).attempt.outcome;
  };
  CHECK(outcome(kResponseCreated + kHiText) == Outcome::truncated);
  CHECK(read_responses(kResponseCreated + kHiText).attempt.error_message ==
        "the stream ended before its end marker");
  CHECK(read_responses(kResponseCreated + kHiText).attempt.billing.served_model == "gpt-5.5");
  CHECK(read_responses(kResponseCreated + kHiText)
            .attempt.billing.service_class.empty());  // "auto" is what was asked for
  CHECK(outcome(kResponseCreated + kHiText, End::connection_lost) == Outcome::truncated);
  CHECK(outcome(kResponseCreated + kHiText, End::timed_out) == Outcome::timed_out);
  CHECK(outcome(kResponseCreated + kHiText + completed(), End::connection_lost) == Outcome::ok);
  CHECK(outcome("") == Outcome::queued_never_started);
  CHECK(outcome("data: {\"type\":\"ping\"}\n\n") == Outcome::protocol);
  CHECK(outcome(R"({"object":"chat.completion","choices":[]})") == Outcome::protocol);

  SUBCASE("[DONE] is no end, and no harm") {
    CHECK(outcome(kHiText + "data: [DONE]\n\n") == Outcome::truncated);
    CHECK(read_responses(kHiText + "data: [DONE]\n\n").attempt.notes.empty());
    const Read got = read_responses(kResponseCreated + kHiText + completed() + "data: [DONE]\n\n");
    CHECK(got.attempt.outcome == Outcome::ok);
    CHECK(got.attempt.notes.empty());
  }
  SUBCASE("incomplete, in the API's own words") {
    const auto incomplete = [](const std::string& details) {
      return read_responses(
          kHiText +
          response_event("response.incomplete", R"("response":{"status":"incomplete","incomplete_details":)" +
                                                    details + kResponsesUsage + "}"));
    };
    const Read cut = incomplete(R"({"reason":"max_output_tokens"})");
    CHECK(cut.attempt.outcome == Outcome::ok);
    CHECK(cut.attempt.finish_reason == "max_output_tokens");
    CHECK(cut.attempt.text == "Hi");
    CHECK(cut.count(Meter::visible_output) == 3);
    CHECK(incomplete(R"({"reason":"content_filter"})").attempt.outcome == Outcome::content_filter);
    CHECK(incomplete("null").attempt.finish_reason == "incomplete");
  }
  SUBCASE("failed, with its code and what was used") {
    const auto failed = [](const std::string& error) {
      return read_responses(kHiText +
                            response_event("response.failed", R"("response":{"status":"failed","error":)" +
                                                                  error + kResponsesUsage + "}"));
    };
    const Read limited = failed(R"({"code":"rate_limit_exceeded","message":"too much"})");
    CHECK(limited.attempt.outcome == Outcome::stream_error);
    CHECK(limited.attempt.error_code == "rate_limit_exceeded");
    CHECK(limited.attempt.error_message == "too much");
    CHECK(limited.attempt.advice.overloaded);
    CHECK(limited.attempt.text == "Hi");
    CHECK(limited.count(Meter::fresh_input) == 5);
    CHECK_FALSE(failed(R"({"code":"server_error","message":"x"})").attempt.advice.overloaded);
    CHECK(failed("null").attempt.error_code == "failed");
  }
  SUBCASE("an error on its own") {
    const Read got = read_responses(
        kHiText + response_event("error", R"("code":"insufficient_quota","message":"pay","param":null)"));
    CHECK(got.attempt.outcome == Outcome::stream_error);
    CHECK(got.attempt.error_code == "insufficient_quota");
    CHECK(got.attempt.error_message == "pay");
    CHECK(got.attempt.advice.quota_gone);
    CHECK(read_responses(response_event("error", R"("code":null,"message":"x")")).attempt.error_code.empty());
    CHECK(
        read_responses(response_event("error", R"("error":{"code":"E","message":"x"})")).attempt.error_code ==
        "E");
    CHECK(read_responses("data: {\"error\":{\"message\":\"of a gateway\"}}\n\n").attempt.error_message ==
          "of a gateway");
    CHECK(read_responses("event: error\ndata: plain words\n\n").attempt.error_message == "plain words");
  }
}

TEST_CASE("a gap in the sequence is a loss, and the finished answer repairs it") {
  const Read lost = read_responses(kResponseCreated + kHiText + text_delta("!", 4) + completed());
  CHECK(lost.attempt.outcome == Outcome::ok);
  CHECK(lost.attempt.notes == Notes{"2 events lost: the sequence numbers have a gap"});
  CHECK(read_responses(kHiText + text_delta("!", 3) + completed()).attempt.notes ==
        Notes{"1 event lost: the sequence numbers have a gap"});
  CHECK(read_responses(text_delta("H", 0) + text_delta("i", 0) + completed()).attempt.notes.empty());

  const Read repaired = read_responses(
      kHiText + text_delta("!", 3) +
      completed(R"([{"type":"message","content":[{"type":"output_text","text":"Hi you!"}]}])"));
  CHECK(repaired.attempt.text == "Hi you!");
  CHECK(repaired.deltas == "v:Hi v:!");
  CHECK(repaired.attempt.notes == Notes{"1 event lost: the sequence numbers have a gap",
                                        "the deltas were not the whole answer; the finished one is kept"});
  // A finished answer without items says nothing, nor does one that leaves the reasoning out.
  const Read shorter =
      read_responses(response_event("response.reasoning_text.delta", R"("output_index":0,"delta":"hm")") +
                     response_event("response.output_text.delta", R"("output_index":1,"delta":"Hi")") +
                     completed(R"([{"type":"message","content":[{"type":"output_text","text":"Hi"}]}])"));
  CHECK(shorter.attempt.text == "Hi");
  CHECK(shorter.attempt.reasoning_text == "hm");
  CHECK(shorter.attempt.notes.empty());
}

TEST_CASE("what was only finished and never streamed is told") {
  const Read done = read_responses(
      response_event("response.output_text.done", R"("output_index":0,"text":"Hi")") + completed());
  CHECK(done.deltas == "v:Hi");
  const Read item = read_responses(
      response_event(
          "response.output_item.done",
          R"("output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"Hi"}]})") +
      completed());
  CHECK(item.deltas == "v:Hi");
  const Read last = read_responses(
      kResponseCreated + completed(R"([{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},)"
                                   R"({"type":"function_call","call_id":"c1","name":"add","arguments":"{}"},)"
                                   R"({"type":"message","content":[{"type":"output_text","text":"Hi"}]}])"));
  CHECK(last.deltas == "r:hm v:Hi t:add t:{}");
  CHECK(last.attempt.tool_calls == std::vector<ToolCall>{{"c1", "add", "{}"}});
  CHECK(last.attempt.notes.empty());
}

TEST_CASE("the rest of a text whose deltas were lost is told when it is finished") {
  const Read got = read_responses(
      kHiText + response_event("response.output_text.done", R"("output_index":0,"text":"Hi there")") +
      completed());
  CHECK(got.deltas == "v:Hi v: there");
  CHECK(got.attempt.text == "Hi there");
  CHECK(got.attempt.notes == Notes{"the deltas were not the whole answer; the finished one is kept"});
  const Read other = read_responses(
      kHiText + response_event("response.output_text.done", R"("output_index":0,"text":"Ho")") + completed());
  CHECK(other.deltas == "v:Hi");
  CHECK(other.attempt.text == "Ho");
}

TEST_CASE("reasoning as text and in summaries") {
  const auto summary = [](int part, const std::string& text) {
    return response_event(
        "response.reasoning_summary_text.delta",
        R"("output_index":0,"summary_index":)" + std::to_string(part) + R"(,"delta":")" + text + "\"");
  };
  const Read got = read_responses(
      summary(0, "first") + summary(1, "sec") + summary(1, "ond") +
      response_event("response.output_text.delta", R"("output_index":1,"delta":"Hi")") + completed());
  CHECK(got.deltas == "r:first r:sec r:ond v:Hi");
  CHECK(got.attempt.reasoning_text == "first\n\nsecond");
  CHECK(got.attempt.text == "Hi");

  const Read both = read_responses(
      response_event("response.reasoning_text.delta", R"("output_index":0,"delta":"all of it")") +
      summary(0, "short") + completed());
  CHECK(both.attempt.reasoning_text == "all of it");
}

TEST_CASE("calls of functions, and tools that the vendor runs") {
  const auto arguments = [](int index, const std::string& text) {
    return response_event("response.function_call_arguments.delta",
                          R"("output_index":)" + std::to_string(index) + R"(,"delta":")" + text + "\"");
  };
  const auto added = [](int index, const std::string& id) {
    return response_event("response.output_item.added",
                          R"("output_index":)" + std::to_string(index) +
                              R"(,"item":{"type":"function_call","id":"fc","call_id":")" + id +
                              R"(","name":"add","arguments":""})");
  };
  const std::string output =
      R"([{"type":"web_search_call","id":"w"},)"
      R"({"type":"function_call","call_id":"c1","name":"add","arguments":"{\"a\":1}"},)"
      R"({"type":"function_call","call_id":"c2","name":"add","arguments":"{}"}])";
  const Read got = read_responses(
      kResponseCreated + added(1, "c1") + arguments(1, R"({\"a\")") + added(2, "c2") + arguments(1, ":1}") +
      response_event("response.function_call_arguments.done", R"("output_index":1,"arguments":"{\"a\":1}")") +
      arguments(2, "{}") + completed(output));
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.tool_calls == std::vector<ToolCall>{{"c1", "add", R"({"a":1})"}, {"c2", "add", "{}"}});
  CHECK(got.deltas == R"(t:add t:{"a" t:add t::1} t:{})");
  CHECK(got.attempt.extra == R"({"web_search_calls":1})");
  CHECK(got.attempt.text.empty());
  CHECK(got.attempt.notes.empty());
  CHECK(read_responses(response_event("response.code_interpreter_call_code.delta", R"("delta":"print")") +
                       kHiText + completed())
            .deltas == "t:print v:Hi");
}

TEST_CASE("a refusal of the model") {
  const Read got = read_responses(
      response_event("response.refusal.delta", R"("output_index":0,"delta":"I can")") +
      response_event("response.refusal.delta", R"("output_index":0,"delta":"not")") + completed());
  CHECK(got.attempt.outcome == Outcome::refused);
  CHECK(got.attempt.text == "I cannot");
  CHECK(got.deltas == "v:I can v:not");
}

TEST_CASE("usage of Responses that is not told is unknown, and nonsense is skipped") {
  CHECK(read_responses(kHiText + completed()).attempt.usage == Usage{});
  CHECK(read_responses(kHiText + completed("[]", R"(,"usage":{"input_tokens":3,"output_tokens":0})"))
            .attempt.notes == Notes{"usage says 0 output tokens although text came"});
  const Read got = read_responses(
      kResponseCreated + "data: {{{\n\n" + "data: 7\n\n" +
      response_event("response.output_text.delta", R"("output_index":"x","delta":7)") +
      response_event("response.output_item.done", R"("output_index":0,"item":null)") +
      response_event("response.future.thing", R"("delta":null)") + kHiText + completed("null"));
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.notes == Notes{"2 malformed frames skipped"});
  CHECK(read_responses(response_event("response.completed", "")).attempt.outcome == Outcome::ok);
}

TEST_CASE("one whole response") {
  const auto whole = [](const std::string& members) {
    return read_responses(
        R"({"id":"r","object":"response","model":"m-2","service_tier":"flex","error":null,)" + members +
        R"(,"output":[{"type":"reasoning","content":[{"type":"reasoning_text","text":"hm"}],"summary":[]},)"
        R"({"type":"message","content":[{"type":"output_text","text":"H"},{"type":"output_text","text":"i"}]}])" +
        kResponsesUsage + "}");
  };
  const Read got = whole(R"("status":"completed")");
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.deltas == "r:hm v:Hi");
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.billing.served_model == "m-2");
  CHECK(got.attempt.billing.service_class == "flex");
  CHECK(got.count(Meter::reasoning) == 2);
  CHECK(got.attempt.notes == Notes{"answered with one JSON value although a stream was asked for"});
  CHECK(whole(R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"})")
            .attempt.finish_reason == "max_output_tokens");
  CHECK(whole(R"("status":"queued")").attempt.outcome == Outcome::stream_error);
  CHECK(whole(R"("status":"queued")").attempt.error_code == "queued");
  CHECK(whole(R"("background":false)").attempt.outcome == Outcome::ok);  // no status: some servers
  const Read failed = read_responses(
      R"({"object":"response","status":"failed","error":{"code":"server_error","message":"broke"},"output":[]})");
  CHECK(failed.attempt.outcome == Outcome::stream_error);
  CHECK(failed.attempt.error_code == "server_error");
  CHECK(read_responses(R"({"error":{"message":"no stream here","type":"oops"}})").attempt.error_code ==
        "oops");
}
