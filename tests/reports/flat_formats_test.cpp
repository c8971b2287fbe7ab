// CSV, its sidecar, JSON Lines, flat JSON and FOCUS rows over a document with every kind of cell.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "core/csv.h"
#include "core/error.h"
#include "core/json.h"
#include "reports/render/datapackage.h"
#include "reports/render/flat.h"
#include "reports/render/format.h"
#include "tests/reports/sheet_samples.h"
#include "tests/support/golden.h"

using namespace costwar;
using namespace costwar::reports;
using testing::SampleItems;
using testing::sheet_document;

namespace {

void check_flat_golden(const std::string& file, const std::string& actual) {
  const std::string difference = testing::golden_difference("reports/" + file, actual);
  CHECK_MESSAGE(difference.empty(), difference);
}

std::string in(std::string_view format, const RenderOptions& options, ItemRows* items = nullptr) {
  return rendered(*format_by_name(format), sheet_document(), options, items);
}

RenderOptions of_table(std::string table) {
  RenderOptions options;
  options.table = std::move(table);
  return options;
}

using Row = std::map<std::string, std::string>;

std::vector<Row> rows_of(const std::string& csv) {
  std::vector<std::string> header;
  std::vector<Row> rows;
  CsvReader reader(csv, csv_delimiter(csv.substr(0, csv.find('\n'))));
  while (const auto fields = reader.next()) {
    REQUIRE(!reader.error());
    if (header.empty()) {
      header.assign(fields->begin(), fields->end());
      continue;
    }
    REQUIRE(fields->size() == header.size());
    Row row;
    for (std::size_t i = 0; i < header.size(); ++i) row[header[i]] = std::string((*fields)[i]);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("every format of rows reads as it always did") {
  check_flat_golden("sheet.csv", in("csv", {}));
  check_flat_golden("sheet-costs.csv", in("csv", of_table("costs")));
  RenderOptions european;
  european.csv_dialect = CsvDialect::excel_eu;
  check_flat_golden("sheet-eu.csv", in("csv", european));
  check_flat_golden("sheet-focus.csv", in("focus", {}));
  SampleItems items(3);
  check_flat_golden("sheet-items.csv", in("csv", of_table("items"), &items));
  check_flat_golden("sheet-items.jsonl", in("jsonl", {}, &items));
  check_flat_golden("sheet.jsonl", in("jsonl", {}));
  RenderOptions flat;
  flat.shape = JsonShape::table;
  check_flat_golden("sheet-flat.json", in("json", flat));
}

TEST_CASE("records and intervals are columns, nested tables are tables, unknown is empty") {
  const std::vector<Row> models = rows_of(in("csv", {}));
  REQUIRE(models.size() == 2);
  Row first = models[0];
  Row second = models[1];
  CHECK(first["quality"] == "0.873");
  CHECK(first["quality_low"] == "0.831");
  CHECK(first["cost_per_solved"] == "0.00127");
  CHECK(first["cost_per_solved_high"].empty());
  CHECK(first["cost_per_solved_unbounded"] == "true");
  CHECK(second["cost_per_solved"].empty());
  CHECK(second["cost_per_solved_high"] == "2.5");
  CHECK(second["cost_per_solved_unbounded"] == "false");
  CHECK(first["cost_per_solved_currency"] == "USD");
  CHECK(first["tokens_input"] == "12000");
  CHECK(first["tokens_cached"].empty());
  CHECK(second["tokens_cached"] == "7");
  CHECK(second["factor"] == "-1e-07");
  CHECK(second["total"] == "-0.000000000000000001");
  CHECK(first["note"] == "two\r\nlines");
  CHECK(first.count("tasks") == 0);

  const std::vector<Row> tasks = rows_of(in("csv", of_table("models_tasks")));
  REQUIRE(tasks.size() == 4);
  Row last = tasks[3];
  CHECK(last["model"] == "acme/small; \"x\"");
  CHECK(last["task"] == "sort, \"fast\"");
  CHECK(last["n"] == "2");
}

TEST_CASE("no text is a formula, and numbers stay numbers") {
  const std::vector<Row> models = rows_of(in("csv", {}));
  CHECK(models[0].at("model") == "'=HYPERLINK(\"http://evil\")");
  CHECK(models[1].at("note").starts_with("'-1 is text here"));
  CHECK(models[1].at("tokens_input") == "-5");
  CHECK(models[1].at("total").front() == '-');
  SampleItems items(2);
  const std::vector<Row> replies = rows_of(in("csv", of_table("items"), &items));
  REQUIRE(replies.size() == 3);  // the second model was not given the second item
  CHECK(replies[0].at("prompt") == "'=1+1, please");
  CHECK(replies[0].at("reply") == "'@SUM(A1)\nsecond line");
  CHECK(replies[2].at("reply") == "'\ttab");
  CHECK(replies[1].at("solved") == "false");
  CHECK(replies[1].at("cost") == "0.00002");
  CHECK(replies[1].at("output_tokens").empty());
}

TEST_CASE("a table that is not there is an error that lists those that are") {
  try {
    (void)in("csv", of_table("nothing"));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.hint() == "its tables are models, models_tasks, totals, costs, prices");
  }
  Document plain = sheet_document();
  plain.tables.resize(1);
  CHECK_THROWS_WITH_AS(rendered(*format_by_name("focus"), plain, {}),
                       "this report has no cost lines, which the format focus is made of", Error);
}

TEST_CASE("FOCUS rows: the costs of the lines, an estimate in every row, unknown is not zero") {
  const std::vector<Row> rows = rows_of(in("focus", {}));
  const std::vector<Row> costs = rows_of(in("csv", of_table("costs")));
  REQUIRE(rows.size() == costs.size());
  bool doubtful = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row = rows[i];
    CHECK(row["BilledCost"] == costs[i].at("amount"));
    CHECK(row["x_CostwarEstimate"] == "true");
    CHECK(row["x_FocusVersion"] == "1.2");
    CHECK(row["ChargeDescription"].starts_with("Estimate by costwar from list prices, not an invoice"));
    CHECK(row["ChargePeriodStart"].size() == 20);
    CHECK(row["BillingPeriodStart"] == "2026-11-01T00:00:00Z");
    CHECK(row["BillingPeriodEnd"] == "2026-12-01T00:00:00Z");
    doubtful = doubtful || (row["BilledCost"].empty() && row["x_CostwarCostKnown"] == "false");
    if (row["x_CostwarKind"] != "product") continue;
    // The specification: quantity x unit price is the cost.
    const Money price = Money::parse(Currency(), row["ListUnitPrice"]);
    const Money count = Money::parse(Currency(), row["ConsumedQuantity"]);
    CHECK(price.scaled(static_cast<std::int64_t>(count.approximate()), 1'000'000).decimal() ==
          row["ListCost"]);
    CHECK(row["PricingUnit"] == "1000000 Tokens");
  }
  CHECK(doubtful);
}

TEST_CASE("the sidecar names every column with its type, in the order of the file") {
  const Document document = sheet_document();
  for (const CsvDialect dialect : {CsvDialect::rfc4180, CsvDialect::excel_eu}) {
    const std::vector<FlatTable> tables = flat_tables(document, nullptr);
    std::vector<DataFile> files;
    for (const FlatTable& table : tables) files.push_back({table.key + ".csv", &table});
    const Json package = Json::parse(datapackage_json(document, files, dialect));
    CHECK(package["profile"] == "tabular-data-package");
    REQUIRE(package["resources"].size() == tables.size());
    const Json& resource = package["resources"][0];
    CHECK(resource["path"] == "models.csv");
    CHECK(resource["dialect"]["delimiter"] == (dialect == CsvDialect::excel_eu ? ";" : ","));
    CHECK(resource["schema"]["missingValues"] == Json::array({""}));
    CHECK(resource["schema"]["fields"].size() == tables[0].columns.size());
    CHECK(resource["schema"]["fields"][1]["name"] == "quality");
    CHECK(resource["schema"]["fields"][1]["type"] == "number");
  }
}
