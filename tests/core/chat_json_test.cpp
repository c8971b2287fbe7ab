#include "core/chat_json.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace costwar;

namespace {

ChatRequest plain() {
  ChatRequest request;
  request.model = "gpt-5.5";
  request.messages = {{Role::system, "Be brief."}, {Role::user, "2 + 2 = \xE2\x80\xA8?\n"}};
  return request;
}

ChatRequest everything() {
  ChatRequest request = plain();
  request.messages.push_back({Role::assistant, "", "hm", {{"c1", "add", "{\"a\": 2"}}, ""});
  request.messages.push_back({Role::tool, "4", "", {}, "c1"});
  request.max_output_tokens = 512;
  request.temperature = 0.1;
  request.top_p = 1.0;
  request.seed = 18'446'744'073'709'551'615U;
  request.effort = "high";
  request.stop = {"\n\n", "END"};
  request.tools = {{"add", "Adds", R"({"type":"object"})"}, {"now", "", ""}};
  request.tool_choice = ToolChoice{ToolChoice::Kind::named, "add"};
  request.parallel_tool_calls = false;
  request.response_format = ResponseFormat{ResponseFormat::Kind::json_schema, "sum", "{}", false};
  request.service_class = "flex";
  request.cache_key = "k";
  request.cache_prompt = true;
  request.extra_body = R"({"top_k": 5})";
  return request;
}

ChatRequest read(const std::string& text) {
  const Json json = parse_json(text, "t");
  return chat_request_from_json(JsonIn(json, "t"));
}

}  // namespace

TEST_CASE("the text of a request holds what is set, in one order, and not when it is due") {
  CHECK(chat_request_text(plain()) ==
        "{\"model\":\"gpt-5.5\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
        "{\"role\":\"user\",\"content\":\"2 + 2 = \xE2\x80\xA8?\\n\"}]}");
  ChatRequest due = plain();
  due.due = Mono{5};
  CHECK(chat_request_text(due) == chat_request_text(plain()));
  CHECK(
      chat_request_text(everything())
          .ends_with(
              R"("max_output_tokens":512,"temperature":0.1,"top_p":1.0,"seed":18446744073709551615,"effort":"high",)"
              R"("stop":["\n\n","END"],"tools":[{"name":"add","description":"Adds","parameters":"{\"type\":\"object\"}"},)"
              R"({"name":"now"}],"tool_choice":{"kind":"named","name":"add"},"parallel_tool_calls":false,)"
              R"("response_format":{"kind":"json_schema","name":"sum","schema":"{}","strict":false},)"
              R"("service_class":"flex","cache_key":"k","cache_prompt":true,"extra_body":"{\"top_k\": 5}"})"));
}

TEST_CASE("a request comes back from its text") {
  for (const ChatRequest& request : {plain(), everything()}) {
    const ChatRequest back = read(chat_request_text(request));
    CHECK(chat_request_text(back) == chat_request_text(request));
    CHECK(back.messages == request.messages);
    CHECK(back.tools == request.tools);
    CHECK(back.tool_choice == request.tool_choice);
    CHECK(back.response_format == request.response_format);
    CHECK(back.seed == request.seed);
    CHECK(back.temperature == request.temperature);
    CHECK(back.cache_prompt == request.cache_prompt);
  }
}

TEST_CASE("members in another order are the same request; unknown ones are refused") {
  CHECK(chat_request_text(read(R"({"seed":7,"messages":[{"content":"a","role":"user"}],"model":"m"})")) ==
        R"({"model":"m","messages":[{"role":"user","content":"a"}],"seed":7})");
  CHECK_THROWS_WITH_AS(read(R"({"model":"m","messages":[],"sead":7})"),
                       "t: the top level: \"sead\" is not known here", Error);
  CHECK_THROWS_WITH_AS(read(R"({"model":"m","messages":[],"seed":-7})"),
                       "t: /seed: expected a whole number from 0", Error);
}

TEST_CASE("differences are told in words") {
  using Words = std::vector<std::string>;
  ChatRequest asked = plain();
  ChatRequest recorded = plain();
  CHECK(chat_request_differences(asked, recorded) == Words{});
  asked.max_output_tokens = 2048;
  recorded.max_output_tokens = 512;
  recorded.seed = 5;
  asked.effort = "high";
  CHECK(chat_request_differences(asked, recorded) == Words{"max_output_tokens 2048, recorded 512",
                                                           "effort \"high\", recorded none",
                                                           "seed none, recorded 5"});
  recorded = asked;
  recorded.messages[0].content = "Be long.";
  CHECK(chat_request_differences(asked, recorded) == Words{"messages differ"});
}
