// Load on a mock server: what was asked, counted and kept agrees with what the server saw, whatever the
// machine is doing meanwhile. A run on a busy machine may call itself INVALID (exit code 8), so no test asks
// for 0 alone, and none asserts a time.
#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "command.h"
#include "complaint.h"
#include "priced_scene.h"
#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> rows;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) rows.push_back(Json::parse(line));
  return rows;
}

struct LoadScene {
  explicit LoadScene(Arguments mock_flags = {"--unknown-tokens", "4"}) {
    mock_flags.insert(mock_flags.end(), {"--truth", "truth.jsonl"});
    mock = std::make_unique<Mock>(folder, mock_flags);
  }

  Arguments command(const Arguments& more) const {
    Arguments all{"load", mock->url() + "#mock"};
    for (const auto& [flag, value] : {std::pair("--input-tokens", "8"), std::pair("--output-tokens", "4")})
      if (std::find(more.begin(), more.end(), flag) == more.end()) all.insert(all.end(), {flag, value});
    return with(std::move(all), more);
  }
  Result load(const Arguments& more) const { return run(folder, command(more)); }

  // A document of whatever verdict; the exit code must say the same.
  static Json document(const Result& result) {
    CAPTURE(result.err);
    REQUIRE_FALSE(result.out.empty());
    Json read = Json::parse(result.out);
    CHECK(result.code == (read.at("verdict") == "INVALID" ? 8 : 0));
    return read;
  }
  Json measure(Arguments more) const {
    more.insert(more.end(), {"--format", "json"});
    return document(load(more));
  }
  Json again(Arguments arguments) const {
    arguments.insert(arguments.begin(), "load");
    arguments.insert(arguments.end(), {"--format", "json"});
    return document(run(folder, arguments));
  }

  std::vector<Json> calls(const std::string& file = "calls.jsonl") const {
    return json_lines(folder.read(file));
  }

  // After the server has ended, so that nothing is still to be written.
  std::vector<Json> truth() {
    mock.reset();
    return json_lines(folder.read("truth.jsonl"));
  }

  TemporaryFolder folder;
  std::unique_ptr<Mock> mock;
};

// The number that the mock gave the request whose answer this call got.
std::uint64_t serial(const Json& call) {
  const std::string id = call.at("request_id");
  return std::stoull(id.substr(id.rfind('-') + 1), nullptr, 16);
}

std::multiset<std::string> prompts(const std::vector<Json>& records) {
  std::multiset<std::string> hashes;
  for (const Json& record : records) hashes.insert(record.at("prompt_hash"));
  return hashes;
}

}  // namespace

TEST_CASE("closed load: every call is in the file of calls and in the server's truth, one to one") {
  LoadScene scene;
  const Json read = scene.measure(
      {"--concurrency", "4", "--requests", "60", "--duration", "20s", "--calls", "calls.jsonl"});
  CHECK(read.at("kind") == "load");
  CHECK(read.at("mode") == "closed");
  CHECK(read.at("calls") == 60);
  CHECK(read.at("failed") == 0);
  CHECK(std::set<std::string>{"valid", "valid with notes", "INVALID"}.count(read.at("verdict")) == 1);
  CHECK((read.at("verdict") == "INVALID") == !read.at("reasons").empty());
  const Json& stage = read.at("stages").at(0);
  CHECK(stage.at("concurrency") == 4);
  CHECK(stage.at("ok") == 60);
  CHECK(stage.at("output_tokens") == 240);
  const std::vector<Json> calls = scene.calls();
  REQUIRE(calls.size() == 60);
  std::map<std::uint64_t, Json> records;
  for (const Json& record : scene.truth()) records[record.at("request")] = record;
  CHECK(records.size() == 60);
  std::set<std::uint64_t> sessions;
  for (const Json& call : calls) {
    CAPTURE(call.dump());
    REQUIRE(records.count(serial(call)) == 1);
    const Json& record = records.at(serial(call));
    CHECK(call.at("outcome") == "ok");
    CHECK(call.at("output_tokens") == record.at("completion_tokens"));
    CHECK(call.at("prompt_tokens") == record.at("prompt_tokens"));
    // One clock on one machine: effects come after their causes.
    CHECK(call.at("due_ns") <= call.at("issued_ns"));
    CHECK(call.at("issued_ns") <= record.at("arrived_ns"));
    CHECK(record.at("pieces").at(0).at("sent_ns") <= call.at("headers_ns"));
    CHECK(call.at("headers_ns") <= call.at("first_any_ns"));
    CHECK(call.at("first_any_ns") <= call.at("end_ns"));
    sessions.insert(call.at("session").get<std::uint64_t>());
    records.erase(serial(call));
  }
  CHECK(records.empty());
  CHECK(sessions.size() == 60);
}

TEST_CASE("open load, with failures: they are counted, and what was asked for is the schedule's") {
  LoadScene scene({"--unknown-tokens", "4", "--fault", "500=0.3", "--fault", "no-finish=0.2"});
  const Json read =
      scene.measure({"--rate", "200", "--arrivals", "gamma", "--burstiness", "0.5", "--requests", "80",
                     "--duration", "20s", "--seed", "3", "--calls", "calls.jsonl"});
  CHECK(read.at("mode") == "open");
  const std::vector<Json> calls = scene.calls();
  std::size_t bad = 0;
  for (const Json& record : scene.truth()) bad += record.at("fault") == "" ? 0U : 1U;
  CHECK(calls.size() == 80);
  CHECK(bad > 0);
  CHECK(read.at("calls") == 80);
  CHECK(read.at("failed") == bad);
  CHECK(static_cast<std::size_t>(std::count_if(
            calls.begin(), calls.end(), [](const Json& call) { return call.at("outcome") != "ok"; })) == bad);
}

TEST_CASE("a stored run is read again under other objectives, and compared with another") {
  const LoadScene scene;
  const Json first = scene.measure({"-c", "2", "-n", "40", "--label", "before", "--slo", "e2e=60m"});
  CHECK(first.at("label") == "before");
  CHECK(first.at("goodput").at(0).at("met") == first.at("goodput").at(0).at("of"));
  scene.measure({"-c", "2", "-n", "40", "--label", "after"});
  const Json same = scene.again({"report", "before"});
  CHECK(same.at("stages") == first.at("stages"));
  CHECK(same.at("goodput") == first.at("goodput"));
  const Json strict = scene.again({"report", "before", "--slo", "e2e=1us,share=50%"});
  CHECK(strict.at("goodput").at(0).at("met") == 0);
  CHECK(strict.at("goodput").at(0).at("of").get<int>() > 0);
  CHECK(strict.at("run") == first.at("run"));
  const Result compared = run(scene.folder, {"load", "diff", "before", "after", "--format", "json"});
  CAPTURE(compared.err);
  REQUIRE_FALSE(compared.out.empty());
  CHECK(Json::parse(compared.out).at("kind") == "load_diff");
  CHECK((compared.code == 0 || compared.code == 8));
  check_complaint(run(scene.folder, {"load", "report", "befor"}), 2, "befor");
  check_complaint(run(scene.folder, {"load", "diff", "before", "nobody"}), 2, "nobody");
}

TEST_CASE("a load run moves to another store as a file, and is the same there") {
  const LoadScene scene;
  const Json first = scene.measure({"-c", "2", "-n", "20", "--label", "moved", "--slo", "ttft=60m"});
  const Result exported = run(scene.folder, {"runs", "export", "moved"});
  REQUIRE(exported.code == 0);
  const std::vector<Json> rows = json_lines(exported.out);
  REQUIRE(rows.size() == 1 + 1 + 20 + 1);
  CHECK(rows.front().at("row") == "load_run");
  CHECK(rows.back() == Json{{"row", "end"}, {"stages", 1}, {"calls", 20}});
  std::ofstream(scene.folder.path() / "moved.jsonl") << exported.out;
  const Result imported = run(scene.folder, {"runs", "import", "moved.jsonl", "--store", "other.db"});
  CHECK(imported.code == 0);
  CHECK(imported.out == first.at("run").get<std::string>() + "\n");
  CHECK(run(scene.folder, {"runs", "export", "moved", "--store", "other.db"}).out == exported.out);
  CHECK(scene.again({"report", "moved", "--store", "other.db"}) == scene.again({"report", "moved"}));
  check_complaint(run(scene.folder, {"runs", "import", "moved.jsonl"}), 3, "already");
  std::ofstream(scene.folder.path() / "cut.jsonl")
      << exported.out.substr(0, exported.out.rfind("{\"row\":\"end\""));
  check_complaint(run(scene.folder, {"runs", "import", "cut.jsonl", "--store", "third.db"}), 3, "cut short");
  CHECK(Json::parse(run(scene.folder, {"load", "runs", "--store", "third.db", "--format", "json"}).out)
            .at("runs")
            .empty());
  check_complaint(run(scene.folder, {"runs", "export", "nobody"}), 2, "nobody");
  CHECK(run(scene.folder, {"load", "delete", "moved"}).code == 0);
  check_complaint(run(scene.folder, {"load", "delete", "moved"}), 2, "moved");
}

TEST_CASE("a schedule that was saved asks the same prompts again") {
  LoadScene scene;
  scene.measure({"-c", "3", "-n", "20", "--input-tokens", "8..64", "--prefixes", "2", "--prefix-tokens", "16",
                 "--save-schedule", "schedule.jsonl"});
  const std::vector<Json> first = scene.truth();
  REQUIRE(first.size() == 20);
  CHECK(prompts(first).count(first.front().at("prompt_hash")) == 1);
  scene.mock =
      std::make_unique<Mock>(scene.folder, Arguments{"--unknown-tokens", "4", "--truth", "truth.jsonl"});
  const Json read = LoadScene::document(run(scene.folder, {"load", scene.mock->url() + "#mock", "--schedule",
                                                           "schedule.jsonl", "--format", "json"}));
  CHECK(read.at("calls") == 20);
  CHECK(prompts(scene.truth()) == prompts(first));
}

TEST_CASE("one seed asks the same, another something else") {
  LoadScene scene;
  const auto asked = [&](const std::string& seed) {
    scene.measure({"-c", "2", "-n", "10", "--input-tokens", "8..64", "--seed", seed});
    const auto hashes = prompts(scene.truth());
    scene.mock =
        std::make_unique<Mock>(scene.folder, Arguments{"--unknown-tokens", "4", "--truth", "truth.jsonl"});
    return hashes;
  };
  const auto once = asked("5");
  CHECK(once.size() == 10);
  CHECK(asked("5") == once);
  CHECK(asked("6") != once);
}

TEST_CASE("killed in the middle of its stages, a run goes on with those that are missing") {
  const LoadScene scene({"--unknown-tokens", "4", "--ttft", "5ms"});
  const Arguments flags =
      scene.command({"--concurrency", "1,2,3", "-n", "60", "--label", "cut", "--seed", "1"});
  const auto stages = [&]() -> std::size_t {
    const Result result = run(scene.folder, {"load", "report", "cut", "--format", "json"});
    if (result.out.empty()) return 0;
    const Json read = Json::parse(result.out);
    return static_cast<std::size_t>(
        std::count_if(read.at("stages").begin(), read.at("stages").end(),
                      [](const Json& stage) { return stage.at("complete") == true; }));
  };
  {
    Program victim(scene.folder.path(), flags);
    for (int i = 0; i < 2000 && stages() == 0; ++i) poll(nullptr, 0, 5);
    victim.signal(SIGKILL);
    CHECK(victim.wait().code == 128 + SIGKILL);
  }
  const std::size_t before = stages();
  REQUIRE(before >= 1);
  REQUIRE(before < 3);
  const Json read = scene.again({"resume", "cut"});
  std::vector<int> whole;
  for (const Json& stage : read.at("stages"))
    if (stage.at("complete") == true) {
      whole.push_back(stage.at("concurrency").get<int>());
      CHECK(stage.at("calls") == 60);
    }
  CHECK(whole == std::vector<int>{1, 2, 3});
  // What was kept is not measured again.
  CHECK(scene.again({"report", "cut"}).at("stages") == read.at("stages"));
  check_complaint(run(scene.folder, {"load", "resume", "nobody"}), 2, "nobody");
}

TEST_CASE("several turns, cancelled calls, several threads") {
  LoadScene scene({"--unknown-tokens", "4", "--ttft", "20ms"});
  const Json read =
      scene.measure({"-c", "4", "-n", "20", "--turns", "3", "--threads", "2", "--calls", "calls.jsonl"});
  CHECK(read.at("calls") == 60);
  std::map<int, int> turns;
  for (const Json& call : scene.calls()) ++turns[call.at("turn").get<int>()];
  CHECK(turns == std::map<int, int>{{0, 20}, {1, 20}, {2, 20}});
  const Json cut = scene.measure({"-c", "4", "-n", "20", "--cancel", "100%", "--cancel-after", "1us"});
  CHECK(cut.at("stages").at(0).at("cut").get<int>() > 0);
  CHECK(cut.at("failed") == 0);
}

TEST_CASE("objectives that are not kept fail the job under --gate") {
  const LoadScene scene;
  const Arguments short_run{"-c", "4", "-n", "200", "--gate", "--format", "json"};
  const Result strict = scene.load(with(short_run, {"--slo", "e2e=1us"}));
  CHECK((strict.code == 1 || strict.code == 8));
  const Result easy = scene.load(with(short_run, {"--slo", "e2e=60m,share=50%"}));
  CHECK((easy.code == 0 || easy.code == 8));
}

TEST_CASE("nobody answers: the network failed, and nothing is reported as measured") {
  const TemporaryFolder folder;
  const Result result = run(folder, {"load", "http://127.0.0.1:1/v1#m", "-c", "2", "--duration", "2s"});
  CAPTURE(result.err);
  CHECK(result.code == 5);
}

TEST_CASE("a budget ends a run, and what was spent is below it") {
  const PricedScene scene({{"m", "1", "10", "100"}}, {"7"}, {"--unknown-tokens", "4"});
  const Arguments asked{"load", "acme/m",          "-c", "4",      "--duration", "20s", "--input-tokens",
                        "8",    "--output-tokens", "4",  "--book", "prices.json"};
  check_complaint(run(scene.folder, asked), 2, "--budget");
  const Result result =
      run(scene.folder, with(asked, {"--budget", "0.02usd", "--calls", "calls.jsonl", "--format", "json"}));
  CAPTURE(result.err);
  CHECK(result.code == 6);
  REQUIRE_FALSE(result.out.empty());
  const Json read = Json::parse(result.out);
  CHECK(read.at("calls").get<int>() > 0);
  CHECK(std::stod(read.at("spent").at("amount").get<std::string>()) <= 0.02);
}

TEST_CASE("each wrong flag is refused with its name, before anything is asked") {
  const std::string url = "http://127.0.0.1:1/v1#m";
  const auto refused = [&](const Arguments& flags, const std::string& word, int code = 2) {
    check_complaint(with({"load", url}, flags), code, word);
  };
  refused({"--concurrency", "0"}, "--concurrency");
  refused({"--concurrency", "1.5"}, "--concurrency");
  refused({"--concurrency", "8..1"}, "does not go up");
  refused({"--concurrency", "1,,2"}, "--concurrency");
  refused({"--concurrency", "99999999999999999999"}, "--concurrency");
  refused({"--rate", "nan"}, "--rate");
  refused({"--rate", "inf"}, "--rate");
  refused({"--rate", "-1"}, "--rate");
  refused({"--rate", "5", "--arrivals", "uniform"}, "--arrivals");
  refused({"--arrivals", "constant"}, "--rate");
  refused({"--rate", "5", "--burstiness", "2"}, "gamma");
  refused({"--rate", "5", "--arrivals", "gamma", "--burstiness", "0"}, "burstiness");
  refused({"--sweep", "--find-rate", "--slo", "ttft=1s"}, "--sweep");
  refused({"--find-rate"}, "--slo");
  refused({"--sweep", "--concurrency", "1,2"}, "bounds");
  refused({"--trace", "a.jsonl", "--rate", "1"}, "--trace");
  refused({"--trace", "missing.jsonl"}, "missing.jsonl", 3);
  refused({"--schedule", "missing.jsonl"}, "missing.jsonl", 3);
  refused({"--speed", "2"}, "--trace");
  refused({"--duration", "10"}, "--duration");
  refused({"--requests", "0"}, "--requests");
  refused({"--input-tokens", "0"}, "--input-tokens");
  refused({"--input-tokens", "9..1"}, "--input-tokens");
  refused({"--output-tokens", "few"}, "--output-tokens");
  refused({"--turns", "0"}, "--turns");
  refused({"--think", "2"}, "--think");
  refused({"--cancel", "5"}, "--cancel");
  refused({"--cancel", "101%"}, "--cancel");
  refused({"--cancel-after", "soon"}, "--cancel-after");
  refused({"--prompts", "missing.txt"}, "missing.txt", 3);
  refused({"--prefixes", "-1"}, "--prefixes");
  refused({"--temperature", "hot"}, "--temperature");
  refused({"--extra-body", "[1]"}, "--extra-body");
  refused({"--seed", "-1"}, "--seed");
  refused({"--threads", "0"}, "--threads");
  refused({"--drain", "soon"}, "--drain");
  refused({"--timeout", "0"}, "--timeout");
  refused({"--slo", "ttft=0s"}, "ttft");
  refused({"--slo", "tfft=1s"}, "ttft");
  refused({"--slo", "mlperf/nothing"}, "mlperf/");
  refused({"--gate"}, "--slo");
  refused({"--machine-rate", "much"}, "--machine-rate");
  refused({"--at", "yesterday"}, "--at");
  refused({"--no-budget", "--budget", "1usd"}, "--budget");
  refused({"--format", "jso"}, "json");
  check_complaint({"load"}, 2, "address");
  check_complaint({"load", "report"}, 2, "RUN");
  check_complaint({"load", "nosuch"}, 2, "nosuch");
  refused({"--cncurrency", "3"}, "did you mean --concurrency?");
  refused({"more"}, "more");
  check_complaint({"load", "repot", "nightly"}, 2, "did you mean 'costwar load report'?");
}
