// Requests of Chat Completions, byte for byte, and what is refused before it is sent.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/providers/dialects/chat_support.h"

using namespace costwar;
using namespace costwar::chat;

namespace {

ChatRequest with_tools() {
  ChatRequest request = chat_question();
  request.tools = {{"add", "Adds.", R"({"type":"object","properties":{"a":{"type":"integer"}}})"},
                   {"now", "", ""}};
  return request;
}

// A turn of tools: the question, two calls, their answers.
std::vector<Message> tool_turn() {
  Message calls{Role::assistant, ""};
  calls.reasoning = "I should add.";
  calls.tool_calls = {{"call_1", "add", R"({"a": 1})"}, {"call_2", "now", ""}};
  Message first{Role::tool, "3"};
  first.tool_call_id = "call_1";
  Message second{Role::tool, "noon"};
  second.tool_call_id = "call_2";
  return {{Role::user, "1+2?"}, calls, first, second};
}

}  // namespace

TEST_CASE("a plain request") {
  ChatRequest request = chat_question();
  request.messages = {{Role::system, "be short"}, {Role::user, "2+2? \"\xC3\xA9\""}, {Role::assistant, "4"}};
  CHECK(
      chat_body(*make_compatible_dialect(), request) ==
      R"({"model":"m-1","messages":[{"role":"system","content":"be short"},{"role":"user","content":"2+2? \"é\""},)"
      R"({"role":"assistant","content":"4"}],"stream":true,"stream_options":{"include_usage":true}})");
}

TEST_CASE("every setting") {
  ChatRequest request = with_tools();
  request.max_output_tokens = 64;
  request.temperature = 0.0;
  request.top_p = 0.5;
  request.seed = 7;
  request.stop = {"\n", "END"};
  request.effort = "high";
  request.tool_choice = ToolChoice{ToolChoice::Kind::named, "add"};
  request.parallel_tool_calls = false;
  request.response_format = ResponseFormat{ResponseFormat::Kind::json_schema, "",
                                           R"({"type": "object", "required": ["x"]})", false};
  request.service_class = "flex";
  request.cache_key = "run-1";
  request.extra_body = R"({"top_k": 5, "stream_options": {"include_more": true}})";
  CHECK(
      chat_body(*make_openai_dialect(), request) ==
      R"({"model":"m-1","messages":[{"role":"user","content":"hello"}],"max_completion_tokens":64,)"
      R"("temperature":0.0,"top_p":0.5,"seed":7,"stop":["\n","END"],"reasoning_effort":"high",)"
      R"("tools":[{"type":"function","function":{"name":"add","description":"Adds.",)"
      R"("parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}},)"
      R"({"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],)"
      R"("tool_choice":{"type":"function","function":{"name":"add"}},"parallel_tool_calls":false,)"
      R"("response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":false,)"
      R"("schema":{"type":"object","required":["x"]}}},"service_tier":"flex","prompt_cache_key":"run-1",)"
      R"("stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false,"include_more":true},)"
      R"("top_k":5})");
}

TEST_CASE("members on their own") {
  const auto dialect = make_openai_dialect();
  const auto member = [&](const ChatRequest& request, const char* name) {
    return parse_json(chat_body(*dialect, request), "body").at(name).dump();
  };
  ChatRequest request = with_tools();
  using Kind = ToolChoice::Kind;
  request.tool_choice = ToolChoice{Kind::automatic};
  CHECK(member(request, "tool_choice") == R"("auto")");
  request.tool_choice = ToolChoice{Kind::none};
  CHECK(member(request, "tool_choice") == R"("none")");
  request.tool_choice = ToolChoice{Kind::required};
  CHECK(member(request, "tool_choice") == R"("required")");
  request.response_format = ResponseFormat{};
  CHECK(member(request, "response_format") == R"({"type":"json_object"})");
  request.response_format = ResponseFormat{ResponseFormat::Kind::json_schema, "sum", "{}", true};
  CHECK(member(request, "response_format") ==
        R"({"type":"json_schema","json_schema":{"name":"sum","strict":true,"schema":{}}})");
  request.service_class = "standard";
  CHECK(member(request, "service_tier") == R"("default")");
  request.service_class = "priority";
  CHECK(member(request, "service_tier") == R"("priority")");
  request.seed = 9223372036854775807U;
  CHECK(member(request, "seed") == "9223372036854775807");
}

TEST_CASE("a turn of tools") {
  ChatRequest request = with_tools();
  request.messages = tool_turn();
  const std::string expected =
      R"([{"role":"user","content":"1+2?"},)"
      R"({"role":"assistant","content":null,"tool_calls":[)"
      R"({"id":"call_1","type":"function","function":{"name":"add","arguments":"{\"a\": 1}"}},)"
      R"({"id":"call_2","type":"function","function":{"name":"now","arguments":"{}"}}]},)"
      R"({"role":"tool","content":"3","tool_call_id":"call_1"},)"
      R"({"role":"tool","content":"noon","tool_call_id":"call_2"}])";
  CHECK(parse_json(chat_body(*make_openai_dialect(), request), "body")["messages"].dump() == expected);
  // Content beside the calls stays.
  request.messages[1].content = "Let me see.";
  CHECK(parse_json(chat_body(*make_openai_dialect(), request), "body")["messages"][1]["content"] ==
        "Let me see.");
}

TEST_CASE("what no server can be sent is refused") {
  const auto dialect = make_compatible_dialect();
  ChatRequest request = chat_question();
  CHECK(chat_refusal(*dialect, request) == "accepted");
  const auto refused = [&](auto change) {
    ChatRequest changed = with_tools();
    change(changed);
    return chat_refusal(*dialect, changed);
  };
  CHECK(refused([](ChatRequest& r) { r.model.clear(); }) ==
        "the request names no model; write provider/model");
  CHECK(refused([](ChatRequest& r) { r.messages.clear(); }) == "the request has no messages");
  CHECK(refused([](ChatRequest& r) { r.messages[0].content = "\xFF"; }) ==
        "a message is not valid UTF-8; JSON can carry nothing else");
  CHECK(refused([](ChatRequest& r) { r.stop = {"\xC3"}; }) ==
        "a stop text is not valid UTF-8; JSON can carry nothing else");
  CHECK(refused([](ChatRequest& r) { r.max_output_tokens = 0; }) == "0 output tokens cannot be asked for");
  CHECK(refused([](ChatRequest& r) { r.temperature = std::nan(""); }) ==
        "the temperature is not a finite number");
  CHECK(refused([](ChatRequest& r) { r.tools[0].parameters = "{"; }) ==
        "the parameters of the tool 'add' are no JSON object");
  CHECK(refused([](ChatRequest& r) {
          r.response_format = ResponseFormat{ResponseFormat::Kind::json_schema, "", "[]", true};
        }) == "the schema of the answer is no JSON object");
  CHECK(refused([](ChatRequest& r) { r.extra_body = "[1]"; }) == "extra_body is no JSON object");
  CHECK(refused([](ChatRequest& r) {
          r.messages = tool_turn();
          r.messages[1].tool_calls[0].arguments = R"({"a": 1)";
        }) == "the arguments of the call 'call_1' are not JSON");
  CHECK(refused([](ChatRequest& r) {
          r.messages = tool_turn();
          r.messages[1].tool_calls[1].id.clear();
        }) == "the call of the tool 'now' has no id");
  CHECK(refused([](ChatRequest& r) {
          r.messages = tool_turn();
          r.messages[2].tool_call_id.clear();
        }) == "a tool message names no call that it answers; set its tool_call_id");
}

TEST_CASE("what OpenAI cannot express is refused, naming it") {
  const auto dialect = make_openai_dialect();
  const auto refused = [&](auto change) {
    ChatRequest changed = chat_question();
    change(changed);
    return chat_refusal(*dialect, changed);
  };
  CHECK(refused([](ChatRequest& r) { r.stop = {"a", "b", "c", "d"}; }) == "accepted");
  CHECK(refused([](ChatRequest& r) {
          r.stop = {"a", "b", "c", "d", "e"};
        }) == "OpenAI takes at most 4 stop sequences, not 5");
  CHECK(refused([](ChatRequest& r) { r.effort = "ultra"; }) ==
        "the API knows no effort 'ultra'; one of none, minimal, low, medium, high, xhigh");
  CHECK(refused([](ChatRequest& r) { r.seed = 9223372036854775808U; }) ==
        "the seed 9223372036854775808 is too large for OpenAI; at most 9223372036854775807");
  CHECK(refused([](ChatRequest& r) { r.service_class = "batch"; }) ==
        "OpenAI cannot express the service class 'batch'; one of standard, flex, priority");
  CHECK(refused([](ChatRequest& r) { r.cache_prompt = true; }) == "accepted");
  CHECK(refused([](ChatRequest& r) { r.cache_prompt = false; }) ==
        "OpenAI cannot express a prompt that is kept out of the cache; OpenAI caches long prompts by itself: "
        "vary "
        "the prompts");
}

TEST_CASE("extra_body may not set what the dialect writes") {
  const auto refused = [](const Dialect& dialect, const char* extra) {
    ChatRequest request = chat_question();
    request.extra_body = extra;
    return chat_refusal(dialect, request);
  };
  const auto openai = make_openai_dialect();
  for (const char* name : {"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p",
                           "seed", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format",
                           "reasoning_effort", "service_tier", "stream", "prompt_cache_key"}) {
    CAPTURE(name);
    CHECK(refused(*openai, (std::string("{\"") + name + "\":null}").c_str()) ==
          std::string("extra_body may not set ") + name +
              " of OpenAI; the request has a setting of its own for it");
  }
  CHECK(refused(*openai, R"({"stream_options":{"include_usage":false}})")
            .starts_with("extra_body may not set stream_options.include_usage of OpenAI"));
  CHECK(refused(*openai, R"({"stream_options":7})")
            .starts_with("extra_body may not set stream_options of OpenAI"));
  CHECK(refused(*openai, R"({"verbosity":"low","cache_prompt":true})") == "accepted");
  CHECK(refused(*make_llama_server_dialect(), R"({"cache_prompt":true})")
            .starts_with("extra_body may not set cache_prompt of llama-server"));
}

TEST_CASE("Ollama's copy and unknown servers") {
  ChatRequest request = with_tools();
  request.max_output_tokens = 5;
  request.seed = 4294967295U;
  request.effort = "low";
  CHECK(parse_json(chat_body(*make_ollama_chat_dialect(), request), "body")["max_tokens"] == 5);
  request.tool_choice = ToolChoice{ToolChoice::Kind::required};
  CHECK(chat_refusal(*make_ollama_chat_dialect(), request) ==
        "Ollama's OpenAI API cannot express a forced tool call; leave the tool choice to the model");
  request.tool_choice = ToolChoice{ToolChoice::Kind::none};
  CHECK(chat_refusal(*make_ollama_chat_dialect(), request) ==
        "Ollama's OpenAI API cannot express the tool choice 'none'; leave out the tools");
  request.tool_choice.reset();
  request.cache_key = "k";
  CHECK(chat_refusal(*make_ollama_chat_dialect(), request) ==
        "Ollama's OpenAI API cannot express a cache key; leave it out");

  request = chat_question();
  request.seed = 18446744073709551615U;
  request.effort = "anything";
  request.service_class = "standard";  // what a server without classes has
  const Json body = parse_json(chat_body(*make_compatible_dialect(), request), "body");
  CHECK(body["seed"] == 18446744073709551615U);
  CHECK(body["reasoning_effort"] == "anything");
  CHECK_FALSE(body.contains("service_tier"));
  request.service_class = "flex";
  CHECK(chat_refusal(*make_compatible_dialect(), request) ==
        "a server with OpenAI's API cannot express the service class 'flex'; leave out the part from '+'");
}
