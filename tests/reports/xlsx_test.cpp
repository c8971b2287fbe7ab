// The workbook: formulas that refer to the rates, text that is never one, the same bytes every time.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "reports/render/format.h"
#include "reports/render/workbook.h"
#include "tests/reports/sheet_samples.h"
#include "tests/support/golden.h"
#include "tests/support/unzip.h"

using namespace costwar;
using namespace costwar::reports;
using testing::SampleItems;
using testing::sheet_document;

namespace {

std::map<std::string, std::string> workbook(ItemRows* items = nullptr) {
  return testing::unzip(rendered(*format_by_name("xlsx"), sheet_document(), {}, items));
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// One element a line, so that a difference can be read.
std::string by_element(const std::string& xml) {
  std::string lines;
  for (const char letter : xml) {
    if (letter == '<' && !lines.empty() && lines.back() == '>') lines += '\n';
    lines += letter;
  }
  return lines + "\n";
}

}  // namespace

TEST_CASE("the sheets read as they always did") {
  const auto parts = workbook();
  std::string dump;
  for (const auto& [name, content] : parts)
    if (name.starts_with("xl/worksheets/sheet") || name == "xl/workbook.xml" ||
        name == "xl/sharedStrings.xml" || name == "docProps/core.xml")
      dump += "== " + name + "\n" + by_element(content);
  const std::string difference = testing::golden_difference("reports/sheet.xlsx.txt", dump);
  CHECK_MESSAGE(difference.empty(), difference);
}

TEST_CASE("costs are counts times rate cells, totals are sums of them, with what they came to") {
  const auto parts = workbook();
  const std::string& book = parts.at("xl/workbook.xml");
  for (const char* name : {"Summary", "Charts", "Models", "Totals", "Costs", "Prices", "Chart data"})
    CHECK(has(book, std::string("name=\"") + name + "\""));
  const std::string& costs = parts.at("xl/worksheets/sheet5.xml");
  CHECK(has(costs, "*'Prices'!$D$2/1000000</f><v>0.601725</v>"));
  CHECK(has(costs, "/3600000000000</f>"));  // machine time by the hour
  const std::string& totals = parts.at("xl/worksheets/sheet4.xml");
  CHECK(has(totals, "<f>SUMIFS("));
  CHECK(has(totals, "\"=local/tiny~*moe\""));  // no wildcard
}

TEST_CASE("text is text, whatever it begins with, and what XML cannot hold is replaced") {
  const auto parts = workbook();
  CHECK(has(parts.at("xl/sharedStrings.xml"), "<t>=HYPERLINK(\"http://evil\")</t>"));
  CHECK(has(parts.at("xl/sharedStrings.xml"), "small costs less &lt;&amp;&gt;"));
  CHECK(has(parts.at("xl/sharedStrings.xml"), "\xEF\xBF\xBD is no letter"));
  for (const auto& [name, content] : parts) CHECK(!has(content, "<f>HYPERLINK"));
}

TEST_CASE("the same document is the same bytes, and has the document's date") {
  const Document document = sheet_document();
  const std::string once = rendered(*format_by_name("xlsx"), document, {});
  CHECK(once == rendered(*format_by_name("xlsx"), document, {}));
  CHECK(has(testing::unzip(once).at("docProps/core.xml"), "2026-11-20T12:34:56Z"));
}

TEST_CASE("charts are drawn from cells; intervals are lines without an entry in the legend") {
  const auto parts = workbook();
  CHECK(parts.count("xl/charts/chart4.xml") == 1);
  const std::string& scatter = parts.at("xl/charts/chart1.xml");
  CHECK(has(scatter, "<c:logBase val=\"10\"/>"));
  CHECK(has(scatter, "<c:legendEntry>"));
  CHECK(has(scatter, "'Chart data'!$B$3"));
  CHECK(has(parts.at("xl/charts/chart2.xml"), "<c:grouping val=\"stacked\"/>"));
}

TEST_CASE("items are streamed to a sheet of their own") {
  SampleItems items(40);
  const auto parts = workbook(&items);
  const std::string& sheet = parts.at("xl/worksheets/sheet7.xml");
  CHECK(has(sheet, "item-39"));
  CHECK(has(sheet, "=1+1, please"));
  CHECK(!has(sheet, "<f>"));
  CHECK(has(parts.at("xl/worksheets/sheet1.xml"), "shortened to 1,000 characters"));
}

TEST_CASE("names of sheets are made valid and unique; long text is cut where Excel would refuse it") {
  Workbook book({"t", {}}, false);
  CHECK(book.sheet_name(book.add_sheet("a/b:c")) == "a b c");
  CHECK(book.sheet_name(book.add_sheet("A b C")) == "A b C 2");
  CHECK(book.sheet_name(book.add_sheet("History")) == "History sheet");
  CHECK(book.sheet_name(book.add_sheet(std::string(40, 'x'))).size() == 31);
  CHECK(book.reference(0, 9, 27) == "'a b c'!$AB$10");
  book.text(0, 0, 0, std::string(40'000, 'y'));
  book.text(0, 1, 0, "_x0041_");
  std::string bytes;
  book.finish([&](std::string_view piece) { bytes += piece; });
  const std::string strings = testing::unzip(bytes).at("xl/sharedStrings.xml");
  CHECK(has(strings, std::string(32'766, 'y') + "…"));
  CHECK(!has(strings, std::string(32'767, 'y')));
  CHECK(has(strings, "_x005F_x0041_"));
}
