// Streams and whole answers of Chat Completions: framing, payload, choices.
#include <doctest/doctest.h>

#include <string>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

TEST_CASE("a stream as it should be") {
  const Read got = read(kRole + kHi + delta(R"("content":" there")") + kStop + kUsage + kDone);
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi there");
  CHECK(got.deltas == "v:Hi v: there");  // the role-only chunk is no payload
  CHECK(got.attempt.http_status == 200);
  CHECK(got.attempt.billing.served_model == "m-1");
  CHECK(count(got, Meter::fresh_input) == 6);
  CHECK(count(got, Meter::cache_read) == 4);
  CHECK_FALSE(count(got, Meter::cache_write_5m));
  CHECK(count(got, Meter::visible_output) == 3);
  CHECK(count(got, Meter::reasoning) == 2);
  CHECK(got.attempt.usage[Meter::reasoning]->provenance == Provenance::reported);
  CHECK(parse_json(got.attempt.raw_usage, "usage")["total_tokens"] == 15);
  CHECK(got.attempt.notes.empty());
}

TEST_CASE("framing that broke real clients") {
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
    return text;
  };
  const std::string plain = kRole + kHi + kStop + kUsage + kDone;
  check_hi(read(plain));
  check_hi(read(replaced(plain, "\n", "\r\n")));
  check_hi(read(replaced(plain, "\n", "\r")));
  check_hi(read(replaced(plain, "data: ", "data:")));
  check_hi(read("\xEF\xBB\xBF" + replaced(plain, "data: ", "event: message\nid: 3\nretry: 10\ndata: ")));
  check_hi(read(": keep-alive\n\n\n\n" + replaced(plain, "\n\n", "\n\n: ping\n\n")));
  check_hi(read(replaced(plain, R"(,"choices")", ",\ndata: \"choices\"")));
  check_hi(read(replaced(plain, "data: [DONE]\n\n", "data: [DONE] \n\n")));
  check_hi(read(replaced(plain, "data: [DONE]\n\n", "data:[DONE]\n\n")));
  check_hi(read("\n\n" + plain));
  check_hi(read("data:\n\ndata\n\n" + plain));

  const std::string odd =
      "a\xE2\x80\xA8"
      "b\xC2\x85\xF0\x9F\x98\x80";
  CHECK(read(kRole + delta(R"("content":")" + odd + "\"") + kStop + kDone).attempt.text == odd);
}

TEST_CASE("reasoning comes first, under either name or both") {
  const Read got =
      read(kRole + delta(R"("reasoning_content":"hm","content":null)") + delta(R"("reasoning":" so")") +
           delta(R"("reasoning":"!","reasoning_content":"!")") + kHi + kStop + kDone);
  CHECK(got.deltas == "r:hm r: so r:! v:Hi");
  CHECK(got.attempt.reasoning_text == "hm so!");
  CHECK(got.attempt.text == "Hi");
}

TEST_CASE("nulls and empty members are tolerated") {
  check_hi(read(
      frame(R"({"choices":null})") + frame(R"({"choices":[{"index":0,"delta":null}]})") +
      frame(R"({"choices":[{"delta":{}}]})") + delta(R"("tool_calls":null,"refusal":null)") +
      delta(R"("tool_calls":[],"content":null,"function_call":null)") + frame(R"({"choices":[7,null]})") +
      frame(R"({"choices":[],"error":null,"usage":null,"timings":null,"model":null})") + kHi +
      frame(R"({"choices":[{"index":0,"delta":{"content":""},"finish_reason":""}]})") + kStop + kDone));
}

TEST_CASE("tool calls come in pieces, by index") {
  const auto piece = [](int index, const std::string& members) {
    return delta(R"("tool_calls":[{"index":)" + std::to_string(index) + "," + members + "}]");
  };
  const Read got =
      read(kRole + piece(0, R"("id":"call_a","type":"function","function":{"name":"add","arguments":""})") +
           piece(0, R"("function":{"arguments":"{\"a\":"})") +
           piece(1, R"("id":"call_b","type":"function","function":{"name":"sub","arguments":"{}"})") +
           piece(0, R"("function":{"arguments":"1}"})") +
           frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + kDone);
  CHECK(got.attempt.tool_calls ==
        std::vector<ToolCall>{{"call_a", "add", "{\"a\":1}"}, {"call_b", "sub", "{}"}});
  CHECK(got.deltas == "t:add t:{\"a\": t:sub t:{} t:1}");
}

TEST_CASE("tool calls are payload, not text") {
  const Read got = read(
      kRole +
      delta(
          R"("tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"add","arguments":""}}])") +
      delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}])") +
      frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + kDone);
  CHECK(got.deltas == "t:add t:{\"a\":");
  CHECK(got.attempt.text.empty());
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.finish_reason == "tool_calls");
}

TEST_CASE("finish reasons and refusals") {
  const auto finished = [](const std::string& reason, const std::string& member = R"("content":"x")") {
    return read(delta(member) +
                frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":")" + reason + "\"}]}") + kDone);
  };
  CHECK(finished("length").attempt.outcome == Outcome::ok);
  CHECK(finished("length").attempt.finish_reason == "length");
  CHECK(finished("content_filter").attempt.outcome == Outcome::content_filter);
  const Read refused = finished("stop", R"("refusal":"I cannot")");
  CHECK(refused.attempt.outcome == Outcome::refused);
  CHECK(refused.attempt.text == "I cannot");
  CHECK(refused.deltas == "v:I cannot");
}

TEST_CASE("malformed frames between good ones are counted and skipped") {
  const Read got = read(kRole + frame("{\"choices\":[{\"index\":0,") + frame("{{{{") + kHi + kStop + kDone);
  check_hi(got);
  CHECK(got.attempt.notes == Notes{"2 malformed frames skipped"});
  // Words that only begin like JSON's own.
  for (const char* bad : {"nul", "nulll", "nil", "tru", "falsey", "NaN"}) {
    CAPTURE(bad);
    const std::string atom(bad);
    const Read one = read(
        kRole + frame("{\"choices\":" + atom + "}") + kHi + frame("{\"error\":" + atom + "}") +
        frame(R"({"choices":[{"index":0,"delta":{"content":)" + atom + "}}]}") + frame(atom) + kStop + kDone);
    check_hi(one);
    CHECK(one.attempt.notes == Notes{"4 malformed frames skipped"});
  }
  check_hi(read(frame("null") + kRole + frame("true") + kHi + kStop + kDone));
}

TEST_CASE("a whole answer although a stream was asked for") {
  const std::string json =
      R"({"id":"c1","object":"chat.completion","model":"m-1","service_tier":"default","system_fingerprint":"fp","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","reasoning_content":"hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}})";
  for (const std::string& body : {json, "\n\n \r\n" + json + "\n", "\xEF\xBB\xBF" + json}) {
    const Read got = read(Answer{200, {{"content-type", "application/json"}}, body});
    CHECK(got.attempt.outcome == Outcome::ok);
    CHECK(got.attempt.text == "Hi");
    CHECK(got.deltas == "r:hm v:Hi");
    CHECK(count(got, Meter::visible_output) == 5);
    CHECK(got.attempt.billing.service_class == "standard");
    CHECK(got.attempt.system_fingerprint == "fp");
    CHECK(got.attempt.notes ==
          std::vector<std::string>{"answered with one JSON value although a stream was asked for"});
  }
}

TEST_CASE("several choices are kept apart") {
  const auto piece = [](int index, const std::string& text, const std::string& reason) {
    return frame(R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{"content":")" + text +
                 R"("},"finish_reason":)" + reason + "}]}");
  };
  const Read got = read(piece(1, "B", "null") + piece(0, "A", "null") + piece(1, "b", "\"stop\"") +
                        piece(0, "a", "\"stop\"") + kDone);
  CHECK(got.attempt.text == "Aa");
  CHECK(got.deltas == "v:A v:a");
  CHECK(got.attempt.notes == std::vector<std::string>{"2 choices; the first is kept"});
  // One choice has not finished: the stream is not whole.
  CHECK(read(piece(0, "A", "\"stop\"") + piece(1, "B", "null")).attempt.outcome == Outcome::truncated);
}

TEST_CASE("a frame of 10 MB") {
  const std::string long_text(10'000'000, 'x');
  const Read got = read_in(make_compatible_dialect()->reader(),
                           Answer{200, {}, delta(R"("content":")" + long_text + "\"") + kStop + kDone}, 1000);
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == long_text);
}

TEST_CASE("an event beyond the limit ends the reading") {
  const Read got =
      read_in(make_compatible_dialect()->reader(),
              Answer{200, {}, "data: " + std::string((std::size_t{64} << 20) + 1, 'x')}, 1 << 20);
  CHECK(got.attempt.outcome == Outcome::protocol);
  CHECK(got.attempt.error_message == "an event is longer than 67108864 bytes");
}
