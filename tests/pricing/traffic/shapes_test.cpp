// Every shape of log that is read by name: a record as its writer prints it, and the bill that follows by
// hand.
#include <doctest/doctest.h>

#include "tests/pricing/traffic/log_reader.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

std::int64_t count(const TrafficGroup& group, Meter meter) {
  return static_cast<std::int64_t>(group.counts[static_cast<std::size_t>(meter)]);
}

std::string shape_key(const LogRead& read) {
  std::string key;
  for (const std::string& part : read.traffic.groups.begin()->first) key += (key.empty() ? "" : "|") + part;
  return key;
}

}  // namespace

TEST_CASE("a chat completion, bare or wrapped, whatever the order of its fields") {
  // 1,000 fresh x 5 + 2,000 cached x 0.50 + 500 x 30 per million.
  const std::string usage =
      R"("usage":{"prompt_tokens":3000,"completion_tokens":500,"total_tokens":3500,"prompt_tokens_details":{"cached_tokens":2000,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":200}})";
  for (
      const std::string& line : {
          R"({"id":"x","object":"chat.completion","created":1780000000,"model":"gpt-5.5-2026-04-23","choices":[{"message":{"content":"é \" }"}}],)" +
              usage + "}",
          "{" + usage + R"(,"choices":[],"model":"gpt-5.5","created":1780000000})",
          R"({"timestamp":"2026-05-28T20:26:40Z","request":{"model":"gpt-5.5"},"response":{)" + usage + "}}",
          R"({"response":{"body":{"model":"openai/gpt-5.5","created":1780000000,)" + usage + "}}}",
      }) {
    CAPTURE(line);
    const LogRead read = read_log(line + "\n");
    CHECK(read.bad.empty());
    CHECK(shape_key(read) == "openai/gpt-5.5");
    CHECK(read.cost() == "0.021");
    CHECK(count(read.only(), Meter::fresh_input) == 1000);
    CHECK(count(read.only(), Meter::cache_read) == 2000);
    CHECK(count(read.only(), Meter::visible_output) == 300);
    CHECK(count(read.only(), Meter::reasoning) == 200);
  }
}

TEST_CASE("a batch result is billed as batch") {
  const LogRead read = read_log(
      R"({"id":"batch_req_1","custom_id":"a","response":{"status_code":200,"body":{"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":1000000,"completion_tokens":0,"total_tokens":1000000}}},"error":null})",
      {.by = {"model", "class"}});
  CHECK(shape_key(read) == "openai/gpt-5.5|batch");
  CHECK(read.cost() == "5");  // half of the long tier's 10
}

TEST_CASE("OpenAI Responses and DeepSeek") {
  const LogRead responses = read_log(
      R"({"object":"response","created_at":1780000000,"model":"gpt-5.5","service_tier":"default","usage":{"input_tokens":2600,"input_tokens_details":{"cached_tokens":2000,"cache_write_tokens":400},"output_tokens":10,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":2610}})");
  CHECK(count(responses.only(), Meter::fresh_input) == 200);
  CHECK(count(responses.only(), Meter::cache_write_5m) == 400);
  const LogRead deepseek = read_log(
      R"({"model":"deepseek-v4-pro","created":1786928400,"usage":{"prompt_tokens":1000000,"completion_tokens":0,"total_tokens":1000000,"prompt_cache_hit_tokens":400000,"prompt_cache_miss_tokens":600000}})");
  CHECK(deepseek.cost() == "0.8096");  // Mon 2026-08-17 01:00Z, peak: 0.6 x 1.32 + 0.4 x 0.044
}

TEST_CASE("Anthropic counts its cache beside the input") {
  const LogRead read = read_log(
      R"({"type":"message","model":"claude-haiku-5-5","timestamp":"2026-10-20T12:00:00Z","usage":{"input_tokens":60000,"cache_read_input_tokens":30000,"cache_creation_input_tokens":10001,"cache_creation":{"ephemeral_5m_input_tokens":10001,"ephemeral_1h_input_tokens":0},"output_tokens":1000,"service_tier":"standard","inference_geo":"global"}})");
  CHECK(read.bad.empty());
  CHECK(read.cost() == "0.040250625");
  const LogRead batch = read_log(
      R"({"custom_id":"b","result":{"type":"succeeded","message":{"model":"claude-haiku-5-5","usage":{"input_tokens":10,"output_tokens":2}}}})",
      {.by = {"class"}, .at = parse_wall("2026-10-20")});
  CHECK(shape_key(batch) == "batch");
}

TEST_CASE("Gemini's thoughts are added, Ollama and llama-server are counted") {
  const LogRead gemini = read_log(
      R"({"modelVersion":"gemini-3.5-flash","usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":7,"thoughtsTokenCount":3,"totalTokenCount":110}})",
      {.at = parse_wall("2026-10-01")});
  CHECK(shape_key(gemini) == "google/gemini-3.5-flash");
  CHECK(count(gemini.only(), Meter::fresh_input) == 60);
  CHECK(count(gemini.only(), Meter::reasoning) == 3);
  const LogRead ollama = read_log(
      R"({"model":"llama3","created_at":"2026-10-01T00:00:00.5Z","done":true,"prompt_eval_count":26,"eval_count":298})");
  CHECK(count(ollama.only(), Meter::fresh_input) == 26);
  CHECK(ollama.only().costs[0].unpriced == 1);
  const LogRead llama =
      read_log(R"({"content":"x","model":"m","timings":{"prompt_n":5,"cache_n":95,"predicted_n":10}})");
  CHECK(count(llama.only(), Meter::cache_read) == 95);
}

TEST_CASE(
    "LiteLLM's spend log: totals include the cache even beside Anthropic's names; its own cache costs "
    "nothing") {
  const std::string row =
      R"({"request_id":"r","call_type":"acompletion","api_key":"88dc","spend":0.0021,"total_tokens":3500,"prompt_tokens":3000,"completion_tokens":500,"startTime":"2026-11-01T12:00:00+00:00","endTime":"2026-11-01T12:00:05+00:00","model":"openai/gpt-5.5","custom_llm_provider":"openai","user":"u1","team_id":"t1","cache_hit":"CACHE","metadata":{"usage_object":{"prompt_tokens":3000,"completion_tokens":500,"cache_read_input_tokens":2000,"prompt_tokens_details":{"cached_tokens":2000}}},"request_tags":["a"]})";
  const auto with = [&](const std::string& cache_hit) {
    std::string line = row;
    return line.replace(line.find("CACHE"), 5, cache_hit);
  };
  const LogRead read = read_log(with("False"), {.by = {"model", "user", "project", "key"}});
  CHECK(read.bad.empty());
  CHECK(shape_key(read) == "openai/gpt-5.5|u1|t1|88dc");
  CHECK(read.cost() == "0.021");
  const LogRead cached = read_log(with("True"));
  CHECK(cached.traffic.records == 0);
  CHECK(cached.traffic.not_billed == 1);
}

TEST_CASE("Langfuse: usageDetails are disjoint, usage is whole, times have no zone") {
  const LogRead read = read_log(
      R"({"id":"o","type":"GENERATION","start_time":"2026-11-01 12:00:00.000000","end_time":"2026-11-01 12:00:02.000000","provided_model_name":"gpt-5.5","user_id":"u","usage_details":{"input":1000,"input_cached_tokens":2000,"output":300,"output_reasoning_tokens":200,"total":3500}})");
  CHECK(read.cost() == "0.021");
  CHECK(read.traffic.zone_assumed == 1);
  const LogRead page = read_log(
      R"({"data":[{"type":"SPAN"},{"type":"GENERATION","startTime":"2026-11-01T12:00:00.000Z","model":"gpt-5.5","usage":{"input":3000,"output":500,"total":3500,"unit":"TOKENS"}}],"meta":{"page":1}})");
  CHECK(page.cost() == "0.03");
  CHECK(page.traffic.without_usage == 1);
}

TEST_CASE("OpenTelemetry: spans of model calls count, spans of agents repeat them") {
  const std::string spans =
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{},"spans":[)"
      R"({"name":"invoke_agent","startTimeUnixNano":"1793534400000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"invoke_agent"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"3000"}}]},)"
      R"({"name":"chat gpt-5.5","startTimeUnixNano":"1793534400000000000","endTimeUnixNano":"1793534401000000000","attributes":[{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},{"key":"gen_ai.response.model","value":{"stringValue":"gpt-5.5-2026-04-23"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"3000"}},{"key":"gen_ai.usage.cache_read.input_tokens","value":{"intValue":2000}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"500"}}]},)"
      R"({"name":"GET /","attributes":[{"key":"http.status_code","value":{"intValue":"200"}}]}]}]}]})";
  const LogRead read = read_log(spans, {.by = {"model", "project"}});
  CHECK(read.bad.empty());
  CHECK(shape_key(read) == "openai/gpt-5.5|shop");
  CHECK(read.cost() == "0.021");
  CHECK(read.traffic.without_usage == 2);
  const LogRead flat = read_log(
      R"({"name":"chat","startTimeUnixNano":"1793534400000000000","attributes":{"gen_ai.request.model":"gpt-5.5","gen_ai.usage.prompt_tokens":3000,"gen_ai.usage.completion_tokens":500}})");
  CHECK(flat.cost() == "0.03");
}

TEST_CASE("OpenAI's usage buckets tell neither the time of day nor the size of a prompt") {
  const std::string page = R"({
  "object": "page",
  "data": [
    {"object": "bucket", "results": [
      {"object": "organization.usage.completions.result", "input_tokens": 1000000, "input_cached_tokens": 400000,
       "output_tokens": 100000, "num_model_requests": 500, "model": "gpt-5.5-2026-04-23", "batch": false,
       "project_id": "proj", "user_id": null},
      {"input_tokens": 10, "output_tokens": 0, "num_model_requests": 0, "model": "gpt-5.5"}
    ], "start_time": 1793491200, "end_time": 1793577600}
  ]
})";
  const LogRead read = read_log(page, {.by = {"model", "project", "day"}, .name = "usage.json"});
  CHECK(read.bad.empty());
  CHECK(read.files[0].format == LogFormat::json);
  CHECK(shape_key(read) == "openai/gpt-5.5|proj|2026-11-01");
  CHECK(read.only().requests == 500);
  const CostSum& cost = read.only().costs[0];
  // Short tier: 0.6 x 5 + 0.4 x 0.5 + 0.1 x 30 = 6.2. Long: 0.6 x 10 + 0.4 x 1 + 0.1 x 45 = 10.9.
  CHECK(Money(Currency(), cost.low).decimal() == "6.2");
  CHECK(Money(Currency(), cost.high).decimal() == "10.9");
}

TEST_CASE("a day without an hour is an interval over the schedule") {
  const LogRead read = read_log(
      R"({"model":"deepseek-v4-pro","date":"2026-08-17","prompt_tokens":1000000,"completion_tokens":0})");
  const CostSum& cost = read.only().costs[0];
  CHECK(Money(Currency(), cost.low).decimal() == "0.66");
  CHECK(Money(Currency(), cost.high).decimal() == "1.32");
}

TEST_CASE("CSV: columns by name, by path, by --map") {
  const std::string csv =
      "Model,date,usage.prompt_tokens,completion_tokens,cached_tokens,comment\r\n"
      "gpt-5.5,2026-11-01T12:00:00Z,3000,500,2000,\"two\nlines, and a \"\"quote\"\"\"\r\n";
  const LogRead read = read_log(csv, {.name = "x.csv"});
  CHECK(read.bad.empty());
  CHECK(read.cost() == "0.021");
  const LogRead mapped = read_log(
      "when;name;in;out\n2026-11-01T12:00:00Z;gpt-5.5;3000;500\n",
      {.maps = {{"time", "when"}, {"model", "name"}, {"input", "in"}, {"output", "out"}}, .name = "x.csv"});
  CHECK(mapped.cost() == "0.03");
  const LogRead none = read_log("a,b\n1,2\n", {.name = "x.csv"});
  CHECK(none.files[0].error.find("neither JSON nor CSV") != std::string::npos);
}

TEST_CASE("fields of one's own group, wherever they stand") {
  const LogRead read = read_log(
      R"({"model":"gpt-5.5","created":1780000000,"metadata":{"team":"blue"},"usage":{"prompt_tokens":10,"completion_tokens":1}})"
      "\n"
      R"({"metadata":{"team":7},"model":"gpt-5.5","created":1780000000,"usage":{"prompt_tokens":10,"completion_tokens":1}})",
      {.by = {"metadata/team"}, .tags = {"metadata/team"}});
  REQUIRE(read.traffic.groups.size() == 2);
  CHECK(read.traffic.groups.contains({"blue"}));
  CHECK(read.traffic.groups.contains({"7"}));
}

TEST_CASE("a run that costwar exported") {
  const std::string run =
      R"({"row":"run","schema_version":1,"id":"r","created":"2026-11-01T12:00:00Z","created_ns":1793534400000000000,"seed":1,"items_per_task":1,"evidence":"measured","models":[{"name":"openai/gpt-5.5","provider":"openai","model":"gpt-5.5","price_provider":"openai","price_model":"gpt-5.5"}],"tasks":[]})"
      "\n"
      R"({"row":"trial","trial":0,"model":0,"task":0,"item":"a"})"
      "\n"
      R"({"row":"attempt","trial":0,"number":0,"ended":true,"outcome":"ok","usage":{"fresh_input":{"value":3000,"provenance":"reported"},"visible_output":{"value":500,"provenance":"reported"}},"billing":{"requested_ns":1793534400000000000},"timeline":{"due_ns":0,"issued_ns":0}})"
      "\n";
  const LogRead read = read_log(run);
  CAPTURE(read.files[0].error);
  CHECK(read.files[0].format == LogFormat::run);
  for (const std::string& bad : read.bad) MESSAGE(bad);
  CHECK(read.cost() == "0.03");
}

TEST_CASE("LiteLLM's metadata count as text too, and under both names") {
  const std::string row =
      R"({"request_id":"r","prompt_tokens":1000,"completion_tokens":200,"startTime":"2026-11-01T12:00:00Z","model":"claude-opus-4-7","custom_llm_provider":"anthropic","metadata":)";
  const std::string counts = R"({"cache_read_input_tokens":500,"cache_creation_input_tokens":100})";
  for (
      const std::string& metadata :
      {R"({"usage_object":)" + counts + "}", R"({"additional_usage_values":)" + counts + "}",
       std::string(
           R"("{\"usage_object\":{\"cache_read_input_tokens\":500,\"cache_creation_input_tokens\":100}}")")}) {
    CAPTURE(metadata);
    const LogRead read = read_log(row + metadata + "}");
    CHECK(read.bad.empty());
    CHECK(count(read.only(), Meter::fresh_input) == 400);
    CHECK(count(read.only(), Meter::cache_read) == 500);
    CHECK(count(read.only(), Meter::cache_write_5m) == 100);
  }
  CHECK(read_log(row + R"("{broken"})").only().records == 1);  // text that is no JSON is just text
}

TEST_CASE("audio tokens are not priced as if they were text") {
  const LogRead read = read_log(
      R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"audio_tokens":20}}})"
      "\n"
      R"({"model":"gpt-5.5","created":1793534400,"usage":{"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"audio_tokens":0}}})");
  CHECK(read.only().costs[0].partly == 1);
  CHECK(read.traffic.gaps[0].size() == 1);
}

TEST_CASE("values as spreadsheets and other APIs write them") {
  const LogRead csv =
      read_log("model,time,prompt_tokens,completion_tokens\ngpt-5.5,2026-11-02 10:00,100.0,\"1,000\"\n",
               {.name = "x.csv"});
  CHECK(csv.bad.empty());
  CHECK(count(csv.only(), Meter::visible_output) == 1000);
  CHECK(read_log("model,time,prompt_tokens\ngpt-5.5,2026-11-02 10:00,\"1,00\"\n", {.name = "x.csv"})
            .bad.size() == 1);
  const LogRead gemini = read_log(
      R"({"modelVersion":"models/gemini-3.5-flash","createTime":"2026-11-01T12:00:00.123456Z","usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":15}})");
  CHECK(shape_key(gemini) == "google/gemini-3.5-flash");
  CHECK(gemini.only().costs[0].unpriced == 0);
  const LogRead bad =
      read_log(R"({"model":"gpt-5.5","created":"soon","usage":{"prompt_tokens":10,"completion_tokens":5}})");
  REQUIRE(bad.bad.size() == 1);
  CHECK(bad.bad[0].find("created holds 'soon'") != std::string::npos);
}

TEST_CASE("fields of --map that are nowhere, and ids that repeat, are noticed") {
  const std::string line =
      R"({"id":"a","model":"gpt-5.5","created":1793534400,"n":{"in":10},"usage":{"prompt_tokens":7,"completion_tokens":5}})"
      "\n";
  const LogRead read = read_log(line + line + line, {.maps = {{"input", "n/in"}, {"user", "who"}}});
  CHECK(read.traffic.mapped == 1);
  CHECK(read.traffic.repeated_ids == 2);
  CHECK(count(read.only(), Meter::fresh_input) == 30);
}
