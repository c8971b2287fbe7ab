// OpenRouter and the LiteLLM proxy.
#include <doctest/doctest.h>

#include <string>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

TEST_CASE("OpenRouter: requests") {
  const auto dialect = make_openrouter_dialect();
  ChatRequest request = chat_question();
  request.model = "deepseek/deepseek-v4-pro";
  request.max_output_tokens = 9;
  request.effort = "high";
  request.service_class = "flex";
  request.extra_body = R"({"provider":{"order":["deepseek"],"allow_fallbacks":false}})";
  CHECK(chat_body(*dialect, request) ==
        R"({"model":"deepseek/deepseek-v4-pro","messages":[{"role":"user","content":"hello"}],)"
        R"("max_completion_tokens":9,"reasoning":{"effort":"high"},"service_tier":"flex","stream":true,)"
        R"("stream_options":{"include_usage":true},"usage":{"include":true},)"
        R"("provider":{"order":["deepseek"],"allow_fallbacks":false}})");
  request.extra_body = R"({"reasoning":{"effort":"low"}})";
  CHECK(chat_refusal(*dialect, request) ==
        "extra_body may not set reasoning.effort of OpenRouter; the request has a setting of its own for it");
  request.extra_body = R"({"reasoning":{"summary":"auto"}})";
  CHECK(chat_refusal(*dialect, request) == "accepted");
  request.stop.assign(5, "x");
  CHECK(chat_refusal(*dialect, request) == "OpenRouter takes at most 4 stop sequences, not 5");
  request.stop.clear();
  request.cache_key = "k";
  CHECK(chat_refusal(*dialect, request) == "OpenRouter cannot express a cache key; leave it out");
}

TEST_CASE("OpenRouter: who answered, what it cost, why it stopped") {
  const std::string chunk =
      R"({"id":"gen-1","provider":"DeepInfra","model":"deepseek/deepseek-v4-pro","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant",)";
  const Read got = read(
      *make_openrouter_dialect(),
      Answer{
          200,
          {{"content-type", "text/event-stream"}, {"x-generation-id", "gen-1"}},
          ": OPENROUTER PROCESSING\n\n" +
              frame(chunk + R"("content":"","reasoning":"hm"},"finish_reason":null}]})") +
              ": OPENROUTER PROCESSING\n\n" +
              frame(chunk + R"("content":"Hi"},"finish_reason":null,"native_finish_reason":null}]})") +
              frame(chunk + R"("content":""},"finish_reason":"stop","native_finish_reason":"end_turn"}]})") +
              frame(
                  R"({"id":"gen-1","provider":"DeepInfra","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":194,"completion_tokens":2,"total_tokens":196,"cost":0.00095,"is_byok":false,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":0,"audio_tokens":0},"cost_details":{"upstream_inference_cost":null},"completion_tokens_details":{"reasoning_tokens":1}}})") +
              kDone});
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.deltas == "r:hm v:Hi");
  CHECK(got.attempt.finish_reason == "stop");
  CHECK(got.attempt.served_provider == "DeepInfra");
  CHECK(got.attempt.billing.served_model == "deepseek/deepseek-v4-pro");
  CHECK(got.attempt.request_id == "gen-1");
  CHECK(
      got.attempt.extra ==
      R"({"cost":0.00095,"cost_details":{"upstream_inference_cost":null},"native_finish_reason":"end_turn"})");
  CHECK(count(got, Meter::fresh_input) == 94);
  CHECK(count(got, Meter::cache_read) == 100);
  CHECK(count(got, Meter::reasoning) == 1);
  CHECK(count(got, Meter::visible_output) == 1);
  CHECK(got.attempt.notes == Notes{});
}

TEST_CASE("OpenRouter: errors of the provider in chunks") {
  const auto dialect = make_openrouter_dialect();
  const Read top = read(
      *dialect,
      kHi +
          frame(
              R"({"id":"gen-1","provider":"X","model":"m","error":{"code":502,"message":"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"usage":{"prompt_tokens":10,"completion_tokens":1}})"));
  CHECK(top.attempt.outcome == Outcome::stream_error);
  CHECK(top.attempt.error_code == "502");
  CHECK(top.attempt.error_message == "Provider disconnected");
  CHECK(top.attempt.served_provider == "X");
  CHECK(count(top, Meter::visible_output) == 1);
  CHECK_FALSE(top.attempt.advice.overloaded);

  const auto in_choice = [&](const std::string& error) {
    return read(
        *dialect,
        kHi + frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"error","error":)" + error + "}]}") +
            kDone);
  };
  const Read busy = in_choice(R"({"code":429,"message":"slow down","metadata":{"provider_name":"X"}})");
  CHECK(busy.attempt.outcome == Outcome::stream_error);
  CHECK(busy.attempt.error_code == "429");
  CHECK(busy.attempt.error_message == "slow down");
  CHECK(busy.attempt.advice.overloaded);
  CHECK(in_choice(R"({"code":402,"message":"no credits"})").attempt.advice.quota_gone);
  const Read bare = in_choice("null");
  CHECK(bare.attempt.error_code == "error");
  CHECK(bare.attempt.error_message == "the server failed while it answered");
}

TEST_CASE("the LiteLLM proxy says in a header whose API answered") {
  const auto dialect = make_litellm_dialect();
  const auto served = [&](const std::string& base, const std::string& body) {
    return read(*dialect, Answer{200, {{"x-litellm-model-api-base", base}}, body}).attempt.served_provider;
  };
  const std::string answer = kHi + kStop + kDone;
  CHECK(served("https://api.openai.com/v1", answer) == "https://api.openai.com/v1");
  CHECK(served("https://host/v1beta?key=AIzaSecret", answer) == "https://host/v1beta");
  CHECK(served("https://user:secret@host/v1", answer).empty());
  CHECK(served("https://host", frame(R"({"provider":"DeepInfra","choices":[]})") + answer) == "DeepInfra");
  CHECK(read(*dialect, answer).attempt.served_provider.empty());
  CHECK(read(*make_openrouter_dialect(), Answer{200, {{"x-litellm-model-api-base", "x"}}, answer})
            .attempt.served_provider.empty());
}

TEST_CASE("the LiteLLM proxy: requests, and Anthropic's names of cached tokens") {
  const auto dialect = make_litellm_dialect();
  ChatRequest request = chat_question();
  request.effort = "high";
  request.cache_key = "k";
  request.service_class = "priority";
  CHECK(
      chat_body(*dialect, request) ==
      R"({"model":"m-1","messages":[{"role":"user","content":"hello"}],"reasoning_effort":"high",)"
      R"("service_tier":"priority","prompt_cache_key":"k","stream":true,"stream_options":{"include_usage":true}})");

  const auto usage = [&](const std::string& members) {
    return read(*dialect, kHi + kStop + frame(R"({"choices":[],"usage":{)" + members + "}}") + kDone);
  };
  const Read both = usage(
      R"("prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_tokens_details":{"cached_tokens":60},"cache_creation_input_tokens":30,"cache_read_input_tokens":60)");
  CHECK(count(both, Meter::fresh_input) == 10);
  CHECK(count(both, Meter::cache_read) == 60);
  CHECK(count(both, Meter::cache_write_5m) == 30);
  CHECK(count(both, Meter::visible_output) == 5);
  CHECK(both.attempt.notes == Notes{});
  const Read lifetimes = usage(
      R"("prompt_tokens":100,"completion_tokens":5,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20})");
  CHECK(count(lifetimes, Meter::fresh_input) == 70);
  CHECK(count(lifetimes, Meter::cache_write_5m) == 10);
  CHECK(count(lifetimes, Meter::cache_write_1h) == 20);
  // A prompt that does not include them cannot be split.
  const Read beside = usage(R"("prompt_tokens":10,"completion_tokens":5,"cache_read_input_tokens":60)");
  CHECK(beside.attempt.usage == Usage{});
  CHECK(beside.attempt.notes == Notes{"usage rejected: prompt_tokens 10 is less than cached_tokens 60"});
}
