// costwar gate over exported runs: every state and its exit code, every difference that makes runs
// incomparable, and every way in which it can be called wrongly.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command.h"
#include "complaint.h"
#include "core/run.h"

namespace costwar::e2e {
namespace {

using Json = nlohmann::json;

constexpr int kItems = 150;

// A run of some models on the same items, of which each solves the first ones.
struct RunFile {
  std::string id = "20261101T120000Z-000001";
  std::vector<std::string> models{"gpt-5.5"};
  std::string provider = "openai";
  int items = kItems;
  int first_item = 0;
  int solved = 120;
  int failed = 0;      // of the last ones
  int unfinished = 0;  // of the first ones
  std::int64_t output = 100;
  double seconds = 2;
  std::string served = "gpt-5.5-2026-04-24";
  std::string fingerprint = "fp_1";
  std::string settings{};
  std::string judge{};
  RunTask task{"sums", "exact", 1, ""};
  Evidence evidence = Evidence::measured;

  RunHeader header() const {
    RunHeader header;
    header.id = id;
    header.plan = id;
    header.created = parse_wall("2026-11-01T12:00:00Z");
    header.costwar_version = "0.1.0";
    header.seed = 7;
    header.items_per_task = items;
    header.evidence = evidence;
    for (const std::string& name : models) {
      ModelCard card;
      card.name = provider + "/" + name;
      card.provider = provider;
      card.model = name;
      card.price_provider = provider;
      card.price_model = name;
      header.models.push_back(card);
    }
    header.tasks.push_back(task);
    header.settings = settings;
    if (!judge.empty()) {
      ModelCard card;
      card.name = judge;
      card.provider = "openai";
      card.model = "gpt-5.5";
      card.price_provider = "openai";
      card.price_model = "gpt-5.5";
      header.judge = card;
    }
    return header;
  }

  AttemptRow attempt(std::int64_t trial, CallRole role, bool answered) const {
    AttemptRow row;
    row.trial = trial;
    row.role = role;
    row.ended = true;
    row.attempt.outcome = answered ? Outcome::ok : Outcome::server_error;
    row.attempt.system_fingerprint = answered ? fingerprint : "";
    row.attempt.billing.served_model = answered ? served : "";
    row.attempt.billing.requested = parse_wall("2026-11-01T12:00:01Z");
    row.attempt.usage.set(Meter::fresh_input, 1000, Provenance::reported);
    row.attempt.usage.set(Meter::visible_output, output, Provenance::reported);
    row.attempt.timeline.sent = Mono{1};
    row.attempt.timeline.end = Mono{static_cast<std::int64_t>(seconds * 1e9)};
    return row;
  }

  void write(const TemporaryFolder& folder, const std::string& name) const {
    std::string lines = to_json_line(header()) + "\n";
    std::size_t counts[3] = {};  // of trials, attempts and scores
    const auto add = [&](const RunRow& row) {
      lines += to_json_line(row) + "\n";
      ++counts[row.index()];
    };
    const auto each =
        [&](const std::function<void(std::int64_t trial, std::uint32_t model, int item)>& visit) {
          std::int64_t trial = 0;
          for (int item = 0; item < items; ++item)
            for (std::uint32_t model = 0; model < models.size(); ++model) visit(trial++, model, item);
        };
    each([&](std::int64_t trial, std::uint32_t model, int item) {
      TrialRow row;
      row.trial = trial;
      row.model = model;
      row.item = "item-" + std::to_string(first_item + item);
      row.prompt = "?";
      add(row);
    });
    each([&](std::int64_t trial, std::uint32_t, int item) {
      if (item < unfinished) return;
      add(attempt(trial, CallRole::subject, item < items - failed));
      if (!judge.empty()) add(attempt(trial, CallRole::judge, true));
    });
    each([&](std::int64_t trial, std::uint32_t, int item) {
      if (item < unfinished) return;
      const bool right = item < solved && item < items - failed;
      add(ScoreRow{trial, task.scorer, task.scorer_version, right ? 1.0 : 0.0, right, ""});
    });
    lines += R"({"row":"end","trials":)" + std::to_string(counts[0]) + R"(,"attempts":)" +
             std::to_string(counts[1]) + R"(,"scores":)" + std::to_string(counts[2]) + "}\n";
    folder.write(name, lines);
  }
};

RunFile head() {
  RunFile run;
  run.id = "20261102T120000Z-000002";
  return run;
}

struct Stage {
  TemporaryFolder folder;
  RunFile baseline;
  RunFile now = head();

  Result gate(Arguments more = {}, const std::map<std::string, std::string>& variables = {}) const {
    baseline.write(folder, "baseline.jsonl");
    now.write(folder, "head.jsonl");
    Arguments all{"gate", "--baseline", "baseline.jsonl", "--head", "head.jsonl"};
    all.insert(all.end(), more.begin(), more.end());
    return run(folder, all, variables);
  }

  Json json(int code, Arguments more = {}) const {
    more.insert(more.end(), {"--format", "json"});
    const Result result = gate(more);
    CAPTURE(result.err);
    REQUIRE(result.code == code);
    return Json::parse(result.out);
  }

  void rules(const std::string& text) const { folder.write("rules.json", text); }
};

bool has_part(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("gate: the same again passes, and says that the rules are the built-in ones") {
  const Stage stage;
  const Result result = stage.gate();
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("The gate passes: all 3 rules are kept"));
  CHECK(has_part(result.out, "No rules were given"));
}

TEST_CASE("gate: worse, dearer, slower or broken fails with 1") {
  Stage stage;
  stage.rules(R"({"quality": {"margin": "3pts"}, "cost_per_task": {"ratio_at_most": 1.1},
                  "latency": {"median": {"ratio_at_most": 1.2}}, "failures": {"increase_at_most": "3pts"}})");
  const auto failed = [&] {
    std::string names;
    const Json found = stage.json(1, {"--rules", "rules.json"});
    for (const Json& rule : found.at("rules"))
      if (rule.at("state") == "failed") names += rule.at("rule").get<std::string>() + " ";
    return names;
  };
  SUBCASE("worse") {
    stage.now.solved = 90;
    CHECK(failed() == "quality.margin ");
  }
  SUBCASE("dearer") {
    stage.now.output = 200;
    CHECK(failed() == "cost_per_task.ratio_at_most ");
  }
  SUBCASE("slower") {
    stage.now.seconds = 3;
    CHECK(failed() == "latency.median.ratio_at_most ");
  }
  SUBCASE("broken") {
    stage.now.failed = 30;
    stage.baseline.solved = stage.now.solved = 110;
    CHECK(failed() == "failures.increase_at_most ");
  }
}

TEST_CASE("gate: too few items are unresolved, which the rules give a meaning") {
  Stage stage;
  stage.baseline.items = stage.now.items = 40;
  stage.baseline.solved = stage.now.solved = 30;
  const std::string rule = R"("quality": {"margin": "3pts"})";
  stage.rules("{" + rule + "}");
  const Json open = stage.json(9, {"--rules", "rules.json"});
  CHECK(open.at("verdict") == "unresolved");
  CHECK(open.at("rules").at(0).at("items_to_resolve") == 125);
  stage.rules("{" + rule + R"(, "on_unresolved": "fail"})");
  CHECK(stage.json(1, {"--rules", "rules.json"}).at("rules").at(0).at("state") == "unresolved");
  stage.rules("{" + rule + R"(, "on_unresolved": "pass"})");
  CHECK(stage.json(0, {"--rules", "rules.json"}).at("verdict") == "passed");
}

TEST_CASE("gate: whatever was measured in another way is incomparable with 3, better or not") {
  Stage stage;
  stage.now.solved = 150;
  std::string field;
  std::string accept;
  SUBCASE("items") {
    stage.now.first_item = 10;
    field = "items";
  }
  SUBCASE("scorer") {
    stage.now.task.scorer = "numeric";
    field = accept = "scorer";
  }
  SUBCASE("scorer version") {
    stage.now.task.scorer_version = 2;
    field = accept = "scorer";
  }
  SUBCASE("judge") {
    stage.baseline.judge = "openai/gpt-5.5";
    stage.now.judge = "deepseek/deepseek-v4-pro";
    field = accept = "judge";
  }
  SUBCASE("sampling settings") {
    stage.now.settings = R"({"temperature":1.0})";
    field = "settings.temperature";
    accept = "settings";
  }
  SUBCASE("served model") {
    stage.now.served = "gpt-5.5-2026-10-01";
    field = accept = "served_model";
  }
  SUBCASE("fingerprint") {
    stage.now.fingerprint = "fp_2";
    field = accept = "fingerprint";
  }
  const Json found = stage.json(3);
  CHECK(found.at("verdict") == "incomparable");
  REQUIRE(found.at("differences").size() == 1);
  CHECK(found.at("differences").at(0).at("field") == field);
  for (const Json& rule : found.at("rules")) CHECK(rule.at("state") == "incomparable");
  if (accept.empty()) {
    const Json shared = stage.json(0, {"--intersect"});
    CHECK(shared.at("coverage").at(0).at("shared") == 140);
    CHECK(shared.at("rules").at(0).at("n") == 140);
    CHECK(shared.at("differences").at(0).at("accepted") == true);
  } else {
    stage.rules(R"({"quality": {"margin": "3pts"}, "accept": [")" + accept + "\"]}");
    const Json accepted = stage.json(0, {"--rules", "rules.json"});
    CHECK(accepted.at("differences").at(0).at("accepted") == true);
    CHECK(has_part(accepted.at("notes").dump(), "Accepted by the rules"));
  }
}

TEST_CASE("gate: what has no price never passes, and --strict says 7") {
  Stage stage;
  stage.baseline.provider = stage.now.provider = "house";
  stage.rules(R"({"cost_per_task": {"ratio_at_most": 1.1}, "on_unresolved": "pass"})");
  CHECK(stage.gate({"--rules", "rules.json"}).code == 9);
  CHECK(stage.gate({"--rules", "rules.json", "--strict"}).code == 7);
  stage.rules(R"({"quality": {"margin": "3pts"}})");
  CHECK(stage.gate({"--rules", "rules.json"}).code == 0);
  CHECK(stage.gate({"--rules", "rules.json", "--strict"}).code == 7);
}

TEST_CASE("gate: what is incomplete is said, and --strict says 7") {
  Stage stage;
  stage.now.unfinished = 5;
  const Json found = stage.json(0);
  CHECK(found.at("coverage").at(0).at("head_missing") == 5);
  CHECK(found.at("coverage").at(0).at("paired") == 145);
  CHECK(stage.gate({"--strict"}).code == 7);
  CHECK(Stage().gate({"--strict"}).code == 0);
}

TEST_CASE("gate: rules of costwar.json, and of the file that is named instead") {
  Stage stage;
  stage.now.output = 200;
  stage.folder.write("costwar.json", "{\n\"gate\": {\"quality\": {\"margin\": \"3pts\"}}}");
  CHECK(stage.json(0).at("rules_from") == "costwar.json:2");
  stage.rules(R"({"spend": {"at_most": "0.01usd"}})");
  CHECK(stage.json(1, {"--rules", "rules.json"}).at("rules_from") == "rules.json");
  const Json shown = Json::parse(run(stage.folder, {"config", "show", "--format", "json"}).out);
  CHECK(has_part(shown.dump(), "gate.quality.margin"));
  stage.folder.write("costwar.json", "{\n\"gate\": {\n\"qualty\": {}}}");
  check_complaint(stage.gate(), 3, "costwar.json:3: \"qualty\" is not known here; did you mean \"quality\"?");
}

TEST_CASE("gate: models of one name are judged one by one, and #MODEL picks one") {
  Stage stage;
  stage.baseline.models = {"gpt-5.5", "gpt-5.4"};
  stage.now.models = {"gpt-5.4", "gpt-5.5"};
  const Json found = stage.json(0);
  REQUIRE(found.at("coverage").size() == 2);
  CHECK(found.at("coverage").at(0).at("model") == "openai/gpt-5.4");
  CHECK(found.at("rules").size() == 6);
  CHECK(found.at("rules").at(0).at("baseline_model") == "openai/gpt-5.4");
  const Result one = run(stage.folder, {"gate", "--baseline", "baseline.jsonl#openai/gpt-5.5", "--head",
                                        "baseline.jsonl#openai/gpt-5.4"});
  CAPTURE(one.err);
  CHECK(one.code == 0);
  stage.now.models = {"gpt-5.5"};
  check_complaint(stage.gate(), 2, "do not match up: openai/gpt-5.4, openai/gpt-5.5 and openai/gpt-5.5");
}

TEST_CASE("gate: what was not measured here is marked") {
  Stage stage;
  stage.baseline.evidence = Evidence::imported;
  CHECK(has_part(stage.json(0).at("notes").dump(), "The baseline is imported, not measured here."));
}

TEST_CASE("gate: GitHub gets annotations on standard output and Markdown in the job's summary") {
  Stage stage;
  stage.now.solved = 90;
  stage.folder.write("summary.md", "# before\n");
  const std::string summary = (stage.folder.path() / "summary.md").string();
  const Result result = stage.gate({"--format", "github"}, {{"GITHUB_STEP_SUMMARY", summary}});
  CAPTURE(result.err);
  CHECK(result.code == 1);
  CHECK(result.out.starts_with("costwar gate: The gate fails"));
  CHECK(has_part(result.out,
                 "::error title=costwar gate%3A quality.margin (openai/gpt-5.5)::quality.margin: "));
  CHECK_FALSE(has_part(result.out, "| Rule |"));
  const std::string written = stage.folder.read("summary.md");
  CHECK(written.starts_with("# before\n**The gate fails"));
  CHECK(has_part(written, "| Rule |"));
  const Result without = stage.gate({"--format", "github"});
  CHECK(has_part(without.out, "::error "));
  CHECK(has_part(without.out, "| Rule |"));
  const Result file = stage.gate({"--format", "github,junit,comment", "--output", "gate"},
                                 {{"GITHUB_STEP_SUMMARY", summary}});
  CHECK(file.code == 1);
  CHECK(has_part(file.out, "::error "));
  CHECK(stage.folder.read("summary.md").size() > written.size());
  CHECK(has_part(stage.folder.read("gate.github.md"), "| Rule |"));
  CHECK(stage.folder.read("gate.xml").starts_with("<?xml "));
  CHECK(stage.folder.read("gate.comment.md").starts_with("<!-- costwar:gate -->\n"));
  const std::string nowhere = (stage.folder.path() / "no/where").string();
  const Result lost = stage.gate({"--format", "github"}, {{"GITHUB_STEP_SUMMARY", nowhere}});
  CHECK(lost.code == 3);
  CHECK(has_part(lost.err, "cannot add to the job's summary"));
}

TEST_CASE("gate: by the extension of the file") {
  const Stage stage;
  CHECK(stage.gate({"-o", "gate.xml", "-o", "gate.comment.md", "-o", "gate.md"}).code == 0);
  CHECK(stage.folder.read("gate.xml").starts_with("<?xml "));
  CHECK(stage.folder.read("gate.comment.md").starts_with("<!-- costwar:gate -->\n"));
  CHECK(stage.folder.read("gate.md").starts_with("**The gate passes"));
}

TEST_CASE("gate: every wrong flag is named with what to do") {
  const Stage stage;
  CHECK(stage.gate().code == 0);  // the files are there from here on
  check_complaint({"gate", "--head", "x"}, 2, "--baseline is required");
  check_complaint({"gate", "--baseline", "x"}, 2, "--head is required");
  check_complaint(run(stage.folder, {"gate", "--baseline", "baselin.jsonl", "--head", "head.jsonl"}), 2,
                  "there is no run baselin.jsonl");
  check_complaint(run(stage.folder, {"gate", "--baseline", "head.jsonl", "--head", "head.jsonl"}), 2,
                  "--baseline and --head are both head.jsonl");
  check_complaint(
      run(stage.folder, {"gate", "--baseline", "baseline.jsonl#openai/gpt-5.6", "--head", "head.jsonl"}), 2,
      "has no model openai/gpt-5.6; did you mean openai/gpt-5.5?");
  check_complaint(stage.gate({"--intersec"}), 2, "did you mean --intersect?");
  check_complaint(stage.gate({"--rules", "none.json"}), 3, "none.json");
  check_complaint(stage.gate({"--rules", "."}), 3, ".");
  stage.rules(R"({"quality": {"margn": 1}})");
  check_complaint(stage.gate({"--rules", "rules.json"}), 3, "rules.json:1: \"margn\" is not known here");
  stage.rules(R"({"quality": {"tasks": {"sum": {"margin": "3pts"}}}})");
  check_complaint(stage.gate({"--rules", "rules.json"}), 3, "did you mean sums?");
  check_complaint(stage.gate({"--machine-rate", "-1"}), 2, "");
  check_complaint(stage.gate({"--book", "none.json"}), 3, "none.json");
  check_complaint(stage.gate({"--format", "junti"}), 2, "did you mean junit?");
  check_complaint(stage.gate({"--output", "no/where.xml"}), 3, "its folder is not there");
  check_complaint(stage.gate({"--store", "head.jsonl"}), 3, "head.jsonl");
  stage.folder.write("empty.jsonl", "");
  check_complaint(run(stage.folder, {"gate", "--baseline", "empty.jsonl", "--head", "head.jsonl"}), 3,
                  "empty.jsonl");
}

}  // namespace costwar::e2e
