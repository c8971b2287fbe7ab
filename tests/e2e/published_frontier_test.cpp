// Published scores where a verb takes runs: frontier and decide have them, the others say who does; and a
// model's name in place of a run.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "complaint.h"
#include "scene.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json printed_json(Arguments arguments, int code = 0) {
  const TemporaryFolder folder;
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == code);
  return Json::parse(result.out);
}

const char* const kAider = "published/aider-polyglot:225-two-tries-diff";
const char* const kChi = "published/chi-bench/gpt-5.5";

}  // namespace

TEST_CASE("a benchmark's published scores and costs make a frontier, each with where it is from") {
  const Json found = printed_json({"frontier", kAider, "--at-cost", "0.02usd", "--seed", "3"});
  CHECK(found.at("kind") == "published_frontier");
  REQUIRE(found.at("models").size() == 7);
  CHECK(found.at("seed") == 3);
  CHECK(found.at("resamples") > 0);
  const Json& best = found.at("models").at(0);
  CHECK(best.at("label") == "gpt-5@high");
  CHECK(best.at("on_frontier") == true);
  CHECK(best.at("cost_per_item").at("amount") == "0.129257333333333333");
  CHECK(best.at("cost_basis") == "the published total of $29.0829 over 225 items");
  for (const Json& model : found.at("models")) {
    CHECK(model.at("evidence") == "published by others");
    CHECK(model.at("independent_items") == 225);
    CHECK_FALSE(model.at("source").get<std::string>().empty());
    CHECK_FALSE(model.at("date").is_null());
  }
  const Json& worst = found.at("models").at(6);
  CHECK(worst.at("on_frontier") == false);
  CHECK(worst.at("dominated_by") == "deepseek-reasoner v3.2-exp");
  CHECK(found.at("at_cost").at(0).at("model") == "deepseek-reasoner v3.2-exp");
  CHECK(found.at("at_quality").size() == 2);
}

TEST_CASE("named scores stand together: trials of a task are no items, and harnesses are told") {
  const Json found =
      printed_json({"frontier", "published/chi-bench/deepseek-v4-pro#openai-agents", kChi, kChi});
  REQUIRE(found.at("models").size() == 2);  // each row once
  CHECK(found.at("models").at(0).at("doubt_from") == "Wilson's interval on 75 tasks");
  CHECK(notes_of(found).find("of systems, not of models") != std::string::npos);
  CHECK(found.at("differences").at(0).at("field") == "harness");
  // Without sample sizes there are no chances, without a cost no place; an index has no shares of the best.
  const Json unsure = printed_json({"frontier", "published/swe-rebench"});
  CHECK(unsure.at("resamples") == 0);
  CHECK(unsure.at("models").at(0).at("frontier_probability").is_null());
  CHECK(unsure.at("models").at(0).at("on_frontier") == true);
  CHECK(notes_of(unsure).find("There are no chances") != std::string::npos);
  const Json index = printed_json({"frontier", "published/aa-intelligence-index:v4.0"});
  CHECK(index.at("models").at(0).at("on_frontier").is_null());
  CHECK(index.at("at_quality").empty());
  CHECK(index.at("headline").get<std::string>().find("none has a place") != std::string::npos);
  const TemporaryFolder folder;
  CHECK(run(folder, {"frontier", "published/aa-intelligence-index:v4.0", "--strict"}).code == 7);
  CHECK(run(folder, {"frontier", kAider, "--strict"}).code == 0);
}

TEST_CASE("what does not belong on one axis is refused with the reason") {
  check_complaint({"frontier", "published/aider-polyglot"}, 3,
                  "aider-polyglot is published in variants that are not comparable: vendor and "
                  "225-two-tries-diff, so they are not put on one axis; name one of");
  check_complaint({"frontier", "published/mrcr", "published/openai-mrcr-v2"}, 3, "are different benchmarks");
  check_complaint({"decide", "hybrid", "published/chi-bench", "published/swe-rebench"}, 3,
                  "chi-bench and swe-rebench are different benchmarks");
  for (const char* verb : {"frontier", "decide"}) {
    Arguments mixed{verb};
    if (mixed[0] == "decide") mixed.push_back("hybrid");
    mixed.insert(mixed.end(), {"nightly", kChi});
    check_complaint(mixed, 2, "what was measured here and what was published are not put on one axis");
  }
  check_complaint({"frontier", kChi}, 2, "is one published score; name another one of its benchmark, or all");
  check_complaint({"decide", "hybrid", kChi}, 2, "is one published score");
  check_complaint({"frontier", "published/chi-bnch"}, 2, "did you mean chi-bench?");
  check_complaint({"frontier", "published/"}, 2, "there is no benchmark ''");
  check_complaint({"frontier", "published/chi-bench/"}, 2, "names no model");
  check_complaint({"frontier", "published/chi-bench:v2"}, 2, "has no variant 'v2'");
  check_complaint({"frontier", "published/chi-bench/deepseek-v4-pro", kChi}, 2, "means 2 published scores");
  check_complaint({"frontier", "published/aa-intelligence-index:v4.0", "--at-quality", "85%"}, 2,
                  "leave --at-quality and --at-cost out");
  check_complaint({"frontier", kAider, "--at-quality", "high"}, 2, "--at-quality");
  for (const Arguments& flag :
       {Arguments{"--store", "x.db"}, Arguments{"--book", "x.json"}, Arguments{"--machine-rate", "1"},
        Arguments{"--at", "2026-01-01"}, Arguments{"--imported-costs"}}) {
    Arguments all{"frontier", kAider};
    all.insert(all.end(), flag.begin(), flag.end());
    check_complaint(all, 2, flag[0] + " says nothing of published scores");
  }
  check_complaint({"decide", "hybrid", "published/chi-bench", "--reprice", "openai/gpt-5.5"}, 2,
                  "'--reprice' is not a flag of costwar decide");
}

TEST_CASE("verbs that take runs alone say which take published scores") {
  for (const Arguments& arguments :
       {Arguments{"report", kChi}, Arguments{"diff", kChi, "x"}, Arguments{"route", kChi},
        Arguments{"gate", "--baseline", kChi, "--head", "x"},
        Arguments{"forecast", "--run", kChi, "--tasks-per-day", "3"}})
    check_complaint(arguments, 2, "is a published score, and this takes runs; costwar frontier");
  check_complaint({"forecast", kChi, "--input-per-day", "1e6", "--output-per-day", "1e6"}, 2,
                  "is a published score, and a forecast takes prices");
}

TEST_CASE("a policy over published scores: an interval decides, a figure without one does not") {
  const TemporaryFolder folder;
  folder.write("policy.json", R"({"limits": {"quality_at_least": 0.7, "latency": {"p95_at_most": "10m"}},
    "weights": {"quality": {"weight": 1, "worst": 0, "best": 1}}})");
  const Result result = run(folder, {"decide", "policy.json", kAider, "--format", "json"});
  REQUIRE_MESSAGE(result.code == 9, result.err);
  const Json decision = Json::parse(result.out);
  CHECK(decision.at("candidates").size() == 7);
  CHECK(decision.at("seed") == 0);
  std::map<std::string, std::string> states;
  for (const Json& limit : decision.at("limits")) {
    const std::string place =
        limit.at("candidate").get<std::string>() + " " + limit.at("limit").get<std::string>();
    states[place] = limit.at("state");
  }
  CHECK(states.at("gpt-5@high quality_at_least") == "passed");
  CHECK(states.at("deepseek-reasoner r1 quality_at_least") == "failed");
  CHECK(states.at("deepseek-chat quality_at_least") == "unresolved");
  CHECK(states.at("gpt-5@high latency.p95_at_most") == "unresolved");
  for (const Json& figure : decision.at("figures")) CHECK(figure.at("evidence") == "published by others");
  CHECK(notes_of(decision).find("they decide no limit") != std::string::npos);

  // Facts are the catalogue's, each with its source.
  folder.write("facts.json", R"({"limits": {"weights": "open"},
    "weights": {"quality": {"weight": 1, "worst": 0, "best": 1}}})");
  const Json open_only =
      Json::parse(run(folder, {"decide", "facts.json", "published/chi-bench", "--format", "json"}).out);
  for (const Json& limit : open_only.at("limits")) {
    const bool deepseek = limit.at("candidate").get<std::string>().starts_with("deepseek");
    CHECK(limit.at("state") == (deepseek ? "passed" : "failed"));
    CHECK(limit.at("source").get<std::string>().starts_with("the catalogue, "));
  }
  const Json chi = printed_json({"decide", "high-volume-batch", "published/chi-bench"}, 1);
  CHECK(chi.at("verdict") == "none");
  CHECK(notes_of(chi).find("of systems, not of models") != std::string::npos);
}

TEST_CASE("a model in place of a run means its newest one, also in decide and forecast") {
  const TemporaryFolder folder;
  for (const char* n : {"6", "12"}) {
    const Result measured = run(folder, {"run", "local/tiny-moe", "local/tiny-dense", "--tasks", "arithmetic",
                                         "--n", n, "--label", n});
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
  }
  folder.write("policy.json", R"({"weights": {"quality": {"weight": 1, "worst": 0, "best": 1}}})");
  const Result decided =
      run(folder, {"decide", "policy.json", "local/tiny-moe", "local/tiny-dense", "--format", "json"});
  REQUIRE_MESSAGE((decided.code == 0 || decided.code == 9), decided.err);
  const Json decision = Json::parse(decided.out);
  CHECK(decision.at("candidates").size() == 2);
  for (const Json& figure : decision.at("figures")) CHECK(figure.at("n") == 12);
  const auto forecast = [&](const std::string& named) {
    return run(folder, {"forecast", "--run", named, "--tasks-per-day", "1000", "--price-as",
                        "local/tiny-moe=openai/gpt-5.5", "--price-as", "local/tiny-dense=openai/gpt-5.4",
                        "--paths", "100", "--format", "json"});
  };
  check_complaint(forecast("local/tiny-moe"), 2, "has no model local/tiny-dense");
  const auto one = [&](const std::string& named) {
    return run(folder, {"forecast", "--run", named, "--tasks-per-day", "1000", "--price-as",
                        "local/tiny-moe=openai/gpt-5.5", "--paths", "100", "--format", "json"});
  };
  const Result by_model = one("local/tiny-moe");
  REQUIRE_MESSAGE(by_model.code == 0, by_model.err);
  const Json newest = Json::parse(one("12#local/tiny-moe").out);
  const Json oldest = Json::parse(one("6#local/tiny-moe").out);
  const Json meant = Json::parse(by_model.out);
  CHECK(meant.at("options") == newest.at("options"));
  CHECK(meant.at("options") != oldest.at("options"));
  check_complaint(one("local/tiny-mo"), 2, "did you mean local/tiny-moe?");
}
