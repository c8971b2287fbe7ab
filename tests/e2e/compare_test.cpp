// The main job against the mock server, whose truth is known, and on the embedded models.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "command.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json compare_json(const TemporaryFolder& folder, Arguments arguments) {
  arguments.insert(arguments.begin(), "compare");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

void check_contract(const Json& model) {
  for (const std::string key :
       {"model", "n", "quality", "cost_per_solved", "tokens", "evidence", "repriced"}) {
    CAPTURE(key);
    CHECK(model.contains(key));
  }
  for (const std::string key : {"estimate", "low", "high"}) CHECK(model.at("quality").contains(key));
  CHECK(model.at("evidence") == "measured");
}

}  // namespace

TEST_CASE("two mock models of known accuracy come out as what they are") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--model", "strong=0.9", "--model", "weak=0.6"});
  const Json document = compare_json(folder, {mock.url() + "#strong", mock.url() + "#weak", "--n", "100"});
  const Json& models = document.at("models");
  REQUIRE(models.size() == 2);
  const double truth[] = {0.9, 0.6};
  for (std::size_t i = 0; i < 2; ++i) {
    check_contract(models.at(i));
    CHECK(models.at(i).at("n") == 600);
    CHECK(models.at(i).at("quality").at("low") < truth[i]);
    CHECK(models.at(i).at("quality").at("high") > truth[i]);
  }
  REQUIRE(document.at("pairs").size() == 1);
  CHECK(document.at("headline").get<std::string>().find("strong") != std::string::npos);
}

TEST_CASE("the embedded default needs no network, no key and no flag") {
  const TemporaryFolder folder;
  const Json document = compare_json(folder, {"--n", "4"});
  const Json& models = document.at("models");
  REQUIRE(models.size() == 2);
  CHECK(models.at(0).at("model") == "local/tiny-moe");
  CHECK(models.at(1).at("model") == "local/tiny-dense");
  for (const Json& model : models) {
    check_contract(model);
    CHECK(model.at("n") == 24);
    CHECK(model.at("tokens").at("input") > 0);
    CHECK(model.at("tokens").at("output") > 0);
    CHECK(model.at("cost_per_solved").at("currency") == "USD");
    REQUIRE_FALSE(model.at("repriced").empty());
    for (const Json& row : model.at("repriced")) {
      CHECK(row.contains("priced_as"));
      CHECK(row.contains("amount"));
      CHECK(row.contains("token_basis"));
      CHECK_FALSE(row.contains("quality"));
    }
  }
}

TEST_CASE("the machine's rate scales what the own machine costs, exactly") {
  const TemporaryFolder folder;
  const Json one = compare_json(folder, {"local/tiny-dense", "--n", "2", "--machine-rate", "1"});
  const Json two = compare_json(folder, {"local/tiny-dense", "--n", "2", "--machine-rate", "2"});
  const auto total = [](const Json& document) {
    return std::stod(document.at("models").at(0).at("total_cost").at("amount").get<std::string>());
  };
  CHECK(total(two) == doctest::Approx(2 * total(one)).epsilon(1e-9));
}

TEST_CASE("every format says the same numbers, and a file gets what the screen would") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--model", "mock=1"});
  const Arguments base{"compare", mock.url() + "#mock", "--n", "5"};
  const auto with = [&](Arguments more) {
    Arguments all = base;
    all.insert(all.end(), more.begin(), more.end());
    return run(folder, all);
  };
  CHECK(with({}).out.find("100") != std::string::npos);
  CHECK(with({"--format", "markdown"}).out.find("| ---") != std::string::npos);
  CHECK(with({"--format", "json", "--output", "out.json"}).out.empty());
  CHECK(Json::parse(folder.read("out.json")).at("models").at(0).at("quality").at("estimate") == 1.0);
}

TEST_CASE("faults on the wire cost attempts, never items") {
  const TemporaryFolder folder;
  const Mock mock(folder,
                  {"--fault", "no-done=0.05", "--fault", "reset=0.05", "--fault", "malformed-frame=0.1"});
  const Json document =
      compare_json(folder, {mock.url() + "#mock", "--n", "40", "--tasks", "arithmetic,sorting"});
  CHECK(document.at("models").at(0).at("n") == 80);
  const Result runs = run(folder, {"runs", "--format", "json"});
  CHECK(Json::parse(runs.out).at("runs").at(0).at("complete") == 80);
}

TEST_CASE("an exported run is JSON Lines of a header and its rows") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  const Result id = run(folder, {"run", mock.url() + "#mock", "--n", "2", "--tasks", "copying"});
  REQUIRE(id.code == 0);
  const Result exported = run(folder, {"runs", "export", id.out.substr(0, id.out.size() - 1)});
  REQUIRE(exported.code == 0);
  std::map<std::string, int> rows;
  std::istringstream lines(exported.out);
  for (std::string line; std::getline(lines, line);) ++rows[Json::parse(line).at("row").get<std::string>()];
  CHECK(rows ==
        std::map<std::string, int>{{"run", 1}, {"trial", 2}, {"attempt", 2}, {"score", 2}, {"end", 1}});
  const std::string run_id = id.out.substr(0, id.out.size() - 1);
  CHECK(run(folder, {"runs", "export", run_id, "--output", "run.jsonl"}).out.empty());
  CHECK(folder.read("run.jsonl") == exported.out);
  CHECK(run(folder, {"tasks", "answers", "-o", "book.jsonl"}).out.empty());
  CHECK(folder.read("book.jsonl") == run(folder, {"tasks", "answers"}).out);
}

TEST_CASE("a rejected request is worth nothing at any rates, and hides no total") {
  const TemporaryFolder folder;
  const Mock mock(folder, {"--fault", "429-ms=0.5"});
  const Json document = compare_json(
      folder, {mock.url() + "#mock", "--n", "6", "--tasks", "copying", "--reprice", "openai/gpt-5.5"});
  const Json& model = document.at("models").at(0);
  REQUIRE(model.at("retries") > 0);
  CHECK(model.at("repriced").at(0).at("amount").is_string());
  const Result table = run(folder, {"compare", mock.url() + "#mock", "--n", "6", "--tasks", "copying"});
  CHECK(table.out.find("$0.00 ") == std::string::npos);  // the mock has no price: not "at least $0.00"
  CHECK(table.out.find("No attempt of mock has a price") != std::string::npos);
}

TEST_CASE("a part of the built-in suite is not called the suite") {
  const TemporaryFolder folder;
  const Mock mock(folder);
  const Result two = run(folder, {"compare", mock.url() + "#mock", "--n", "1", "--tasks", "copying,recall"});
  CHECK(two.out.find("solves 100 % of 2 of the 6 built-in tasks") != std::string::npos);
}
