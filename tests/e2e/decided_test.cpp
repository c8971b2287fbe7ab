// Repeats of items, and comparisons that stop when they are decided.

#include <doctest/doctest.h>

#include <cmath>

#include "complaint.h"
#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

TEST_CASE("two models far apart are told apart early, and the run stays as it was decided") {
  Scene scene("arithmetic-steps", "150");
  scene.serve({"--model", "strong=0.95", "--model", "weak=0.3"});
  const Arguments flags{"--until-decided", "--concurrency", "4"};
  const Json document = scene.compare_json({"strong", "weak"}, flags);
  const std::size_t asked = scene.truth().size();
  CHECK(asked < 300);
  const std::string headline = document.at("headline");
  CAPTURE(headline);
  CHECK(holds(headline, "strong is better (after "));
  CHECK(holds(headline, " clusters, stopped early, ["));
  const Json& pair = document.at("pairs").at(0);
  CHECK(pair.at("anytime_valid") == true);
  CHECK(pair.at("difference").at("low") > 0);
  for (const Json& model : document.at("models")) {
    CHECK(model.at("quality").at("low").is_null());  // stopping depended on it
    CHECK(model.at("evaluation").at("missing") > 0);
  }
  const std::string notes = notes_of(document);
  CHECK(holds(notes, "Measured until decided: intervals of differences are confidence sequences"));
  CHECK(holds(notes, "stopping saved " + std::to_string(300 - asked) + " of the planned trials"));

  // Nothing is missing that was needed, so there is nothing to measure and nothing to complain of.
  const Json again = scene.compare_json({"strong", "weak"}, {"--until-decided", "--concurrency", "4"});
  CHECK(scene.truth().size() == asked);
  CHECK(again.at("run") == document.at("run"));
  CHECK(again.at("headline") == document.at("headline"));
  CHECK(holds(notes_of(again), "Nothing was measured now"));
  Json shown = scene.json({"compare", "--run", document.at("run"), "--no-reprice"});
  CHECK(shown == document);
  CHECK(run(scene.folder, {"compare", "--run", document.at("run")}).code == 0);
}

TEST_CASE("two models alike are equivalent within a wide margin, and not decided with few items") {
  Scene scene("arithmetic-steps", "150");
  SUBCASE("equivalent") {
    scene.serve({"--model", "one=0.9", "--model", "two=0.9"});
    const Json document =
        scene.compare_json({"one", "two"}, {"--until-decided", "--margin", "40pts", "--concurrency", "4"});
    CHECK(scene.truth().size() < 300);
    CHECK(document.at("pairs").at(0).at("equivalent") == true);
    CHECK(holds(document.at("headline"), "are equivalent within 40 points (after "));
    CHECK(holds(notes_of(document), "margin 40 points"));
  }
  SUBCASE("not decided") {
    scene.n = "10";
    scene.serve({"--model", "one=0.9", "--model", "two=0.9"});
    const Json document = scene.compare_json({"one", "two"}, {"--until-decided"});
    CHECK(scene.truth().size() == 20);
    CHECK(document.at("pairs").at(0).at("equivalent") == false);
    CHECK(holds(document.at("headline"), "is not decided (after 10 clusters, ["));
    CHECK(holds(notes_of(document),
                "one against two is not decided after 10 clusters: raise --n, or accept a larger --margin."));
  }
}

TEST_CASE("wrong input to --until-decided gets one line and asks nothing") {
  const std::string one = "http://127.0.0.1:9/v1#one", two = "http://127.0.0.1:9/v1#two";
  for (const char* margin : {"0", "-3pts", "abc", "101pts", "3.5", ""}) {
    CAPTURE(margin);
    check_complaint({"compare", one, two, "--until-decided", "--margin", margin}, 2, "--margin");
  }
  check_complaint({"compare", one, "--until-decided"}, 2, "--until-decided compares models");
  check_complaint({"compare", one, two, "--margin", "5pts"}, 2, "--until-decided");
  check_complaint({"compare", one, two, "--failed-items", "wrong"}, 2, "--until-decided");
}

TEST_CASE("repeats are clusters: intervals count items, and no test of independent items is made") {
  Scene scene("arithmetic-steps", "12");
  scene.serve({"--model", "good=1", "--model", "bad=0.5"});
  const Json document = scene.compare_json({"good", "bad"}, {"--repeats", "4"});
  CHECK(scene.truth().size() == 96);
  std::map<std::string, int> right;  // of 12 items: a mock says the same each time
  for (const Json& record : scene.truth())
    if (record.at("correct") == true) ++right[record.at("model")];
  for (const Json& model : document.at("models")) {
    CAPTURE(model.at("label"));
    const double share = right[model.at("label")] / 48.0;
    CHECK(model.at("n") == 48);
    CHECK(model.at("evaluation").at("clusters") == 12);
    CHECK(model.at("quality").at("estimate") == doctest::Approx(share));
    // Wider than Wilson's interval of 48 independent answers, whose half is at most this.
    const double low = model.at("quality").at("low"), high = model.at("quality").at("high");
    CHECK(high - low > 2 * 1.96 * std::sqrt(share * (1 - share) / 48));
    const Json& repeats = model.at("evaluation").at("repeats");
    REQUIRE(repeats.size() == 3);
    for (const Json& row : repeats) {
      CHECK(row.at("pass_at_k").at("estimate") == doctest::Approx(share));
      CHECK(row.at("pass_hat_k").at("estimate") == doctest::Approx(share));
    }
    CHECK(repeats.at(2).at("k") == 4);
  }
  const Json& pair = document.at("pairs").at(0);
  CHECK(pair.at("clusters") == 12);
  const Json& counts = pair.at("counts");
  // McNemar's exact p would take each of the 4 equal answers for an independent one.
  const int discordant = counts.at("only_a").get<int>() + counts.at("only_b").get<int>();
  REQUIRE(counts.at("only_b") == 0);
  CHECK(pair.at("p") > std::pow(0.5, discordant - 1) * 1.5);
  const Result table = run(scene.folder, {"compare", "--run", document.at("run")});
  CHECK(holds(table.out, "Several tries: one of k succeeds (pass@k), all k do (pass^k)"));
  CHECK(holds(table.out, "48 answers of good are of 12 clusters"));
}

TEST_CASE("pass@k and pass^k of tries that differ, from results of another tool") {
  const TemporaryFolder folder;
  std::string results;  // task 0 passes all of 4 tries, task 1 two of them
  for (int task = 0; task < 2; ++task)
    for (int trial = 0; trial < 4; ++trial)
      results += std::string(results.empty() ? "[" : ",") + R"({"task_id":)" + std::to_string(task) +
                 R"(,"trial":)" + std::to_string(trial) + R"(,"reward":)" +
                 (task == 0 || trial < 2 ? "1.0" : "0.0") + "}";
  folder.write("results.json", results + "]");
  const Result imported =
      run(folder, {"import", "tau-bench", "results.json", "--model", "m", "--task", "airline"});
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  const std::string id = Scene::parsed(run(folder, {"runs", "--format", "json"})).at("runs").at(0).at("run");
  const Json document = Scene::parsed(run(folder, {"compare", "--run", id, "--format", "json"}));
  const Json& repeats = document.at("models").at(0).at("evaluation").at("repeats");
  const double any[] = {0.75, (1 + 5.0 / 6) / 2, 1};
  const double all[] = {0.75, (1 + 1.0 / 6) / 2, 0.5};
  REQUIRE(repeats.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(repeats.at(i).at("k") == (i == 2 ? 4 : i + 1));
    CHECK(repeats.at(i).at("pass_at_k").at("estimate") == doctest::Approx(any[i]));
    CHECK(repeats.at(i).at("pass_hat_k").at("estimate") == doctest::Approx(all[i]));
  }
}
