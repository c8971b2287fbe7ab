// costwar scores list, show, compare and lag as a user meets them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "complaint.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

Json published_json(Arguments arguments) {
  const TemporaryFolder folder;
  arguments.insert(arguments.begin(), "scores");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Result result = run(folder, arguments);
  CAPTURE(result.err);
  REQUIRE(result.code == 0);
  return Json::parse(result.out);
}

}  // namespace

TEST_CASE("published scores are listed by benchmark, and one by one where something is asked for") {
  const Json all = published_json({"list"});
  CHECK(all.at("kind") == "score_benchmarks");
  std::size_t records = 0;
  for (const Json& row : all.at("benchmarks")) {
    records += row.at("records").get<std::size_t>();
    CHECK(row.at("records").get<int>() ==
          row.at("vendor").get<int>() + row.at("independent").get<int>() + row.at("imported").get<int>());
  }
  CHECK(records == 375);
  CHECK(published_json({"list", "--all"}).at("scores").size() == 375);

  const Json rows = published_json({"list", "--benchmark", "gpqa-diamond", "--model", "deepseek-v4-pro",
                                    "--origin", "vendor", "--effort", "max"});
  REQUIRE(rows.at("scores").size() == 1);
  const Json& row = rows.at("scores").at(0);
  CHECK(row.at("value") == 90.1);
  CHECK(row.at("effort") == "max");
  CHECK(row.at("source") == "https://huggingface.co/deepseek-ai/DeepSeek-V4-Pro");
  CHECK(row.at("date") == "2026-04-24");
  for (const Json& it : published_json({"list", "--since", "2026-09"}).at("scores"))
    CHECK(it.at("date").get<std::string>() >= "2026-09");
  CHECK(published_json({"list", "--since", "2030"}).at("scores").empty());
}

TEST_CASE("a listed reference shows the record, whole") {
  const Json row = published_json({"list", "--benchmark", "chi-bench", "--model", "deepseek-v4-pro"});
  REQUIRE(row.at("scores").size() == 2);
  for (const Json& it : row.at("scores")) {
    const Json shown = published_json({"show", it.at("reference").get<std::string>()});
    CHECK(shown.at("harness") == it.at("harness"));
    CHECK(shown.at("source") == it.at("source"));
    CHECK(shown.at("costs").at(0).at("amount").at("currency") == "USD");
    CHECK(shown.at("parameters").at(2).at("value") == "anthropic/claude-opus-4-7");
  }
}

TEST_CASE("models are compared on comparable rows alone, and makers against others") {
  const Json document = published_json({"compare", "deepseek-v4-pro", "gpt-5.5"});
  bool gpqa = false;
  for (const Json& line : document.at("lines")) {
    const Json& sides = line.at("sides");
    REQUIRE(sides.size() == 2);
    CHECK(line.at("benchmark") != "openai-mrcr-v2");
    if (line.at("scale") == "index" || line.at("scale") == "rating") CHECK(sides.at(1).at("ratio").is_null());
    if (line.at("benchmark") != "gpqa-diamond" || line.at("measured_by") != "NIST CAISI") continue;
    gpqa = true;
    CHECK(sides.at(0).at("row").at("value") == 90);
    CHECK(sides.at(1).at("row").at("value") == 96);
    CHECK(sides.at(1).at("difference") == 6);
  }
  CHECK(gpqa);
  const Json& origins = document.at("origins");
  REQUIRE(origins.size() == 3);
  for (const Json& pair : origins) {
    CHECK(pair.at("vendor").at("origin") == "vendor");
    CHECK(pair.at("independent").at("origin") == "independent");
    CHECK(pair.at("vendor").at("version") == pair.at("independent").at("version"));
  }
  CHECK(origins.at(1).at("benchmark") == "terminal-bench-2.1");
  CHECK(origins.at(1).at("gap").get<double>() == doctest::Approx(33.2));
  CHECK(published_json({"compare", "gpt-5.5-pro"}).at("notes").at(0).at("text") ==
        "Every published score of gpt-5.5-pro is its maker's own.");
  CHECK(published_json({"show", "chi-bench/gpt-5.4"}).at("id") ==
        published_json({"show", "published/chi-bench/gpt-5.4"}).at("id"));
  // A base model has nothing in common with a chat model.
  CHECK(published_json({"compare", "deepseek-v4-pro-base", "gpt-5.5"}).at("lines").empty());
}

TEST_CASE("months behind are bounds with what they rest on") {
  const Json document = published_json({"lag", "deepseek-v4-pro#v4-pro-preview"});
  CHECK(document.at("rows").size() > 20);
  CHECK_FALSE(document.at("no_evidence").empty());
  for (const Json& row : document.at("rows")) {
    CHECK(row.at("evidence") == "at_least");
    CHECK(row.at("months_high").is_null());
    CHECK(row.at("reached").at("row").at("model") != "deepseek/deepseek-v4-pro");
    CHECK(row.at("released") == "2026-04-24");
  }
}

TEST_CASE("what means nothing or too much is refused with the remedy") {
  check_complaint({"scores", "list", "--benchmark", "gpqa-diamnd"}, 2, "did you mean gpqa-diamond?");
  check_complaint({"scores", "list", "--benchmark", "hle:no-tool"}, 2, "did you mean no-tools?");
  check_complaint({"scores", "list", "--model", "gpt-5.55"}, 2, "did you mean gpt-5.5?");
  check_complaint({"scores", "list", "--origin", "vender"}, 2, "did you mean vendor?");
  check_complaint({"scores", "list", "--effort", "mx"}, 2, "did you mean max?");
  check_complaint({"scores", "list", "--since", "yesterday"}, 2, "'yesterday' is no date");
  check_complaint({"scores", "list", "--fromat", "json"}, 2, "--fromat");
  check_complaint({"scores", "show"}, 2, "reference");
  check_complaint({"scores", "show", "gpqa-diamond"}, 2, "no reference to a published score");
  check_complaint({"scores", "show", "published/chi-bench/deepseek-v4-pro"}, 2,
                  "published/chi-bench/deepseek-v4-pro#openai-agents");
  check_complaint({"scores", "show", "published/chi-bench/deepseek-v4-pro#openai-agent"}, 2,
                  "did you mean openai-agents?");
  check_complaint({"scores", "compare"}, 2, "models");
  check_complaint({"scores", "compare", "gpt-5.5", "gpt-5.5"}, 2, "named twice");
  check_complaint({"scores", "compare", "gpt-5.5", "nobody"}, 2, "no published score of 'nobody'");
  check_complaint({"scores", "compare", "gpt-5.5", "--benchmark", "none-such"}, 2, "there is no benchmark");
  check_complaint({"scores", "lag"}, 2, "model");
  check_complaint({"scores", "lag", "gpt-5.5@hgh"}, 2, "did you mean high?");
}
