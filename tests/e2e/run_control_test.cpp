// What is not asked for again, and how a run ends early: answers taken over, Ctrl-C twice, a deadline.

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json known_runs(const TemporaryFolder& folder) {
  const Result result = run(folder, {"runs", "--format", "json"});
  REQUIRE(result.code == 0);
  return Json::parse(result.out).at("runs");
}

bool wait_for_attempts(const TemporaryFolder& folder, int attempts) {
  for (int i = 0; i < 400; ++i) {
    poll(nullptr, 0, 25);
    if (!std::filesystem::exists(folder.path() / ".costwar" / "store.db")) continue;
    const Result result = run(folder, {"runs", "--format", "json"});
    if (result.code != 0) continue;
    const Json runs = Json::parse(result.out).at("runs");
    if (!runs.empty() && runs.at(0).at("attempts") >= attempts) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("what an earlier run asked is taken over, also when its server is gone, and the report says so") {
  const TemporaryFolder folder;
  std::string model;
  {
    const Mock mock(folder);
    model = mock.url() + "#mock";
    CHECK(run(folder, {"run", model, "--n", "3", "--tasks", "copying"}).code == 0);
  }
  // The server is gone: only answers of the first run can complete another plan of the same items.
  const Arguments again{"compare", model, "--n",     "3",     "--tasks",   "copying",
                        "--seed",  "1",   "--label", "again", "--repeats", "1"};
  const Result same = run(folder, again);
  CHECK(same.code == 0);
  CHECK(same.out.find("Nothing was measured now") != std::string::npos);

  const Arguments fewer{"compare", model, "--n", "2", "--tasks", "copying"};
  const Result taken = run(folder, fewer);
  CAPTURE(taken.err);
  CHECK(taken.code == 0);
  CHECK(taken.out.find("2 answers were taken over from earlier runs") != std::string::npos);
  const Result fresh = run(folder, {"compare", model, "--n", "1", "--tasks", "copying", "--no-cache"});
  CHECK(fresh.code == 5);
  CHECK(fresh.err.find("none of the first 1 trials was answered") != std::string::npos);

  const Json runs = known_runs(folder);
  REQUIRE(runs.size() == 3);
  CHECK(runs.at(1).at("attempts") == 2);
  CHECK(runs.at(1).at("complete") == 2);
  const std::string first = runs.at(0).at("run");
  const Result exported = run(folder, {"runs", "export", runs.at(1).at("run").get<std::string>()});
  CHECK(exported.out.find("taken from run " + first) != std::string::npos);
}

TEST_CASE("the first Ctrl-C awaits what is out and keeps it, the second ends it now") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--ttft", "2s"});
  const Arguments command{"run",     mock.url() + "#mock", "--n", "8", "--tasks",
                          "copying", "--concurrency",      "2"};
  {
    Program program(folder.path(), command);
    REQUIRE(wait_for_attempts(folder, 2));
    program.signal(SIGINT);
    const Result stopped = program.wait();
    CHECK(stopped.code == 130);
    CHECK(stopped.err.find("the 2 calls that are out are awaited and kept. Ctrl-C again ends it now.") !=
          std::string::npos);
    CHECK(stopped.err.find("interrupted after 2 of 8 trials") != std::string::npos);
    CHECK(known_runs(folder).at(0).at("complete") == 2);
  }
  {
    Program program(folder.path(), command);
    REQUIRE(wait_for_attempts(folder, 4));
    program.signal(SIGINT);
    poll(nullptr, 0, 100);
    program.signal(SIGINT);
    const Result stopped = program.wait();
    CHECK(stopped.code == 130);
    CHECK(stopped.err.find("interrupted after 0 of 6 trials") != std::string::npos);
    CHECK(known_runs(folder).at(0).at("complete") == 2);
    CHECK(known_runs(folder).at(0).at("in_doubt") == 0);
  }
}

TEST_CASE("a deadline begins nothing more and keeps what was measured") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--ttft", "200ms"});
  Arguments command{"run",     mock.url() + "#mock", "--n", "40",         "--tasks",
                    "copying", "--concurrency",      "2",   "--deadline", "500ms"};
  const Result late = run(folder, command);
  CHECK(late.code == 130);
  CHECK(late.err.find("the deadline passed after ") != std::string::npos);
  CHECK(late.err.find("the same command goes on from there") != std::string::npos);
  const Json stopped = known_runs(folder).at(0);
  CHECK(stopped.at("complete") < 40);
  CHECK(stopped.at("in_doubt") == 0);
  CHECK(stopped.at("complete") == stopped.at("attempts"));
  command.back() = "soon";
  const Result wrong = run(folder, command);
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("--deadline: 'soon' is not a duration") != std::string::npos);
}

TEST_CASE("a repeat is asked for each time, and an item that needs a judge names the flag") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  CHECK(run(folder, {"run", mock.url() + "#mock", "--n", "3", "--tasks", "copying", "--repeats", "2"}).code ==
        0);
  const Json repeated = known_runs(folder).at(0);
  CHECK(repeated.at("trials") == 6);
  CHECK(repeated.at("attempts") == 6);
}
