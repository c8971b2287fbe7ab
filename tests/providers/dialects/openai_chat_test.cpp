// The dialect against bytes written by hand; each answer is read whole and in pieces of one byte, with one
// result.
#include "providers/dialects/openai_chat.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/json.h"

using namespace costwar;
using End = HttpEnd::Kind;

namespace {

struct Read {
  Attempt attempt;
  std::string deltas;  // r:..., v:..., t:... of each piece, joined with ' '
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body;
  End end = End::ok;
};

Read read_in(const Answer& answer, std::size_t piece) {
  const auto reader = make_openai_chat_dialect({})->reader();
  Read out;
  const auto hear = [&](CallEvent::Kind kind, std::string_view text) {
    if (!out.deltas.empty()) out.deltas += ' ';
    out.deltas += std::array{'r', 'v', 't'}[static_cast<std::size_t>(kind)];
    out.deltas += ':';
    out.deltas += text;
  };
  if (answer.status != 0) reader->head(HttpHead{answer.status, answer.headers}, Wall{});
  const std::string_view bytes = answer.body;
  for (std::size_t at = 0; at < bytes.size(); at += piece) reader->bytes(bytes.substr(at, piece), hear);
  const std::string message = answer.end == End::ok ? "" : "connection reset by peer";
  out.attempt = reader->finish(HttpEnd{answer.end, message, 100, false}, hear);
  return out;
}

Read read(const Answer& answer) {
  Read whole = read_in(answer, answer.body.size() + 1);
  const Read bytewise = read_in(answer, 1);
  CHECK(whole.deltas == bytewise.deltas);
  CHECK(whole.attempt.outcome == bytewise.attempt.outcome);
  CHECK(whole.attempt.text == bytewise.attempt.text);
  CHECK(whole.attempt.reasoning_text == bytewise.attempt.reasoning_text);
  CHECK(whole.attempt.usage == bytewise.attempt.usage);
  CHECK(whole.attempt.notes == bytewise.attempt.notes);
  CHECK(whole.attempt.error_message == bytewise.attempt.error_message);
  return whole;
}

Read read(const std::string& body, End end = End::ok) {
  return read(Answer{200, {{"content-type", "text/event-stream; charset=utf-8"}}, body, end});
}

std::string frame(const std::string& json) {
  return "data: " + json + "\n\n";
}
std::string delta(const std::string& members) {
  return frame(
      R"({"id":"c1","object":"chat.completion.chunk","model":"m-1","choices":[{"index":0,"delta":{)" +
      members + R"(},"finish_reason":null}]})");
}
const std::string kRole = delta(R"("role":"assistant","content":"")");
const std::string kHi = delta(R"("content":"Hi")");
const std::string kStop =
    frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})");
const std::string kUsage = frame(
    R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}})");
const std::string kDone = "data: [DONE]\n\n";

std::optional<std::int64_t> count(const Read& got, Meter meter) {
  const auto& value = got.attempt.usage[meter];
  return value ? std::optional(value->value) : std::nullopt;
}

void check_hi(const Read& got) {
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.finish_reason == "stop");
  CHECK(got.deltas == "v:Hi");
}

}  // namespace

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

TEST_CASE("usage wherever it comes, and none is unknown, not zero") {
  const auto with_usage = [](int output) {
    return R"("usage":{"prompt_tokens":10,"completion_tokens":)" + std::to_string(output) + "}";
  };
  const auto chunk = [&](int output, const std::string& reason) {
    return frame(R"({"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":)" + reason + "}]," +
                 with_usage(output) + "}");
  };
  SUBCASE("on the chunk that finishes") {
    CHECK(count(read(kRole + chunk(7, "\"stop\"") + kDone), Meter::visible_output) == 7);
  }
  SUBCASE("on every chunk: the last one counts") {
    const Read got = read(chunk(1, "null") + chunk(2, "null") + chunk(3, "\"stop\"") + kDone);
    CHECK(count(got, Meter::visible_output) == 3);
    CHECK(got.attempt.notes.empty());
  }
  SUBCASE("falling is said") {
    CHECK(read(chunk(3, "null") + chunk(2, "\"stop\"") + kDone).attempt.notes ==
          std::vector<std::string>{"usage fell from one chunk to a later one; the last counts"});
  }
  SUBCASE("none") {
    const Read got = read(kRole + kHi + kStop + kDone);
    CHECK(got.attempt.usage == Usage{});
    CHECK(got.attempt.raw_usage.empty());
  }
  SUBCASE("what does not add up is rejected and kept raw") {
    const Read got =
        read(kHi + kStop +
             frame(R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":99}})") +
             kDone);
    CHECK(got.attempt.outcome == Outcome::ok);
    CHECK(got.attempt.usage == Usage{});
    CHECK(got.attempt.notes ==
          std::vector<std::string>{
              "usage rejected: total_tokens 99 differs from prompt_tokens 10 + completion_tokens 5 = 15"});
    CHECK_FALSE(got.attempt.raw_usage.empty());
  }
  SUBCASE("DeepSeek's cache fields, null details, numbers printed as 5.0") {
    const Read got = read(
        kHi + kStop +
        frame(
            R"({"choices":[],"usage":{"prompt_tokens":10.0,"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2}})") +
        kDone);
    CHECK(count(got, Meter::cache_read) == 8);
    CHECK(count(got, Meter::fresh_input) == 2);
    CHECK_FALSE(count(got, Meter::reasoning));
  }
  SUBCASE("a gateway's second name for a count, with 0 where it is not used, hides nothing") {
    const Read got = read(
        kHi + kStop +
        frame(
            R"({"choices":[],"usage":{"input_tokens":0,"prompt_tokens":10,"completion_tokens":5,"output_tokens":0,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},"input_tokens_details":{"cached_tokens":0},"cost_details":{"total_tokens":77},"promptTokenCount":99}})") +
        kDone);
    CHECK(count(got, Meter::fresh_input) == 6);
    CHECK(count(got, Meter::cache_read) == 4);
    CHECK(count(got, Meter::visible_output) == 5);
    CHECK(got.attempt.notes.empty());
  }
  SUBCASE("cached tokens beside the prompt tokens, without details") {
    const Read got =
        read(kHi + kStop +
             frame(R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"cached_tokens":4}})") +
             kDone);
    CHECK(count(got, Meter::fresh_input) == 6);
    CHECK(count(got, Meter::cache_read) == 4);
  }
  SUBCASE("llama-server's timings stand in where there is no usage") {
    const Read got = read(
        kHi +
        frame(
            R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"timings":{"cache_n":3,"prompt_n":7,"prompt_ms":1.5,"predicted_n":2}})") +
        kDone);
    CHECK(count(got, Meter::fresh_input) == 7);
    CHECK(count(got, Meter::cache_read) == 3);
    CHECK(got.attempt.usage[Meter::visible_output] == Count{2, Provenance::timings});
    CHECK(parse_json(got.attempt.extra, "extra")["timings"]["prompt_ms"] == 1.5);
  }
  SUBCASE("zero tokens with text is said") {
    CHECK(read(chunk(0, "\"stop\"") + kDone).attempt.notes ==
          std::vector<std::string>{"usage says 0 output tokens although text came"});
  }
}

TEST_CASE("nulls and empty members are tolerated") {
  check_hi(read(
      frame(R"({"choices":null})") + frame(R"({"choices":[{"index":0,"delta":null}]})") +
      frame(R"({"choices":[{"delta":{}}]})") + delta(R"("tool_calls":null,"refusal":null)") +
      delta(R"("tool_calls":[],"content":null,"function_call":null)") + frame(R"({"choices":[7,null]})") +
      frame(R"({"choices":[],"error":null,"usage":null,"timings":null,"model":null})") + kHi +
      frame(R"({"choices":[{"index":0,"delta":{"content":""},"finish_reason":""}]})") + kStop + kDone));
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
  CHECK(read(kHi + frame(R"({"error":{"message":"x"}})")).attempt.text == "Hi");
  CHECK(read(frame(R"({"error":{"code":"insufficient_quota"}})")).attempt.advice.quota_gone);
}

TEST_CASE("how streams end") {
  const auto outcome = [](const std::string& body, End end = End::ok) {
    return read(body, end).attempt.outcome;
  };
  const auto notes = [](const std::string& body, End end = End::ok) { return read(body, end).attempt.notes; };
  using Notes = std::vector<std::string>;

  CHECK(outcome(kRole + kHi) == Outcome::truncated);
  CHECK(outcome(kRole) == Outcome::truncated);
  CHECK(outcome(kRole + kHi, End::connection_lost) == Outcome::truncated);
  CHECK(outcome(kRole + kHi, End::timed_out) == Outcome::timed_out);
  CHECK(outcome(kRole + kHi, End::cancelled) == Outcome::cancelled);
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
  CHECK(got.attempt.notes == std::vector<std::string>{"2 malformed frames skipped"});
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
  const Read got = read_in(Answer{200, {}, delta(R"("content":")" + long_text + "\"") + kStop + kDone}, 1000);
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == long_text);
}

TEST_CASE("an event beyond the limit ends the reading") {
  const Read got =
      read_in(Answer{200, {}, "data: " + std::string((std::size_t{64} << 20) + 1, 'x')}, 1 << 20);
  CHECK(got.attempt.outcome == Outcome::protocol);
  CHECK(got.attempt.error_message == "an event is longer than 67108864 bytes");
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

TEST_CASE("no answer at all") {
  const auto without = [](End end) { return read(Answer{0, {}, "", end}).attempt; };
  CHECK(without(End::connect_failed).outcome == Outcome::network);
  CHECK(without(End::tls_failed).outcome == Outcome::network);
  CHECK(without(End::timed_out).outcome == Outcome::timed_out);
  CHECK(without(End::cancelled).outcome == Outcome::cancelled);
  CHECK(without(End::refused).outcome == Outcome::config);
  CHECK(without(End::failed).outcome == Outcome::protocol);
  const Attempt lost = without(End::connection_lost);
  CHECK(lost.outcome == Outcome::network);
  CHECK(lost.notes == std::vector<std::string>{"the request left without an answer: it may be billed"});
  CHECK(lost.usage == Usage{});
}

TEST_CASE("requests") {
  ChatRequest request;
  request.model = "m-1";
  request.messages = {{Role::system, "be short"}, {Role::user, "2+2? \"\xC3\xA9\""}};
  const auto body = [&](const OpenAiChatOptions& options) {
    const EncodedRequest encoded = make_openai_chat_dialect(options)->encode(request);
    CHECK(encoded.path == "/chat/completions");
    return encoded.body;
  };

  CHECK(
      body({}) ==
      R"({"model":"m-1","messages":[{"role":"system","content":"be short"},{"role":"user","content":"2+2? \"é\""}],)"
      R"("stream":true,"stream_options":{"include_usage":true}})");

  request.max_output_tokens = 64;
  request.temperature = 0.0;
  request.top_p = 0.5;
  request.seed = 18446744073709551615U;
  request.stop = {"\n"};
  request.effort = "high";
  CHECK(parse_json(body({}), "body") ==
        parse_json(R"({"model":"m-1","messages":[{"role":"system","content":"be short"},
    {"role":"user","content":"2+2? \"é\""}],"max_tokens":64,"temperature":0.0,"top_p":0.5,"seed":18446744073709551615,
    "stop":["\n"],"reasoning_effort":"high","stream":true,"stream_options":{"include_usage":true}})",
                   "expected"));

  OpenAiChatOptions openai;
  openai.max_completion_tokens = true;
  openai.can_hide_obfuscation = true;
  const Json modern = parse_json(body(openai), "body");
  CHECK(modern["max_completion_tokens"] == 64);
  CHECK_FALSE(modern.contains("max_tokens"));
  CHECK(modern["stream_options"]["include_obfuscation"] == false);

  OpenAiChatOptions deepseek;
  deepseek.effort_style = OpenAiChatOptions::EffortStyle::thinking;
  deepseek.takes_seed = false;
  const Json thinking = parse_json(body(deepseek), "body");
  CHECK(thinking["thinking"]["type"] == "enabled");
  CHECK(thinking["reasoning_effort"] == "high");
  CHECK_FALSE(thinking.contains("seed"));
  request.effort = "none";
  const Json off = parse_json(body(deepseek), "body");
  CHECK(off["thinking"]["type"] == "disabled");
  CHECK_FALSE(off.contains("reasoning_effort"));
}

TEST_CASE("what cannot be sent is refused before") {
  constexpr std::array<std::string_view, 2> kEfforts{"low", "high"};
  OpenAiChatOptions options;
  options.efforts = kEfforts;
  const auto dialect = make_openai_chat_dialect(options);
  ChatRequest request;
  request.model = "m";
  request.messages = {{Role::user, "hello"}};
  CHECK_FALSE(dialect->check(request));
  request.effort = "high";
  CHECK_FALSE(dialect->check(request));
  request.effort = "ultra";
  CHECK(dialect->check(request)->message == "the API knows no effort 'ultra'");
  CHECK(dialect->check(request)->hint == "one of low, high");
  request.effort.reset();
  request.messages[0].content = "\xFF";
  CHECK(dialect->check(request)->message == "a message is not valid UTF-8");
  request.messages[0].content = "x";
  request.stop = {"\xC3"};
  CHECK(dialect->check(request)->message == "a stop text is not valid UTF-8");
  request.stop.clear();
  request.max_output_tokens = 0;
  CHECK(dialect->check(request)->message == "0 output tokens cannot be asked for");
  request.max_output_tokens.reset();
  request.messages.clear();
  CHECK(dialect->check(request));
  request.model.clear();
  CHECK(dialect->check(request));
}
