// What the Messages dialect sends and refuses.
#include "providers/dialects/anthropic.h"

#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/providers/dialects/read_answer.h"
#include "tests/providers/dialects/requests.h"

using namespace costwar;

TEST_CASE("requests to Messages") {
  const auto dialect = make_anthropic_dialect();
  ChatRequest request = plain_request();
  const EncodedRequest encoded = dialect->encode(request);
  CHECK(encoded.path == "/messages");
  CHECK(encoded.headers ==
        std::vector<std::pair<std::string, std::string>>{{"anthropic-version", "2023-06-01"}});
  CHECK(dialect->models_headers() == encoded.headers);
  CHECK(dialect->models_path() == "/models");
  CHECK(dialect->key_style() == KeyStyle::x_api_key);
  CHECK(body_of(*dialect, request) ==
        R"({"model":"m-1","max_tokens":64,"messages":[{"role":"user","content":"2+2?"}],"stream":true})");

  SUBCASE("every setting") {
    request.temperature = 0.5;
    request.top_p = 0.25;
    request.stop = {"\n"};
    request.effort = "xhigh";
    request.service_class = "standard";
    request.response_format = {.kind = ResponseFormat::Kind::json_schema, .schema = R"({"type":"object"})"};
    request.extra_body = R"({"top_k":3,"thinking":{"type":"adaptive"}})";
    CHECK(
        body_of(*dialect, request) ==
        R"({"model":"m-1","max_tokens":64,"messages":[{"role":"user","content":"2+2?"}],"temperature":0.5,"top_p":0.25,)"
        R"("stop_sequences":["\n"],"output_config":{"effort":"xhigh","format":{"type":"json_schema","schema":{"type":"object"}}},)"
        R"("service_tier":"standard_only","stream":true,"top_k":3,"thinking":{"type":"adaptive"}})");
    request.effort = "none";
    request.extra_body.clear();
    request.service_class = "priority";
    const Json body = parse_json(body_of(*dialect, request), "body");
    CHECK(body["thinking"].dump() == R"({"type":"disabled"})");
    CHECK_FALSE(body["output_config"].contains("effort"));
    CHECK(body["service_tier"] == "auto");
  }
  SUBCASE("tools and their results") {
    request = tool_request();
    request.tool_choice = ToolChoice{ToolChoice::Kind::named, "add"};
    request.parallel_tool_calls = false;
    const Json body = parse_json(body_of(*dialect, request), "body");
    CHECK(body["system"].dump() == R"([{"type":"text","text":"be short"}])");
    CHECK(
        body["tools"].dump() ==
        R"([{"name":"add","description":"adds","input_schema":{"type":"object","properties":{"a":{"type":"integer"}}}},)"
        R"({"name":"now","input_schema":{"type":"object","properties":{}}}])");
    CHECK(body["tool_choice"].dump() == R"({"type":"tool","name":"add","disable_parallel_tool_use":true})");
    CHECK(
        body["messages"].dump() ==
        R"([{"role":"user","content":"add"},{"role":"assistant","content":[{"type":"text","text":"Let me see."},)"
        R"({"type":"tool_use","id":"c1","name":"add","input":{"a":1}},{"type":"tool_use","id":"c2","name":"add","input":{}}]},)"
        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"3"},)"
        R"({"type":"tool_result","tool_use_id":"c2","content":"4"}]}])");
  }
  SUBCASE("tool choices") {
    request = tool_request();
    const auto choice = [&] {
      const Json body = parse_json(body_of(*dialect, request), "body");
      return body.contains("tool_choice") ? body["tool_choice"].dump() : "";
    };
    CHECK(choice().empty());
    request.parallel_tool_calls = true;
    CHECK(choice().empty());
    request.parallel_tool_calls = false;
    CHECK(choice() == R"({"type":"auto","disable_parallel_tool_use":true})");
    request.tool_choice = ToolChoice{ToolChoice::Kind::none};
    CHECK(choice() == R"({"type":"none"})");
    request.tool_choice = ToolChoice{ToolChoice::Kind::required};
    request.parallel_tool_calls = true;
    CHECK(choice() == R"({"type":"any","disable_parallel_tool_use":false})");
    request.parallel_tool_calls.reset();
    CHECK(choice() == R"({"type":"any"})");
    request.tool_choice = ToolChoice{};
    CHECK(choice() == R"({"type":"auto"})");
  }
  SUBCASE("a prompt to be cached") {
    request.messages = {{Role::system, "a"}, {Role::system, "b"}, {Role::user, "c"}};
    request.cache_prompt = true;
    CHECK(
        body_of(*dialect, request) ==
        R"({"model":"m-1","max_tokens":64,"system":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}],)"
        R"("messages":[{"role":"user","content":[{"type":"text","text":"c","cache_control":{"type":"ephemeral"}}]}],"stream":true})");
    request.cache_prompt = false;
    CHECK(body_of(*dialect, request).find("cache_control") == std::string::npos);
    request = tool_request();
    request.cache_prompt = true;
    const Json body = parse_json(body_of(*dialect, request), "body");
    CHECK(body["messages"][2]["content"][1]["cache_control"]["type"] == "ephemeral");
    CHECK_FALSE(body["messages"][2]["content"][0].contains("cache_control"));
  }
}

TEST_CASE("what Messages cannot express") {
  const auto dialect = make_anthropic_dialect();
  ChatRequest request = plain_request();
  const auto refused = [&] { return refusal_of(*dialect, request); };
  CHECK(refused().empty());
  SUBCASE("no longest answer") {
    request.max_output_tokens.reset();
    CHECK(refused() == "Anthropic Messages needs max_output_tokens | set it: --max-output-tokens");
  }
  SUBCASE("a seed") {
    request.seed = 1;
    CHECK(refused() == "Anthropic Messages cannot express a seed");
  }
  SUBCASE("a temperature") {
    request.temperature = 1.5;
    CHECK(refused() == "Anthropic Messages cannot express the temperature 1.5 | from 0 to 1");
    request.temperature = 1;
    CHECK(refused().empty());
  }
  SUBCASE("a cache key") {
    request.cache_key = "k";
    CHECK(refused() ==
          "Anthropic Messages cannot express a cache key | an account's requests share one cache");
  }
  SUBCASE("classes") {
    request.service_class = "flex";
    CHECK(refused() ==
          "Anthropic Messages cannot express the service class 'flex' | one of standard, priority");
  }
  SUBCASE("formats") {
    request.response_format = ResponseFormat{};
    CHECK(refused() == "Anthropic Messages cannot express a JSON object without a schema | give a schema");
    request.response_format = {
        .kind = ResponseFormat::Kind::json_schema, .schema = R"({"type":"object"})", .strict = false};
    CHECK(refused() == "Anthropic Messages cannot express a schema that is not strict");
  }
  SUBCASE("messages") {
    request.messages = {{Role::user, "a"}, {Role::system, "b"}};
    CHECK(refused() ==
          "Anthropic Messages cannot express a system message after others | put system messages first");
    request.messages = {{Role::system, "b"}};
    CHECK(refused() == "Anthropic Messages cannot express a request with system messages alone");
    request = tool_request();
    request.messages[2].tool_calls[0].arguments = "{\"a\":";
    CHECK(refused() == "Anthropic Messages cannot express the arguments of 'add', which are no JSON object");
    request.messages[2].tool_calls[0].id.clear();
    CHECK(refused() == "Anthropic Messages cannot express the call of 'add' without an id");
  }
  SUBCASE("efforts, and who sets thinking") {
    request.effort = "minimal";
    CHECK(refused() == "the API knows no effort 'minimal' | one of none, low, medium, high, xhigh, max");
    request.effort = "none";
    request.extra_body = R"({"thinking":{"type":"adaptive"}})";
    CHECK(refused().starts_with("extra_body may not set thinking of Anthropic Messages"));
    request.effort = "low";
    CHECK(refused().empty());
    request.extra_body = R"({"max_tokens":5})";
    CHECK(refused().starts_with("extra_body may not set max_tokens of Anthropic Messages"));
  }
}
