#include "harness/load/trace.h"

#include <doctest/doctest.h>

#include "tests/harness/load/load_text.h"

using namespace costwar;
using namespace costwar::harness;
using costwar::harness::test::bytes_of;
using costwar::harness::test::complaint_of;

namespace {

constexpr const char* kMooncake =
    "{\"timestamp\": 0, \"input_length\": 1100, \"output_length\": 500, \"hash_ids\": [0, 1, 2]}\n"
    "{\"timestamp\": 3052, \"input_length\": 1300, \"output_length\": 20, \"hash_ids\": [0, 1, 3]}\n"
    "{\"timestamp\": 3052, \"input_length\": 40, \"output_length\": 7, \"hash_ids\": [4]}\n";

constexpr const char* kAzure =
    "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    "2023-11-16 18:17:03.9799600,4808,10\n"
    "2023-11-16 18:17:04.0319600,3180,8\r\n"
    "2023-11-16 18:17:05.4799600,110,27\n";

constexpr const char* kBurst =
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    "5,ChatGPT,472,18,490,Conversation log\n"
    "45,ChatGPT,1087,0,1087,Conversation log\n"
    "118,GPT-4,417,276,693,API log\n";

Trace read(const std::string& text, const TraceOptions& options = {}) {
  return read_trace(bytes_of(text), "t", options);
}

std::string trace_complaint(const std::string& text, const TraceOptions& options = {}) {
  return complaint_of([&] { (void)read(text, options); }, ErrorKind::input);
}

std::string text_of(const LoadSchedule& schedule, std::uint64_t number) {
  return schedule.messages(number, 0).at(0).content;
}

std::size_t common_prefix(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())),
                    b.begin())
          .first -
      a.begin());
}

std::int64_t words_in_text(const std::string& text) {
  return std::count(text.begin(), text.end(), ' ') + 1;
}

}  // namespace

TEST_CASE("a Mooncake trace has its instants, lengths and shared blocks") {
  const auto trace = std::make_shared<const Trace>(read(kMooncake));
  CHECK(trace->format == TraceFormat::mooncake);
  const auto schedule = trace_schedule(trace, 0, 1);
  REQUIRE(schedule->sessions() == 3U);
  CHECK(schedule->session(1).due == milliseconds(3052));
  REQUIRE(schedule->session(1).turns.size() == 1);
  CHECK(schedule->session(1).turns[0].input_tokens == 1300);
  CHECK(schedule->session(1).turns[0].output_tokens == 20);
  CHECK(schedule->stage().arrivals == Arrivals::trace);
  CHECK(schedule->stage().duration == milliseconds(3052));
  CHECK(schedule->stage().rate == doctest::Approx(3 / 3.052));

  const std::string first = text_of(*schedule, 0);
  const std::string second = text_of(*schedule, 1);
  CHECK(words_in_text(first) == 1100);
  CHECK(words_in_text(second) == 1300);
  CHECK(words_in_text(text_of(*schedule, 2)) == 40);
  // Two blocks of 512 words are shared, and no more than a chance letter beyond.
  CHECK(words_in_text(first.substr(0, common_prefix(first, second))) >= 1024);
  CHECK(words_in_text(first.substr(0, common_prefix(first, second))) <= 1028);
  CHECK(common_prefix(first, text_of(*schedule, 2)) < 20);

  SUBCASE("later stages and other seeds have other texts") {
    CHECK(text_of(*trace_schedule(trace, 1, 1), 0) != first);
    CHECK(text_of(*trace_schedule(trace, 0, 2), 0) != first);
    CHECK(text_of(*trace_schedule(trace, 0, 1), 0) == first);
  }
}

TEST_CASE("ids that do not fill their input are counted, and the length is kept") {
  const Trace trace = read(
      "{\"timestamp\": 0, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [0]}\n"
      "{\"timestamp\": 1, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [0, 1, 2]}\n"
      "{\"timestamp\": 2, \"input_length\": 600, \"output_length\": 5}\n");
  CHECK(trace.odd_blocks == 2);
  const auto schedule = trace_schedule(std::make_shared<const Trace>(trace), 0, 1);
  CHECK(words_in_text(text_of(*schedule, 0)) == 600);
  CHECK(words_in_text(text_of(*schedule, 1)) == 600);
  CHECK(text_of(*schedule, 2).ends_with("with these words."));
}

TEST_CASE("Azure's traces of both years") {
  const Trace trace = read(kAzure);
  CHECK(trace.format == TraceFormat::azure);
  REQUIRE(trace.requests.size() == 3);
  CHECK(trace.requests[0].at == Nanos{});
  CHECK(trace.requests[1].at == milliseconds(52));
  CHECK(trace.requests[2].at == milliseconds(1500));
  CHECK(trace.requests[0].input_tokens == 4808);
  CHECK(trace.requests[2].output_tokens == 27);
  const Trace later =
      read("TIMESTAMP,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00.009930+00:00,2162,5\n");
  CHECK(later.requests.size() == 1);
}

TEST_CASE("BurstGPT's traces: failed requests are counted and not asked") {
  const Trace trace = read(kBurst);
  CHECK(trace.format == TraceFormat::burstgpt);
  CHECK(trace.failed == 1);
  REQUIRE(trace.requests.size() == 2);
  CHECK(trace.requests[1].at == seconds(113));
  CHECK(trace.requests[1].input_tokens == 417);
  CHECK(trace.requests[1].output_tokens == 276);
  CHECK(settings_json(trace).dump() ==
        R"({"trace":"t","format":"burstgpt","speed":1.0,"requests":2,"failed_in_trace":1,)"
        R"("prompt_text_version":1})");
  const Trace third = read(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "19440110.0,1722ac82,43,GPT-4,906,446,1352,Conversation log\n"
      "19440161.5,d5983bf9,2,ChatGPT,36,29,65,Conversation log\n");
  REQUIRE(third.requests.size() == 2);
  CHECK(third.requests[1].at == milliseconds(51'500));
  CHECK(third.requests[1].output_tokens == 29);
}

TEST_CASE("speed, first and duration choose what is replayed") {
  TraceOptions options;
  options.speed = 2;
  CHECK(read(kAzure, options).requests[2].at == milliseconds(750));
  options.duration = milliseconds(100);
  CHECK(read(kAzure, options).requests.size() == 2);
  options = {};
  options.first = 1;
  const Trace one = read(std::string(kBurst) + "not,a,line\n", options);
  CHECK(one.requests.size() == 1);
  CHECK(trace_stage(one).duration == nanoseconds(1));
  CHECK(trace_stage(one).rate == 1);
  const auto refused = [](const TraceOptions& wrong) {
    return complaint_of([&] { (void)read(kAzure, wrong); }, ErrorKind::usage);
  };
  options = {};
  options.speed = 0;
  CHECK(refused(options).starts_with("--speed: 0 is not from"));
  options.speed = 1;
  options.first = 0;
  CHECK(refused(options).starts_with("--requests: 0 requests"));
}

TEST_CASE("requests out of order are put in order") {
  const Trace trace = read(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "10,a,1,1,2,x\n5,a,2,1,3,x\n20,a,3,1,4,x\n");
  CHECK(trace.out_of_order == 1);
  CHECK(trace.requests[0].input_tokens == 2);
  CHECK(trace.requests[0].at == Nanos{});
  CHECK(trace.requests[1].at == seconds(5));
}

TEST_CASE("what is no trace, or no request, is named with its line") {
  CHECK(trace_complaint("").starts_with("t:0: the file is empty"));
  CHECK(trace_complaint("{\"kind\":\"load_schedule\",\"schema_version\":1}\n") ==
        "t:1: a saved schedule, not a trace | replay it with --schedule");
  CHECK(trace_complaint("a,b,c\n1,2,3\n").starts_with("t:1: not a trace that is known"));
  CHECK(
      trace_complaint(std::string(kAzure) + "yesterday,1,2\n").starts_with("t:5: 'yesterday' is no instant"));
  CHECK(trace_complaint(std::string(kAzure) + "2023-11-16 18:17:06,-1,2\n")
            .starts_with("t:5: '-1' is no number"));
  CHECK(trace_complaint(std::string(kAzure) + "2023-11-16 18:17:06,1e99,2\n")
            .starts_with("t:5: '1e99' is no number"));
  CHECK(trace_complaint(std::string(kAzure) + "2023-11-16 18:17:06,1\n").starts_with("t:5: only 2 columns"));
  CHECK(trace_complaint(std::string(kAzure) + "1700-01-01 00:00:00,1,2\n").starts_with("t:5: '1700"));
  CHECK(trace_complaint(std::string(kAzure) + "2025-11-16 18:17:06,1,2\n").find("longer than a year") !=
        std::string::npos);
  CHECK(trace_complaint(std::string(kBurst) + "\"x\"y,a,1,1,2,z\n").starts_with("t:5: "));
  CHECK(
      trace_complaint(std::string(kBurst) + "-3,a,1,1,2,z\n").starts_with("t:5: '-3' is no time of a trace"));
  CHECK(trace_complaint(std::string(kMooncake) + "{\"timestamp\": 1}\n").starts_with("t:4: "));
  CHECK(trace_complaint(std::string(kMooncake) + "[]\n").starts_with("t:4: "));
  CHECK(trace_complaint(std::string(kMooncake) +
                        R"({"timestamp": 1, "input_length": 5, "output_length": 5, "hash_ids": [-1]})")
            .starts_with("t:4: /hash_ids/0: "));
  CHECK(
      trace_complaint(std::string(kMooncake) + R"({"timestamp": -1, "input_length": 5, "output_length": 5})")
          .starts_with("t:4: '-1' is no time of a trace"));
  CHECK(trace_complaint("Timestamp,Model,Request tokens,Response tokens\n1,a,5,0\n")
            .starts_with("t:2: no request with input and output"));
}
