// Lines of the answer book with steps: the mock as an agent that calls tools, one step a result, in every
// dialect that has tools.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "mock/server.h"
#include "tests/mock/client.h"

using namespace costwar;
using namespace costwar::mock;
using namespace costwar::mock_test;

namespace {

constexpr std::string_view kBook =
    R"({"prompt":"go","answer":"all done 7","item":"i1","steps":[{"tool":"f","arguments":{"n":1}},{"tool":"g"},{"text":"shall I?"}]}
{"prompt":"yes","answer":"bye","item":"i1","steps":[{"tool":"f","arguments":{"n":2}},{"text":"bye"}]})";

MockOptions book_options(double accuracy) {
  MockOptions given = options();
  given.models[0].accuracy = accuracy;
  given.book = AnswerBook::parse(kBook, "book");
  return given;
}

Json asked(Served& mock, std::string_view path, const std::string& json) {
  const std::string reply = mock.get(
      fmt::format("POST {} HTTP/1.1\r\nHost: mock\r\nContent-Length: {}\r\n\r\n{}", path, json.size(), json));
  CAPTURE(reply);
  Json value = Json::parse(body(reply), nullptr, false);
  REQUIRE(value.is_object());
  return value;
}

std::string chat_answer(Served& mock, const std::string& more, const std::string& tools = "f g") {
  std::string offered;
  for (const char* const name : {"f", "g"})
    if (tools.find(name) != std::string::npos)
      offered += fmt::format(R"({}{{"type":"function","function":{{"name":"{}"}}}})",
                             offered.empty() ? "" : ",", name);
  const Json message =
      asked(mock, "/v1/chat/completions",
            fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"go"}}{}],"tools":[{}]}})",
                        more, offered))
          .at("choices")[0]
          .at("message");
  if (!message.contains("tool_calls")) return message.at("content").get<std::string>();
  const Json& function = message.at("tool_calls")[0].at("function");
  return fmt::format("{} {}", function.at("name").get<std::string>(),
                     function.at("arguments").get<std::string>());
}

}  // namespace

TEST_CASE("a step for each result behind the last prompt") {
  Served mock(book_options(1));
  const std::string result = R"(,{"role":"tool","tool_call_id":"c","content":"r"})";
  CHECK(chat_answer(mock, "") == R"(f {"n":1})");
  CHECK(chat_answer(mock, result) == "g {}");
  CHECK(chat_answer(mock, result + result) == "shall I?");
  CHECK(chat_answer(mock, result + result + result) == "shall I?");
  const std::string yes = result + result + R"(,{"role":"user","content":"yes"})";
  CHECK(chat_answer(mock, yes) == R"(f {"n":2})");
  CHECK(chat_answer(mock, yes + result) == "bye");
  CHECK(chat_answer(mock, "", "g") == "all done 7");  // its tool is not offered
}

TEST_CASE("steps in the other dialects") {
  Served mock(book_options(1));
  const auto responses = [&](const std::string& more) {
    return asked(
               mock, "/v1/responses",
               fmt::format(R"({{"model":"m","input":[{{"role":"user","content":"go"}}{}],)"
                           R"("tools":[{{"type":"function","name":"f"}},{{"type":"function","name":"g"}}]}})",
                           more))
        .at("output")[0];
  };
  const std::string output = R"(,{"type":"function_call_output","call_id":"c","output":"r"})";
  CHECK(responses("").at("arguments") == R"({"n":1})");
  CHECK(responses(output).at("name") == "g");
  CHECK(responses(output + output).at("content")[0].at("text") == "shall I?");
  CHECK(responses(output + R"(,{"role":"user","content":"yes"})").at("arguments") == R"({"n":2})");

  const auto messages = [&](const std::string& more) {
    return asked(
               mock, "/v1/messages",
               fmt::format(R"({{"model":"m","max_tokens":50,"messages":[{{"role":"user","content":"go"}}{}],)"
                           R"("tools":[{{"name":"f","input_schema":{{"type":"object"}}}},)"
                           R"({{"name":"g","input_schema":{{"type":"object"}}}}]}})",
                           more))
        .at("content")[0];
  };
  const std::string block = R"({"type":"tool_result","tool_use_id":"c","content":"r"})";
  CHECK(messages("").at("input") == Json::parse(R"({"n":1})"));
  CHECK(messages(fmt::format(R"(,{{"role":"user","content":[{}]}})", block)).at("name") == "g");
  CHECK(messages(fmt::format(R"(,{{"role":"user","content":[{0},{0}]}})", block)).at("text") == "shall I?");
  CHECK(messages(fmt::format(R"(,{{"role":"user","content":[{}]}},{{"role":"user","content":"yes"}})", block))
            .at("input") == Json::parse(R"({"n":2})"));

  const auto ollama = [&](const std::string& more) {
    return asked(
               mock, "/api/chat",
               fmt::format(R"({{"model":"m","stream":false,"messages":[{{"role":"user","content":"go"}}{}],)"
                           R"("tools":[{{"type":"function","function":{{"name":"f"}}}},)"
                           R"({{"type":"function","function":{{"name":"g"}}}}]}})",
                           more))
        .at("message");
  };
  CHECK(ollama("").at("tool_calls")[0].at("function").at("arguments") == Json::parse(R"({"n":1})"));
  CHECK(ollama(R"(,{"role":"tool","content":"r"})").at("tool_calls")[0].at("function").at("name") == "g");
}

TEST_CASE("a model that is wrong about an item calls nothing, at none of its prompts") {
  Served mock(book_options(0));
  CHECK(chat_answer(mock, "") == "all done 8");
  CHECK(chat_answer(mock, R"(,{"role":"user","content":"yes"})") == "byf");
  // Half of 400 items, each drawn once for both of its prompts.
  std::string lines;
  for (int i = 0; i < 400; ++i)
    lines += fmt::format(R"({{"prompt":"a{0}","answer":"x","item":"i{0}","steps":[{{"text":"right"}}]}})"
                         "\n"
                         R"({{"prompt":"b{0}","answer":"x","item":"i{0}","steps":[{{"text":"right"}}]}})"
                         "\n",
                         i);
  MockOptions given = book_options(0.5);
  given.book = AnswerBook::parse(lines, "book");
  Served half(std::move(given));
  const auto right = [&](const std::string& prompt) {
    return asked(half, "/v1/chat/completions",
                 fmt::format(R"({{"model":"m","messages":[{{"role":"user","content":"{}"}}]}})", prompt))
               .at("choices")[0]
               .at("message")
               .at("content") == "right";
  };
  int count = 0;
  for (int i = 0; i < 400; ++i) {
    const bool first = right(fmt::format("a{}", i));
    CHECK(first == right(fmt::format("b{}", i)));
    if (first) ++count;
  }
  CHECK(count > 160);
  CHECK(count < 240);
}

TEST_CASE("steps that are none") {
  const auto complaint = [](const char* line) {
    try {
      AnswerBook::parse(line, "book");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  CHECK(complaint(R"({"prompt":"p","answer":"a","steps":3})") == "book:1: \"steps\" is no array");
  CHECK(complaint(R"({"prompt":"p","answer":"a","steps":[3]})") == "book:1: a step is no object");
  CHECK(complaint(R"({"prompt":"p","answer":"a","steps":[{"tool":3}]})") ==
        "book:1: a step: \"tool\" is not a string");
  CHECK(complaint("{\"prompt\":\"p\",\"answer\":\"a\",\"steps\":[{\"text\":\"x\"}]}\n"
                  "{\"prompt\":\"p\",\"answer\":\"a\",\"steps\":[{\"text\":\"y\"}]}") ==
        "book:2: this prompt came before with other steps");
}
