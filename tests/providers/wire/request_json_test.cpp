#include "providers/wire/request_json.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tests/providers/dialects/read_answer.h"
#include "tests/providers/dialects/requests.h"

using namespace costwar;

TEST_CASE("what no API can be sent") {
  struct Row {
    std::function<void(ChatRequest&)> spoil;
    std::string_view message;
  };
  const std::vector<Row> rows{
      {[](ChatRequest& r) { r.model.clear(); }, "the request names no model"},
      {[](ChatRequest& r) { r.model = "\xFF"; }, "the model's name is not valid UTF-8"},
      {[](ChatRequest& r) { r.messages.clear(); }, "the request has no messages"},
      {[](ChatRequest& r) { r.messages[1].content = "\xFF"; }, "a message is not valid UTF-8"},
      {[](ChatRequest& r) { r.messages[2].reasoning = "\xFF"; }, "a message's reasoning is not valid UTF-8"},
      {[](ChatRequest& r) { r.messages[1].reasoning = "x"; }, "a user message has reasoning"},
      {[](ChatRequest& r) {
         r.messages[1].tool_calls = {{"c", "add", ""}};
       },
       "a user message calls a tool"},
      {[](ChatRequest& r) { r.messages[2].tool_calls[0].arguments = "\xFF"; },
       "a tool call is not valid UTF-8"},
      {[](ChatRequest& r) { r.messages[2].tool_calls[0].name.clear(); }, "a tool call names no tool"},
      {[](ChatRequest& r) { r.messages[3].tool_call_id.clear(); },
       "a tool message names no call that it answers"},
      {[](ChatRequest& r) { r.messages[3].tool_call_id = "\xFF"; },
       "the id of a tool call is not valid UTF-8"},
      {[](ChatRequest& r) { r.messages[1].tool_call_id = "c"; }, "a user message answers a tool call"},
      {[](ChatRequest& r) { r.tools[0].name.clear(); }, "a tool has no name"},
      {[](ChatRequest& r) { r.tools[0].description = "\xFF"; }, "a tool is not valid UTF-8"},
      {[](ChatRequest& r) { r.tools[1].name = "add"; }, "two tools are called 'add'"},
      {[](ChatRequest& r) { r.tools[0].parameters = "[]"; },
       "the parameters of the tool 'add' are no JSON object"},
      {[](ChatRequest& r) { r.tools[0].parameters = "{"; },
       "the parameters of the tool 'add' are no JSON object"},
      {[](ChatRequest& r) {
         r.tool_choice = ToolChoice{ToolChoice::Kind::named, "sub"};
       },
       "the tool choice 'sub' is none of the tools"},
      {[](ChatRequest& r) {
         r.tools.clear();
         r.tool_choice = ToolChoice{};
       },
       "a tool choice is asked for and there are no tools"},
      {[](ChatRequest& r) {
         r.tools.clear();
         r.parallel_tool_calls = true;
       },
       "parallel tool calls are asked for and there are no tools"},
      {[](ChatRequest& r) { r.stop = {"\xC3"}; }, "a stop text is not valid UTF-8"},
      {[](ChatRequest& r) { r.max_output_tokens = 0; }, "0 output tokens cannot be asked for"},
      {[](ChatRequest& r) { r.temperature = std::nan(""); }, "the temperature is not a finite number"},
      {[](ChatRequest& r) { r.top_p = std::numeric_limits<double>::infinity(); },
       "top_p is not a finite number"},
      {[](ChatRequest& r) { r.effort = "\xFF"; }, "the effort is not valid UTF-8"},
      {[](ChatRequest& r) { r.service_class = "\xFF"; }, "the service class is not valid UTF-8"},
      {[](ChatRequest& r) { r.cache_key = "\xFF"; }, "the cache key is not valid UTF-8"},
      {[](ChatRequest& r) { r.response_format = ResponseFormat{.name = "\xFF"}; },
       "the schema's name is not valid UTF-8"},
      {[](ChatRequest& r) {
         r.response_format = {.kind = ResponseFormat::Kind::json_schema, .schema = "true"};
       },
       "the schema of the answer is no JSON object"},
      {[](ChatRequest& r) { r.extra_body = "7"; }, "extra_body is no JSON object"},
  };
  CHECK_FALSE(wire::refuse_malformed(tool_request()));
  for (const Row& row : rows) {
    CAPTURE(row.message);
    ChatRequest request = tool_request();
    row.spoil(request);
    const auto refusal = wire::refuse_malformed(request);
    REQUIRE(refusal);
    CHECK(refusal->message == row.message);
  }
}

TEST_CASE("JSON that stands in a request as text") {
  CHECK(wire::json_object(R"({"b":1,"a":[2]})")->dump() == R"({"b":1,"a":[2]})");
  for (const char* text : {"", "{", "7", "[]", "null", R"({"a":1,"a":2})", "{\"a\":\"\xFF\"}", "{} x"}) {
    CAPTURE(text);
    CHECK_FALSE(wire::json_object(text));
    CHECK(wire::json_object_or_empty(text).dump() == "{}");
  }
  CHECK(wire::parameters_of({"now", "", ""}).dump() == R"({"type":"object","properties":{}})");
  CHECK(wire::schema_name({}) == "answer");
  CHECK(wire::schema_name({.name = "sum"}) == "sum");
}

TEST_CASE("members of extra_body") {
  constexpr std::array<std::string_view, 2> kOwn{"seed", "options.stop"};
  ChatRequest request = plain_request();
  const auto refused = [&](const char* extra) {
    request.extra_body = extra;
    const auto refusal = wire::refuse_extra_body(request, kOwn, "the API");
    return refusal ? refusal->message : "";
  };
  CHECK(refused("").empty());
  CHECK(refused(R"({"top_k":1,"options":{"num_ctx":1}})").empty());
  CHECK(refused(R"({"stop":1})").empty());
  CHECK(refused(R"({"seed":null})") == "extra_body may not set seed of the API");
  CHECK(refused(R"({"options":{"stop":[]}})") == "extra_body may not set options.stop of the API");
  CHECK(refused(R"({"options":1})") == "extra_body may not set options of the API");
  CHECK(refused("nothing") == "extra_body is no JSON object");

  Json body{{"model", "m"}, {"options", {{"stop", "x"}, {"deep", {{"a", 1}}}}}};
  request.extra_body = R"({"options":{"num_ctx":8,"deep":{"b":2}},"user":{"id":1}})";
  wire::merge_extra_body(body, request);
  CHECK(body.dump() ==
        R"({"model":"m","options":{"stop":"x","deep":{"a":1,"b":2},"num_ctx":8},"user":{"id":1}})");
}

TEST_CASE("efforts") {
  constexpr std::array<std::string_view, 2> kEfforts{"low", "high"};
  ChatRequest request = plain_request();
  CHECK_FALSE(wire::refuse_effort(request, kEfforts));
  request.effort = "high";
  CHECK_FALSE(wire::refuse_effort(request, kEfforts));
  request.effort = "ultra";
  CHECK(wire::refuse_effort(request, kEfforts)->message == "the API knows no effort 'ultra'");
  CHECK_FALSE(wire::refuse_effort(request, {}));
}
