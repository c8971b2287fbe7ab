// Runs that are there as reports: named by id, label or file, several read as one, in several formats at
// once.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

// Two runs of the same items: strong and weak models of a mock server.
struct TwoRuns : Scene {
  TwoRuns() : Scene("sorting", "20") {
    serve({"--model", "strong=0.9", "--model", "weak=0.3"});
    first = measured({"strong"}, "before");
    second = measured({"weak", "strong"}, "after");
  }

  std::string measured(const std::vector<std::string>& models, const std::string& label) const {
    const Result result = run(folder, command("run", models, {"--label", label, "--fresh"}));
    REQUIRE_MESSAGE(result.code == 0, result.err);
    return result.out.substr(0, result.out.find('\n'));
  }

  Result report(Arguments arguments) const {
    arguments.insert(arguments.begin(), "report");
    arguments.push_back("--no-reprice");
    return run(folder, arguments);
  }

  Json report_json(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    return parsed(report(arguments));
  }

  std::string first;
  std::string second;
};

}  // namespace

TEST_CASE("a report of a run is what compare said of it, however the run is named") {
  const TwoRuns scene;
  const Json by_id = scene.report_json({scene.second});
  const Json compared =
      scene.parsed(run(scene.folder, {"compare", "--run", scene.second, "--no-reprice", "--format", "json"}));
  CHECK(by_id == compared);
  CHECK(scene.report_json({"after"}).at("models") == by_id.at("models"));
  REQUIRE(run(scene.folder, {"runs", "export", scene.second, "-o", "kept.jsonl"}).code == 0);
  CHECK(scene.report_json({"kept.jsonl"}).at("models") == by_id.at("models"));
  // A file needs no store.
  CHECK(scene.report_json({"kept.jsonl", "--store", "nowhere.db"}).at("models") == by_id.at("models"));
}

TEST_CASE("several runs are read as one: pairs share the items of both") {
  const TwoRuns scene;
  const Json both = scene.report_json({"before", "after"});
  REQUIRE(both.at("models").size() == 3);
  CHECK(both.at("run") == scene.first + "+" + scene.second);
  CHECK(both.at("models").at(0).at("model") == scene.model("strong") + " (before)");
  CHECK(both.at("models").at(2).at("model") == scene.model("strong") + " (after)");
  REQUIRE(both.at("pairs").size() == 3);
  for (const Json& pair : both.at("pairs")) CHECK(pair.at("n") == 20);
  // The mock answers the same question in the same way: the same model twice differs in nothing.
  CHECK(both.at("pairs").at(1).at("counts").at("only_a") == 0);
  CHECK(both.at("pairs").at(1).at("counts").at("only_b") == 0);
  const Json one = scene.report_json({"after#" + scene.model("weak")});
  REQUIRE(one.at("models").size() == 1);
  CHECK(one.at("models").at(0).at("quality") == both.at("models").at(1).at("quality"));
}

TEST_CASE("a file that was cut short, even at the end of a line, is no run") {
  const TwoRuns scene;
  REQUIRE(run(scene.folder, {"runs", "export", "after", "-o", "kept.jsonl"}).code == 0);
  std::string text = scene.folder.read("kept.jsonl");
  REQUIRE(text.ends_with("}\n"));
  const std::string last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  CHECK(last == "{\"row\":\"end\",\"trials\":40,\"attempts\":40,\"scores\":40}\n");
  text.resize(text.size() - last.size());
  const auto refused = [&](const std::string& file, const std::string& word) {
    scene.folder.write("cut.jsonl", file);
    const Result result = scene.report({"cut.jsonl"});
    CHECK(result.code == 3);
    CHECK_MESSAGE(holds(result.err, word), result.err);
  };
  refused(text, "cut.jsonl: rows are missing");
  text.resize(text.rfind('\n', text.size() - 2) + 1);
  refused(text + last, "cut.jsonl: rows are missing");
  const std::size_t first = text.find('\n') + 1;
  const std::string trial = text.substr(first, text.find('\n', first) + 1 - first);
  refused(text.substr(0, first) + trial + text.substr(first), "cut.jsonl:3: trial 0 stands where 1 should");
}

TEST_CASE("one call writes several formats, by extension or by name") {
  const TwoRuns scene;
  REQUIRE(scene.report({"after", "-o", "a.json", "-o", "a.md"}).code == 0);
  CHECK(Json::parse(scene.folder.read("a.json")).at("kind") == "comparison");
  CHECK(holds(scene.folder.read("a.md"), "| Model |"));
  REQUIRE(scene.report({"after", "--format", "markdown,json", "-o", "b"}).code == 0);
  CHECK(scene.folder.read("b.md") == scene.folder.read("a.md"));
  CHECK(scene.folder.read("b.json") == scene.folder.read("a.json"));
  REQUIRE(scene.report({"after", "--format", "json", "--format", "markdown", "-o", "c", "-o", "d"}).code ==
          0);
  CHECK(scene.folder.read("c") == scene.folder.read("a.json"));
  CHECK(scene.folder.read("d") == scene.folder.read("a.md"));
}

TEST_CASE("a German user gets the same bytes") {
  const TwoRuns scene;
  const Arguments arguments{"report", "after", "before", "--format", "markdown,json,table", "-o"};
  const auto written = [&](const std::string& stem, const std::map<std::string, std::string>& variables) {
    Arguments all = arguments;
    all.push_back(stem);
    const Result result = run(scene.folder, all, variables);
    REQUIRE_MESSAGE(result.code == 0, result.err);
    return scene.folder.read(stem + ".md") + scene.folder.read(stem + ".json") +
           scene.folder.read(stem + ".txt");
  };
  CHECK(written("plain", {}) ==
        written("german", {{"LC_ALL", "de_DE.UTF-8"}, {"LOCPATH", COSTWAR_TEST_LOCALES}}));
}

TEST_CASE("what cannot be done is said before anything is written") {
  const TwoRuns scene;
  const auto refused = [&](Arguments arguments, int code, const std::string& word) {
    const Result result = scene.report(std::move(arguments));
    CAPTURE(result.err);
    CHECK(result.code == code);
    CHECK(holds(result.err, word));
    CHECK(result.out.empty());
  };
  refused({"befor"}, 2, "did you mean before?");
  refused({"2"}, 2, "write more of the id");
  refused({"after#strnog"}, 2, "has no model strnog");
  refused({"after", "after"}, 3, "named twice");
  refused({"after", "--format", "json,markdown"}, 2, "several formats need --output");
  refused({"after", "--format", "jsno"}, 2, "did you mean json?");
  refused({"after", "-o", "x.json", "-o", "x.json"}, 2, "written twice");
  refused({"after", "-o", "no/such/folder/x.json"}, 3, "its folder is not there");
  refused({"after", "--format", "json,markdown", "-o", "x", "-o", "y", "-o", "z"}, 2, "do not go together");
  refused({"after", "--csv-dialect", "excel"}, 2, "not one of rfc4180, excel-eu");
  refused({"after", "--table", "models"}, 2, "none is written");
  refused({"after", "--csv-dialect", "excel-eu"}, 2, "none is written");
  refused({"after", "--shape", "table"}, 2, "none is written");
  refused({"after", "-o", "report.htlm"}, 2, "did you mean .html?");
  refused({"after", "--shape", "flat"}, 2, "not one of document, table");
  CHECK_FALSE(std::filesystem::exists(scene.folder.path() / "x"));
  scene.folder.write("torn.jsonl", "{\"row\":\"run\"");
  refused({"torn.jsonl"}, 3, "torn.jsonl:1");
  const TemporaryFolder empty;
  const Result nothing = run(empty, {"report", "x"});
  CHECK(nothing.code == 2);
  CHECK(holds(nothing.err, "there is no run x"));
}
