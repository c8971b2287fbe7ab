// Money that runs out, limits that hold, settings of requests, and what is shown of each attempt.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json limited_run(const TemporaryFolder& folder) {
  const Result result = run(folder, {"runs", "--format", "json"});
  REQUIRE(result.code == 0);
  const Json runs = Json::parse(result.out).at("runs");
  REQUIRE(runs.size() == 1);
  return runs.at(0);
}

Json trial_of(const TemporaryFolder& folder, const std::string& id, int trial) {
  const Result result =
      run(folder, {"runs", "show", id, "--trial", std::to_string(trial), "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

}  // namespace

TEST_CASE("money that runs out in the middle stops the run; the same command goes on when it is back") {
  for (const std::string fault : {"429-quota", "402"}) {
    CAPTURE(fault);
    const TemporaryFolder folder;
    Arguments command{"compare", "", "--n", "30", "--tasks", "copying", "--concurrency", "1"};
    std::string url;
    std::int64_t attempts = 0;
    {
      const Mock empty(folder, {"--fault", fault + "=0.2"});
      url = empty.url();
      command[1] = url + "#mock";
      const Result result = run(folder, command);
      CAPTURE(result.err);
      CHECK(result.code == 5);
      CHECK(result.err.find("top it up and run again") != std::string::npos);
      const Json stopped = limited_run(folder);
      CHECK(stopped.at("in_doubt") == 0);
      CHECK(stopped.at("complete") < 30);
      attempts = stopped.at("attempts");
      CHECK(attempts == stopped.at("complete").get<std::int64_t>() + 1);
    }
    const std::string port = url.substr(17, url.find('/', 17) - 17);  // after http://127.0.0.1:
    Program paid(folder.path(), {"mock", "--port", port});
    REQUIRE(paid.read_line() == url);
    const Result result = run(folder, command);
    CAPTURE(result.err);
    CHECK(result.code == 0);
    const Json done = limited_run(folder);
    CHECK(done.at("complete") == 30);
    CHECK(done.at("attempts") == 31);  // nothing that was answered is asked again
  }
}

TEST_CASE("a wait that the server asks for is shown apart from latency") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--fault", "429-ms=1"});
  const Result result = run(folder, {"compare", mock.url() + "#mock", "--n", "2", "--tasks", "copying",
                                     "--concurrency", "1", "--format", "json"});
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  const Json time = Json::parse(result.out).at("models").at(0).at("time");
  CHECK(time.at("limited_attempts") == 2);
  CHECK(time.at("limited_s") >= 0.2);
  const Json trial = trial_of(folder, limited_run(folder).at("run"), 0);
  REQUIRE(trial.at("attempts").size() == 2);
  CHECK(trial.at("attempts").at(0).at("outcome") == "capacity");
  CHECK(trial.at("attempts").at(0).at("http_status") == 429);
  CHECK(trial.at("attempts").at(0).at("error_code") == "rate_limit_exceeded");
  CHECK(trial.at("attempts").at(0).at("server_wait_s") == 0.1);
  CHECK(trial.at("attempts").at(0).at("limited_s") == 0);
  CHECK(trial.at("attempts").at(1).at("outcome") == "ok");
  CHECK(trial.at("attempts").at(1).at("limited_s") >= 0.1);
  CHECK(trial.at("attempts").at(1).at("served_model") == "mock");
  CHECK(trial.at("attempts").at(1).at("output") > 0);
  CHECK(trial.at("attempts").at(1).at("endpoint") == mock.url() + "/chat/completions");
}

TEST_CASE("how models are asked is part of the plan; what is no JSON object is refused before anything") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  folder.write("system.txt", "Be brief.\n");
  const auto with = [&](Arguments more) {
    Arguments all{"run", mock.url() + "#mock", "--n", "1", "--tasks", "copying"};
    all.insert(all.end(), more.begin(), more.end());
    return run(folder, all);
  };
  const std::string plain = with({}).out;
  CHECK(with({}).out == plain);
  const Result brief = with({"--system", "@system.txt", "--temperature", "0.5", "--stop", "A", "--stop", "B",
                             "--request-seed", "3", "--top-p", "0.9"});
  CAPTURE(brief.err);
  CHECK(brief.code == 0);
  CHECK(brief.out != plain);
  const Result extra = with({"--extra-body", R"({"top_k": 3, "min_p": 0})"});
  CAPTURE(extra.err);
  CHECK(extra.code == 0);
  CHECK(with({"--extra-body", R"({"min_p":0,"top_k":3})"}).out == extra.out);
  for (const std::string wrong : {"[1]", "{", "7"}) {
    const Result refused = with({"--extra-body", wrong});
    CHECK(refused.code == 2);
    CHECK(refused.err.find("is not a JSON object") != std::string::npos);
  }
  CHECK(with({"--system", "@missing.txt"}).code == 3);
  const Result local =
      run(folder, {"run", "local/tiny-moe", "--n", "1", "--cache-key", "k", "--store", "l.db"});
  CHECK(local.code == 2);
  CHECK(local.err.find("no prompt cache between requests (task \"") != std::string::npos);
}
