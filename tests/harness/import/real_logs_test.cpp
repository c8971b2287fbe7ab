// Logs that the tools themselves wrote, in runs of tools/peers/import_logs against costwar mock, shortened to
// some samples and without machine facts.
#include <doctest/doctest.h>

#include "system/zip_file.h"
#include "tests/harness/import/import_fixture.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

const std::filesystem::path kLogs = "tests/harness/import/logs";

ImportFile log(const std::string& name) {
  return import_file(kLogs / name);
}

}  // namespace

TEST_CASE("Inspect 0.3.285: the archive with Zstandard members and the JSON log say the same") {
  const ReadRun archive = read_runs("inspect", {log("sums.eval")}).at(0);
  const ReadRun json = read_runs("inspect", {log("sums-inspect.json")}).at(0);
  for (const ReadRun* run : {&archive, &json}) {
    CHECK(run->header.models[0].name == "openai-api/mock/strong");
    CHECK(run->header.models[0].provider == "mock");
    CHECK(run->header.tasks[0].name == "sums");
    CHECK(run->header.settings == R"({"as_logged":{"temperature":0.0,"epochs":1}})");
    REQUIRE(run->trials.size() == 5);
    CHECK(run->trials[0].prompt == "What is 2 plus 3? Reply with the number only.");
    CHECK(run->trials[0].expected == "5");
    CHECK(run->attempts.size() == 5);
    CHECK(run->sum(Meter::fresh_input) == 45);
    CHECK(run->sum(Meter::cache_read) == 15);
    CHECK(run->sum(Meter::visible_output) == 5);
    CHECK(run->attempts[0].attempt.text == "5");
    CHECK(run->attempts[0].attempt.billing.served_model == "strong");
    CHECK(run->attempts[0].attempt.timeline.end.has_value());
    std::int64_t solved = 0;
    for (const ScoreRow& row : run->scores) solved += row.scorer == "match" && row.solved ? 1 : 0;
    CHECK(solved == 3);
    CHECK(run->scores.size() == 10);  // also of includes
  }
  for (std::size_t i = 0; i < 5; ++i) CHECK(archive.trials[i].item == json.trials[i].item);
}

TEST_CASE("an archive's members are found, read and bounded") {
  const ZipFile zip(kLogs / "sums.eval");
  REQUIRE(zip.find("header.json"));
  CHECK(!zip.find("nothing.json"));
  const std::string header = zip.read(*zip.find("header.json"), 1'000'000);
  CHECK(header.find("\"openai-api/mock/strong\"") != std::string::npos);
  CHECK(zip.read(*zip.find("header.json"), header.size()) == header);
  CHECK(complaint_of([&] {
          zip.read(*zip.find("header.json"), header.size() - 1);
        }).find("sums.eval: header.json: more than") != std::string::npos);
}

TEST_CASE("promptfoo 0.121.20: two providers side by side") {
  const ReadRun run = read_runs("promptfoo", {log("sums-promptfoo.json")}).at(0);
  REQUIRE(run.header.models.size() == 2);
  CHECK(run.header.models[0].name == "openai:chat:strong");
  CHECK(run.header.models[1].model == "weak");
  REQUIRE(run.trials.size() == 8);
  CHECK(run.trials[0].item == run.trials[1].item);  // the same test of either
  CHECK(run.trials[0].expected == "5");
  CHECK(run.sum(Meter::fresh_input) == 72);
  CHECK(run.sum(Meter::cache_read) == 24);
  CHECK(run.sum(Meter::visible_output) == 8);
  CHECK(run.counts.with_cost == 0);  // 0 is what promptfoo writes where it knows no price
  CHECK(run.score(0, "promptfoo") != nullptr);
}

TEST_CASE("lm-evaluation-harness 0.4.13: results with the samples beside them") {
  const ReadRun run = read_runs("lm-eval", {log("results_2026-11-27T06-50-48.278017.json")}).at(0);
  CHECK(run.header.models[0].name == "strong");
  CHECK(run.header.tasks[0].name == "sums");
  CHECK(run.header.tasks[0].scorer == "exact_match,whole");
  REQUIRE(run.trials.size() == 4);
  CHECK(run.trials[0].prompt == "What is 2 plus 3? Reply with the number only.");
  CHECK(run.trials[0].expected == "5");
  CHECK(run.attempts[0].attempt.text == "5");
  CHECK(run.score(0, "exact_match,whole")->solved);
  CHECK_FALSE(run.score(1, "exact_match,whole")->solved);
  CHECK(run.score(3, "exact_match,number") != nullptr);
  CHECK(run.counts.with_tokens == 0);  // the harness does not keep them
}

TEST_CASE("logs of three tools about the same questions have the same items, given one name of the task") {
  ImportOptions options;
  options.task = "sums";
  const ReadRun inspect = read_runs("inspect", {log("sums.eval")}, options).at(0);
  const ReadRun harness =
      read_runs("lm-eval", {log("results_2026-11-27T06-50-48.278017.json")}, options).at(0);
  for (std::size_t i = 0; i < 4; ++i) CHECK(inspect.trials[i].item == harness.trials[i].item);
}
