// The usage of Chat Completions, in all the shapes that servers print it.
#include <doctest/doctest.h>

#include <string>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

TEST_CASE("the service tier that was really used") {
  const auto served = [](const std::string& tiers) {
    return read(tiers + kHi + kStop + kDone).attempt.billing.service_class;
  };
  CHECK(served(frame(R"({"service_tier":"default","choices":[]})")) == "standard");
  CHECK(served(frame(R"({"service_tier":"flex","choices":[]})")) == "flex");
  CHECK(served(frame(R"({"service_tier":"auto","choices":[]})")).empty());  // what was asked for
  CHECK(served(frame(R"({"service_tier":"priority","choices":[]})") +
               frame(R"({"service_tier":"auto","choices":[]})")) == "priority");
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
  SUBCASE("an object that counts nothing takes nothing away") {
    const Read got = read(chunk(3, "\"stop\"") + frame(R"({"choices":[],"usage":{}})") + kDone);
    CHECK(count(got, Meter::visible_output) == 3);
    CHECK(got.attempt.raw_usage == R"({"prompt_tokens":10,"completion_tokens":3})");
    CHECK(got.attempt.notes.empty());
    CHECK(read(kHi + frame(R"({"choices":[],"usage":{"units":7}})") + kDone).attempt.raw_usage ==
          R"({"units":7})");
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
