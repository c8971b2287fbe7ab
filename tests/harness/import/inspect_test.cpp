// Inspect's logs: what a sample, a call and a grade become. Real logs are in real_logs_test.cpp.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/harness/import/import_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

// A log with these samples, as Inspect lays it out.
std::string log_of(const std::string& samples, const std::string& status = "success") {
  return R"({"version": 2, "status": ")" + status +
         R"(", "eval": {"task": "sums", "model": "openai/gpt-5.5", "created": "2026-11-27T06:18:04+00:00",
  "model_generate_config": {"temperature": 0.5}, "config": {"epochs": 2}, "scorers": [{"name": "match"}]},
 "results": {}, "stats": {}, "samples": [)" +
         samples + "]}";
}

const std::string kCalls =
    R"({"id": "s1", "epoch": 1, "input": [{"role": "system", "content": "Be brief."}, {"id": "x", "role": "user", "content": [{"type": "text", "text": "2+2?"}]}],
 "target": ["4", "four"],
 "scores": {"match": {"value": "C", "answer": "4"}, "rubric": {"value": {"style": 0.5, "length": 700}}, "wide": {"value": 7}},
 "events": [{"event": "span_begin"},
  {"event": "model", "model": "openai/gpt-5.5", "timestamp": "2026-11-27T06:18:05.500000+00:00", "working_time": 1.25,
   "output": {"model": "gpt-5.5-2026-04-23", "time": 1.5, "choices": [{"stop_reason": "stop", "message": {"content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "attachment://aa"}]}}],
    "usage": {"input_tokens": 4, "output_tokens": 4, "total_tokens": 14, "input_tokens_cache_read": 6, "reasoning_tokens": 1, "total_cost": 0.000125}}},
  {"event": "model", "model": "openai/gpt-5.5", "error": "Error code: 503", "output": {"choices": []}},
  {"event": "model", "model": "anthropic/grader", "role": "grader", "output": {"choices": [{"message": {"content": "C"}}], "usage": {"input_tokens": 9, "output_tokens": 1, "total_tokens": 10}}},
  {"event": "model", "model": "third/other", "output": {"choices": []}},
  {"event": "model", "model": "openai/gpt-5.5", "pending": true}],
 "attachments": {"aa": "4"}})";

}  // namespace

TEST_CASE("each call of a sample is an attempt; the grader's are the judge's") {
  const ReadRun run = read_run("inspect", "log.json", log_of(kCalls));
  CHECK(run.header.evidence == Evidence::imported);
  CHECK(run.header.models[0].name == "openai/gpt-5.5");
  CHECK(run.header.models[0].provider == "openai");
  REQUIRE(run.header.judge);
  CHECK(run.header.judge->name == "anthropic/grader");
  CHECK(run.header.settings == R"({"as_logged":{"temperature":0.5,"epochs":2}})");
  REQUIRE(run.trials.size() == 1);
  CHECK(run.trials[0].prompt == "2+2?");
  CHECK(run.trials[0].expected == "4 | four");
  REQUIRE(run.attempts.size() == 3);
  const Attempt& first = run.attempts[0].attempt;
  CHECK(first.text == "4");
  CHECK(first.reasoning_text == "hm");
  CHECK(first.billing.served_model == "gpt-5.5-2026-04-23");
  CHECK(first.billing.requested == parse_wall("2026-11-27T06:18:05.5Z"));
  CHECK(first.timeline.end == Mono{1'500'000'000});
  CHECK(first.reported_cost->decimal() == "0.000125");
  CHECK(run.sum(Meter::fresh_input) == 4);
  CHECK(run.sum(Meter::cache_read) == 6);
  CHECK(run.sum(Meter::reasoning) == 1);
  CHECK(run.attempts[1].attempt.outcome == Outcome::capacity);
  CHECK(run.attempts[1].turn == 1);
  CHECK(run.attempts[2].role == CallRole::judge);
  CHECK(run.sum(Meter::fresh_input, CallRole::judge) == 9);
  CHECK(run.score(0, "match")->solved);
  CHECK(run.score(0, "rubric")->value == 0.5);
  CHECK(run.score(0, "rubric/style")->value == 0.5);
  CHECK(run.score(0, "wide") == nullptr);
  CHECK(run.said == std::vector<std::string>{"left out: 1 calls of third/other",
                                             "left out: 1 scores of rubric/length that are not from 0 to 1",
                                             "left out: 1 scores of wide that are not from 0 to 1"});
}

TEST_CASE("epochs are repeats; a log without events has the sums; an error is an attempt without a score") {
  const std::string epoch =
      R"({"id": 1, "epoch": 1, "input": "q", "target": "t", "scores": {"match": {"value": "P"}},
   "started_at": "2026-11-27T06:18:05Z", "working_time": 2, "output": {"choices": [{"message": {"content": "r"}}]},
   "model_usage": {"openai/gpt-5.5": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}}})";
  const std::string failed =
      R"({"id": 1, "epoch": 2, "input": "q", "target": "t", "output": {"choices": []}, "error": {"message": "Request timed out."}})";
  const ReadRun run = read_run("inspect", "log.json", log_of(epoch + "," + failed, "error"));
  REQUIRE(run.trials.size() == 2);
  CHECK(run.trials[0].item == run.trials[1].item);
  CHECK(run.trials[1].repeat == 1);
  CHECK(run.attempts[0].attempt.usage.prompt_tokens() == 5);
  CHECK(run.attempts[0].attempt.text == "r");
  CHECK(run.attempts[1].attempt.outcome == Outcome::timed_out);
  CHECK(run.score(0, "match")->value == 0.5);
  CHECK(run.counts.unscored == 1);
  CHECK(run.said.size() == 1);  // that it did not succeed
}

TEST_CASE("another scorer can be the one that solves, and names can be given") {
  ImportOptions options;
  options.scorer = "rubric";
  options.task = "mine";
  options.model = "shown";
  const ReadRun run = read_run("inspect", "log.json", log_of(kCalls), options);
  CHECK(run.header.tasks[0].scorer == "rubric");
  CHECK(run.header.tasks[0].name == "mine");
  CHECK(run.header.models[0].name == "shown");
}

TEST_CASE("hostile logs are errors that name the place") {
  const auto complaint = [](const std::string& text) { return import_complaint("inspect", "l.json", text); };
  CHECK(complaint(log_of(R"({"input": 7})"))
            .starts_with("l.json: /samples/0: /input: expected a text or messages"));
  CHECK(complaint(log_of("7")).find("/samples/0") != std::string::npos);
  CHECK(complaint(log_of("")) == "l.json: there is no result in it");
  CHECK(complaint(R"({"samples": []})").find("\"eval\" is missing") != std::string::npos);
  CHECK(complaint(R"({"eval": {"task": "t", "model": "m"}})").starts_with("l.json: the log has no samples"));
  const std::string whole = log_of(kCalls);
  for (std::size_t size = 0; size < whole.size(); size += 97)
    CHECK(complaint(whole.substr(0, size)).starts_with("l.json"));
  CHECK(
      read_run(
          "inspect", "l.json",
          log_of(
              R"({"input": "q", "scores": {"match": {"value": 1e300}}, "events": [{"event": "model", "model": "openai/gpt-5.5", "working_time": 1e300,
   "output": {"usage": {"input_tokens": 99999999999999999999, "output_tokens": 9e99, "total_tokens": -1}}}, 3, "x"], "output": 5})"))
          .attempts.size() == 1);
}

TEST_CASE("an archive that is none, or is cut off, is an error") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "costwar-not-whole.eval";
  for (const std::string text : {"PK\x03\x04 and so on", "PK\x05\x06"}) {
    std::ofstream(path, std::ios::binary) << text;
    const std::vector<ImportFile> files{import_file(path)};
    CHECK(complaint_of([&] { read_runs("inspect", files); }).find("costwar-not-whole.eval") !=
          std::string::npos);
  }
  std::filesystem::remove(path);
}
