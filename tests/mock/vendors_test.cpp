// Every dialect from a socket: requests as each vendor writes them, tools, structured answers, errors, keys,
// and what the truth says of them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "mock/schema.h"
#include "mock/server.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

namespace {

std::string to(std::string_view path, std::string_view json, std::string_view headers = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: mock\r\n{}Content-Length: {}\r\n\r\n{}", path, headers,
                     json.size(), json);
}

Json parsed(const std::string& reply) {
  CAPTURE(reply);
  Json value = Json::parse(body(reply), nullptr, false);
  REQUIRE(value.is_object());
  return value;
}

const std::string kFunction =
    R"({"name":"f","parameters":{"type":"object","properties":{"n":{"type":"integer"},"word":{"type":"string"},)"
    R"("more":{"type":"string"}},"required":["n","word"]}})";

}  // namespace

TEST_CASE("the same prompt gets the same answer in every dialect, and the truth names the dialect") {
  MockOptions given = options();
  given.models[0].cached_share = 0.5;
  std::vector<TruthRecord> truth;
  given.truth = [&](TruthRecord&& record) { truth.push_back(std::move(record)); };
  Served mock(std::move(given));
  const std::string prompt = sum(41);  // 4 tokens
  const std::string turns =
      fmt::format(R"("model":"m","messages":[{{"role":"user","content":"{}"}}])", prompt);
  CHECK(parsed(mock.get(to("/v1/chat/completions", "{" + turns + "}")))
            .at("choices")[0]
            .at("message")
            .at("content") == "42");
  const Json response =
      parsed(mock.get(to("/v1/responses", fmt::format(R"({{"model":"m","input":"{}"}})", prompt))));
  CHECK(response.at("output")[0].at("content")[0].at("text") == "42");
  CHECK(response.at("usage").at("input_tokens_details").at("cached_tokens") == 2);
  const std::string answered = mock.get(to("/v1/messages", "{" + turns + R"(,"max_tokens":9})"));
  CHECK(answered.find("\r\nrequest-id: req-mock-") != std::string::npos);
  const Json message = parsed(answered);
  CHECK(message.at("content")[0].at("text") == "42");
  CHECK(message.at("usage").at("input_tokens") == 2);
  CHECK(message.at("usage").at("cache_read_input_tokens") == 2);
  CHECK(message.at("usage").at("service_tier") == "standard");
  CHECK(parsed(mock.get(to("/api/chat", "{" + turns + R"(,"stream":false})"))).at("message").at("content") ==
        "42");
  CHECK(parsed(mock.get(to("/api/generate",
                           fmt::format(R"({{"model":"m","prompt":"{}","stream":false}})", prompt))))
            .at("response") == "42");
  CHECK(mock.get(to("/api/chat", "{" + turns + "}")).find("Content-Type: application/x-ndjson\r\n") !=
        std::string::npos);  // a stream unless told otherwise
  CHECK(parsed(mock.get(to("/completion", fmt::format(R"({{"prompt":"{}"}})", prompt)))).at("content") ==
        "42");
  REQUIRE(truth.size() == 7);
  std::string dialects;
  for (const TruthRecord& record : truth) {
    dialects += record.dialect + " ";
    CHECK(record.prompt_tokens == 4);
    CHECK(record.cached_tokens == 2);
    CHECK(record.completion_tokens == 1);
    CHECK(record.correct);
  }
  CHECK(dialects == "chat responses messages ollama_chat ollama_generate ollama_chat completion ");
  CHECK(to_json_line(truth[1]).find(R"("dialect":"responses","path":"/v1/responses","tool":"")") !=
        std::string::npos);
}

TEST_CASE("tools are called where they must be") {
  Served mock(options());
  const auto chat = [&](const std::string& rest) {
    return parsed(mock.get(to("/v1/chat/completions",
                              fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"{}"}}],)"
                                          R"("tools":[{{"type":"function","function":{}}}]{}}})",
                                          sum(41), kFunction, rest))))
        .at("choices")[0];
  };
  CHECK(chat("").at("message").at("content") == "42");
  const Json required = chat(R"(,"tool_choice":"required")");
  CHECK(required.at("finish_reason") == "tool_calls");
  CHECK(required.at("message").at("tool_calls")[0].at("function").at("arguments") ==
        R"({"n":42,"word":"42"})");
  CHECK(chat(R"(,"tool_choice":{"type":"function","function":{"name":"f"}})").at("finish_reason") ==
        "tool_calls");
  CHECK(chat(R"(,"tool_choice":"none")").at("finish_reason") == "stop");
  const std::string missing =
      mock.get(to("/v1/chat/completions",
                  R"({"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":{"name":"g"}})"));
  CHECK(status(missing) == 400);
  const Json response = parsed(mock.get(
      to("/v1/responses",
         R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"x"}]}],)"
         R"("tools":[{"type":"function","name":"g","parameters":null}],"tool_choice":"required"})")));
  CHECK(response.at("output")[0].at("name") == "g");
  CHECK(response.at("output")[0].at("arguments") == R"({"answer":"I do not know."})");
  const Json message = parsed(mock.get(to(
      "/v1/messages",
      R"({"model":"m","max_tokens":50,"messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"tool","name":"h"},)"
      R"("tools":[{"name":"g","input_schema":{"type":"object"}},{"name":"h","input_schema":{"type":"object"}}]})")));
  CHECK(message.at("content")[0].at("name") == "h");
  CHECK(message.at("stop_reason") == "tool_use");
}

TEST_CASE("a prompt of the book may want a tool, until its result is there") {
  MockOptions given = options();
  given.book = AnswerBook::parse(R"({"prompt":"go","answer":"{\"n\":7,\"word\":\"x\"}","tool":"f"})", "book");
  Served mock(std::move(given));
  const auto first = [&](const std::string& more) {
    return parsed(mock.get(to(
                      "/api/chat",
                      fmt::format(
                          R"({{"model":"m","stream":false,"messages":[{{"role":"user","content":"go"}}{}],)"
                          R"("tools":[{{"type":"function","function":{}}}]}})",
                          more, kFunction))))
        .at("message");
  };
  CHECK(first("").at("tool_calls")[0].at("function").at("arguments") == Json::parse(R"({"n":7,"word":"x"})"));
  CHECK_FALSE(first(R"(,{"role":"tool","content":"done"})").contains("tool_calls"));
}

TEST_CASE("structured answers keep to their schema") {
  const auto made = [](const char* schema, std::string_view answer) {
    return json_text(minimal_instance(Json::parse(schema), answer));
  };
  CHECK(made("null", "Paris") == R"({"answer":"Paris"})");
  CHECK(made(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}})", "x") ==
        R"({"a":"x"})");
  CHECK(
      made(
          R"({"type":"object","properties":{"a":{"type":"number"},"b":{"type":"boolean"},)"
          R"("c":{"enum":["u","v"]},"d":{"type":["null","integer"],"minimum":3}},"required":["d","c","b","a"]})",
          "v") == R"({"a":0,"b":false,"c":"v","d":3})");
  CHECK(
      made(
          R"({"type":"object","properties":{"a":{"type":"array","minItems":2,"items":{"$ref":"#/$defs/t"}}},)"
          R"("required":["a"],"$defs":{"t":{"anyOf":[{"type":"number"},{"type":"string"}]}}})",
          "2.5") == R"({"a":[2.5,2.5]})");
  CHECK(made(R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})",
             R"({"a":"own"})") == R"({"a":"own"})");
  CHECK(made(R"({"$ref":"#"})", "endless") == "null");
  Served mock(options());
  const std::string schema =
      R"({"type":"object","properties":{"v":{"type":"integer"}},"required":["v"],"additionalProperties":false})";
  CHECK(
      content(mock.get(post(fmt::format(
          R"({{"model":"m","messages":[{{"role":"user","content":"{}"}}],"response_format":{{"type":"json_schema",)"
          R"("json_schema":{{"name":"a","schema":{}}}}}}})",
          sum(41), schema)))) == R"({\)");  // up to the first quote of {"v":42}
  const Json response = parsed(mock.get(to(
      "/v1/responses",
      fmt::format(
          R"({{"model":"m","input":"{}","text":{{"format":{{"type":"json_schema","name":"a","schema":{}}}}}}})",
          sum(41), schema))));
  CHECK(response.at("output")[0].at("content")[0].at("text") == R"({"v":42})");
}

TEST_CASE("errors and refusals look like the vendor's") {
  MockOptions given = options();
  given.api_key = "secret";
  Served mock(std::move(given));
  const std::string turns = R"({"model":"m!529","max_tokens":5,"messages":[{"role":"user","content":"x"}]})";
  const std::string denied = mock.get(to("/v1/messages", turns));
  CHECK(status(denied) == 401);
  CHECK(
      body(denied) ==
      R"({"type":"error","error":{"type":"authentication_error","message":"the API key is missing or wrong"},)"
      R"("request_id":"req-mock-0000000000000001"})");
  const std::string busy = mock.get(to("/v1/messages", turns, "x-api-key: secret\r\n"));
  CHECK(status(busy) == 529);
  CHECK(parsed(busy).at("error").at("type") == "overloaded_error");
  const std::string bearer = "Authorization: Bearer secret\r\n";
  const std::string limited = mock.get(
      to("/v1/messages", R"({"model":"m!429-ms","max_tokens":5,"messages":[{"role":"user","content":"x"}]})",
         bearer));
  CHECK(limited.find("\r\nanthropic-ratelimit-requests-remaining: 0\r\n") != std::string::npos);
  CHECK(limited.find("\r\nx-ratelimit") == std::string::npos);
  CHECK(parsed(mock.get(
                   to("/v1/messages", R"({"model":"m","messages":[{"role":"user","content":"x"}]})", bearer)))
            .at("error")
            .at("message") == "'max_tokens' is required");
  CHECK(body(mock.get(to("/api/chat", R"({"model":"n","messages":[{"role":"user","content":"x"}]})",
                         bearer))) == R"({"error":"the model 'n' does not exist"})");
  CHECK(body(mock.get(to("/completion", R"({"prompt":3})", bearer))) ==
        R"({"error":{"code":400,"message":"'prompt' must be a string","type":"invalid_request_error"}})");
  CHECK(status(mock.get(to("/v1/responses", R"({"model":"m","input":[]})", bearer))) == 400);
}

TEST_CASE("a fault that a dialect cannot show is no fault there") {
  Served mock(options());
  const std::string plain = mock.get(to(
      "/v1/messages",
      R"({"model":"m!done-space","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"x"}]})"));
  CHECK(plain.find("event: message_stop") != std::string::npos);
  CHECK(mock.server.stats().faulted == 0);
}

TEST_CASE("what Ollama and llama-server say about themselves") {
  Served mock(options());
  CHECK(parsed(mock.get("GET /api/tags HTTP/1.1\r\n\r\n")).at("models")[0].at("name") == "m");
  CHECK(parsed(mock.get(to("/api/show", R"({"model":"m"})"))).at("capabilities")[0] == "completion");
  CHECK(status(mock.get(to("/api/show", R"({"model":"n"})"))) == 404);
  CHECK(body(mock.get("GET /api/version HTTP/1.1\r\n\r\n")) == R"({"version":"0.0.0"})");
  CHECK(parsed(mock.get("GET /props HTTP/1.1\r\n\r\n")).at("model_alias") == "m");
  CHECK(body(mock.get("GET /slots HTTP/1.1\r\n\r\n")) ==
        R"([{"id":0,"n_ctx":1048576,"speculative":false,"is_processing":false}])");
  CHECK(mock.get("GET /metrics HTTP/1.1\r\n\r\n").find("\nllamacpp:requests_total 0\n") != std::string::npos);
  const std::string tokens = body(mock.get(to("/tokenize", R"({"content":"Hello"})")));
  CHECK(tokens == R"({"tokens":[1214606444,111]})");  // "Hell" is 0x48656c6c, "o" 0x6f
  CHECK(body(mock.get(to("/detokenize", tokens))) == R"({"content":"Hello"})");
  CHECK(body(mock.get(to("/v1/messages/count_tokens",
                         R"({"model":"m","messages":[{"role":"user","content":"12345"}]})"))) ==
        R"({"input_tokens":2})");
}
