// costwar import, as a user meets it: what it says, what it leaves behind, and that imported runs are priced
// and compared like measured ones.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "command.h"
#include "complaint.h"
#include "core/money.h"

using namespace costwar::e2e;
using Json = nlohmann::json;

namespace {

const std::filesystem::path kLogs = std::filesystem::absolute("tests/harness/import/logs");

std::string log(const std::string& name) {
  return (kLogs / name).string();
}

std::string id_of(const Result& imported) {
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  return imported.out.substr(0, imported.out.find('\n'));
}

Json compared(const TemporaryFolder& folder, const std::string& run_id, const Arguments& more = {}) {
  Arguments all{"compare", "--run", run_id, "--format", "json"};
  all.insert(all.end(), more.begin(), more.end());
  const Result result = run(folder, all);
  REQUIRE_MESSAGE(result.code == 0, result.err);
  return Json::parse(result.out);
}

}  // namespace

TEST_CASE("import: a real Inspect log is guessed, priced by --model-map, and compared as imported") {
  const TemporaryFolder folder;
  const Result imported =
      run(folder, {"import", log("sums.eval"), "--model-map", "openai-api/mock/strong=openai/gpt-5.5"});
  const std::string id = id_of(imported);
  CHECK(imported.err.find("sums.eval: read as inspect.") != std::string::npos);
  CHECK(imported.err.find("5 results of 1 model; 5 attempts, 5 with tokens, 0 with a cost") !=
        std::string::npos);
  CHECK(imported.err.find("is priced as openai/gpt-5.5") != std::string::npos);
  const Json document = compared(folder, id);
  const Json& model = document.at("models").at(0);
  CHECK(model.at("evidence") == "imported");
  CHECK(model.at("n") == 5);
  CHECK(model.at("solved") == 3);
  // 45 fresh, 15 cached and 5 output tokens at $5, $0.50 and $30 a million.
  CHECK(model.at("total_cost").at("amount") == "0.0003825");
  CHECK(
      run(folder, {"import", log("sums.eval"), "--model-map", "openai-api/mock/strong=openai/gpt-5.5"}).out ==
      imported.out);  // the same results are one run
  const Json runs = Json::parse(run(folder, {"runs", "--format", "json"}).out);
  CHECK(runs.at("runs").at(0).at("state") == "imported");
  CHECK(run(folder, {"compare", "--run", id}).out.find("imported") != std::string::npos);
}

TEST_CASE("import: each score column of a table is a run of its name, and costs are as the table has them") {
  const TemporaryFolder folder;
  std::string table = "question,weak,strong,weak_usd,strong_usd\n";
  for (int i = 0; i < 30; ++i)
    table += "q" + std::to_string(i) +
             (i < 10   ? ",True,True"
              : i < 20 ? ",False,True"
                       : ",False,False") +
             ",0.01,0.25\n";
  folder.write("t.csv", table);
  const Result imported = run(folder, {"import", "table", "t.csv", "--item", "question", "--score", "weak",
                                       "--score", "strong", "--cost", "weak_usd", "--cost", "strong_usd"});
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  const Result report = run(folder, {"report", "weak", "strong", "--format", "json"});
  REQUIRE_MESSAGE(report.code == 0, report.err);
  const Json document = Json::parse(report.out);
  REQUIRE(document.at("models").size() == 2);
  for (const Json& model : document.at("models")) {
    CHECK(model.at("evidence") == "imported");
    const bool weak = model.at("model") == "weak";
    CHECK(model.at("solved") == (weak ? 10 : 20));
    CHECK(model.at("total_cost").at("amount") == (weak ? "0.3" : "7.5"));
    CHECK(model.at("priced_by").get<std::string>().starts_with("as imported"));
  }
  CHECK(document.at("pairs").at(0).at("n") == 30);
}

TEST_CASE("import: where tokens and costs are both there, the bill counts, or by flag the source's word") {
  const TemporaryFolder folder;
  folder.write(
      "o.json",
      R"({"evalId": "e", "results": {"timestamp": "2026-11-01T00:00:00Z", "results": [{"provider": {"id": "openai:chat:gpt-5.5"}, "vars": {"q": "1"},
 "success": true, "score": 1, "cost": 0.5, "response": {"output": "1", "tokenUsage": {"prompt": 1000, "completion": 100, "total": 1100}}}]}, "config": {"description": "d"}})");
  const std::string id = id_of(run(folder, {"import", "o.json"}));
  const Json billed = compared(folder, id).at("models").at(0);
  CHECK(billed.at("total_cost").at("amount") == "0.008");
  CHECK(
      billed.at("priced_by").get<std::string>().find("the source says $0.500 and the price book $0.00800") !=
      std::string::npos);
  const Json reported = compared(folder, id, {"--imported-costs"}).at("models").at(0);
  CHECK(reported.at("total_cost").at("amount") == "0.5");
  CHECK(reported.at("priced_by").get<std::string>().starts_with("as imported"));
}

TEST_CASE("import: wrong files and flags say what is wrong, and nothing half is left behind") {
  const TemporaryFolder folder;
  folder.write("t.csv", "q,m\na,True\nb,perhaps\n");
  const auto refused = [&](const Arguments& arguments, int code, const std::string& what) {
    check_complaint(run(folder, arguments), code, what);
  };
  refused({"import", "table", "t.csv", "--item", "q", "--score", "m"}, 3,
          "t.csv:3: \"perhaps\" of m is no score");
  refused({"import", "table", "t.csv", "--item", "question", "--score", "m"}, 2,
          "there is no column \"question\"");
  refused({"import", "table", "t.csv"}, 2, "a table needs --item COLUMN");
  refused({"import", "t.csv"}, 3, "what wrote this file is not known");
  refused({"import", "insepct", "t.csv"}, 2, "did you mean inspect?");
  refused({"import", "missing.eval"}, 3, "missing.eval");
  refused({"import", "inspect", log("sums.eval"), "--item", "q"}, 2, "are for tables");
  refused({"import"}, 2, "");
  folder.write(
      "cut.json",
      R"({"evalId": "e", "results": {"results": [{"provider": {"id": "m"}, "vars": {"q": 1}, "success": true},)");
  refused({"import", "promptfoo", "cut.json"}, 3, "cut.json: byte");
  folder.write("good.csv", "q,m\na,True\n");
  refused({"import", "table", "good.csv", "t.csv", "--item", "q", "--score", "m"}, 3, "t.csv:3");
  CHECK(Json::parse(run(folder, {"runs", "--format", "json"}).out).at("runs").empty());
}
