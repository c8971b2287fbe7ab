// DeepSeek: requests byte for byte, and answers with what it adds to OpenAI's.
#include <doctest/doctest.h>

#include <string>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

TEST_CASE("DeepSeek: efforts and thinking") {
  const auto dialect = make_deepseek_dialect();
  const auto body = [&](const char* effort) {
    ChatRequest request = chat_question();
    request.effort = effort;
    return chat_body(*dialect, request);
  };
  const std::string start = R"({"model":"m-1","messages":[{"role":"user","content":"hello"}],)";
  const std::string end = R"("stream":true,"stream_options":{"include_usage":true}})";
  CHECK(chat_body(*dialect, chat_question()) == start + end);  // thinks, at its own default
  CHECK(body("none") == start + R"("thinking":{"type":"disabled"},)" + end);
  struct Row {
    const char *asked, *sent;
  };
  for (const Row row : {Row{"minimal", "low"},
                        {"low", "low"},
                        {"medium", "high"},
                        {"high", "high"},
                        {"xhigh", "high"},
                        {"max", "max"},
                        {"ultra", "max"}}) {
    CAPTURE(row.asked);
    CHECK(body(row.asked) ==
          start + R"("thinking":{"type":"enabled"},"reasoning_effort":")" + row.sent + "\"," + end);
  }
}

TEST_CASE("DeepSeek: reasoning goes back with tool turns, the cache key is the user") {
  ChatRequest request = chat_question();
  Message calls{Role::assistant, ""};
  calls.reasoning = "Add.";
  calls.tool_calls = {{"c1", "add", "{}"}};
  Message answer{Role::tool, "3"};
  answer.tool_call_id = "c1";
  Message silent = calls;
  silent.reasoning.clear();
  silent.tool_calls[0].id = "c2";
  Message again = answer;
  again.tool_call_id = "c2";
  request.messages = {{Role::user, "1+2?"}, calls, answer, silent, again, {Role::assistant, "3"}};
  request.cache_key = "cold-17";
  CHECK(
      chat_body(*make_deepseek_dialect(), request) ==
      R"({"model":"m-1","messages":[{"role":"user","content":"1+2?"},)"
      R"({"role":"assistant","content":null,"reasoning_content":"Add.","tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]},)"
      R"({"role":"tool","content":"3","tool_call_id":"c1"},)"
      R"({"role":"assistant","content":null,"reasoning_content":"","tool_calls":[{"id":"c2","type":"function","function":{"name":"add","arguments":"{}"}}]},)"
      R"({"role":"tool","content":"3","tool_call_id":"c2"},)"
      R"({"role":"assistant","content":"3"}],)"
      R"("user_id":"cold-17","stream":true,"stream_options":{"include_usage":true}})");
}

TEST_CASE("DeepSeek: what it cannot express") {
  const auto dialect = make_deepseek_dialect();
  const auto refused = [&](auto change) {
    ChatRequest changed = chat_question();
    changed.tools = {{"add", "", ""}};
    change(changed);
    return chat_refusal(*dialect, changed);
  };
  CHECK(refused([](ChatRequest& r) { r.temperature = 0; }) ==
        "DeepSeek cannot express a temperature in thinking mode; leave it out, or turn thinking off with "
        "@none");
  CHECK(refused([](ChatRequest& r) {
          r.effort = "low";
          r.top_p = 0.9;
        }) ==
        "DeepSeek cannot express top_p in thinking mode; leave it out, or turn thinking off with @none");
  CHECK(refused([](ChatRequest& r) {
          r.effort = "none";
          r.temperature = 0;
          r.top_p = 1;
        }) == "accepted");
  CHECK(refused([](ChatRequest& r) { r.seed = 1; }) == "DeepSeek cannot express a seed; leave it out");
  CHECK(refused([](ChatRequest& r) { r.stop.assign(16, "x"); }) == "accepted");
  CHECK(refused([](ChatRequest& r) { r.stop.assign(17, "x"); }) ==
        "DeepSeek takes at most 16 stop sequences, not 17");
  CHECK(refused([](ChatRequest& r) { r.parallel_tool_calls = true; }) ==
        "DeepSeek cannot express parallel_tool_calls; leave it out");
  CHECK(refused([](ChatRequest& r) { r.response_format = ResponseFormat{}; }) == "accepted");
  CHECK(refused([](ChatRequest& r) {
          r.response_format = ResponseFormat{ResponseFormat::Kind::json_schema, "", "{}", true};
        }) ==
        "DeepSeek cannot express a JSON schema of the answer; ask for a JSON object and describe it in the "
        "prompt");
  CHECK(refused([](ChatRequest& r) { r.service_class = "flex"; }) ==
        "DeepSeek cannot express the service class 'flex'; leave out the part from '+'");
  CHECK(refused([](ChatRequest& r) { r.cache_prompt = false; }) ==
        "DeepSeek cannot express a prompt that is kept out of the cache; a fresh cache key has a cold cache");
  CHECK(refused([](ChatRequest& r) { r.effort = "huge"; }) ==
        "the API knows no effort 'huge'; one of none, minimal, low, medium, high, xhigh, max, ultra");
}

TEST_CASE("DeepSeek: a queued answer with reasoning and its cache counts") {
  const Read got = read(
      *make_deepseek_dialect(),
      Answer{
          200,
          {{"x-ds-trace-id", "trace-1"}},
          ": keep-alive\n\n: keep-alive\n\n" +
              delta(R"("role":"assistant","content":null,"reasoning_content":"")") +
              delta(R"("content":null,"reasoning_content":"hm")") +
              delta(R"("content":"Hi","reasoning_content":null)") +
              frame(
                  R"({"model":"deepseek-v4-pro","system_fingerprint":"fp_x","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":9,"total_tokens":109,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":7},"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}})") +
              kDone});
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.deltas == "r:hm v:Hi");
  CHECK(count(got, Meter::fresh_input) == 36);
  CHECK(count(got, Meter::cache_read) == 64);
  CHECK(count(got, Meter::reasoning) == 7);
  CHECK(count(got, Meter::visible_output) == 2);
  CHECK(got.attempt.billing.served_model == "deepseek-v4-pro");
  CHECK(got.attempt.system_fingerprint == "fp_x");
  CHECK(got.attempt.request_id == "trace-1");
  CHECK(got.attempt.notes == Notes{});
}

TEST_CASE("DeepSeek: failures") {
  const auto dialect = make_deepseek_dialect();
  const Read exhausted = read(
      *dialect,
      kHi + frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]})") +
          kDone);
  CHECK(exhausted.attempt.outcome == Outcome::stream_error);
  CHECK(exhausted.attempt.error_code == "insufficient_system_resource");
  CHECK(read(*dialect, ": keep-alive\n\n").attempt.outcome == Outcome::queued_never_started);
  const Read mismatch = read(
      *dialect,
      kHi + kStop +
          frame(
              R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":3}})") +
          kDone);
  CHECK(mismatch.attempt.usage == Usage{});
  CHECK(mismatch.attempt.notes ==
        Notes{"usage rejected: prompt_tokens 10 differs from prompt_cache_hit_tokens 8 + "
              "prompt_cache_miss_tokens 3 = 11"});
  const Read broke = read(*dialect, Answer{402, {}, R"({"error":{"message":"Insufficient Balance"}})"});
  CHECK(broke.attempt.outcome == Outcome::money);
  CHECK(broke.attempt.advice.quota_gone);
}

TEST_CASE("DeepSeek: limits of an account") {
  CHECK(deepseek_account_limit("deepseek-v4-flash") == 2500);
  CHECK(deepseek_account_limit("deepseek-v4-pro") == 500);
  CHECK(deepseek_account_limit("deepseek-v5") == 500);
}
