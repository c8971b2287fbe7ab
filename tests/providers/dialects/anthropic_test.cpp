// Answers of the Messages dialect, written by hand.
#include "providers/dialects/anthropic.h"

#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/providers/dialects/read_answer.h"
#include "tests/providers/dialects/requests.h"

using namespace costwar;

namespace {

Read read_messages(const std::string& body, End end = End::ok) {
  return read_answer(
      [] { return make_anthropic_dialect()->reader(); },
      Answer{200, {{"content-type", "text/event-stream"}, {"request-id", "req_1"}}, body, end});
}

std::string message_event(const std::string& type, const std::string& members = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.empty() ? "" : "," + members) +
         "}\n\n";
}
std::string start(const std::string& usage) {
  return message_event(
      "message_start",
      R"("message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5","content":[],)"
      R"("stop_reason":null,"usage":)" +
          usage + "}");
}
std::string block(int index, const std::string& content) {
  return message_event("content_block_start",
                       R"("index":)" + std::to_string(index) + R"(,"content_block":)" + content);
}
std::string delta(int index, const std::string& members) {
  return message_event("content_block_delta",
                       R"("index":)" + std::to_string(index) + R"(,"delta":{)" + members + "}");
}
std::string stop(const std::string& reason, const std::string& more = R"(,"usage":{"output_tokens":9})") {
  return message_event("message_delta",
                       R"("delta":{"stop_reason":")" + reason + R"(","stop_sequence":null})" + more);
}

const std::string kMessageStart =
    start(R"({"input_tokens":10,"cache_creation_input_tokens":6,"cache_read_input_tokens":4,)"
          R"("cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":4},)"
          R"("output_tokens":1,"service_tier":"standard","inference_geo":"us"})");
const std::string kText = block(0, R"({"type":"text","text":""})");
const std::string kHiDelta = delta(0, R"("type":"text_delta","text":"Hi")");
const std::string kBlockStop = message_event("content_block_stop", R"("index":0)");
const std::string kMessageStop = message_event("message_stop");

}  // namespace

TEST_CASE("a stream of Messages as it should be") {
  const Read got = read_messages(
      kMessageStart + message_event("ping") + kText + kHiDelta +
      delta(0, R"("type":"text_delta","text":" there")") + kBlockStop +
      stop("end_turn", R"(,"usage":{"output_tokens":9,"output_tokens_details":{"thinking_tokens":2}})") +
      kMessageStop);
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi there");
  CHECK(got.deltas == "v:Hi v: there");
  CHECK(got.attempt.finish_reason == "end_turn");
  CHECK(got.attempt.request_id == "req_1");
  CHECK(got.attempt.billing.served_model == "claude-opus-5");
  CHECK(got.attempt.billing.service_class == "standard");
  CHECK(got.attempt.billing.region == "us");
  CHECK(got.count(Meter::fresh_input) == 10);
  CHECK(got.count(Meter::cache_read) == 4);
  CHECK(got.count(Meter::cache_write_5m) == 2);
  CHECK(got.count(Meter::cache_write_1h) == 4);
  CHECK(got.count(Meter::visible_output) == 7);
  CHECK(got.count(Meter::reasoning) == 2);
  CHECK(
      got.attempt.raw_usage ==
      R"({"input_tokens":10,"cache_creation_input_tokens":6,"cache_read_input_tokens":4,)"
      R"("cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":4},)"
      R"("output_tokens":9,"service_tier":"standard","inference_geo":"us","output_tokens_details":{"thinking_tokens":2}})");
  CHECK(got.attempt.notes.empty());
}

TEST_CASE("later usage replaces, never adds") {
  const auto told = [](const std::string& first, const std::string& last) {
    return read_messages(start(first) + kText + kHiDelta + stop("end_turn", R"(,"usage":)" + last) +
                         kMessageStop);
  };
  const std::string first = R"({"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":3})";
  SUBCASE("counts that come again") {
    const Read got = told(first, R"({"input_tokens":12,"cache_read_input_tokens":null,"output_tokens":9})");
    CHECK(got.count(Meter::fresh_input) == 12);
    CHECK(got.count(Meter::cache_read) == 4);
    CHECK(got.count(Meter::visible_output) == 9);
  }
  SUBCASE("two message_deltas") {
    const Read got =
        read_messages(start(first) + kText + kHiDelta + stop("tool_use", R"(,"usage":{"output_tokens":5})") +
                      stop("end_turn") + kMessageStop);
    CHECK(got.count(Meter::visible_output) == 9);
    CHECK(got.attempt.finish_reason == "end_turn");
  }
  SUBCASE("the split of cache writes holds for the number it came with") {
    const std::string split =
        R"({"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":6,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":6}})";
    CHECK(
        told(split, R"({"output_tokens":9,"cache_creation_input_tokens":6})").count(Meter::cache_write_1h) ==
        6);
    const Read grown = told(split, R"({"output_tokens":9,"cache_creation_input_tokens":8})");
    CHECK(grown.count(Meter::cache_write_5m) == 8);
    CHECK_FALSE(grown.count(Meter::cache_write_1h));
    CHECK(grown.attempt.notes.empty());
  }
  SUBCASE("web searches, and a region that is none") {
    const Read got = told(R"({"input_tokens":1,"output_tokens":1,"inference_geo":"global"})",
                          R"({"output_tokens":9,"server_tool_use":{"web_search_requests":3}})");
    CHECK(got.count(Meter::web_searches) == 3);
    CHECK(got.attempt.billing.region.empty());
    CHECK(got.attempt.billing.service_class.empty());
    CHECK(told(R"({"input_tokens":1,"output_tokens":1,"service_tier":"standard","speed":"fast"})",
               R"({"output_tokens":9})")
              .attempt.billing.service_class == "fast");
    CHECK(told(R"({"input_tokens":1,"output_tokens":1,"service_tier":"batch","speed":"standard"})",
               R"({"output_tokens":9})")
              .attempt.billing.service_class == "batch");
  }
  SUBCASE("none") {
    const Read got = read_messages(message_event("message_start", R"("message":{"model":"m"})") + kText +
                                   kHiDelta + stop("end_turn", "") + kMessageStop);
    CHECK(got.attempt.usage == Usage{});
    CHECK(got.attempt.raw_usage.empty());
  }
  SUBCASE("more thinking than output") {
    const Read got = told(first, R"({"output_tokens":9,"output_tokens_details":{"thinking_tokens":10}})");
    CHECK(got.attempt.usage == Usage{});
    CHECK(got.attempt.notes == Notes{"usage rejected: output_tokens 9 is less than thinking_tokens 10"});
  }
}

TEST_CASE("how streams of Messages end") {
  const auto outcome = [](const std::string& body, End end = End::ok) {
    return read_messages(body, end).attempt.outcome;
  };
  const std::string whole = kMessageStart + kText + kHiDelta + kBlockStop + stop("end_turn") + kMessageStop;
  CHECK(outcome(whole) == Outcome::ok);
  CHECK(outcome(whole, End::connection_lost) == Outcome::ok);
  CHECK(outcome(kMessageStart + kText + kHiDelta + kBlockStop + stop("end_turn")) ==
        Outcome::truncated);  // no message_stop
  CHECK(outcome(kMessageStart) == Outcome::truncated);
  CHECK(outcome(message_event("ping")) == Outcome::protocol);
  CHECK(outcome(message_event("ping") + kMessageStop) == Outcome::protocol);
  CHECK(outcome("") == Outcome::queued_never_started);
  CHECK(outcome(kMessageStart + kText + kHiDelta, End::timed_out) == Outcome::timed_out);

  // What a broken stream used is known but for its output, of which the start has a placeholder.
  const Read cut = read_messages(kMessageStart + kText + kHiDelta, End::connection_lost);
  CHECK(cut.attempt.outcome == Outcome::truncated);
  CHECK(cut.attempt.text == "Hi");
  CHECK(cut.count(Meter::fresh_input) == 10);
  CHECK_FALSE(cut.count(Meter::visible_output));
  CHECK(cut.attempt.notes == Notes{"the stream broke before it told the output tokens"});
  CHECK(parse_json(cut.attempt.raw_usage, "usage")["output_tokens"] == 1);

  SUBCASE("an error in the stream") {
    const Read got = read_messages(
        kMessageStart + kText + kHiDelta +
        message_event("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})"));
    CHECK(got.attempt.outcome == Outcome::stream_error);
    CHECK(got.attempt.error_code == "overloaded_error");
    CHECK(got.attempt.error_message == "Overloaded");
    CHECK(got.attempt.advice.overloaded);
    CHECK(got.attempt.text == "Hi");
    CHECK(read_messages(message_event("error", R"("message":"bare")")).attempt.error_message == "bare");
    CHECK_FALSE(
        read_messages(message_event("error", R"("error":{"type":"api_error"})")).attempt.advice.overloaded);
  }
  SUBCASE("stop reasons") {
    const auto stopped = [](const std::string& reason) {
      return read_messages(kMessageStart + kText + kHiDelta + stop(reason) + kMessageStop).attempt;
    };
    for (const char* reason : {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn",
                               "model_context_window_exceeded"}) {
      CAPTURE(reason);
      CHECK(stopped(reason).outcome == Outcome::ok);
      CHECK(stopped(reason).finish_reason == reason);
    }
    CHECK(stopped("refusal").outcome == Outcome::refused);
    const Read refused = read_messages(
        kMessageStart + kText + kHiDelta +
        message_event(
            "message_delta",
            R"("delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"bio","explanation":"no"}})") +
        kMessageStop);
    CHECK(refused.attempt.outcome == Outcome::refused);
    CHECK(refused.attempt.error_code == "bio");
    CHECK(refused.attempt.error_message == "no");
  }
}

TEST_CASE("thinking, shown and encrypted") {
  const Read got =
      read_messages(kMessageStart + block(0, R"({"type":"thinking","thinking":"","signature":""})") +
                    delta(0, R"("type":"thinking_delta","thinking":"hm")") +
                    delta(0, R"("type":"signature_delta","signature":"c2ln")") + kBlockStop +
                    block(1, R"({"type":"redacted_thinking","data":"c2VjcmV0"})") +
                    block(2, R"({"type":"text","text":"H"})") +
                    delta(2, R"("type":"text_delta","text":"i")") + stop("end_turn") + kMessageStop);
  CHECK(got.deltas == "r:hm v:H v:i");
  CHECK(got.attempt.reasoning_text == "hm");
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.notes == Notes{"1 block of thinking came encrypted"});
}

TEST_CASE("tools of the caller and of the vendor") {
  const auto json = [](int index, const std::string& piece) {
    return delta(index, R"("type":"input_json_delta","partial_json":")" + piece + "\"");
  };
  const Read got = read_messages(
      kMessageStart + block(0, R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})") +
      json(0, R"({\"q\":1})") + block(1, R"({"type":"tool_use","id":"t1","name":"add","input":{}})") +
      json(1, "") + json(1, R"({\"a\":)") +
      block(2, R"({"type":"tool_use","id":"t2","name":"now","input":{}})") + json(1, "1}") +
      block(3, R"({"type":"tool_use","id":"t3","name":"add","input":{"a":2}})") + stop("tool_use") +
      kMessageStop);
  CHECK(got.attempt.tool_calls ==
        std::vector<ToolCall>{{"t1", "add", R"({"a":1})"}, {"t2", "now", ""}, {"t3", "add", R"({"a":2})"}});
  CHECK(got.deltas == R"(t:{"q":1} t:add t:{"a": t:now t:1} t:add t:{"a":2})");
  CHECK(got.attempt.text.empty());
  CHECK(got.attempt.outcome == Outcome::ok);
}

TEST_CASE("the model that answered in another's place") {
  const auto answered = [](const std::string& fallback) {
    return read_messages(
               kMessageStart +
               block(0, R"({"type":"fallback","from":{"model":"claude-opus-5"},"to":)" + fallback + "}") +
               block(1, R"({"type":"text","text":"Hi"})") + stop("end_turn") + kMessageStop)
        .attempt.billing.served_model;
  };
  CHECK(answered(R"({"model":"claude-sonnet-5"})") == "claude-sonnet-5");
  CHECK(answered("null") == "claude-opus-5");
}

TEST_CASE("nonsense in a stream of Messages") {
  const Read got = read_messages(
      kMessageStart + "data: {{{\n\n" + message_event("content_block_start", R"("content_block":null)") +
      message_event("content_block_delta", R"("index":"x","delta":7)") +
      delta(9, R"("type":"input_json_delta","partial_json":7)") +
      delta(0, R"("type":"future_delta","text":"no")") + message_event("future_event") + kText + kHiDelta +
      message_event("message_delta", R"("delta":null,"usage":null)") + stop("end_turn") + kMessageStop);
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.notes == Notes{"1 malformed frame skipped"});
}

TEST_CASE("one whole message") {
  const Read got = read_messages(
      R"({"id":"msg_1","type":"message","model":"claude-opus-5","stop_reason":"tool_use","content":[)"
      R"({"type":"thinking","thinking":"hm"},{"type":"text","text":"Hi"},)"
      R"({"type":"tool_use","id":"t1","name":"add","input":{"a":1}}],)"
      R"("usage":{"input_tokens":10,"output_tokens":9,"service_tier":"priority"}})");
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.deltas == R"(r:hm v:Hi t:add t:{"a":1})");
  CHECK(got.attempt.tool_calls == std::vector<ToolCall>{{"t1", "add", R"({"a":1})"}});
  CHECK(got.attempt.finish_reason == "tool_use");
  CHECK(got.attempt.billing.service_class == "priority");
  CHECK(got.count(Meter::fresh_input) == 10);
  CHECK(got.count(Meter::visible_output) == 9);
  CHECK(got.attempt.raw_usage == R"({"input_tokens":10,"output_tokens":9,"service_tier":"priority"})");
  const Read error = read_messages(R"({"type":"error","error":{"type":"api_error","message":"broke"}})");
  CHECK(error.attempt.outcome == Outcome::stream_error);
  CHECK(error.attempt.error_code == "api_error");
}

TEST_CASE("error statuses of Messages") {
  const auto status = [](int code, const std::string& body) {
    return read_answer([] { return make_anthropic_dialect()->reader(); }, Answer{code, {}, body}).attempt;
  };
  const Attempt overloaded =
      status(529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
  CHECK(overloaded.outcome == Outcome::capacity);
  CHECK(overloaded.error_code == "overloaded_error");
  CHECK(overloaded.error_message == "Overloaded");
  CHECK(status(402, "{}").outcome == Outcome::money);
  CHECK(status(401, R"({"type":"error","error":{"type":"authentication_error","message":"x"}})").outcome ==
        Outcome::auth);
}
