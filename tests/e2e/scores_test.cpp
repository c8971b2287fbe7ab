// costwar scores as a user meets it, against the mock server.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "complaint.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json scores_json(const TemporaryFolder& folder, Arguments arguments, int code = 0) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == code);
  return Json::parse(result.out);
}

// What the judge is asked ends with these words, whatever is judged.
const char* const kJudgeBook =
    R"({"prompt":"The last line of your reply is [[A]], [[B]] or [[tie]].","answer":"[[A]]","wrong":"[[B]]","ends_with":true})"
    "\n";

std::size_t lines_in(const TemporaryFolder& folder, const std::string& name) {
  std::istringstream lines(folder.read(name));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  return count;
}

// A run of two models of known accuracy in the store.
struct Measured {
  Measured()
      : mock(folder, {"--model", "strong=0.9", "--model", "weak=0.6"}),
        document(scores_json(folder, {"compare", mock.url() + "#strong", mock.url() + "#weak", "--tasks",
                                      "arithmetic,copying", "--n", "20"})) {
    run_id = document.at("run").get<std::string>();
  }
  std::vector<Json> exported() const {
    std::istringstream lines(run(folder, {"runs", "export", run_id}).out);
    std::vector<Json> rows;
    for (std::string line; std::getline(lines, line);) rows.push_back(Json::parse(line));
    return rows;
  }
  Arguments judge(const std::string& judge_url, const Arguments& more = {}) const {
    Arguments all{"scores", "judge", run_id, "--judge", judge_url, "--pairwise", "strong,weak"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  TemporaryFolder folder;
  Mock mock;
  Json document;
  std::string run_id;
};

}  // namespace

TEST_CASE("every scorer is listed, and keeps to its published cases") {
  const TemporaryFolder folder;
  const Json listed = scores_json(folder, {"scores"});
  CHECK(listed == scores_json(folder, {"scores", "scorers"}));
  CHECK(listed.at("scorers").size() >= 22);
  const Json report = scores_json(folder, {"scores", "conformance"});
  CHECK(report.at("failed") == 0);
  for (const Json& scorer : listed.at("scorers")) {
    if (scorer.at("kind") == "code") continue;
    bool found = false;
    for (const Json& row : report.at("scorers")) {
      if (row.at("scorer") != scorer.at("scorer")) continue;
      found = true;
      CHECK(row.at("must_fail") >= row.at("must_pass"));
      CHECK(row.at("must_pass") >= 1);
    }
    CHECK_MESSAGE(found, scorer.dump());
  }
  CHECK(scores_json(folder, {"scores", "conformance", "numeric_final"}).at("scorers").size() == 1);
}

TEST_CASE("cases of one's own that do not hold end with 1") {
  const TemporaryFolder folder;
  folder.write("cases.jsonl",
               "{\"reply\":\"4\",\"expected\":\"4\",\"solved\":true,\"why\":\"right\"}\n"
               "{\"reply\":\"4\",\"expected\":\"4\",\"solved\":false,\"why\":\"wrongly failed\"}\n");
  const Json report = scores_json(folder, {"scores", "conformance", "numeric", "--file", "cases.jsonl"}, 1);
  CHECK(report.at("cases") == 2);
  CHECK(report.at("failed") == 1);
  CHECK(report.at("failures").at(0).at("place") == "cases.jsonl:2");
  folder.write("bad.jsonl", "{\"reply\":\n");
  check_complaint(run(folder, {"scores", "conformance", "numeric", "--file", "bad.jsonl"}), 3, "bad.jsonl:1");
  check_complaint(run(folder, {"scores", "conformance", "--file", "cases.jsonl"}), 2, "none is named");
  check_complaint(run(folder, {"scores", "conformance", "numric"}), 2, "did you mean numeric?");
  check_complaint(run(folder, {"scores", "conformance", "python"}), 2, "runs programs");
}

TEST_CASE("replies in the store are scored again without a model, and the run's own scorer decides") {
  const Measured measured;
  const Json same = scores_json(measured.folder, {"scores", "rescore", measured.run_id});
  CHECK(same.at("trials") == 80);
  CHECK(same.at("changed") == 0);
  CHECK(same.at("written") == 0);

  const Json other = scores_json(measured.folder, {"scores", "rescore", measured.run_id, "--scorer",
                                                   "contains_normalised", "--tasks", "copying"});
  CHECK(other.at("trials") == 40);
  CHECK(other.at("written") == 40);
  const Json again = scores_json(measured.folder, {"scores", "rescore", measured.run_id, "--scorer",
                                                   "contains_normalised", "--tasks", "copying"});
  CHECK(again.at("written") == 0);
  CHECK(again.at("scores") == other.at("scores"));
  // The comparison is what it was.
  const Json after = scores_json(measured.folder, {"compare", "--run", measured.run_id});
  CHECK(after.at("models") == measured.document.at("models"));
  std::size_t scores = 0;
  for (const Json& row : measured.exported()) scores += row.contains("scorer") ? 1U : 0U;
  CHECK(scores == 80 + 40);
}

TEST_CASE("two models are judged in both orders, and asked once") {
  const Measured measured;
  measured.folder.write("judge.jsonl", kJudgeBook);
  const Mock judge(measured.folder, {"--answers", "judge.jsonl", "--model", "arbiter=0.5", "--truth",
                                     (measured.folder.path() / "truth.jsonl").string()});
  const Json report = scores_json(measured.folder, measured.judge(judge.url() + "#arbiter"));
  const Json& pair = report.at("pairs").at(0);
  CHECK(pair.at("pairs") == 40);
  CHECK(pair.at("wins").get<int>() + pair.at("ties").get<int>() + pair.at("losses").get<int>() == 40);
  CHECK(pair.at("contradictions") == pair.at("ties"));  // it never says tie
  CHECK(pair.at("contradictions") > 0);
  // Where both replies are the same, so are both questions, and its answers contradict each other.
  CHECK(pair.at("wins").get<int>() + pair.at("losses").get<int>() > 0);
  CHECK(pair.at("difference").contains("low"));
  CHECK(report.at("judge").is_array());
  CHECK(report.at("judge").at(0).at("calls") == 80);
  CHECK(report.at("judged_now") == 40);
  CHECK(lines_in(measured.folder, "truth.jsonl") == 80);

  SUBCASE("what is stored is not asked again, and the other way round is its mirror") {
    const Json again = scores_json(measured.folder, measured.judge(judge.url() + "#arbiter"));
    CHECK(again.at("judged_now") == 0);
    CHECK(again.at("pairs") == report.at("pairs"));
    Arguments mirrored = measured.judge(judge.url() + "#arbiter");
    mirrored.back() = "weak,strong";
    const Json turned = scores_json(measured.folder, mirrored);
    CHECK(turned.at("pairs").at(0).at("wins") == pair.at("losses"));
    CHECK(turned.at("pairs").at(0).at("losses") == pair.at("wins"));
    CHECK(lines_in(measured.folder, "truth.jsonl") == 80);
  }
  SUBCASE("the verdicts are those of the calls that were stored") {
    std::map<std::int64_t, std::pair<std::string, std::string>> said;
    std::map<std::int64_t, double> scored;
    for (const Json& row : measured.exported()) {
      if (row.value("role", "") == "judge") {
        CHECK(row.at("turn") >= 1000);
        auto& both = said[row.at("trial")];
        (row.at("turn").get<int>() % 2 == 0 ? both.first : both.second) = row.at("text");
      }
      if (row.value("scorer", "").starts_with("judge_pairwise:")) scored[row.at("trial")] = row.at("value");
    }
    CHECK(said.size() == 40);
    CHECK(scored.size() == 40);
    for (const auto& [trial, both] : said)
      CHECK(scored.at(trial) == (both.first == both.second ? 0.5 : both.first == "[[A]]" ? 1 : 0));
  }
  SUBCASE("the models' own figures are what they were, and the judge is measurement") {
    const Json after = scores_json(measured.folder, {"compare", "--run", measured.run_id});
    for (std::size_t m = 0; m < 2; ++m)
      for (const char* key : {"n", "quality", "tokens"})
        CHECK(after.at("models").at(m).at(key) == measured.document.at("models").at(m).at(key));
    // Another judge would be priced as this one.
    check_complaint(run(measured.folder, measured.judge(judge.url() + "#mock")), 2, "and a run has one");
  }
}

TEST_CASE("a judge that goes by place alone gives ties and is told on; without a verdict it is incomplete") {
  const Measured measured;
  measured.folder.write("judge.jsonl", kJudgeBook);
  {
    const Mock judge(measured.folder, {"--answers", "judge.jsonl", "--model", "arbiter=1"});
    const Json report = scores_json(measured.folder, measured.judge(judge.url() + "#arbiter"));
    CHECK(report.at("pairs").at(0).at("ties") == 40);
    CHECK(report.at("pairs").at(0).at("contradiction_share") == 1.0);
  }
  const Measured other;
  const Mock mute(other.folder, {"--model", "arbiter=1"});  // answers "I do not know."
  const Json report = scores_json(other.folder, other.judge(mute.url() + "#arbiter"), 7);
  CHECK(report.at("undecided") == 40);
  CHECK(report.at("pairs").at(0).at("pairs") == 0);
}

TEST_CASE("what cannot be judged is refused before anything is asked") {
  const Measured measured;
  const std::string url = measured.mock.url() + "#strong";
  const auto refused = [&](Arguments arguments, int code, const std::string& words) {
    check_complaint(run(measured.folder, arguments), code, words);
  };
  refused({"scores", "judge", measured.run_id, "--pairwise", "strong,weak"}, 2, "--judge");
  refused({"scores", "judge", measured.run_id, "--judge", url, "--pairwise", "strong"}, 2,
          "names two models");
  refused({"scores", "judge", measured.run_id, "--judge", url, "--pairwise", "strong,strong"}, 2, "twice");
  refused({"scores", "judge", measured.run_id, "--judge", url, "--pairwise", "strong,none"}, 2,
          "none of the models");
  refused({"scores", "judge", "2099", "--judge", url, "--pairwise", "strong,weak"}, 2,
          "there is no run 2099");
  refused(measured.judge(url, {"--budget", "1usd"}), 2, "no price");
  refused({"scores", "rescore", measured.run_id, "--scorer", "judge_rating"}, 2, "asks a model");
  refused({"scores", "rescore", measured.run_id, "--scorer", "nothing"}, 2, "there is no scorer");
  refused({"scores", "rescore", measured.run_id, "--tasks", "sorting"}, 2, "has no task sorting");
  refused({"scores", "rescore", measured.run_id, "--scorer", "ifeval"}, 3, "item ");
  refused({"scores", "agreement", measured.run_id}, 2, "--labels");
  refused({"scores", "agreement", measured.run_id, "--labels", "none.csv"}, 3, "none.csv");
  for (const Json& row : measured.exported()) CHECK(row.value("role", "") != "judge");
  check_complaint({"scores", "rescore", "2099"}, 2, "there is no run 2099");
}

TEST_CASE("agreement with labels, and the mean corrected by them") {
  const Measured measured;
  // Labels that say what the scores say, but for the first that was solved: it is labelled wrong.
  std::string labels = "item,model,label\n";
  std::size_t labelled = 0;
  bool turned = false;
  std::vector<Json> trials;
  Json header;
  for (const Json& row : measured.exported()) {
    if (row.contains("models")) header = row;
    if (row.contains("prompt")) trials.push_back(row);
    if (!row.contains("scorer") || labelled == 30) continue;
    const Json& trial = trials.at(row.at("trial").get<std::size_t>());
    if (trial.at("model") != 0) continue;
    bool label = row.at("solved");
    if (label && !turned) {
      turned = true;
      label = false;
    }
    labels += fmt::format("{},strong,{}\n", trial.at("item").get<std::string>(), label ? 1 : 0);
    ++labelled;
  }
  REQUIRE(labelled == 30);
  measured.folder.write("labels.csv", labels);
  const Json report =
      scores_json(measured.folder, {"scores", "agreement", measured.run_id, "--labels", "labels.csv"});
  CHECK(report.at("labelled") == 30);
  CHECK(report.at("scored") == 80);
  const Json& counts = report.at("agreement").at(0);
  CHECK(counts.at("labelled") == 30);
  CHECK(counts.at("only_scored_right") == 1);
  CHECK(counts.at("only_labelled_right") == 0);
  CHECK(counts.at("kappa").at("low") < counts.at("kappa").at("estimate"));
  const Json& corrected = report.at("corrected").at(0);
  CHECK(corrected.at("scored") == 40);
  CHECK(corrected.at("bias").get<double>() == doctest::Approx(1.0 / 30).epsilon(0.001));
  CHECK(corrected.at("corrected").at("low") < corrected.at("corrected").at("high"));
  CHECK(report.at("corrected").at(1).at("corrected").is_null());
}
