// Tasks that run what models write, from a manifest to the report.

#include <doctest/doctest.h>

#include "complaint.h"
#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const char* const kManifest =
    R"({"schema_version":1,"name":"mine","title":"Small functions","licence":"CC0-1.0",
  "files":[{"name":"a.jsonl"}],"fields":{"prompt":"prompt","solution":"solution"},
  "prompt":"{prompt}","expected":"{prompt}{solution}",
  "details":{"prompt":"prompt","entry_point":"entry_point","test":"test"},
  "scorer":{"name":"python","version":1},"reference":{"text":"{prompt}{solution}"}})";

Json function(const std::string& name, const std::string& solution, const std::string& test) {
  return {{"prompt", "def " + name + "(x):\n    \"\"\"The " + name + " of x.\"\"\"\n"},
          {"solution", "    return " + solution + "\n"},
          {"entry_point", name},
          {"test", "def check(candidate):\n    assert " + test + "\n"}};
}

// Whether programs can be run here at all.
bool has_sandbox(const Scene& scene) {
  const Json checks = scene.json({"doctor"}).at("checks");
  for (const Json& row : checks)
    if (row.at("check") == "sandbox") return row.at("state") == "ok";
  FAIL("doctor has no row about the sandbox");
  return false;
}

}  // namespace

TEST_CASE("functions that models write are run in the sandbox, and only what passes its test is solved") {
  Scene scene("mine", "3");
  fs::create_directories(scene.folder.path() / ".costwar/tasks");
  scene.folder.write(".costwar/tasks/mine.json", kManifest);
  scene.folder.write("a.jsonl", function("double", "2 * x", "candidate(3) == 6").dump() + "\n" +
                                    function("first", "x[0]", "candidate([5, 6]) == 5").dump() + "\n" +
                                    function("next", "x + 1", "candidate(-1) == 0").dump() + "\n");
  REQUIRE(run(scene.folder, {"tasks", "pull", "mine", "--from", "a.jsonl"}).code == 0);
  scene.serve({"--model", "right=1", "--model", "wrong=0"});
  if (!has_sandbox(scene)) {
    check_complaint(scene.compare({"right"}), 3, "give --unsafe-code");
    CHECK(scene.truth().empty());
    CHECK(scene.compare_json({"right"}, {"--unsafe-code"}).at("models").at(0).at("solved") == 3);
    return;
  }
  const Json checked = scene.json({"tasks", "check", "mine"});
  CHECK(checked.at("scored") == 3);
  CHECK(checked.at("passed") == 3);
  scene.folder.write("answers.jsonl", R"({"index":0,"answer":"def double(x): return x"})");
  const Result failed = run(scene.folder, {"tasks", "check", "mine", "--answers", "answers.jsonl"});
  CHECK(failed.code == 1);
  CHECK(holds(failed.out, "AssertionError"));

  const Json document = scene.compare_json({"right", "wrong"});
  CHECK(document.at("models").at(0).at("solved") == 3);
  CHECK(document.at("models").at(1).at("solved") == 0);
  CHECK(document.at("models").at(1).at("n") == 3);
  const Result shown = run(scene.folder, {"runs", "show", document.at("run"), "--failed"});
  CHECK(holds(shown.out, "3 of 6 trials shown"));
  CHECK(holds(shown.out, "AssertionError"));
}
