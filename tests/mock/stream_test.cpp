// The exact bytes of a stream under every fault that shapes it. Each case gives the events as a client should
// see them on the wire, after HTTP's chunks are taken off.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "mock/compose.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using mock_test::body;

namespace {

const std::string kHead =
    R"({"id":"chatcmpl-mock-0000000000000007","object":"chat.completion.chunk","created":1777000000,"model":"m",)"
    R"("service_tier":"default","system_fingerprint":"fp_mock","choices":)";
const std::string kUsage = R"({"prompt_tokens":11,"completion_tokens":2,"total_tokens":13,)"
                           R"("prompt_tokens_details":{"cached_tokens":5,"audio_tokens":0},)"
                           R"("completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
                           R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})";
const std::string kNull = R"(,"usage":null})";

std::string delta(const std::string& members, const std::string& rest = kNull, int index = 0) {
  return kHead +
         fmt::format(R"([{{"index":{},"delta":{{{}}},"logprobs":null,"finish_reason":null}}])", index,
                     members) +
         rest;
}
std::string finish(const std::string& rest = kNull, int index = 0) {
  return kHead +
         fmt::format(R"([{{"index":{},"delta":{{}},"logprobs":null,"finish_reason":"stop"}}])", index) + rest;
}
const std::string kRoleMembers = R"("role":"assistant","content":"","refusal":null)";
const std::string kRole = delta(kRoleMembers);
const std::string kOne = delta(R"("content":"4321")");
const std::string kTwo = delta(R"("content":"0")");
const std::string kLast = kHead + R"([],"usage":)" + kUsage + "}";
const std::string kError =
    R"({"error":{"message":"the fault was asked for","type":"server_error","param":null,"code":"mock_fault"}})";
const std::string kDone = "data: [DONE]\n\n";

std::string data(const std::string& json) {
  return "data: " + json + "\n\n";
}

Generation streamed_generation() {
  Generation g;
  g.id = {7, 1777000000, true};
  g.model = "m";
  g.text = "43210";
  g.prompt_tokens = 11;
  g.cached_tokens = 5;
  g.visible_tokens = 2;
  g.include_usage = true;
  return g;
}

Reply stream(FaultMode mode, const Generation& g = streamed_generation()) {
  Reply reply;
  compose_stream(kChatDialect, g, mode, reply);
  return reply;
}

std::string events(FaultMode mode, const Generation& g = streamed_generation()) {
  return body(stream(mode, g).bytes);
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

const std::string kPlain = data(kRole) + data(kOne) + data(kTwo) + data(finish()) + data(kLast) + kDone;

}  // namespace

TEST_CASE("a plain stream") {
  const Reply reply = stream(FaultMode::none);
  CHECK(
      reply.bytes.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                              "x-request-id: req-mock-0000000000000007\r\nCache-Control: no-cache\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n"));
  CHECK(body(reply.bytes) == kPlain);
  CHECK(reply.bytes.ends_with("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"));
  CHECK(reply.pieces.size() == 7);
  CHECK(reply.pieces.back().end == reply.bytes.size());
  CHECK(reply.ending == Ending::keep);
  Generation bare = streamed_generation();
  bare.include_usage = false;
  CHECK(events(FaultMode::none, bare) ==
        replace_all(replace_all(kPlain, data(kLast), ""), R"(,"usage":null)", ""));
}

TEST_CASE("framing faults") {
  const std::string lines = kPlain;
  CHECK(events(FaultMode::one_byte) == lines);
  CHECK(
      stream(FaultMode::one_byte).bytes.find("\r\n\r\n1\r\nd\r\n1\r\na\r\n1\r\nt\r\n1\r\na\r\n1\r\n:\r\n") !=
      std::string::npos);
  CHECK(events(FaultMode::one_write) == lines);
  CHECK(stream(FaultMode::one_write).pieces.size() == 2);
  CHECK(events(FaultMode::crlf) == replace_all(lines, "\n", "\r\n"));
  CHECK(events(FaultMode::cr) == replace_all(lines, "\n", "\r"));
  CHECK(events(FaultMode::no_space) == replace_all(lines, "data: ", "data:"));
  CHECK(events(FaultMode::line_separators) ==
        replace_all(lines, "}\n\n", ",\"note\":\"\xE2\x80\xA8\xE2\x80\xA9\xC2\x85\"}\n\n"));
  CHECK(events(FaultMode::comments) ==
        ": keep-alive\n\n\n" + replace_all(lines, "data: ", ": keep-alive\n\ndata: "));
  const auto split = [](int id, const std::string& json) {
    const std::size_t comma = json.find(',') + 1;
    return fmt::format("event: message\nid: {}\ndata: {}\ndata: {}\n\n", id, json.substr(0, comma),
                       json.substr(comma));
  };
  CHECK(events(FaultMode::bom_and_fields) == "\xEF\xBB\xBFretry: 1000\n" + split(0, kRole) + split(1, kOne) +
                                                 split(2, kTwo) + split(3, finish()) + split(4, kLast) +
                                                 "event: message\nid: 5\ndata: [DONE]\n\n");
}

TEST_CASE("faults of what the chunks say") {
  const std::string body_only = data(kOne) + data(kTwo) + data(finish()) + data(kLast) + kDone;
  const auto role_first =
      kHead + R"([{"index":0,"delta":{"role":"assistant"},"finish_reason":null}])" + kNull;
  const auto empty_first = kHead + R"([{"index":0,"delta":{"content":""},"finish_reason":null}])" + kNull;
  CHECK(events(FaultMode::role_first) == data(role_first) + data(empty_first) + body_only);
  Generation bare = streamed_generation();
  bare.include_usage = false;
  CHECK(events(FaultMode::usage_chunk, bare) == kPlain);
  const std::string with_usage = R"(,"usage":)" + kUsage + "}";
  CHECK(events(FaultMode::usage_on_finish) ==
        data(delta(kRoleMembers, "}")) + data(delta(R"("content":"4321")", "}")) +
            data(delta(R"("content":"0")", "}")) + data(finish(with_usage)) + kDone);
  const std::string none = replace_all(
      replace_all(with_usage, R"("completion_tokens":2)", R"("completion_tokens":0)"), ":13", ":11");
  const std::string one = replace_all(
      replace_all(with_usage, R"("completion_tokens":2)", R"("completion_tokens":1)"), ":13", ":12");
  CHECK(events(FaultMode::usage_on_every_chunk) ==
        data(delta(kRoleMembers, none)) + data(delta(R"("content":"4321")", one)) +
            data(delta(R"("content":"0")", with_usage)) + data(finish(with_usage)) + data(kLast) + kDone);
  CHECK(events(FaultMode::null_fields) ==
        data(delta(kRoleMembers + R"(,"tool_calls":null)")) +
            data(kHead + R"([{"index":0,"delta":{},"finish_reason":null}])" + kNull) +
            data(kHead + "null" + kNull) + data(delta(R"("content":"4321","tool_calls":null)")) +
            data(delta(R"("content":"0","tool_calls":null)")) + data(finish()) + data(kLast) + kDone);
  CHECK(events(FaultMode::several_tokens) ==
        data(kRole) + data(delta(R"("content":"43210")")) + data(finish()) + data(kLast) + kDone);
  CHECK(events(FaultMode::malformed_frame) == data(kRole) + data(kOne) +
                                                  data(kOne.substr(0, kOne.size() / 2)) + data(kTwo) +
                                                  data(finish()) + data(kLast) + kDone);
  Generation two = streamed_generation();
  two.choices = 2;
  const std::string doubled =
      replace_all(replace_all(kLast, R"("completion_tokens":2)", R"("completion_tokens":4)"), ":13", ":15");
  CHECK(events(FaultMode::two_choices, two) == data(kRole) + data(delta(kRoleMembers, kNull, 1)) +
                                                   data(kOne) + data(delta(R"("content":"4321")", kNull, 1)) +
                                                   data(kTwo) + data(delta(R"("content":"0")", kNull, 1)) +
                                                   data(finish()) + data(finish(kNull, 1)) + data(doubled) +
                                                   kDone);
}

TEST_CASE("reasoning first") {
  Generation g = streamed_generation();
  g.reasoning_tokens = 1;
  const std::string usage = replace_all(
      replace_all(replace_all(kPlain, R"("completion_tokens":2)", R"("completion_tokens":3)"), ":13", ":14"),
      R"("reasoning_tokens":0)", R"("reasoning_tokens":1)");
  const auto shown = [&](const std::string& members) {
    return replace_all(usage, data(kRole), data(kRole) + data(delta(members)));
  };
  CHECK(events(FaultMode::none, g) == usage);  // hidden, but counted
  CHECK(events(FaultMode::reasoning_content, g) == shown(R"("reasoning_content":"hmm ")"));
  CHECK(events(FaultMode::reasoning, g) == shown(R"("reasoning":"hmm ")"));
  CHECK(events(FaultMode::reasoning_both, g) == shown(R"("reasoning_content":"hmm ","reasoning":"hmm ")"));
}

TEST_CASE("faults of the end") {
  const std::string good = data(kRole) + data(kOne);
  const std::string all = data(kRole) + data(kOne) + data(kTwo) + data(finish()) + data(kLast);
  CHECK(events(FaultMode::error_in_stream) == good + data(kError));
  CHECK(events(FaultMode::error_event) == good + "event: error\n" + data(kError));
  CHECK(events(FaultMode::no_finish) == good);
  CHECK(events(FaultMode::no_done) == all);
  CHECK(events(FaultMode::unfinished_done) == all + "data: [DONE]");
  CHECK(events(FaultMode::unfinished_json) == all.substr(0, all.size() - 1));
  CHECK(events(FaultMode::done_space) == all + "data: [DONE] \n\n");
  CHECK(events(FaultMode::done_no_space) == all + "data:[DONE]\n\n");
  for (const FaultMode mode : {FaultMode::reset, FaultMode::half_close}) {
    const Reply reply = stream(mode);
    CHECK(body(reply.bytes) == good);
    CHECK_FALSE(reply.bytes.ends_with("0\r\n\r\n"));
    CHECK(reply.ending == (mode == FaultMode::reset ? Ending::reset : Ending::close));
    CHECK(reply.end_after > reply.pieces.back().after);
  }
  Generation g = streamed_generation();
  g.silence = milliseconds(40);
  const Reply silent = stream(FaultMode::silence, g);
  CHECK(body(silent.bytes).empty());
  CHECK(silent.end_after == milliseconds(40));
  CHECK(silent.ending == Ending::close);
  CHECK(stream(FaultMode::stale_connection).ending == Ending::close_on_next);
}

TEST_CASE("lines without a limit") {
  const std::string padded = events(FaultMode::long_line);
  CHECK(padded.size() == kPlain.size() + 128 * 1024 + std::string_view(R"(,"obfuscation":"")").size());
  CHECK(events(FaultMode::huge_line).size() > 10 * 1024 * 1024);
}

TEST_CASE("the timeline") {
  Generation g = streamed_generation();
  g.reasoning_tokens = 3;
  g.pace.ttft_base = milliseconds(100);
  g.pace.ttft_per_token = milliseconds(2);
  g.pace.gap = milliseconds(10);
  const Reply reply = stream(FaultMode::none, g);  // head, role, two tokens, finish, usage, [DONE]
  std::vector<std::int64_t> due;
  for (const Piece& piece : reply.pieces) due.push_back(piece.after.count / 1'000'000);
  CHECK(due == std::vector<std::int64_t>{0, 122, 152, 162, 162, 162, 162});
  CHECK(reply.pieces[2].tokens == 1);
  CHECK(stream(FaultMode::all_at_end, g).pieces[1].after == milliseconds(400));  // 162, but at least 400
  CHECK(stream(FaultMode::one_write, g).pieces[1].after == milliseconds(122));
  CHECK(stream(FaultMode::role_first, g).pieces[2].after == milliseconds(0));

  SUBCASE("lognormal gaps have the median and the sigma asked for") {
    g.pace.gap_sigma = 0.5;
    g.pace_seed = 9;
    Timeline timeline(g);
    Nanos before = timeline.next();
    int below = 0;
    double squares = 0.0;
    for (int i = 0; i < 20'000; ++i) {
      const Nanos at = timeline.next();
      const double log_ratio = std::log((at - before).milliseconds() / 10.0);
      below += log_ratio < 0 ? 1 : 0;
      squares += log_ratio * log_ratio;
      before = at;
    }
    CHECK(below == doctest::Approx(10'000).epsilon(0.03));
    CHECK(std::sqrt(squares / 20'000) == doctest::Approx(0.5).epsilon(0.02));
  }
}
