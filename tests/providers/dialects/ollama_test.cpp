// Ollama's own dialect against bytes written by hand.
#include "providers/dialects/ollama.h"

#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/providers/dialects/read_answer.h"
#include "tests/providers/dialects/requests.h"

using namespace costwar;

namespace {

ChatRequest with_window(int tokens) {
  ChatRequest request = plain_request();
  request.extra_body = R"({"options":{"num_ctx":)" + std::to_string(tokens) + "}}";
  return request;
}

Read read_lines(const std::string& body, End end = End::ok, const ChatRequest& request = plain_request()) {
  return read_answer([&] { return make_ollama_dialect()->reader_for(request); },
                     Answer{200, {{"content-type", "application/x-ndjson"}}, body, end});
}

std::string line(const std::string& message) {
  return R"({"model":"qwen3:8b","created_at":"2026-11-01T00:00:00Z","message":{"role":"assistant",)" +
         message + R"(},"done":false})" + "\n";
}
std::string last(const std::string& members, const std::string& reason = "stop") {
  return R"({"model":"qwen3:8b","message":{"role":"assistant","content":""},"done":true,"done_reason":")" +
         reason + "\"" + (members.empty() ? "" : "," + members) + "}\n";
}

const std::string kHiLine = line(R"("content":"Hi")");
const std::string kCounts = R"("total_duration":900000000,"load_duration":20000000,"prompt_eval_count":10,)"
                            R"("prompt_eval_duration":100000000,"eval_count":5,"eval_duration":500000000)";

}  // namespace

TEST_CASE("lines of Ollama as they should be") {
  const Read got = read_lines(line(R"("content":"","thinking":"hm")") + kHiLine +
                              line(R"("content":" there")") + last(kCounts));
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi there");
  CHECK(got.attempt.reasoning_text == "hm");
  CHECK(got.deltas == "r:hm v:Hi v: there");
  CHECK(got.attempt.finish_reason == "stop");
  CHECK(got.attempt.billing.served_model == "qwen3:8b");
  CHECK(got.count(Meter::fresh_input) == 10);
  CHECK_FALSE(got.count(Meter::cache_read));
  CHECK(got.count(Meter::visible_output) == 5);
  CHECK_FALSE(got.count(Meter::reasoning));
  CHECK(got.attempt.raw_usage == R"({"prompt_eval_count":10,"eval_count":5})");
  CHECK(
      got.attempt.extra ==
      R"({"durations_ns":{"total_duration":900000000,"load_duration":20000000,"prompt_eval_duration":100000000,"eval_duration":500000000}})");
  CHECK(got.attempt.notes.empty());
  CHECK(read_lines(kHiLine + last(kCounts, "length")).attempt.finish_reason == "length");
  CHECK(read_lines(kHiLine + last(kCounts, "length")).attempt.outcome == Outcome::ok);
}

TEST_CASE("how lines of Ollama end") {
  const auto outcome = [](const std::string& body, End end = End::ok) {
    return read_lines(body, end).attempt.outcome;
  };
  CHECK(outcome(kHiLine) == Outcome::truncated);
  CHECK(outcome(kHiLine + last(""), End::connection_lost) == Outcome::ok);
  CHECK(outcome(kHiLine, End::connection_lost) == Outcome::truncated);
  CHECK(outcome("") == Outcome::queued_never_started);
  CHECK(outcome("\n\n\n") == Outcome::queued_never_started);
  CHECK(outcome("<html>\n") == Outcome::protocol);
  CHECK(outcome("{\"models\":[]}\n") == Outcome::protocol);

  // The last line need not end, and lines may end with CR LF.
  const std::string whole = kHiLine + last(kCounts);
  CHECK(outcome(whole.substr(0, whole.size() - 1)) == Outcome::ok);
  CHECK(read_lines(whole.substr(0, whole.size() - 1)).attempt.notes.empty());
  CHECK(outcome(whole.substr(0, whole.size() - 2)) == Outcome::truncated);
  CHECK(read_lines(kHiLine.substr(0, kHiLine.size() - 1) + "\r\n\n" + last("")).attempt.text == "Hi");

  SUBCASE("an error after the first line") {
    const Read got = read_lines(kHiLine + "{\"error\":\"the runner died\"}\n");
    CHECK(got.attempt.outcome == Outcome::stream_error);
    CHECK(got.attempt.error_message == "the runner died");
    CHECK(got.attempt.text == "Hi");
    CHECK(outcome(kHiLine + "{\"error\":\"x\"}\n" + last("")) == Outcome::stream_error);
    CHECK(outcome("{\"error\":\"x\"}") == Outcome::stream_error);
  }
  SUBCASE("a server that only moved the model") {
    const Read got = read_lines(last("", "load"));
    CHECK(got.attempt.outcome == Outcome::stream_error);
    CHECK(got.attempt.error_code == "load");
    CHECK(got.attempt.error_message == "the server did nothing but load the model");
    CHECK(outcome(last("", "unload")) == Outcome::stream_error);
  }
  SUBCASE("an error status") {
    const Attempt missing = read_answer([] { return make_ollama_dialect()->reader(); },
                                        Answer{404, {}, R"({"error":"model 'x' not found"})"})
                                .attempt;
    CHECK(missing.outcome == Outcome::config);
    CHECK(missing.error_message == "model 'x' not found");
  }
}

TEST_CASE("what Ollama counts, and what it does not") {
  SUBCASE("a missing count is unknown") {
    const Read got = read_lines(kHiLine + last(R"("eval_count":5)"));
    CHECK_FALSE(got.count(Meter::fresh_input));
    CHECK(got.count(Meter::visible_output) == 5);
    CHECK(got.attempt.raw_usage == R"({"eval_count":5})");
    CHECK(got.attempt.extra.empty());
  }
  SUBCASE("nothing at all") {
    const Read got = read_lines(kHiLine + last(""));
    CHECK(got.attempt.usage == Usage{});
    CHECK(got.attempt.raw_usage.empty());
  }
  SUBCASE("cached tokens are kept raw and said") {
    const Read got =
        read_lines(kHiLine + last(R"("prompt_eval_count":10,"prompt_eval_cached_count":8,"eval_count":5)"));
    CHECK(got.count(Meter::fresh_input) == 10);
    CHECK(got.attempt.raw_usage == R"({"prompt_eval_count":10,"prompt_eval_cached_count":8,"eval_count":5})");
    CHECK(got.attempt.notes ==
          Notes{"prompt_eval_cached_count is told, which prompt_eval_count may or may not include"});
  }
  SUBCASE("a model that was loaded first") {
    CHECK(read_lines(kHiLine + last(R"("load_duration":3200000000)")).attempt.notes ==
          Notes{"cold: the model was loaded first, 3200 ms"});
    CHECK(read_lines(kHiLine + last(R"("load_duration":500000000)")).attempt.notes.size() == 1);
    CHECK(read_lines(kHiLine + last(R"("load_duration":499999999)")).attempt.notes.empty());
  }
  SUBCASE("a context that is full") {
    CHECK(read_lines(kHiLine + last(kCounts), End::ok, with_window(15)).attempt.notes ==
          Notes{"the context of 15 tokens is full: the server may have cut the prompt"});
    CHECK(read_lines(kHiLine + last(kCounts), End::ok, with_window(16)).attempt.notes.empty());
    CHECK(read_lines(kHiLine + last(R"("prompt_eval_count":-1,"eval_count":99)"), End::ok, with_window(16))
              .attempt.notes == Notes{"usage rejected: prompt_eval_count -1 is less than 0"});
  }
  SUBCASE("0 tokens with text is said") {
    CHECK(read_lines(kHiLine + last(R"("eval_count":0)")).attempt.notes ==
          Notes{"usage says 0 output tokens although text came"});
  }
}

TEST_CASE("Ollama's calls of tools come whole") {
  const Read got = read_lines(
      line(
          R"("content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"add","arguments":{"a":1}}},)"
          R"({"function":{"name":"now","arguments":{}}}])") +
      line(R"("content":"","tool_calls":[{"function":{"name":"add","arguments":"{\"a\":2}"}},7,{}])") +
      last(kCounts));
  CHECK(got.attempt.tool_calls ==
        std::vector<ToolCall>{{"c1", "add", R"({"a":1})"}, {"", "now", "{}"}, {"", "add", R"({"a":2})"}});
  CHECK(got.deltas == R"(t:add t:{"a":1} t:now t:{} t:add t:{"a":2})");
  CHECK(got.attempt.outcome == Outcome::ok);
}

TEST_CASE("nonsense between Ollama's lines is counted and skipped") {
  const Read got =
      read_lines("{\"message\":null}\n{{{\n7\n" + kHiLine + line(R"("content":null,"tool_calls":null)") +
                 "{\"done\":\"yes\",\"error\":null}\n" + last(""));
  CHECK(got.attempt.outcome == Outcome::ok);
  CHECK(got.attempt.text == "Hi");
  CHECK(got.attempt.notes == Notes{"2 malformed frames skipped"});
}

TEST_CASE("requests to Ollama") {
  const auto dialect = make_ollama_dialect();
  ChatRequest request = plain_request();
  CHECK(dialect->encode(request).path == "/api/chat");
  CHECK(dialect->models_path() == "/api/tags");
  CHECK(
      body_of(*dialect, request) ==
      R"({"model":"m-1","messages":[{"role":"user","content":"2+2?"}],"options":{"num_predict":64},"stream":true})");
  request.max_output_tokens.reset();
  CHECK(body_of(*dialect, request) ==
        R"({"model":"m-1","messages":[{"role":"user","content":"2+2?"}],"stream":true})");

  SUBCASE("every setting") {
    request.max_output_tokens = 64;
    request.temperature = 0.5;
    request.top_p = 0.25;
    request.seed = 4294967295U;
    request.stop = {"\n"};
    request.effort = "high";
    request.response_format = {.kind = ResponseFormat::Kind::json_schema, .schema = R"({"type":"object"})"};
    request.extra_body = R"({"keep_alive":"10m","options":{"num_ctx":8192}})";
    CHECK(
        body_of(*dialect, request) ==
        R"({"model":"m-1","messages":[{"role":"user","content":"2+2?"}],"format":{"type":"object"},"think":"high",)"
        R"("options":{"num_predict":64,"temperature":0.5,"top_p":0.25,"seed":4294967295,"stop":["\n"],"num_ctx":8192},)"
        R"("stream":true,"keep_alive":"10m"})");
    request.response_format = ResponseFormat{};
    request.effort = "none";
    const Json body = parse_json(body_of(*dialect, request), "body");
    CHECK(body["format"] == "json");
    CHECK(body["think"] == false);
    request.effort = "on";
    CHECK(parse_json(body_of(*dialect, request), "body")["think"] == true);
  }
  SUBCASE("tools and their results") {
    request = tool_request();
    request.tool_choice = ToolChoice{};
    const Json body = parse_json(body_of(*dialect, request), "body");
    CHECK(
        body["tools"][0].dump() ==
        R"({"type":"function","function":{"name":"add","description":"adds","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}})");
    CHECK_FALSE(body.contains("tool_choice"));
    CHECK(
        body["messages"].dump() ==
        R"([{"role":"system","content":"be short"},{"role":"user","content":"add"},)"
        R"({"role":"assistant","content":"Let me see.","thinking":"two sums","tool_calls":[)"
        R"({"id":"c1","function":{"name":"add","arguments":{"a":1}}},{"id":"c2","function":{"name":"add","arguments":{}}}]},)"
        R"({"role":"tool","content":"3","tool_name":"add","tool_call_id":"c1"},)"
        R"({"role":"tool","content":"4","tool_name":"add","tool_call_id":"c2"}])");
    request.messages.erase(request.messages.begin() + 2);
    CHECK_FALSE(parse_json(body_of(*dialect, request), "body")["messages"][2].contains("tool_name"));
  }
}

TEST_CASE("what Ollama cannot express") {
  const auto dialect = make_ollama_dialect();
  ChatRequest request = plain_request();
  const auto refused = [&] { return refusal_of(*dialect, request); };
  CHECK(refused().empty());
  SUBCASE("a seed beyond 32 bits") {
    request.seed = 4294967296U;
    CHECK(refused() == "Ollama cannot express the seed 4294967296 | at most 4294967295");
  }
  SUBCASE("tools") {
    request = tool_request();
    request.tool_choice = ToolChoice{ToolChoice::Kind::required};
    CHECK(refused() == "Ollama cannot express a tool choice");
    request.tool_choice.reset();
    request.parallel_tool_calls = true;
    CHECK(refused() == "Ollama cannot express whether tool calls are parallel");
    request.parallel_tool_calls.reset();
    request.messages[2].tool_calls[0].arguments = "[1]";
    CHECK(refused() == "Ollama cannot express the arguments of 'add', which are no JSON object");
  }
  SUBCASE("caches and classes") {
    request.cache_key = "k";
    CHECK(refused() == "Ollama cannot express a cache key");
    request.cache_key.clear();
    request.cache_prompt = false;
    CHECK(refused().starts_with("Ollama cannot express a prompt that is kept out of the cache | "));
    request.cache_prompt = true;
    request.service_class = "flex";
    CHECK(refused() == "Ollama cannot express the service class 'flex'");
    request.service_class = "standard";
    CHECK(refused().empty());
  }
  SUBCASE("a schema that is not strict") {
    request.response_format = {
        .kind = ResponseFormat::Kind::json_schema, .schema = R"({"type":"object"})", .strict = false};
    CHECK(refused() == "Ollama cannot express a schema that is not strict");
  }
  SUBCASE("efforts and members of its own") {
    request.effort = "xhigh";
    CHECK(refused() == "the API knows no effort 'xhigh' | one of none, on, low, medium, high, max");
    request.effort.reset();
    request.extra_body = R"({"options":{"seed":1}})";
    CHECK(refused().starts_with("extra_body may not set options.seed of Ollama"));
    request.extra_body = R"({"options":[]})";
    CHECK(refused().starts_with("extra_body may not set options of Ollama"));
    request.extra_body = R"({"think":true})";
    CHECK(refused().starts_with("extra_body may not set think of Ollama"));
  }
}
