// Servers of open weights that speak Chat Completions: llama-server, vLLM, SGLang, KTransformers, ds4.
#include <doctest/doctest.h>

#include <string>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

namespace {

const std::string kBodyStart = R"({"model":"m-1","messages":[{"role":"user","content":"hello"}],)";

std::string refused(const Dialect& dialect, void (*change)(ChatRequest&)) {
  ChatRequest request = chat_question();
  request.tools = {{"add", "", ""}};
  change(request);
  return chat_refusal(dialect, request);
}

// A chunk of text with the usage so far.
std::string counted(const std::string& text, int so_far, const std::string& reason = "null") {
  return frame(R"({"model":"m-1","choices":[{"index":0,"delta":{"content":")" + text +
               R"(","tool_calls":null},"finish_reason":)" + reason +
               R"(}],"usage":{"prompt_tokens":10,"total_tokens":)" + std::to_string(10 + so_far) +
               R"(,"completion_tokens":)" + std::to_string(so_far) + "}}");
}

}  // namespace

TEST_CASE("llama-server: requests") {
  const auto dialect = make_llama_server_dialect();
  ChatRequest request = chat_question();
  request.max_output_tokens = 9;
  request.seed = 4294967294U;
  request.effort = "none";
  request.cache_prompt = false;
  CHECK(chat_body(*dialect, request) ==
        kBodyStart + R"("max_tokens":9,"seed":4294967294,"reasoning_effort":"none","cache_prompt":false,)"
                     R"("stream":true,"stream_options":{"include_usage":true}})");
  request.seed = 4294967295U;
  CHECK(chat_refusal(*dialect, request) ==
        "the seed 4294967295 is too large for llama-server; at most 4294967294");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.cache_key = "k"; }) ==
        "llama-server cannot express a cache key; leave it out");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.service_class = "priority"; }) ==
        "llama-server cannot express the service class 'priority'; leave out the part from '+'");
}

TEST_CASE("llama-server: progress is no token; its timings are kept and compared with the usage") {
  const auto answer = [](int predicted) {
    return delta(R"("role":"assistant","content":null)") +
           frame(
               R"({"choices":[{"index":0,"delta":{"content":null},"finish_reason":null}],"prompt_progress":{"total":10,"cache":0,"processed":5,"time_ms":3}})") +
           kHi + kStop +
           frame(
               R"({"choices":[],"model":"x.gguf","system_fingerprint":"b4719-0893e012","usage":{"completion_tokens":5,"prompt_tokens":10,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":3}},"timings":{"cache_n":3,"prompt_n":7,"prompt_ms":30.958,"predicted_n":)" +
               std::to_string(predicted) + R"(,"predicted_ms":661.064}})") +
           kDone;
  };
  const auto dialect = make_llama_server_dialect();
  const Read got = read(*dialect, answer(5));
  check_hi(got);
  CHECK(count(got, Meter::fresh_input) == 7);
  CHECK(count(got, Meter::cache_read) == 3);
  CHECK(got.attempt.usage[Meter::visible_output] == Count{5, Provenance::reported});
  CHECK(got.attempt.system_fingerprint == "b4719-0893e012");
  CHECK(
      got.attempt.extra ==
      R"({"timings":{"cache_n":3,"prompt_n":7,"prompt_ms":30.958,"predicted_n":5,"predicted_ms":661.064}})");
  CHECK(got.attempt.notes == Notes{});
  CHECK(read(*dialect, answer(6)).attempt.notes == Notes{"the timings count 6 output tokens, the usage 5"});
}

TEST_CASE("vLLM and SGLang: requests") {
  struct Row {
    std::unique_ptr<Dialect> dialect;
    const char *name, *reasoning;
  };
  Row rows[] = {{make_vllm_dialect(), "vLLM", "reasoning"},
                {make_sglang_dialect(), "SGLang", "reasoning_content"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    ChatRequest request = chat_question();
    Message thought{Role::assistant, "4"};
    thought.reasoning = "2+2";
    request.messages.push_back(thought);
    request.max_output_tokens = 9;
    request.effort = "max";
    request.cache_key = "salt";
    request.extra_body = R"({"top_k":1,"ignore_eos":true})";
    CHECK(
        chat_body(*row.dialect, request) ==
        R"({"model":"m-1","messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"4",")" +
            std::string(row.reasoning) +
            R"(":"2+2"}],"max_completion_tokens":9,"reasoning_effort":"max","cache_salt":"salt","stream":true,)"
            R"("stream_options":{"include_usage":true,"continuous_usage_stats":true},"top_k":1,"ignore_eos":true})");
    CHECK(refused(*row.dialect, [](ChatRequest& r) { r.cache_prompt = false; }) ==
          std::string(row.name) +
              " cannot express a prompt that is kept out of the cache; a fresh cache key has a cold cache");
    CHECK(refused(*row.dialect, [](ChatRequest& r) { r.effort = "ultra"; }) ==
          "the API knows no effort 'ultra'; one of none, minimal, low, medium, high, xhigh, max");
    CHECK(refused(*row.dialect, [](ChatRequest& r) { r.service_class = "flex"; }) ==
          std::string(row.name) + " cannot express the service class 'flex'; leave out the part from '+'");
  }
}

TEST_CASE("vLLM: a count on every chunk gives the tokens of each") {
  const auto dialect = make_vllm_dialect();
  const std::string role = frame(
      R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":10,"total_tokens":10,"completion_tokens":0}})");
  SUBCASE("one token a chunk: no note") {
    const Read got =
        read(*dialect, role + counted("a", 1) + counted("b", 2) + counted("", 3, "\"stop\"") + kDone);
    CHECK(got.deltas == "v:a v:b");
    CHECK(count(got, Meter::visible_output) == 3);
    CHECK(got.attempt.extra == R"({"chunk_tokens":{"chunks":2,"tokens":2,"most":1}})");
    CHECK(got.attempt.notes == Notes{});
  }
  SUBCASE("several tokens a chunk; half a character is no token of the next chunk") {
    const Read got = read(*dialect, role + counted("ab", 4) + counted("", 5) + counted("c", 6) +
                                        counted("de", 8) + counted("", 8, "\"stop\"") + kDone);
    CHECK(count(got, Meter::visible_output) == 8);
    CHECK(got.attempt.extra == R"({"chunk_tokens":{"chunks":3,"tokens":7,"most":4}})");
    CHECK(got.attempt.notes == Notes{"several tokens a chunk: 7 in 3 chunks, at most 4 in one"});
  }
  SUBCASE("a broken stream keeps the count so far") {
    const Read got = read(*dialect, role + counted("a", 1) + counted("b", 2), End::connection_lost);
    CHECK(got.attempt.outcome == Outcome::truncated);
    CHECK(count(got, Meter::fresh_input) == 10);
    CHECK(count(got, Meter::visible_output) == 2);
  }
  SUBCASE("other dialects do not count so") {
    const Read got = read(counted("ab", 4) + counted("c", 5, "\"stop\"") + kDone);
    CHECK(got.attempt.extra.empty());
    CHECK(got.attempt.notes == Notes{});
  }
}

TEST_CASE("vLLM: reasoning under both names, errors in the stream") {
  const auto dialect = make_vllm_dialect();
  const Read thought =
      read(*dialect, kRole + delta(R"("reasoning":"a")") + delta(R"("reasoning_content":"b")") +
                         delta(R"("reasoning":"c","reasoning_content":"c")") + kHi + kStop + kDone);
  CHECK(thought.attempt.reasoning_text == "abc");
  const Read failed = read(
      *dialect,
      counted("a", 1) +
          frame(
              R"({"error":{"message":"EngineCore died","type":"InternalServerError","param":null,"code":500}})") +
          kDone);
  CHECK(failed.attempt.outcome == Outcome::stream_error);
  CHECK(failed.attempt.error_code == "500");
  CHECK(failed.attempt.error_message == "EngineCore died");
  CHECK(failed.attempt.text == "a");
  CHECK(count(failed, Meter::visible_output) == 1);
}

TEST_CASE("SGLang: an aborted answer is a failure, reasoning tokens beside the counts") {
  const auto dialect = make_sglang_dialect();
  const Read aborted = read(*dialect, counted("a", 1) + counted("", 1, "\"abort\"") + kDone);
  CHECK(aborted.attempt.outcome == Outcome::stream_error);
  CHECK(aborted.attempt.error_code == "abort");
  CHECK(aborted.attempt.error_message == "the server gave up the answer");
  const Read got = read(
      *dialect,
      delta(R"("reasoning_content":"hm")") + kHi + kStop +
          frame(
              R"({"choices":[],"usage":{"prompt_tokens":10,"total_tokens":15,"completion_tokens":5,"prompt_tokens_details":null,"reasoning_tokens":3}})") +
          kDone);
  CHECK(count(got, Meter::reasoning) == 3);
  CHECK(count(got, Meter::visible_output) == 2);
  CHECK_FALSE(count(got, Meter::cache_read));
}

TEST_CASE("KTransformers: what its server does not read is refused") {
  const auto dialect = make_ktransformers_dialect();
  ChatRequest request = chat_question();
  request.max_output_tokens = 9;
  request.temperature = 0.5;
  CHECK(chat_body(*dialect, request) == kBodyStart + R"("max_tokens":9,"temperature":0.5,"stream":true,)"
                                                     R"("stream_options":{"include_usage":true}})");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.effort = "high"; }) ==
        "KTransformers cannot express a reasoning effort; leave out the part from '@'");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.seed = 1; }) ==
        "KTransformers cannot express a seed; leave it out");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.stop = {"x"}; }) ==
        "KTransformers cannot express stop sequences; leave them out");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.response_format = ResponseFormat{}; }) ==
        "KTransformers cannot express a response format");
}

TEST_CASE("ds4: efforts, cache writes, what it skips") {
  const auto dialect = make_ds4_dialect();
  ChatRequest request = chat_question();
  request.effort = "max";
  request.seed = 3;
  CHECK(chat_body(*dialect, request) ==
        kBodyStart + R"("seed":3,"thinking":{"type":"enabled"},"reasoning_effort":"max","stream":true,)"
                     R"("stream_options":{"include_usage":true}})");
  request.effort = "none";
  request.temperature = 0;  // ds4 does not ignore it
  CHECK(chat_body(*dialect, request) ==
        kBodyStart + R"("temperature":0.0,"seed":3,"thinking":{"type":"disabled"},"stream":true,)"
                     R"("stream_options":{"include_usage":true}})");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.effort = "low"; }) ==
        "the API knows no effort 'low'; one of none, high, max");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.tool_choice = ToolChoice{ToolChoice::Kind::none}; }) ==
        "accepted");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.tool_choice = ToolChoice{ToolChoice::Kind::required}; }) ==
        "ds4 cannot express a forced tool call; leave the tool choice to the model");
  CHECK(refused(*dialect, [](ChatRequest& r) { r.response_format = ResponseFormat{}; }) ==
        "ds4 cannot express a response format");
  const Read got = read(
      *dialect,
      kHi + kStop +
          frame(
              R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":6}}})") +
          kDone);
  CHECK(count(got, Meter::cache_read) == 4);
  CHECK(count(got, Meter::cache_write_5m) == 6);
  CHECK(count(got, Meter::fresh_input) == 0);
}
