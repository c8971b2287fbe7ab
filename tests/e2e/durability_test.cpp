// Paid work is never lost or paid twice: kills, interrupts, broken stores.

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

void pause_ms(int milliseconds) {
  poll(nullptr, 0, milliseconds);
}

Json only_run(const TemporaryFolder& folder) {
  const Result result = run(folder, {"runs", "--format", "json"});
  REQUIRE(result.code == 0);
  const Json runs = Json::parse(result.out).at("runs");
  REQUIRE(runs.size() == 1);
  return runs.at(0);
}

// Waits until the run in the folder has at least `trials` complete trials; false after ten seconds.
bool wait_for_progress(const TemporaryFolder& folder, int trials) {
  for (int i = 0; i < 200; ++i) {
    pause_ms(50);
    if (!std::filesystem::exists(folder.path() / ".costwar" / "store.db")) continue;
    const Result result = run(folder, {"runs", "--format", "json"});
    if (result.code != 0) continue;
    const Json runs = Json::parse(result.out).at("runs");
    if (!runs.empty() && runs.at(0).at("complete") >= trials) return true;
  }
  return false;
}

Arguments slow_compare(const Mock& mock) {
  return {"compare", mock.url() + "#mock", "--tasks", "arithmetic,copying", "--n",
          "20",      "--concurrency",      "4",       "--format",           "json"};
}

}  // namespace

TEST_CASE("after kill -9 what had left is in doubt, shown, and repeated; only what is missing is run") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--ttft", "300ms"});
  std::int64_t complete_before = 0;
  {
    Program program(folder.path(), slow_compare(mock));
    REQUIRE(wait_for_progress(folder, 4));
    program.signal(SIGKILL);
    CHECK(program.wait().code == 128 + SIGKILL);
    const Json after_kill = only_run(folder);
    complete_before = after_kill.at("complete");
    CHECK(after_kill.at("in_doubt") > 0);
    CHECK(after_kill.at("in_doubt") <= 4);
    CHECK(after_kill.at("state") == "incomplete");
  }
  const std::int64_t in_doubt = only_run(folder).at("in_doubt");
  const Result again = run(folder, slow_compare(mock));
  CAPTURE(again.err);
  CHECK(again.code == 0);
  const Json after = only_run(folder);
  CHECK(after.at("complete") == 40);
  CHECK(after.at("in_doubt") == in_doubt);
  CHECK(after.at("attempts") == 40 + in_doubt);
  CHECK(complete_before >= 4);
  CHECK(Json::parse(again.out).at("models").at(0).at("n") == 40);
}

TEST_CASE("a run of dialogues that is killed again and again ends as if nobody had disturbed it") {
  // tools/kill_test does this at length.
  const char* const kTasks = "agent,memory:mode=tools,copying";
  const auto report = [](const TemporaryFolder& folder, const Arguments& command) {
    const Result result = run(folder, command);
    CAPTURE(result.err);
    REQUIRE(result.code == 0);
    const Json model = Json::parse(result.out).at("models").at(0);
    return Json{model.at("n"), model.at("solved"), model.at("quality")};
  };
  const auto prepare = [&](const TemporaryFolder& folder) {
    REQUIRE(run(folder, {"tasks", "answers", "--tasks", kTasks, "--n", "4", "-o", "answers.jsonl"}).code ==
            0);
    return Arguments{"--answers", "answers.jsonl", "--model", "m=0.6",
                     "--ttft",    "20ms",          "--truth", "truth.jsonl"};
  };
  const auto command = [&](const Mock& mock) {
    return Arguments{"compare", mock.url() + "#m", "--tasks", kTasks,     "--n",
                     "4",       "--concurrency",   "2",       "--format", "json"};
  };
  const auto requests = [](const TemporaryFolder& folder) {
    const std::string truth = folder.read("truth.jsonl");
    return std::count(truth.begin(), truth.end(), '\n');
  };
  const TemporaryFolder whole;
  Json undisturbed;
  {
    const Mock mock(whole, prepare(whole));
    undisturbed = report(whole, command(mock));
  }
  const TemporaryFolder broken;
  {
    const Mock mock(broken, prepare(broken));
    for (int kill = 0; kill < 8; ++kill) {
      Program program(broken.path(), command(mock));
      pause_ms(60 + 25 * (kill % 4));
      program.signal(SIGKILL);
      program.wait();
    }
    CHECK(report(broken, command(mock)) == undisturbed);
  }
  const Json after = only_run(broken);
  CHECK(after.at("complete") == 12);
  const std::int64_t calls = only_run(whole).at("attempts");
  const std::int64_t in_doubt = after.at("in_doubt");
  CHECK(in_doubt <= 8 * 2);
  CHECK(after.at("attempts") == calls + in_doubt);  // no call was made twice after its answer had been kept
  CHECK(requests(whole) == calls);
  CHECK(requests(broken) >= calls);
  CHECK(requests(broken) <= calls + in_doubt);
}

TEST_CASE("Ctrl-C keeps what was measured, exits with 130, and the same command goes on") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--ttft", "200ms"});
  Program program(folder.path(), slow_compare(mock));
  REQUIRE(wait_for_progress(folder, 4));
  program.signal(SIGINT);
  const Result stopped = program.wait();
  CHECK(stopped.code == 130);
  CHECK(stopped.out.empty());
  CHECK(stopped.err.find("the same command goes on from there") != std::string::npos);
  const std::int64_t kept = only_run(folder).at("complete");
  CHECK(kept >= 4);
  CHECK(kept < 40);
  CHECK(run(folder, slow_compare(mock)).code == 0);
  CHECK(only_run(folder).at("complete") == 40);
}

TEST_CASE("the same command on a complete run measures nothing again; --fresh does") {
  const TemporaryFolder folder;
  std::string url;
  {
    const Mock mock(folder);
    url = mock.url();
    CHECK(run(folder, {"run", url + "#mock", "--n", "3"}).code == 0);
  }
  // The server is gone: only the store can answer.
  const Result again = run(folder, {"compare", url + "#mock", "--n", "3", "--format", "json"});
  CAPTURE(again.err);
  CHECK(again.code == 0);
  CHECK(Json::parse(again.out).at("models").at(0).at("quality").at("estimate") == 1.0);
  const Result fresh = run(folder, {"compare", url + "#mock", "--n", "3", "--fresh"});
  CHECK(fresh.code == 5);
  CHECK(fresh.err.find(url) != std::string::npos);
}

TEST_CASE("of processes that begin the same command at one moment, one measures") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--ttft", "200ms"});
  const Arguments command{"run", mock.url() + "#mock", "--n", "4", "--tasks", "copying"};
  std::vector<std::unique_ptr<Program>> programs;
  for (int i = 0; i < 3; ++i) programs.push_back(std::make_unique<Program>(folder.path(), command));
  for (const auto& program : programs) {
    const Result result = program->wait();
    CAPTURE(result.err);
    // The others find it under way, or, when they come late, complete.
    CHECK((result.code == 0 || result.err.find("another process works on run") != std::string::npos));
  }
  CHECK(only_run(folder).at("attempts") == 4);
}

TEST_CASE("a key that is refused when the models are listed is a matter of credentials") {
  const TemporaryFolder folder;
  Program server(folder.path(), {"mock", "--port", "0", "--key-variable", "KEY"}, {{"KEY", "right-key"}});
  const std::string url = server.read_line();
  const Result result = run(folder, {"run", url, "--n", "1"}, {{"COSTWAR_HTTP_KEY", "wrong-key"}});
  CAPTURE(result.err);
  CHECK(result.code == 4);
  CHECK_FALSE(std::filesystem::exists(folder.path() / ".costwar"));
}

TEST_CASE("a store that is damaged or foreign is named and left as it was") {
  const TemporaryFolder folder;
  folder.write("store.db", "this is no database, but it is somebody's");
  const Result result = run(folder, {"compare", "--n", "1", "--store", "store.db"});
  CHECK(result.code == 3);
  CHECK(result.err.find("store.db") != std::string::npos);
  CHECK(folder.read("store.db") == "this is no database, but it is somebody's");
}

TEST_CASE("a refused key or an empty balance stops the run with the store intact") {
  const TemporaryFolder folder;
  for (const auto& [fault, code] : {std::pair<std::string, int>{"401", 4}, {"402", 5}}) {
    const Mock mock(folder, {"--fault", fault + "=1"});
    const Result result =
        run(folder, {"compare", mock.url() + "#mock", "--n", "5", "--store", fault + ".db"});
    CAPTURE(result.err);
    CHECK(result.code == code);
    CHECK(result.err.starts_with("costwar: "));
    CHECK(run(folder, {"runs", "--store", fault + ".db"}).code == 0);
  }
}

TEST_CASE("a store that cannot be made is named") {
  const TemporaryFolder folder;
  const Result result = run(folder, {"run", "local/tiny-moe", "--n", "1", "--store", "/dev/null/store.db"});
  CHECK(result.code == 3);
  CHECK(result.err.find("/dev/null") != std::string::npos);
}
