// What the Responses dialect sends and refuses.
#include "providers/dialects/openai_responses.h"

#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/providers/dialects/read_answer.h"
#include "tests/providers/dialects/requests.h"

using namespace costwar;

TEST_CASE("requests to Responses") {
  const auto openai = make_openai_responses_dialect();
  ChatRequest request = plain_request();
  request.max_output_tokens.reset();
  CHECK(openai->encode(request).path == "/responses");
  CHECK(openai->encode(request).headers.empty());
  CHECK(openai->key_style() == KeyStyle::bearer);
  CHECK(
      body_of(*openai, request) ==
      R"({"model":"m-1","input":[{"role":"user","content":"2+2?"}],"store":false,"stream":true,"stream_options":{"include_obfuscation":false}})");

  SUBCASE("the first system message is the instructions, a later one an item") {
    request.messages = {{Role::system, "be short"}, {Role::system, "be kind"}, {Role::user, "hello"}};
    const Json body = parse_json(body_of(*openai, request), "body");
    CHECK(body["instructions"] == "be short");
    CHECK(body["input"].dump() ==
          R"([{"role":"system","content":"be kind"},{"role":"user","content":"hello"}])");
    request.messages = {{Role::system, "alone"}};
    CHECK(parse_json(body_of(*openai, request), "body")["input"].dump() ==
          R"([{"role":"system","content":"alone"}])");
  }
  SUBCASE("every setting") {
    request.max_output_tokens = 64;
    request.temperature = 0.5;
    request.top_p = 0.25;
    request.effort = "high";
    request.cache_key = "k";
    request.cache_prompt = true;
    request.service_class = "standard";
    request.response_format = {.kind = ResponseFormat::Kind::json_schema, .schema = R"({"type":"object"})"};
    request.extra_body =
        R"({"text":{"verbosity":"low"},"reasoning":{"summary":"auto"},"metadata":{"a":"b"}})";
    CHECK(
        body_of(*openai, request) ==
        R"({"model":"m-1","input":[{"role":"user","content":"2+2?"}],"max_output_tokens":64,"temperature":0.5,"top_p":0.25,)"
        R"("reasoning":{"effort":"high","summary":"auto"},"text":{"format":{"type":"json_schema","name":"answer",)"
        R"("schema":{"type":"object"},"strict":true},"verbosity":"low"},"prompt_cache_key":"k","service_tier":"default",)"
        R"("store":false,"stream":true,"stream_options":{"include_obfuscation":false},"metadata":{"a":"b"}})");
    request.response_format = ResponseFormat{};
    request.service_class = "flex";
    const Json body = parse_json(body_of(*openai, request), "body");
    CHECK(body["text"]["format"].dump() == R"({"type":"json_object"})");
    CHECK(body["service_tier"] == "flex");
  }
  SUBCASE("tools and their results") {
    request = tool_request();
    request.tool_choice = ToolChoice{ToolChoice::Kind::named, "add"};
    request.parallel_tool_calls = false;
    const Json body = parse_json(body_of(*openai, request), "body");
    CHECK(
        body["tools"].dump() ==
        R"([{"type":"function","name":"add","description":"adds","parameters":{"type":"object","properties":{"a":{"type":"integer"}}},"strict":false},)"
        R"({"type":"function","name":"now","parameters":{"type":"object","properties":{}},"strict":false}])");
    CHECK(body["tool_choice"].dump() == R"({"type":"function","name":"add"})");
    CHECK(body["parallel_tool_calls"] == false);
    const std::string calls =
        R"({"role":"assistant","content":"Let me see."},{"type":"function_call","call_id":"c1","name":"add","arguments":"{\"a\":1}"},)"
        R"({"type":"function_call","call_id":"c2","name":"add","arguments":"{}"},)"
        R"({"type":"function_call_output","call_id":"c1","output":"3"},{"type":"function_call_output","call_id":"c2","output":"4"}])";
    CHECK(body["input"].dump() == R"([{"role":"user","content":"add"},)" + calls);
    request.parallel_tool_calls.reset();
    const Json other = parse_json(body_of(*make_deepseek_responses_dialect(), request), "body");
    CHECK(
        other["input"].dump() ==
        R"([{"role":"user","content":"add"},{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"two sums"}]},)" +
            calls);
    CHECK_FALSE(other.contains("stream_options"));
    for (const auto& [kind, word] : {std::pair{ToolChoice::Kind::automatic, "auto"},
                                     {ToolChoice::Kind::none, "none"},
                                     {ToolChoice::Kind::required, "required"}}) {
      request.tool_choice = ToolChoice{kind};
      CHECK(parse_json(body_of(*openai, request), "body")["tool_choice"] == word);
    }
    request.messages[2].content.clear();
    CHECK(parse_json(body_of(*openai, request), "body")["input"][1]["type"] == "function_call");
  }
}

TEST_CASE("what Responses cannot express") {
  const auto openai = make_openai_responses_dialect();
  const auto deepseek = make_deepseek_responses_dialect();
  ChatRequest request = plain_request();
  CHECK(refusal_of(*openai, request).empty());
  SUBCASE("a seed") {
    request.seed = 1;
    CHECK(refusal_of(*openai, request) == "OpenAI Responses cannot express a seed | leave it out");
    CHECK(refusal_of(*deepseek, request) == "DeepSeek's Responses cannot express a seed | leave it out");
  }
  SUBCASE("stop texts") {
    request.stop = {"\n"};
    CHECK(refusal_of(*openai, request) == "OpenAI Responses cannot express stop sequences | leave them out");
  }
  SUBCASE("no cache") {
    request.cache_prompt = false;
    CHECK(refusal_of(*openai, request)
              .starts_with("OpenAI Responses cannot express a prompt that is kept out of the cache | "));
  }
  SUBCASE("classes") {
    request.service_class = "batch";
    CHECK(refusal_of(*openai, request) ==
          "OpenAI Responses cannot express the service class 'batch' | one of standard, flex, priority");
    request.service_class = "flex";
    CHECK(refusal_of(*deepseek, request) ==
          "DeepSeek's Responses cannot express the service class 'flex' | leave out the part from '+'");
  }
  SUBCASE("a cache key where there is none") {
    request.cache_key = "k";
    CHECK(refusal_of(*openai, request).empty());
    CHECK(refusal_of(*deepseek, request) == "DeepSeek's Responses cannot express a cache key | leave it out");
  }
  SUBCASE("efforts") {
    request.effort = "ultra";
    CHECK(refusal_of(*openai, request) ==
          "the API knows no effort 'ultra' | one of none, minimal, low, medium, high, xhigh, max");
    request.effort = "medium";
    CHECK(refusal_of(*deepseek, request) == "the API knows no effort 'medium' | one of none, low, high, max");
  }
  SUBCASE("a call without an id") {
    request = tool_request();
    request.messages[2].tool_calls[0].id.clear();
    CHECK(refusal_of(*openai, request) == "OpenAI Responses cannot express the call of 'add' without an id");
    request.messages[2].tool_calls[0] = {"c1", "add", "{\"a\":"};
    CHECK(refusal_of(*openai, request) ==
          "OpenAI Responses cannot express the arguments of 'add', which are no JSON");
  }
  SUBCASE("what DeepSeek takes and ignores, or has not") {
    request.temperature = 0;
    CHECK(refusal_of(*openai, request).empty());
    CHECK(refusal_of(*deepseek, request) ==
          "DeepSeek's Responses cannot express a temperature in thinking mode | leave it out, or turn "
          "thinking off with @none");
    request.effort = "none";
    CHECK(refusal_of(*deepseek, request).empty());
    request.effort = "low";
    request.temperature.reset();
    request.top_p = 0.5;
    CHECK(refusal_of(*deepseek, request)
              .starts_with("DeepSeek's Responses cannot express top_p in thinking mode"));
    request.top_p.reset();
    request.response_format = {.kind = ResponseFormat::Kind::json_schema, .schema = "{}"};
    CHECK(refusal_of(*openai, request).empty());
    CHECK(refusal_of(*deepseek, request)
              .starts_with("DeepSeek's Responses cannot express a JSON schema of the answer"));
    request = tool_request();
    request.parallel_tool_calls = true;
    CHECK(refusal_of(*deepseek, request) ==
          "DeepSeek's Responses cannot express parallel_tool_calls | leave it out");
    request.parallel_tool_calls.reset();
    request.service_class = "standard";
    CHECK(body_of(*deepseek, request).find("service_tier") == std::string::npos);
  }
  SUBCASE("members that it writes itself") {
    request.extra_body = R"({"store":true})";
    CHECK(refusal_of(*openai, request) ==
          "extra_body may not set store of OpenAI Responses | the request has a setting of its own for it");
    request.extra_body = R"({"reasoning":{"effort":"low"}})";
    CHECK(refusal_of(*openai, request).starts_with("extra_body may not set reasoning.effort of OpenAI"));
    request.extra_body = R"({"reasoning":7})";
    CHECK(refusal_of(*openai, request) ==
          "extra_body may not set reasoning of OpenAI Responses | give an object, whose members are added");
    request.extra_body = "[1]";
    CHECK(refusal_of(*openai, request) == "extra_body is no JSON object");
  }
}
