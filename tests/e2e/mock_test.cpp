// The mock server as a person starts it: its flags, its files, and what it says about wrong ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "complaint.h"
#include "core/json.h"

using namespace costwar;
using namespace costwar::e2e;

namespace {

// A mock server that is ended by hand, for what it says at its end.
Result run_against(const TemporaryFolder& folder, const Arguments& flags, const Arguments& measure) {
  Arguments all{"mock", "--port", "0", "--stats-file", "stats.json"};
  all.insert(all.end(), flags.begin(), flags.end());
  Program server(folder.path(), all);
  const std::string url = server.read_line();
  REQUIRE(url.starts_with("http://127.0.0.1:"));
  Arguments command = measure;
  command.push_back(url + "#mock");
  const Result measured = run(folder, command);
  server.signal(SIGINT);
  CHECK(server.wait().code == 0);
  return measured;
}

}  // namespace

TEST_CASE("the list of modes") {
  const TemporaryFolder folder;
  const Result shown = run(folder, {"mock", "--list"});
  CHECK(shown.code == 0);
  for (const char* name : {"one-byte", "stale-connection", "slow-headers", "batch-expired"})
    CHECK(shown.out.find(name) != std::string::npos);
  const Json list = Json::parse(run(folder, {"mock", "--list", "--format", "json"}).out);
  bool found = false;
  for (const Json& fault : list.at("faults")) found = found || fault["fault"] == "gzip";
  CHECK(found);
}

TEST_CASE("the base URL goes to a file once the server listens") {
  const TemporaryFolder folder;
  Program server(folder.path(), {"mock", "--port", "0", "--url-file", "url"});
  const std::string url = server.read_line();
  CHECK(folder.read("url") == url + "\n");
  server.signal(SIGINT);
  CHECK(server.wait().code == 0);
}

TEST_CASE("what the server counted is written at its end, with its own lateness") {
  const TemporaryFolder folder;
  const Result measured = run_against(
      folder, {"--ttft", "2ms", "--pace", "5000", "--slots", "8", "--stamps", "--truth", "truth.jsonl"},
      {"run", "--tasks", "arithmetic", "--n", "20"});
  CHECK(measured.code == 0);
  const Json stats = Json::parse(folder.read("stats.json"));
  CHECK(stats["right"] == 20);
  CHECK(stats["limited"] == 0);
  CHECK(stats["paced_pieces"].get<int>() > 20);
  CHECK(stats["late_us"]["p50"].get<double>() <= stats["late_us"]["max"].get<double>());
  const std::string truth = folder.read("truth.jsonl");
  CHECK(std::count(truth.begin(), truth.end(), '\n') == 20);
}

TEST_CASE("echo, unknown prompts, flavours and limits are served") {
  const TemporaryFolder folder;
  SUBCASE("an echo is never the answer") {
    CHECK(run_against(folder, {"--echo"}, {"run", "--tasks", "arithmetic", "--n", "3"}).code == 0);
    CHECK(Json::parse(folder.read("stats.json"))["not_in_book"] == 3);
  }
  SUBCASE("a used-up quota stops the run") {
    const Result stopped = run_against(folder, {"--quota", "4", "--flavour", "deepseek"},
                                       {"run", "--tasks", "arithmetic", "--n", "50"});
    CHECK(stopped.code != 0);
    const Json stats = Json::parse(folder.read("stats.json"));
    CHECK(stats["right"] == 4);
    CHECK(stats["limited"].get<int>() >= 1);
  }
  SUBCASE("a limit of requests at one time is met and outlasted") {
    const Result measured = run_against(folder, {"--max-in-flight", "1", "--ttft", "5ms"},
                                        {"run", "--tasks", "arithmetic", "--n", "6", "--concurrency", "2"});
    CHECK(measured.code == 0);
    CHECK(Json::parse(folder.read("stats.json"))["right"] == 6);
  }
}

TEST_CASE("wrong flags are refused with a remedy") {
  check_complaint({"mock", "--ttft", "50"}, 2,
                  "--ttft: '50' is not a duration; write a number with its unit");
  check_complaint({"mock", "--ttft", "nan"}, 2, "--ttft: 'nan' is not a duration");
  check_complaint({"mock", "--ttft", "-1s"}, 2, "--ttft");
  check_complaint({"mock", "--ttft", "2000m"}, 2, "--ttft: '2000m' is longer than a day");
  check_complaint({"mock", "--ttft-per-token", "5 ms"}, 2, "--ttft-per-token: '5 ms' is not a duration");
  check_complaint({"mock", "--header-delay", "soon"}, 2, "--header-delay: 'soon' is not a duration");
  check_complaint({"mock", "--batch-duration", "1h"}, 2, "--batch-duration: '1h' is not a duration");
  check_complaint({"mock", "--hiccup", "2s"}, 2, "write it as --hiccup 10s=2s");
  check_complaint({"mock", "--hiccup", "2s=1"}, 2, "--hiccup: '1' is not a duration");
  check_complaint({"mock", "--pace", "inf"}, 2, "--pace: 'inf' is not a finite number");
  check_complaint({"mock", "--pace", "0.001"}, 2, "less than one a minute");
  check_complaint({"mock", "--rpm", "-1"}, 2, "--rpm");
  check_complaint({"mock", "--tpm", "many"}, 2, "--tpm");
  check_complaint({"mock", "--quota", "1.5"}, 2, "--quota");
  check_complaint({"mock", "--balance", "x"}, 2, "--balance");
  check_complaint({"mock", "--max-in-flight", "x"}, 2, "--max-in-flight");
  check_complaint({"mock", "--unknown-tokens", "1000000"}, 2, "--unknown-tokens");
  check_complaint({"mock", "--flavour", "vlm"}, 2, "did you mean vllm?");
  check_complaint({"mock", "--flavour", "nothing-like-it"}, 2, "there are openai, deepseek");
  check_complaint({"mock", "--model", "a=2"}, 2, "'2' is not a share from 0 to 1");
  check_complaint({"mock", "--fault", "nothing-like-it=1"}, 2, "costwar mock --list lists them");
  check_complaint({"mock", "--echo", "--answers", "x"}, 2, "--answers");
  check_complaint({"mock", "--port", "0", "--url-file", "none/url"}, 3, "none/url");
  check_complaint({"mock", "--port", "0", "--truth", "none/truth"}, 3, "none/truth: cannot be written");
}
