// Two runs, or two models of one, item by item; and the golden pair of columns where the file is at hand.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;
using doctest::Approx;

namespace {

struct TwoModels : Scene {
  TwoModels() : Scene("sorting", "30") {
    serve({"--model", "strong=0.9", "--model", "weak=0.3"});
    const Result measured = run(folder, command("run", {"strong", "weak"}, {"--label", "both"}));
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
  }
  Result diff(Arguments arguments) const {
    arguments.insert(arguments.begin(), "diff");
    return run(folder, arguments);
  }
  Json diff_json(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    return parsed(diff(std::move(arguments)));
  }
};

}  // namespace

TEST_CASE("a run of two models, its models by name, and a file of it say the same") {
  const TwoModels scene;
  const Json whole = scene.diff_json({"both"});
  CHECK(whole.at("kind") == "diff");
  CHECK(whole.at("n") == 30);
  CHECK(whole.at("a").at("model") == scene.model("strong"));
  CHECK(whole.at("coverage").at("text") == "30 of 30 items paired.");
  const Json& counts = whole.at("counts");
  CHECK(whole.at("flips").size() ==
        counts.at("only_a").get<std::size_t>() + counts.at("only_b").get<std::size_t>());
  for (const Json& flip : whole.at("flips")) {
    CHECK_FALSE(flip.at("prompt").get<std::string>().empty());
    CHECK(flip.at("a_reply") != flip.at("b_reply"));
  }
  // The comparison has the same difference and interval.
  const Json compared = scene.json({"report", "both", "--no-reprice"});
  CHECK(compared.at("pairs").at(0).at("difference") == whole.at("difference"));
  const Json named = scene.diff_json({"both#" + scene.model("strong"), "both#" + scene.model("weak")});
  CHECK(named.at("difference") == whole.at("difference"));
  REQUIRE(run(scene.folder, {"runs", "export", scene.last_run(), "-o", "kept.jsonl"}).code == 0);
  CHECK(scene.diff_json({"kept.jsonl"}).at("flips") == whole.at("flips"));
  // The other way round everything turns.
  const Json turned = scene.diff_json({"both#" + scene.model("weak"), "both#" + scene.model("strong")});
  CHECK(turned.at("difference").at("estimate").get<double>() ==
        -whole.at("difference").at("estimate").get<double>());
  CHECK(turned.at("counts").at("only_a") == counts.at("only_b"));
}

TEST_CASE("people see some of the flips") {
  const TwoModels scene;
  const Result shown = scene.diff({"both", "--flips", "2"});
  REQUIRE(shown.code == 0);
  CHECK(holds(shown.out, "30 of 30 items paired."));
  CHECK(holds(shown.out, "2 of the "));
  CHECK(holds(shown.out, "costwar diff both --flips "));
}

TEST_CASE("what cannot be compared is said with a remedy") {
  const TwoModels scene;
  const auto refused = [&](Arguments arguments, int code, const std::string& word) {
    const Result result = scene.diff(std::move(arguments));
    CAPTURE(result.err);
    CHECK(result.code == code);
    CHECK(holds(result.err, word));
  };
  refused({"both", "both"}, 3, "named twice");
  refused({"both#" + scene.model("weak"), "both#" + scene.model("weak")}, 3, "named twice");
  refused({"both#" + scene.model("weak")}, 2, "nothing to compare it with");
  refused({"bth"}, 2, "did you mean both?");
  REQUIRE(run(scene.folder, {"run", scene.model("weak"), "--tasks", "recall", "--n", "3", "--label", "other"})
              .code == 0);
  refused({"both", "other"}, 2, "has 2 models");
  refused({"both#" + scene.model("weak"), "other"}, 3, "no item in common");
}

TEST_CASE("golden: two columns of the GSM8K table") {
  const std::filesystem::path table =
      std::filesystem::absolute("../shared/data/routellm_gsm8k_responses.csv");
  if (!std::filesystem::exists(table)) {
    MESSAGE(table.string() << " is not there: the golden diff is not checked from the file");
    return;
  }
  const TemporaryFolder folder;
  const std::string weak_name = "mistralai/Mixtral-8x7B-Instruct-v0.1";
  const std::string strong_name = "gpt-4-1106-preview";
  const Result imported = run(folder, {"import", "table", table.string(), "--item", "prompt", "--score",
                                       weak_name, "--score", strong_name});
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  const Result result = run(folder, {"diff", weak_name, strong_name, "--format", "json"});
  REQUIRE_MESSAGE(result.code == 0, result.err);
  const Json diff = Json::parse(result.out);
  CHECK(diff.at("n") == 1319);
  const Json& weak = diff.at("a");
  const Json& strong = diff.at("b");
  CHECK(strong.at("quality").at("estimate").get<double>() == Approx(.8567096285).epsilon(1e-9));
  CHECK(weak.at("quality").at("estimate").get<double>() == Approx(.6383623958).epsilon(1e-9));
  CHECK(strong.at("standard_error").get<double>() == Approx(.0096508957).epsilon(1e-8));
  CHECK(weak.at("standard_error").get<double>() == Approx(.0132346584).epsilon(1e-8));
  CHECK(diff.at("difference").at("estimate").get<double>() == Approx(-.2183472328).epsilon(1e-9));
  CHECK(diff.at("standard_error").get<double>() == Approx(.0154527092).epsilon(1e-8));
  CHECK(diff.at("standard_error_unpaired").get<double>() == Approx(.0163797427).epsilon(1e-8));
  CHECK(diff.at("correlation").get<double>() == Approx(.1155).epsilon(1e-3));
  CHECK(diff.at("mcnemar_p").get<double>() == Approx(5.116e-42).epsilon(1e-3));
  CHECK(diff.at("counts").at("only_b") == 383);
  CHECK(diff.at("counts").at("only_a") == 95);
  CHECK(diff.at("flips").size() == 478);
}
