#include "tests/support/wire_scripts.h"

#include <fmt/format.h>

#include <algorithm>

namespace costwar {
namespace {

using End = WireScript::End;

// One chunk of a completion by the model "m".
std::string chunk_json(const std::string& delta, const std::string& reason = "null",
                       const std::string& more = "") {
  return R"({"id":"c-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{)" +
         delta + R"(},"finish_reason":)" + reason + "}]" + more + "}";
}
std::string content(const std::string& text) {
  return chunk_json(R"("content":")" + text + '"');
}
std::string event(const std::string& data) {
  return "data: " + data + "\n\n";
}

const std::string kUsage = R"("usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12})";
const std::string kRole = event(chunk_json(R"("role":"assistant","content":"")"));
const std::string kText = event(content("Hello")) + event(content(", world"));
const std::string kStop = event(chunk_json("", R"("stop")"));
const std::string kUsageChunk =
    event(R"({"id":"c-1","object":"chat.completion.chunk","model":"m","choices":[],)" + kUsage + "}");
const std::string kDone = "data: [DONE]\n\n";
const std::string kAnswer = kRole + kText + kStop + kUsageChunk + kDone;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

WireExpectation told(std::string text, std::string deltas) {
  WireExpectation expected;
  expected.text = std::move(text);
  expected.deltas = std::move(deltas);
  return expected;
}

WireExpectation noted(std::string note) {
  WireExpectation expected;
  expected.note = std::move(note);
  return expected;
}

// An end that is no success; what came before it stays.
WireExpectation broken(Outcome outcome, std::string text, std::string deltas, std::string code = {}) {
  WireExpectation expected = told(std::move(text), std::move(deltas));
  expected.outcome = outcome;
  expected.error_code = std::move(code);
  expected.prompt_tokens = expected.output_tokens = std::nullopt;
  return expected;
}

void framing(std::vector<WireScript>& out) {
  out.push_back({1, "an event split anywhere",
                 event(content("H\u00e9llo")) + event(content("\U0001F600")) + kStop + kUsageChunk + kDone,
                 told("H\u00e9llo\U0001F600", "v:H\u00e9llo v:\U0001F600")});
  out.push_back({2, "many events in one read", kAnswer});
  out.push_back({3, "CR LF line ends", replaced(kAnswer, "\n", "\r\n")});
  out.push_back({3, "lone CR line ends", replaced(kAnswer, "\n", "\r")});
  out.push_back({4, "no space after data:", replaced(kAnswer, "data: ", "data:")});
  out.push_back(
      {5, "line separators within a string",
       event(content("Hello\u2028")) + event(content("\u0085\u2029world")) + kStop + kUsageChunk + kDone,
       told("Hello\u2028\u0085\u2029world", "v:Hello\u2028 v:\u0085\u2029world")});
  out.push_back({6, "keep-alive comments and blank lines",
                 ": keep-alive\n\n\n\n" + replaced(kAnswer, "data: ", ":\n: ping\ndata: ")});
  WireScript blanks{
      6,
      "blank lines before one JSON answer",
      "\n\n \r\n"
      R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello, world"},"finish_reason":"stop"}],)" +
          kUsage + "}",
      noted("one JSON value"),
      200,
      "OK",
      {{"content-type", "application/json"}}};
  blanks.expected.deltas = "v:Hello, world";
  out.push_back(blanks);
  out.push_back({7, "byte order mark, event, id and retry lines, several data lines",
                 "\xEF\xBB\xBFretry: 3000\nid: 1\nevent: message\n" +
                     replaced(kAnswer, R"("object")", "\ndata: \"object\"")});
}

void payload(std::vector<WireScript>& out) {
  out.push_back({8, "role-only and empty chunks first",
                 event(chunk_json(R"("role":"assistant")")) + event(chunk_json(R"("content":"")")) + kText +
                     kStop + kUsageChunk + kDone});
  for (const std::string name : {"reasoning_content", "reasoning"}) {
    WireScript script{9, name + " before the text",
                      event(chunk_json('"' + name + R"(":"hm")")) +
                          event(chunk_json('"' + name + R"(":"m","content":null)")) + kText + kStop +
                          kUsageChunk + kDone};
    script.expected.reasoning = "hmm";
    script.expected.deltas = "r:hm r:m v:Hello v:, world";
    out.push_back(script);
  }
  WireScript both{9, "the same reasoning under both names",
                  event(chunk_json(R"("reasoning_content":"hm","reasoning":"hm")")) + kText + kStop +
                      kUsageChunk + kDone};
  both.expected.reasoning = "hm";
  both.expected.deltas = "r:hm v:Hello v:, world";
  out.push_back(both);
  out.push_back({10, "usage with empty choices", kText + kStop + kUsageChunk + kDone});
  out.push_back({11, "usage on the chunk that finishes",
                 kText + event(chunk_json("", R"("stop")", "," + kUsage)) + kDone});
  out.push_back(
      {12, "cumulative usage on every chunk",
       event(chunk_json(R"("content":"Hello")", "null",
                        R"(,"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9})")) +
           event(chunk_json(R"("content":", world")", "null",
                            R"(,"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11})")) +
           event(chunk_json("", R"("stop")", "," + kUsage)) + kDone});
  out.push_back({13, "null and empty members",
                 event(R"({"choices":null})") + event(chunk_json(R"("content":"Hello","tool_calls":null)")) +
                     event(chunk_json("")) +
                     event(chunk_json(R"("content":", world","tool_calls":[],"function_call":null)")) +
                     kStop + kUsageChunk + kDone});
}

void ends(std::vector<WireScript>& out) {
  const std::string error =
      R"({"error":{"message":"engine died","type":"server_error","code":"engine_dead"}})";
  out.push_back({14, "an error object in the stream", kRole + event(content("Hello")) + event(error) + kDone,
                 broken(Outcome::stream_error, "Hello", "v:Hello", "engine_dead")});
  out.push_back({14, "an event named error",
                 kRole + event(content("Hello")) + "event: error\n" +
                     event(R"({"code":"engine_dead","message":"engine died"})"),
                 broken(Outcome::stream_error, "Hello", "v:Hello", "engine_dead")});
  WireExpectation unmarked = noted("ended without [DONE]");
  out.push_back({15, "the end without [DONE]", kText + kStop + kUsageChunk, unmarked});
  out.push_back({15, "the end without a finish reason", kText,
                 broken(Outcome::truncated, "Hello, world", "v:Hello v:, world")});
  out.push_back({15,
                 "[DONE] in the middle, then a broken connection",
                 event(content("Hello")) + kDone,
                 broken(Outcome::truncated, "Hello", "v:Hello"),
                 200,
                 "OK",
                 {{"content-type", "text/event-stream"}},
                 End::close});
  out.push_back({16, "[DONE] without its blank line", kText + kStop + kUsageChunk + "data: [DONE]",
                 noted("without its blank line")});
  out.push_back({16, "the last JSON without its blank line",
                 kText + kUsageChunk + "data: " + chunk_json("", R"("stop")") + "\n",
                 noted("without its blank line")});
  out.push_back({17, "[DONE] and a blank", kText + kStop + kUsageChunk + "data: [DONE] \n\n"});
  out.push_back({17, "data:[DONE]", kText + kStop + kUsageChunk + "data:[DONE]\n\n"});
  out.push_back({18, "every chunk at the end", kAnswer});
  WireScript several{19, "several tokens in a chunk",
                     event(content("Hello, world")) + kStop + kUsageChunk + kDone};
  several.expected.deltas = "v:Hello, world";
  out.push_back(several);
  out.push_back({20, "a malformed frame between good ones",
                 event(content("Hello")) + event(R"({"choices":[{"delta":{"cont)") +
                     event(content(", world")) + kStop + kUsageChunk + kDone,
                 noted("1 malformed frame skipped")});
  WireScript whole{
      21,
      "one JSON answer to a request for a stream",
      R"({"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello, world"},"finish_reason":"stop"}],)" +
          kUsage + "}",
      noted("one JSON value"),
      200,
      "OK",
      {{"content-type", "application/json; charset=utf-8"}}};
  whole.expected.deltas = "v:Hello, world";
  out.push_back(whole);
  const std::string long_text(100'000, 'x');
  out.push_back({22, "a line of 100 kB", event(content(long_text)) + kStop + kUsageChunk + kDone,
                 told(long_text, "v:" + long_text)});
  const std::string padding(10U << 20U, 'p');
  WireScript huge{22, "a frame of 10 MB",
                  event(chunk_json(R"("content":"Hello, world")", "null", R"(,"image":")" + padding + '"')) +
                      kStop + kUsageChunk + kDone};
  huge.expected.deltas = "v:Hello, world";
  out.push_back(huge);
}

void exchange(std::vector<WireScript>& out) {
  WireScript encoded{23, "a content encoding that was not asked for", "\x1f\x8b\x08\x01\x02\x03",
                     broken(Outcome::protocol, "", "")};
  encoded.headers.emplace_back("content-encoding", "gzip");
  out.push_back(encoded);
  const auto wait = [&out](int status, const std::string& text, const std::string& name,
                           const std::string& value, Nanos expected) {
    WireScript script{
        24,
        fmt::format("{} with {}: {}", status, name, value),
        R"({"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}})",
        broken(Outcome::capacity, "", "", "rate_limit_exceeded"),
        status,
        text,
        {{"content-type", "application/json"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {name, value}}};
    script.expected.wait = expected;
    out.push_back(script);
  };
  wait(429, "Too Many Requests", "retry-after", "3", seconds(3));
  wait(503, "Service Unavailable", "retry-after", "0.25", milliseconds(250));
  wait(429, "Too Many Requests", "retry-after", "Sun, 06 Nov 1994 08:49:41 GMT", seconds(4));
  wait(529, "Overloaded", "retry-after-ms", "1500", milliseconds(1500));
  out.push_back({25,
                 "200, keep-alive comments, then the end",
                 ": keep-alive\n\n: keep-alive\n\n",
                 broken(Outcome::queued_never_started, "", ""),
                 200,
                 "OK",
                 {{"content-type", "text/event-stream"}},
                 End::close});
  WireScript choices{
      26, "two choices, interleaved",
      event(content("Hello")) + event(replaced(content("HELLO"), R"("index":0)", R"("index":1)")) +
          event(content(", world")) + event(replaced(content("!"), R"("index":0)", R"("index":1)")) + kStop +
          replaced(kStop, R"("index":0)", R"("index":1)") + kUsageChunk + kDone,
      noted("2 choices; the first is kept")};
  out.push_back(choices);
  out.push_back({27,
                 "a reset in mid-stream",
                 kRole + kText,
                 broken(Outcome::truncated, "Hello, world", "v:Hello v:, world"),
                 200,
                 "OK",
                 {{"content-type", "text/event-stream"}},
                 End::reset});
  out.push_back({27,
                 "half a close in mid-stream",
                 kRole + kText,
                 broken(Outcome::truncated, "Hello, world", "v:Hello v:, world"),
                 200,
                 "OK",
                 {{"content-type", "text/event-stream"}},
                 End::half_close});
  out.push_back({28, "the first answer on a connection that closes as the next request comes", kAnswer});
}

}  // namespace

const std::vector<WireScript>& wire_scripts() {
  static const std::vector<WireScript> kScripts = [] {
    std::vector<WireScript> out;
    framing(out);
    payload(out);
    ends(out);
    exchange(out);
    return out;
  }();
  return kScripts;
}

std::vector<std::string_view> cut(std::string_view body, std::size_t size, std::uint32_t seed) {
  std::vector<std::string_view> pieces;
  while (!body.empty()) {
    seed = seed * 1664525U + 1013904223U;  // the generator of Numerical Recipes
    const std::size_t length = size != 0 ? size : 1 + (seed >> 24U) % 23;
    pieces.push_back(body.substr(0, length));
    body.remove_prefix(pieces.back().size());
  }
  return pieces;
}

ServerScript play(const WireScript& script, const std::vector<std::string_view>& pieces) {
  using Kind = ServerStep::Kind;
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nTransfer-Encoding: chunked\r\n", script.status, script.status_text);
  for (const auto& [name, value] : script.headers) head += name + ": " + value + "\r\n";
  ServerScript steps{{Kind::read_request}, {Kind::send, head + "\r\n"}};
  for (const std::string_view piece : pieces)
    steps.push_back({Kind::send, fmt::format("{:x}\r\n{}\r\n", piece.size(), piece)});
  switch (script.end) {
    case End::last_chunk:
      steps.push_back({Kind::send, "0\r\n\r\n"});
      steps.push_back({Kind::wait_close});
      break;
    case End::close:
      break;
    case End::half_close:
      steps.push_back({Kind::half_close});
      steps.push_back({Kind::wait_close});
      break;
    case End::reset:
      steps.push_back({Kind::pause, {}, 20});  // a reset that overtakes the data would destroy it
      steps.push_back({Kind::reset});
      break;
  }
  return steps;
}

}  // namespace costwar
