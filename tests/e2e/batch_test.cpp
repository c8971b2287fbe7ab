// Batches against the mock: the same result as one call at a time, and no item paid twice, whatever happens.

#include <doctest/doctest.h>
#include <poll.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json runs_of(const TemporaryFolder& folder) {
  const Result result = run(folder, {"runs", "--format", "json"});
  REQUIRE(result.code == 0);
  return Json::parse(result.out).at("runs");
}

// Waits until the one run of the folder has so many complete trials and so many attempts in a batch; false
// after twenty seconds.
bool wait_for(const TemporaryFolder& folder, int complete, int in_batch) {
  for (int i = 0; i < 200; ++i) {
    poll(nullptr, 0, 100);
    if (!std::filesystem::exists(folder.path() / ".costwar" / "store.db")) continue;
    const Result result = run(folder, {"runs", "--format", "json"});
    if (result.code != 0) continue;  // the store is being made
    const Json runs = Json::parse(result.out).at("runs");
    if (!runs.empty() && runs.at(0).at("complete") >= complete && runs.at(0).at("in_batch") == in_batch)
      return true;
  }
  return false;
}

// How often each line of a batch was answered, by the mock's own account.
std::map<std::string, int> lines_answered(const TemporaryFolder& folder) {
  std::map<std::string, int> times;
  std::istringstream lines(folder.read("truth.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json record = Json::parse(line);
    if (record.contains("custom_id"))
      ++times[record.at("task").get<std::string>() + "/" + record.at("item").get<std::string>()];
  }
  return times;
}

Arguments compare(const std::string& url) {
  return {"compare", url + "#mock", url + "#mock+batch", "--tasks", "arithmetic,copying",
          "--n",     "5",           "--format",          "json"};
}

void check_both_ways(const Json& document) {
  const Json& models = document.at("models");
  REQUIRE(models.size() == 2);
  CHECK(models.at(1).at("model").get<std::string>().ends_with("#mock+batch"));
  CHECK(models.at(0).at("n") == 10);
  CHECK(models.at(1).at("n") == 10);
  CHECK(models.at(0).at("quality") == models.at(1).at("quality"));
  CHECK(models.at(0).at("tokens").at("input") == models.at(1).at("tokens").at("input"));
  CHECK(models.at(0).at("tokens").at("output") == models.at(1).at("tokens").at("output"));
}

}  // namespace

TEST_CASE("killed while its batch is at the vendor, a run picks the batch up and pays each item once") {
  const TemporaryFolder folder;
  {
    const Mock mock(folder, {"--model", "mock=0.7", "--truth", "truth.jsonl"});
    {
      Program program(folder.path(), compare(mock.url()));
      REQUIRE(wait_for(folder, 10, 10));
      program.signal(SIGKILL);
      CHECK(program.wait().code == 128 + SIGKILL);
    }
    const Json killed = runs_of(folder).at(0);
    CHECK(killed.at("state") == "in a batch");
    CHECK(killed.at("in_doubt") == 0);
    const Result again = run(folder, compare(mock.url()));
    CAPTURE(again.err);
    REQUIRE(again.code == 0);
    check_both_ways(Json::parse(again.out));
    CHECK(again.out.find("was asked in one batch of 10 requests, turnaround") != std::string::npos);
  }
  const Json after = runs_of(folder).at(0);
  CHECK(after.at("state") == "complete");
  CHECK(after.at("attempts") == 20);
  CHECK(after.at("in_batch") == 0);
  const auto answered = lines_answered(folder);
  CHECK(answered.size() == 10);
  for (const auto& [item, times] : answered) CHECK(times == 1);
  const Result shown = run(folder, {"runs", "show", after.at("run"), "--format", "json"});
  const Json batches = Json::parse(shown.out).at("batches");
  REQUIRE(batches.size() == 1);
  CHECK(batches.at(0).at("state") == "completed");
  CHECK(batches.at(0).at("requests") == 10);
}

TEST_CASE("Ctrl-C leaves a batch at the vendor, says so, and the same command goes on") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  Program program(folder.path(), compare(mock.url()));
  REQUIRE(wait_for(folder, 10, 10));
  program.signal(SIGINT);
  const Result stopped = program.wait();
  CAPTURE(stopped.err);
  CHECK(stopped.code == 130);
  CHECK(stopped.err.find("#mock+batch: batch ") != std::string::npos);
  CHECK(stopped.err.find(" of 10 requests goes on at the vendor; the same command picks it up") !=
        std::string::npos);
  const Result again = run(folder, compare(mock.url()));
  CAPTURE(again.err);
  REQUIRE(again.code == 0);
  check_both_ways(Json::parse(again.out));
}

TEST_CASE("message batches of Anthropic give what single messages give") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--model", "mock=0.7"});
  const Result result =
      run(folder, compare("anthropic+" + mock.url()), {{"ANTHROPIC_API_KEY", "a-key-of-no-worth"}});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  check_both_ways(Json::parse(result.out));
}

TEST_CASE("a batch that its vendor refuses as a whole decides nothing, and says why") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--fault", "batch-failed=1", "--batch-duration", "200ms"});
  const Result result = run(folder, {"run", mock.url() + "#mock+batch", "--tasks", "copying", "--n", "3"});
  CAPTURE(result.err);
  CHECK(result.code == 3);
  CHECK(result.err.find("#mock+batch: config") != std::string::npos);
  const Json after = runs_of(folder).at(0);
  CHECK(after.at("complete") == 0);
  CHECK(after.at("in_batch") == 0);
  CHECK(after.at("state") == "incomplete");
  const Result shown = run(folder, {"runs", "show", after.at("run"), "--format", "json"});
  CHECK(Json::parse(shown.out).at("batches").at(0).at("state") == "failed");
}

TEST_CASE("a batch is refused where there is no API for it") {
  const TemporaryFolder folder;
  const Result remote = run(folder, {"run", "deepseek/deepseek-v4-pro+batch", "--n", "1"});
  CHECK(remote.code == 2);
  CHECK(remote.err.find("deepseek/deepseek-v4-pro+batch: DeepSeek has no batch API") != std::string::npos);
  const Result local = run(folder, {"run", "local/tiny-moe+batch", "--n", "1"});
  CHECK(local.code == 2);
  CHECK(local.err.find("local/tiny-moe+batch: a local model has no service class") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / ".costwar"));
}
