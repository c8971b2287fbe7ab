// Claims: about runs, about published rows, about prices of a day, and a list of them.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;
using doctest::Approx;

namespace {

const std::string kRoot = std::filesystem::current_path().string();

// A mock behind two names of the price book, so that tokens are billed at DeepSeek's and OpenAI's prices.
struct PricedModels : Scene {
  PricedModels() : Scene("arithmetic", "60") {
    serve({"--model", "deepseek-v4-pro=0.85", "--model", "gpt-5.5=0.9"});
    std::ofstream(folder.path() / "costwar.json")
        << R"({"providers": {"ds": {"like": "http", "base_url": ")" << mock->url()
        << R"(", "price_provider": "deepseek"}, "oa": {"like": "http", "base_url": ")" << mock->url()
        << R"(", "price_provider": "openai"}}})";
    const Result measured =
        run(folder, {"run", "ds/deepseek-v4-pro", "oa/gpt-5.5", "--tasks", tasks, "--n", n});
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
  }
  Result claim(Arguments arguments) const {
    arguments.insert(arguments.begin(), "claim");
    return run(folder, arguments);
  }
};

Json of(const Result& result, int code) {
  REQUIRE_MESSAGE(result.code == code, result.err);
  return Json::parse(result.out);
}

const Json& part(const Json& document, const std::string& which) {
  return document.at("evidence").at(0).at(which);
}

}  // namespace

TEST_CASE("prices as of two days change the verdict about the same run") {
  const PricedModels scene;
  const Arguments models{"ds/deepseek-v4-pro", "oa/gpt-5.5"};
  const auto cost = [&](const std::string& bound, const std::string& day, int code) {
    return of(scene.claim({"--cost", bound, models[0], models[1], "--as-of", day, "--format", "json"}), code);
  };
  // Prompts and answers of equal length: the ratio lies between that of input and that of output prices.
  const Json april = cost("0.08", "2026-04-30", 0);
  const double then = part(april, "cost").at("estimate").get<double>();
  CHECK(then > 0.87 / 30);
  CHECK(then < 0.435 / 5);
  const Json now = cost("0.08", "2026-11-23", 1);
  const double later = part(now, "cost").at("estimate").get<double>();
  CHECK(later > 1.98 / 30);
  CHECK(later < 1.32 / 5);  // at peak hours
  CHECK(april.at("claims").at(0).at("verdicts").at(0).at("verdict") == "supported");
  CHECK(now.at("claims").at(0).at("verdicts").at(0).at("verdict") == "refuted");
  // Both in one call: the exit code is that of the last day.
  const Json both = of(scene.claim({"--cost", "0.08", models[0], models[1], "--as-of",
                                    "2026-04-30,2026-11-23", "--format", "json"}),
                       1);
  CHECK(both.at("claims").at(0).at("verdicts").size() == 2);
  CHECK(both.at("claims").at(0).at("verdicts").at(0).at("verdict") == "supported");
}

TEST_CASE("capability and cost of one run, its exit codes, and every format") {
  const PricedModels scene;
  CHECK(scene.claim({"--capability", "50%", "--cost", "0.3", "ds/deepseek-v4-pro", "oa/gpt-5.5"}).code == 0);
  CHECK(scene.claim({"--capability", "1.5", "ds/deepseek-v4-pro", "oa/gpt-5.5"}).code == 1);
  const Result open = scene.claim({"--capability", "0.95", "ds/deepseek-v4-pro", "oa/gpt-5.5"});
  CHECK(open.code == 9);
  CHECK(holds(open.out, "Unresolved:"));
  CHECK(holds(open.out, "would decide it at 80 % power"));
  for (const char* format : {"table", "markdown", "html", "json", "csv", "xlsx", "junit", "github"}) {
    CAPTURE(format);
    const Result written = scene.claim({"--capability", "0.5", "ds/deepseek-v4-pro", "oa/gpt-5.5", "--format",
                                        format, "-o", std::string("claim.") + format});
    CHECK_MESSAGE(written.code == 0, written.err);
    CHECK(std::filesystem::exists(scene.folder.path() / (std::string("claim.") + format)));
  }
}

TEST_CASE("published rows, months behind, and the list of the story") {
  const TemporaryFolder folder;
  const Json chi = of(run(folder, {"claim", "--capability", "0.80", "--cost", "0.25",
                                   "published/chi-bench/deepseek-v4-pro#openai-agents",
                                   "published/chi-bench/gpt-5.5", "--format", "json"}),
                      9);
  CHECK(part(chi, "capability").at("estimate").get<double>() == Approx(0.681).epsilon(1e-3));
  CHECK(part(chi, "capability").at("low").get<double>() <= 0.45);
  CHECK(part(chi, "capability").at("high").get<double>() >= 1.03);
  CHECK(part(chi, "cost").get<double>() == Approx(0.0836).epsilon(1e-2));
  CHECK(run(folder, {"claim", "--lag", "3..6", "deepseek-v4-pro"}).code == 9);
  const Json story = of(run(folder, {"claim", "--file", kRoot + "/examples/story/claims.json", "--as-of",
                                     "2026-04-30,2026-11-23", "--format", "json"}),
                        1);
  const auto verdicts = [&](std::size_t claim) {
    const Json& both = story.at("claims").at(claim).at("verdicts");
    return both.at(0).at("verdict").get<std::string>() + ", " + both.at(1).at("verdict").get<std::string>();
  };
  REQUIRE(story.at("claims").size() == 10);
  CHECK(verdicts(0) == "supported, supported");      // $5 and $30
  CHECK(verdicts(1) == "no evidence, unresolved");   // 85 % at 30 %
  CHECK(verdicts(2) == "no evidence, unresolved");   // 80 % at 25 %
  CHECK(verdicts(3) == "supported, supported");      // 30 % of the cost at equal tokens
  CHECK(verdicts(4) == "supported, unresolved");     // 25 %: no longer at peak hours
  CHECK(verdicts(5) == "unresolved, unresolved");    // 3 to 6 months
  CHECK(verdicts(6) == "refuted, refuted");          // 10 to 20 % active: 3.1 %
  CHECK(verdicts(7) == "refuted, refuted");          // 4.6 %
  CHECK(verdicts(8) == "supported, supported");      // 1M
  CHECK(verdicts(9) == "no evidence, no evidence");  // only the vendor says so
  for (const Json& row : story.at("evidence")) CHECK_FALSE(row.at("source").is_null());
}

TEST_CASE("what is wrong with a claim is said, with the right code") {
  const PricedModels scene;
  const auto complains = [&](Arguments arguments, int code, const std::string& words) {
    const Result result = scene.claim(std::move(arguments));
    CHECK(result.code == code);
    CHECK(result.out.empty());
    CAPTURE(result.err);
    CHECK(holds(result.err, words));
  };
  const std::string cheap = "ds/deepseek-v4-pro", strong = "oa/gpt-5.5";
  complains({cheap, strong}, 2, "there is no claim");
  complains({"--capability", "0.8", cheap}, 2, "about two models, and one is named");
  complains({"--capability", "0.8", cheap, strong, cheap}, 2, "about two models, and 3 are named");
  complains({"--capability", "much", cheap, strong}, 2, "no ratio");
  complains({"--cost", "-1", cheap, strong}, 2, "no ratio");
  complains({"--capability", "0.8", "--lag", "3..6", cheap, strong}, 2, "claims of their own");
  complains({"--capability", "0.8", cheap, "published/chi-bench/gpt-5.5"}, 2,
            "a published figure and a measured one");
  complains({"--capability", "0.8", "published/chi-bench/gpt-5.5", "published/mrcr/deepseek-v4-pro@max"}, 3,
            "cannot be compared");
  complains({"--capability", "0.8", "published/chi-bench/gpt-5.5", "published/chi-bench/gpt-55"}, 2,
            "did you mean");
  complains({"--capability", "0.8", cheap, "oa/gpt-5.6"}, 2, "did you mean oa/gpt-5.5?");
  complains({"--capability", "0.8", cheap, strong, "--as-of", "yesterday"}, 2, "--as-of yesterday: no day");
  complains({"--lag", "6..3", "deepseek-v4-pro"}, 2, "the first number is the lower one");
  complains({"--lag", "3..6", "deepseek-v4-prp"}, 2, "did you mean");
  complains({"--lag", "3..6"}, 2, "--lag is about one model");
  complains({"--file", "nowhere.json"}, 3, "nowhere.json");
  complains({"--file", "nowhere.json", cheap}, 2, "is not needed");
  std::ofstream(scene.folder.path() / "bad.json")
      << R"({"claims": [{"text": "a", "kind": "price", "model": "openai/gpt-5.55", "input": "5"}]})";
  complains({"--file", "bad.json"}, 2, "did you mean openai/gpt-5.5?");
}
