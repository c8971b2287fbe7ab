// What counts where a record says something twice, and what a field means beside others: never counted twice,
// never by the order of the fields.
#include <doctest/doctest.h>

#include "tests/pricing/traffic/log_reader.h"

using namespace costwar;
using namespace costwar::pricing;
using namespace costwar::pricing::test;

namespace {

const std::string kTime = R"("created":1793534400)";  // 2026-11-01T12:00:00Z

std::string key_of(const LogRead& read) {
  std::string key;
  for (const std::string& part : read.traffic.groups.begin()->first) key += (key.empty() ? "" : "|") + part;
  return key;
}

std::int64_t count(const LogRead& read, Meter meter) {
  return static_cast<std::int64_t>(read.only().counts[static_cast<std::size_t>(meter)]);
}

}  // namespace

TEST_CASE("an answer that holds a list is one record, not one per element") {
  const LogRead read = read_log(
      R"({"object":"list","data":[{"object":"embedding","index":0},{"object":"embedding","index":1},{"object":"embedding","index":2}],"model":"gpt-5.5",)" +
      kTime + R"(,"usage":{"prompt_tokens":1000,"total_tokens":1000}})");
  CHECK(read.bad.empty());
  CHECK(read.traffic.records == 1);
  CHECK(read.cost() == "0.005");
}

TEST_CASE("grouping by a field that means something takes nothing away from its meaning") {
  const std::string line = R"({"custom_id":"a","model":"gpt-5.5","service_tier":"flex",)" + kTime +
                           R"(,"stream":true,"usage":{"prompt_tokens":1000,"completion_tokens":100}})";
  const std::string cost = read_log(line, {.by = {"class"}}).cost();
  for (const std::string field : {"service_tier", "custom_id", "model", "created", "stream"}) {
    CAPTURE(field);
    const LogRead read = read_log(line, {.by = {field == "model" ? "user" : field}, .tags = {field}});
    CHECK(read.cost() == cost);
    CHECK(read.traffic.total().costs[0].unpriced == 0);
  }
  CHECK(key_of(read_log(line, {.by = {"service_tier", "stream", "created"},
                               .tags = {"service_tier", "stream", "created"}})) == "flex|true|1793534400");
  const LogRead csv = read_log(
      "model,created,service_tier,prompt_tokens,completion_tokens\n"
      "gpt-5.5,1793534400,flex,1000,100\n",
      {.by = {"class", "service_tier"}, .tags = {"service_tier"}, .name = "x.csv"});
  CHECK(key_of(csv) == "flex|flex");
}

TEST_CASE("the order of the fields decides nothing") {
  const std::string usage = R"("usage":{"prompt_tokens":1000,"completion_tokens":100})";
  // Monday 2026-08-17: 01:00Z is peak at DeepSeek, 09:00Z on 2026-08-16 (a Sunday) is not.
  const std::vector<std::string> outer{R"("timestamp":"2026-08-17T01:00:00Z")", R"("model":"my-alias")"};
  const std::string answer = R"("response":{"model":"deepseek-v4-pro","created":1786928430,)" + usage + "}";
  const std::string first =
      read_log("{" + outer[0] + "," + outer[1] + "," + answer + "}").traffic.groups.begin()->first[0];
  CHECK(first == "deepseek/deepseek-v4-pro");
  for (const std::string& line : {"{" + answer + "," + outer[0] + "," + outer[1] + "}",
                                  "{" + outer[1] + "," + answer + "," + outer[0] + "}"}) {
    const LogRead read = read_log(line);
    CHECK(key_of(read) == first);
    REQUIRE(read.traffic.first.has_value());
    CHECK(format_wall(*read.traffic.first) == "2026-08-17T01:00:00Z");  // the earliest that is told
  }
  // A day does not hide the time of day.
  for (const std::string& line :
       {R"({"date":"2026-08-17","created":1786928430,"model":"deepseek-v4-pro",)" + usage + "}",
        R"({"model":"deepseek-v4-pro","created":1786928430,"date":"2026-08-17",)" + usage + "}"}) {
    const LogRead read = read_log(line);
    CHECK(format_wall(*read.traffic.first) == "2026-08-17T01:00:30Z");
    CHECK(read.only().costs[0].low == read.only().costs[0].high);
  }
}

TEST_CASE("the user's word on a field wins, wherever the field stands") {
  const std::vector<FieldMapping> maps{
      {"model", "deployment"}, {"time", "sent"}, {"input", "tokens_in"}, {"class", "lane"}};
  const std::string theirs =
      R"("deployment":"gpt-5.5","sent":"2026-11-02T00:00:00Z","tokens_in":2000,"lane":"flex")";
  const std::string known = R"("model":"claude-haiku-5-5","service_tier":"priority",)" + kTime +
                            R"(,"usage":{"prompt_tokens":1000,"completion_tokens":0})";
  for (const std::string& line : {"{" + theirs + "," + known + "}", "{" + known + "," + theirs + "}"}) {
    const LogRead read = read_log(line, {.by = {"model", "class", "day"}, .maps = maps});
    CHECK(key_of(read) == "openai/gpt-5.5|flex|2026-11-02");
    CHECK(count(read, Meter::fresh_input) == 2000);
  }
}

TEST_CASE("a whole prompt stays whole beside Anthropic's names") {
  // LiteLLM writes the prompt with its cache; the object beside it may hold the vendor's own keys.
  const LogRead row = read_log(
      R"({"model":"claude-haiku-5-5","startTime":"2026-10-20T12:00:00Z","prompt_tokens":3000,"completion_tokens":500,"metadata":{"usage_object":{"cache_read_input_tokens":2000}}})");
  CHECK(count(row, Meter::fresh_input) == 1000);
  CHECK(count(row, Meter::cache_read) == 2000);
  const LogRead path = read_log(
      "model,date,usage.prompt_tokens,usage.completion_tokens,usage.cache_read_input_tokens,usage.cached_"
      "tokens\n"
      "claude-haiku-5-5,2026-10-20T12:00:00Z,3000,500,2000,0\n",
      {.name = "x.csv"});
  CHECK(path.bad.empty());
  CHECK(count(path, Meter::fresh_input) == 1000);
  CHECK(count(path, Meter::cache_read) == 2000);  // a zero under another name takes nothing away
  const LogRead mapped = read_log(
      R"({"model":"claude-haiku-5-5","created":1793534400,"whole":3000,"output_tokens":1,"usage":{"cache_read_input_tokens":2000}})",
      {.maps = {{"input", "whole"}}});
  CHECK(count(mapped, Meter::fresh_input) == 1000);
}

TEST_CASE("Anthropic's counts are Anthropic's in a flat record too") {
  const LogRead read = read_log(
      R"({"model":"claude-haiku-5-5","created":1793534400,"input_tokens":1000,"cache_read_input_tokens":2000,"cache_creation_input_tokens":30,"output_tokens":500})");
  CHECK(count(read, Meter::fresh_input) == 1000);
  CHECK(count(read, Meter::cache_read) == 2000);
  CHECK(count(read, Meter::cache_write_5m) == 30);
}

TEST_CASE("a stray word or number of costwar's own hides no usage") {
  const std::string usage = R"(,"usage":{"prompt_tokens":1000,"completion_tokens":0})";
  for (const std::string stray : {R"("reasoning":"high")", R"("reasoning":200)", R"("cache_read":true)"}) {
    CAPTURE(stray);
    const LogRead read = read_log(R"({"model":"gpt-5.5",)" + kTime + "," + stray + usage + "}");
    CHECK(read.bad.empty());
    CHECK(read.cost() == "0.005");
  }
  const LogRead calls = read_log(R"({"model":"gpt-5.5",)" + kTime +
                                 R"(,"usage":{"prompt_tokens":1000,"completion_tokens":0,"tool_calls":3}})");
  CHECK(count(calls, Meter::fresh_input) == 1000);
  CHECK(count(calls, Meter::tool_calls) == 3);
  CHECK(read_log(R"({"model":"gpt-5.5",)" + kTime + R"(,"fresh_input":"many","visible_output":1})")
            .bad.size() == 1);
}

TEST_CASE("parts and sums of Langfuse: parts win, and have to make up the total") {
  const std::string head = R"({"model":"gpt-5.5","startTime":"2026-11-01T12:00:00Z",)";
  const LogRead both = read_log(
      head +
      R"("usage":{"input":3000,"output":500,"total":3500},"usageDetails":{"input":1000,"input_cached_tokens":2000,"output":500,"total":3500}})");
  CHECK(both.bad.empty());
  CHECK(count(both, Meter::cache_read) == 2000);
  CHECK(count(both, Meter::fresh_input) == 1000);
  const LogRead part =
      read_log(head + R"("usageDetails":{"input":1000,"input_audio_tokens":500,"output":300,"total":1800}})");
  REQUIRE(part.bad.size() == 1);
  CHECK(part.bad[0] == "1: total 1800 differs from the sum of the known parts, 1300");
}

TEST_CASE("a batch is one that says so") {
  const auto said = [](const std::string& field) {
    return key_of(read_log(R"({"model":"gpt-5.5",)" + kTime + "," + field +
                               R"(,"usage":{"prompt_tokens":1000,"completion_tokens":0}})",
                           {.by = {"class"}}));
  };
  CHECK(said(R"("batch":true)") == "batch");
  CHECK(said(R"("batch":"true")") == "batch");
  CHECK(said(R"("batch":1)") == "batch");
  CHECK(said(R"("batch":"False")") == "standard");
  CHECK(said(R"("batch":0)") == "standard");
  CHECK(said(R"("custom_id":"0")") == "batch");
  CHECK(said(R"("custom_id":17)") == "batch");
  CHECK(said(R"("custom_id":null)") == "standard");
  const LogRead csv = read_log(
      "model,created,batch,input_tokens,output_tokens\n"
      "gpt-5.5,1793534400,false,1000,0\n",
      {.by = {"class"}, .name = "x.csv"});
  CHECK(key_of(csv) == "standard");
}

TEST_CASE("counts that another program wrote as 12.0 or quoted") {
  const LogRead csv = read_log(
      "model,created,prompt_tokens,completion_tokens,fresh\n"
      "gpt-5.5,1793534400,1000.0,100.00,1\n"
      "gpt-5.5,1793534400,1000.5,100,1\n",
      {.name = "x.csv"});
  CHECK(csv.cost() == "0.008");
  CHECK(csv.bad.size() == 1);
  const LogRead flat =
      read_log(R"({"model":"gpt-5.5",)" + kTime + R"(,"prompt_tokens":1000.0,"completion_tokens":1e2})");
  CHECK(flat.cost() == "0.008");
  const LogRead quoted = read_log(R"({"model":"gpt-5.5",)" + kTime +
                                  R"(,"usage":{"prompt_tokens":"1000","completion_tokens":"100"}})");
  CHECK(quoted.cost() == "0.008");
}

TEST_CASE("parts of a streamed answer are no answers") {
  const LogRead read = read_log(
      R"({"type":"message_start","message":{"model":"claude-haiku-5-5","usage":{"input_tokens":10,"output_tokens":1}}})"
      "\n"
      R"({"type":"content_block_delta","delta":{"text":"x"}})"
      "\n"
      R"({"type":"message_delta","usage":{"output_tokens":50}})");
  CHECK(read.traffic.records == 0);
  CHECK(read.traffic.without_usage == 1);
  REQUIRE(read.bad.size() == 2);
  CHECK(read.bad[0] == "1: it is a part of a streamed answer (message_start), not the whole");
}

TEST_CASE("counts that no record can have are refused, not added") {
  const std::string huge = "9223372036854775807";
  const LogRead meters = read_log(R"({"model":"gpt-5.5",)" + kTime + R"(,"usage":{"fresh_input":)" + huge +
                                  R"(,"cache_read":)" + huge + R"(,"visible_output":2}})");
  CHECK(meters.traffic.records == 0);
  REQUIRE(meters.bad.size() == 1);
  CHECK(meters.bad[0] == "1: fresh_input is 9223372036854775807, more than any record can count");
  const LogRead requests = read_log(R"({"model":"gpt-5.5",)" + kTime + R"(,"num_model_requests":)" + huge +
                                    R"(,"input_tokens":1,"output_tokens":1})");
  CHECK(requests.bad.size() == 1);
  const LogRead late = read_log(
      R"({"model":"gpt-5.5","created":9223372036854775806,"usage":{"prompt_tokens":1,"completion_tokens":1}})",
      {.by = {"day"}, .day_offset_ns = std::int64_t{14} * 3'600'000'000'000});
  CHECK(late.bad.size() == 1);
}

TEST_CASE("a told seller is the seller, whatever stands in front of the model's name") {
  const ModelNames names(catalogue().book(), {}, "");
  const auto found = [&](std::string_view provider, std::string_view model) {
    const auto named = names.find(provider, model);
    return named ? named->full() : std::string("none");
  };
  CHECK(found("openai", "openai/gpt-5.5") == "openai/gpt-5.5");
  CHECK(found("deepinfra", "deepseek/deepseek-v4-pro") == "deepinfra/deepseek-v4-pro");
  CHECK(found("azure", "openai/gpt-5.5") == "none");
}

TEST_CASE("names that hold control characters stay apart") {
  const std::string tail = "," + kTime + R"(,"usage":{"prompt_tokens":1,"completion_tokens":1}})";
  const LogRead read = read_log(R"({"model":"a\u001fb","provider":"c")" + tail + "\n" +
                                R"({"model":"a","provider":"b\u001fc")" + tail);
  CHECK(read.traffic.groups.size() == 2);
}

TEST_CASE("an interval between dates is one, also where it ends on the day on which it begins") {
  const LogRead read = read_log(
      "model,start_time,end_time,num_requests,input_tokens,output_tokens\n"
      "deepseek-v4-pro,2026-08-17,2026-08-17,10,1000000,0\n",
      {.name = "x.csv"});
  CHECK(Money(Currency(), read.only().costs[0].low).decimal() == "0.66");
  CHECK(Money(Currency(), read.only().costs[0].high).decimal() == "1.32");
}

TEST_CASE("--at bills at one instant and leaves the groups their own days") {
  const std::string lines =
      R"({"model":"deepseek-v4-pro","created":"2026-08-16T12:00:00Z","usage":{"prompt_tokens":1000000,"completion_tokens":0}})"
      "\n"
      R"({"model":"deepseek-v4-pro","created":"2026-08-15T12:00:00Z","usage":{"prompt_tokens":1000000,"completion_tokens":0}})"
      "\n"
      R"({"model":"deepseek-v4-pro","usage":{"prompt_tokens":1000000,"completion_tokens":0}})";
  const LogRead read = read_log(lines, {.by = {"day"}, .at = parse_wall("2026-08-17T01:00:00Z")});
  REQUIRE(read.traffic.groups.size() == 3);
  CHECK(read.traffic.groups.contains({""}));
  CHECK(read.traffic.groups.contains({"2026-08-15"}));
  for (const auto& [key, group] : read.traffic.groups)
    CHECK(Money(Currency(), group.costs[0].total).decimal() == "1.32");
  CHECK(format_wall(*read.traffic.last) == "2026-08-16T12:00:00Z");
}
