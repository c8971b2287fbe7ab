// A recorded run is played again without its server: the report is the recorded one, and what was not
// recorded stops the command before anything is run.

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "command.h"
#include "complaint.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Json replay_json(const TemporaryFolder& folder, const Arguments& arguments,
                 const std::map<std::string, std::string>& variables = {}) {
  const Result result = run(folder, arguments + Arguments{"--format", "json"}, variables);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

const Arguments kScope{"--tasks", "arithmetic,copying", "--n", "12"};

// Everything that was measured or billed, without what says who was asked.
Json measured(Json document) {
  for (const char* key : {"run", "created", "headline", "notes"}) document.erase(key);
  for (Json& model : document.at("models")) {
    for (const char* key : {"model", "label"}) model.erase(key);
    model.at("time").erase("limited_s");                              // waits of the run, not of an answer
    for (Json& row : model.at("repriced")) row.erase("token_basis");  // names the model
  }
  for (const char* table : {"costs", "totals"})
    for (Json& row : document.at(table))
      for (const char* key : {"model", "account"}) row.erase(key);
  for (Json& pair : document.at("pairs"))
    for (const char* key : {"first", "second", "a", "b"}) pair.erase(key);
  return document;
}

// Member by member, so that a difference is named.
void check_same(const Json& recorded, const Json& replayed, const std::string& place = "") {
  CAPTURE(place);
  REQUIRE(recorded.type() == replayed.type());
  REQUIRE(recorded.size() == replayed.size());
  if (!recorded.is_structured()) CHECK(recorded == replayed);
  if (recorded.is_array())
    for (std::size_t i = 0; i < recorded.size(); ++i)
      check_same(recorded[i], replayed[i], place + "/" + std::to_string(i));
  if (recorded.is_object())
    for (const auto& [key, value] : recorded.items()) {
      REQUIRE(replayed.contains(key));
      check_same(value, replayed.at(key), place + "/" + key);
    }
}

// The id of the run that `url`'s models were recorded in.
std::string record(const TemporaryFolder& folder, const std::string& url, const Arguments& more = {}) {
  const Result result =
      run(folder, Arguments{"run", url + "#strong", url + "#weak", "--record"} + kScope + more);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return result.out.substr(0, result.out.size() - 1);
}

std::string note_of(const Json& document, const std::string& part) {
  for (const Json& note : document.at("notes")) {
    const std::string text = note.at("text");
    if (text.find(part) != std::string::npos) return text;
  }
  return "";
}

}  // namespace

TEST_CASE("a replay's report equals the recorded one, failures and retries included, without the server") {
  const TemporaryFolder folder;
  auto mock = std::make_unique<Mock>(folder, Arguments{"--model", "strong=0.9", "--model", "weak=0.6",
                                                       "--fault", "429-ms=0.2", "--fault", "no-done=0.1"});
  const std::string id = record(folder, mock->url());
  mock.reset();
  const Json recorded = replay_json(folder, {"compare", "--run", id});
  REQUIRE(recorded.at("models").at(0).at("retries") > 0);

  const Arguments from_store{"compare", "replay/" + id + "#strong", "replay/" + id + "#weak"};
  SUBCASE("from the store") {
    const Json replayed = replay_json(folder, from_store + kScope);
    check_same(measured(recorded), measured(replayed));
    CHECK(note_of(replayed, "replay/" + id + "#weak is a replay of run " + id)
              .ends_with(": answers, times and token counts are of then."));
  }
  SUBCASE("from a file, elsewhere") {
    REQUIRE(run(folder, {"runs", "export", id, "--recording", "-o", "r.jsonl"}).code == 0);
    const TemporaryFolder elsewhere;
    elsewhere.write("r.jsonl", folder.read("r.jsonl"));
    const Arguments from_file{"compare", "replay/r.jsonl#strong", "replay/r.jsonl#weak"};
    check_same(measured(recorded), measured(replay_json(elsewhere, from_file + kScope)));
  }
  SUBCASE("a recorded replay is itself a recording") {
    const Result again = run(folder, Arguments{"run", from_store[1], from_store[2], "--record"} + kScope);
    REQUIRE(again.code == 0);
    const std::string second = again.out.substr(0, again.out.size() - 1);
    const Arguments twice{"compare", "replay/" + second + "#" + from_store[1],
                          "replay/" + second + "#" + from_store[2]};
    check_same(measured(recorded), measured(replay_json(folder, twice + kScope)));
  }
  SUBCASE("at the recorded speed") {
    const Json replayed = replay_json(
        folder, Arguments{"compare", "replay/" + id + "#strong", "--replay-speed", "real"} + kScope);
    Json first = recorded.at("models").at(0);
    Json one = replayed.at("models").at(0);
    for (Json* model : {&first, &one})
      for (const char* key : {"model", "label"}) model->erase(key);
    CHECK(one.at("tokens") == first.at("tokens"));
    CHECK(one.at("quality") == first.at("quality"));
    for (Json* model : {&first, &one})
      for (const char* key : {"limited_s", "limited_attempts"})  // what waits for a limit is of the replay
        model->at("time").erase(key);
    CHECK(one.at("time") == first.at("time"));
  }
}

TEST_CASE("the own machine's time is priced as recorded") {
  const TemporaryFolder folder;
  const Arguments scope{"--tasks", "copying", "--n", "3"};
  const Json recorded = replay_json(folder, Arguments{"compare", "local/tiny-dense", "--record"} + scope);
  const std::string id = recorded.at("run");
  const Json replayed = replay_json(folder, Arguments{"compare", "replay/" + id} + scope);
  check_same(measured(recorded), measured(replayed));
}

TEST_CASE("what was not recorded is listed before anything is run, with exit code 7") {
  const TemporaryFolder folder;
  std::string id;
  {
    const Mock mock(folder, {"--model", "strong=0.9", "--model", "weak=0.6"});
    id = record(folder, mock.url(), {"--max-output-tokens", "512"});
  }
  const std::string model = "replay/" + id + "#strong";
  const Result changed = run(folder, Arguments{"compare", model} + kScope);
  CHECK(changed.code == 7);
  CHECK(changed.out.empty());
  CHECK(changed.err.find("arithmetic, item ") == 0);
  CHECK(changed.err.find(model + ": max_output_tokens 2048, recorded 512\n") != std::string::npos);
  CHECK(changed.err.find("\nand 4 more\n") != std::string::npos);
  CHECK(changed.err.find("24 of 24 requests have no recording; nothing was run") != std::string::npos);
  CHECK(std::count(changed.err.begin(), changed.err.end(), '\n') == 22);

  const Arguments as_recorded{"--tasks", "arithmetic", "--max-output-tokens", "512"};
  const Result more = run(folder, Arguments{"compare", model, "--n", "13"} + as_recorded);
  CHECK(more.code == 7);
  CHECK(more.err.find(model + ": this item was not recorded\n") != std::string::npos);
  CHECK(Json::parse(run(folder, {"runs", "--format", "json"}).out).at("runs").size() == 1);
  CHECK(run(folder, Arguments{"compare", model, "--n", "12"} + as_recorded).code == 0);
}

TEST_CASE("a recording that cannot be had is named") {
  const TemporaryFolder folder;
  const auto complains = [&](const Arguments& arguments, int code, const std::string& text) {
    check_complaint(run(folder, arguments), code, text);
  };
  complains({"compare", "replay/nothing"}, 2, "there is no run nothing to replay");
  complains({"compare", "replay/nothing.jsonl"}, 3, "nothing.jsonl");
  folder.write("bad.jsonl", "{\"row\":\"run\"}\n");
  complains({"compare", "replay/bad.jsonl"}, 3, "bad.jsonl:1: /row: expected \"recording\"");
  const Mock mock(folder, {"--model", "strong=0.9", "--model", "weak=0.6"});
  const Arguments plain{"run", mock.url() + "#strong", "--tasks", "copying", "--n", "2"};
  const Result bare = run(folder, plain);
  REQUIRE(bare.code == 0);
  const std::string unrecorded = bare.out.substr(0, bare.out.size() - 1);
  complains({"compare", "replay/" + unrecorded}, 3, "run " + unrecorded + " was not recorded");
  complains({"runs", "export", unrecorded, "--recording"}, 3, "was not recorded");
  complains(plain + Arguments{"--record"}, 2, "run " + unrecorded + " was measured without --record");
  const std::string id = record(folder, mock.url());
  complains({"compare", "replay/" + id}, 2, "the recording holds 2 models");
  complains({"compare", "replay/" + id + "#other"}, 2, "the recording has no model other");
}

TEST_CASE("an interrupted recording is completed, and replays as one run") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--model", "strong=0.9", "--ttft", "100ms"});
  const Arguments command =
      Arguments{"run", mock.url() + "#strong", "--record", "--concurrency", "2"} + kScope;
  {
    Program program(folder.path(), command);
    const auto begun = [&] {
      const Result runs = run(folder, {"runs", "--format", "json"});
      if (runs.code != 0) return false;
      const Json list = Json::parse(runs.out).at("runs");
      return !list.empty() && list.at(0).at("complete") >= 3;
    };
    bool seen = false;
    for (int i = 0; i < 400 && !seen; ++i) {
      poll(nullptr, 0, 25);
      seen = begun();
    }
    REQUIRE(seen);
    program.signal(SIGINT);
    CHECK(program.wait().code == 130);
  }
  Arguments without = command;
  without.erase(std::find(without.begin(), without.end(), "--record"));
  const Result rest = run(folder, without);  // a run that is recorded goes on being recorded
  REQUIRE(rest.code == 0);
  const std::string id = rest.out.substr(0, rest.out.size() - 1);
  const Json replayed = replay_json(folder, Arguments{"compare", "replay/" + id} + kScope);
  const Json recorded = replay_json(folder, {"compare", "--run", id});
  CHECK(replayed.at("models").at(0).at("quality") == recorded.at("models").at(0).at("quality"));
  CHECK(replayed.at("models").at(0).at("n") == 24);
}

TEST_CASE("the recording among the examples is played again with the command that its list gives") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "examples");
  std::filesystem::copy_file("examples/recording.jsonl", folder.path() / "examples" / "recording.jsonl");
  const std::string models = "replay/examples/recording.jsonl#local/";
  const Json document = replay_json(folder, {"compare", models + "tiny-moe", models + "tiny-dense", "--tasks",
                                             "copying,sorting", "--n", "5"});
  REQUIRE(document.at("models").size() == 2);
  for (const Json& model : document.at("models")) CHECK(model.at("n") == 10);
}

TEST_CASE("no key of the environment gets into a recording") {
  const TemporaryFolder folder;
  const std::string key = "sesame-4711-open";
  const Mock mock(folder, {"--model", "strong=0.9"});
  const Result result =
      run(folder, Arguments{"run", mock.url() + "#strong", "--record"} + kScope, {{"COSTWAR_HTTP_KEY", key}});
  REQUIRE(result.code == 0);
  const Result exported =
      run(folder, {"runs", "export", result.out.substr(0, result.out.size() - 1), "--recording"});
  REQUIRE(exported.code == 0);
  CHECK(std::count(exported.out.begin(), exported.out.end(), '\n') == 25);
  CHECK(exported.out.find(key) == std::string::npos);
  CHECK(exported.out.find("Bearer") == std::string::npos);
}
