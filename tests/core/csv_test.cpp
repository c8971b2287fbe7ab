#include "core/csv.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace costwar;

namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Result {
  Rows rows;
  std::vector<std::size_t> lines;      // of each good record
  std::vector<std::size_t> bad_lines;  // of each error
  std::vector<std::string> bad;        // raw text of each bad record
};

Result read_table(std::string_view text, char delimiter = ',') {
  Result result;
  CsvReader reader(text, delimiter);
  while (const auto fields = reader.next()) {
    if (reader.error()) {
      CHECK(fields->empty());
      CHECK_FALSE(reader.error()->what.empty());
      result.bad_lines.push_back(reader.error()->line);
      result.bad.emplace_back(reader.raw());
      continue;
    }
    result.rows.emplace_back(fields->begin(), fields->end());
    result.lines.push_back(reader.line());
  }
  return result;
}

Rows rows(std::string_view text, char delimiter = ',') {
  const Result result = read_table(text, delimiter);
  CHECK(result.bad_lines.empty());
  return result.rows;
}

}  // namespace

TEST_CASE("Records are read as RFC 4180 describes them") {
  CHECK(rows("") == Rows{});
  CHECK(rows("a,b\n1,2\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows("a,b\r\n1,2\r\n") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows("a,b\n1,2") == Rows{{"a", "b"}, {"1", "2"}});
  CHECK(rows("\xEF\xBB\xBF"
             "a,b\n") == Rows{{"a", "b"}});
  CHECK(rows("\xEF\xBB\xBF\"a\",b\n") == Rows{{"a", "b"}});
  CHECK(rows("a;b\n", ';') == Rows{{"a", "b"}});
  CHECK(rows("a,b;c\t\n", '\t') == Rows{{"a,b;c", ""}});
  CHECK(rows(",\n") == Rows{{"", ""}});
  CHECK(rows(",") == Rows{{"", ""}});
  CHECK(rows("a\n\n\r\nb\n") == Rows{{"a"}, {"b"}});  // blank lines
  CHECK(rows("\"\"\n") == Rows{{""}});                // one empty field is not a blank line
  CHECK(rows("a, b ,c\n") == Rows{{"a", " b ", "c"}});
  CHECK(rows("a\rb,c\n") == Rows{{"a\rb", "c"}});  // a lone carriage return is data
}

TEST_CASE("Quoted fields hold delimiters, line ends and doubled quotes") {
  CHECK(rows("\"a,b\",c\n") == Rows{{"a,b", "c"}});
  CHECK(rows("\"a\r\nb\",\"c\nd\"\r\ne,f\r\n") == Rows{{"a\r\nb", "c\nd"}, {"e", "f"}});
  CHECK(rows("\"say \"\"yes\"\"\",\"\"\"\",\"\"\"x\"\n") == Rows{{"say \"yes\"", "\"", "\"x"}});
  CHECK(rows("\"a\"") == Rows{{"a"}});
  CHECK(rows("\"a\"\r") == Rows{{"a"}});
  CHECK(rows("x,\"a\"\r\n") == Rows{{"x", "a"}});
  CHECK(rows("x,\"\"") == Rows{{"x", ""}});
  CHECK(rows("\"a\",") == Rows{{"a", ""}});
  CHECK(rows("\"a\",\r\nb\n") == Rows{{"a", ""}, {"b"}});
  // Many fields with doubled quotes: views into the scratch must survive its growth.
  std::string line, expected(200, 'x');
  for (int i = 0; i < 50; ++i) {
    line += "\"\"\"" + expected + "\",";
  }
  const Rows many = rows(line + "end\n");
  REQUIRE(many.size() == 1);
  REQUIRE(many[0].size() == 51);
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(many[0][i] == "\"" + expected);
  }
}

TEST_CASE("A quote inside an unquoted field is a character") {
  CHECK(rows("5\" disk,b\n") == Rows{{"5\" disk", "b"}});
  CHECK(rows("a\"\"b, \"c\"\r\nd,e\n") == Rows{{"a\"\"b", " \"c\""}, {"d", "e"}});
}

TEST_CASE("Malformed records are reported and reading goes on with the next line") {
  SUBCASE("text behind a closing quote") {
    const Result result = read_table("a,b\n\"x\"y,2\n3,4\n");
    CHECK(result.rows == Rows{{"a", "b"}, {"3", "4"}});
    CHECK(result.lines == std::vector<std::size_t>{1, 3});
    CHECK(result.bad_lines == std::vector<std::size_t>{2});
    CHECK(result.bad == std::vector<std::string>{"\"x\"y,2"});
  }
  SUBCASE("a quote that is never closed does not swallow the rest") {
    const Result result = read_table("a,b\r\n\"x,2\r\n3,4\r\n5,6");
    CHECK(result.rows == Rows{{"a", "b"}, {"3", "4"}, {"5", "6"}});
    CHECK(result.bad_lines == std::vector<std::size_t>{2});
    CHECK(result.bad == std::vector<std::string>{"\"x,2"});
  }
  SUBCASE("a quote that is closed by that of another line loses its own line only") {
    const Result result = read_table("a,\"x\nb,\"y\",1\nc,d,2\n");
    CHECK(result.rows == Rows{{"b", "y", "1"}, {"c", "d", "2"}});
    CHECK(result.lines == std::vector<std::size_t>{2, 3});
    CHECK(result.bad_lines == std::vector<std::size_t>{2});  // where the text behind the quote stands
  }
  SUBCASE("at the very end") {
    CHECK(read_table("\"").bad_lines == std::vector<std::size_t>{1});
    CHECK(read_table("a\n\"\"\"").bad_lines == std::vector<std::size_t>{2});
    CHECK(read_table("\"\"x").bad_lines == std::vector<std::size_t>{1});
  }
  SUBCASE("a carriage return behind a closing quote is a line end only before LF") {
    CHECK(read_table("\"a\"\rb\n").bad_lines == std::vector<std::size_t>{1});
  }
}

TEST_CASE("Lines are counted through quoted line ends, and raw text is the whole record") {
  CsvReader reader("h\n\"a\n\"\"b\n\",1\r\nc,2\n");
  CHECK(reader.next());
  CHECK(reader.raw() == "h");
  CHECK(reader.next());
  CHECK(reader.line() == 2);
  CHECK(reader.raw() == "\"a\n\"\"b\n\",1");
  CHECK(reader.next());
  CHECK(reader.line() == 5);
  CHECK(reader.raw() == "c,2");
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
}

TEST_CASE("A block is cut where a record ends, however the text is cut") {
  bool quoted = false;
  CHECK(csv_complete_prefix("a,b\nc,d", quoted) == 4);
  CHECK_FALSE(quoted);
  CHECK(csv_complete_prefix("a,\"b\nc\n", quoted) == 0);
  CHECK(quoted);
  CHECK(csv_complete_prefix("d\ne\",f\ng", quoted) == 7);
  CHECK_FALSE(quoted);
  CHECK(csv_complete_prefix("5\" disk\nb\n", quoted) == 10);  // not an opening quote
  CHECK_FALSE(quoted);
  CHECK(csv_complete_prefix("", quoted) == 0);

  const std::string text =
      "\xEF\xBB\xBF"
      "\"id\",note\r\n1,\"a\"\"b\nc\"\"\"\n2,plain\n\"\"\"\",\"x\r\n\r\ny\"\r\n5,z\n6,\"\"\n7,"
      "\"e,\n\"";
  const Rows whole = rows(text);
  REQUIRE(whole.size() == 7);
  for (std::size_t size = 1; size <= text.size(); ++size) {
    CAPTURE(size);
    Rows joined;
    std::string pending;
    bool in_quotes = false;
    for (std::size_t at = 0; at < text.size(); at += size) {
      const std::string_view block = std::string_view(text).substr(at, size);
      const std::size_t before = pending.size();
      pending += block;
      const std::size_t complete = csv_complete_prefix(block, in_quotes);
      if (complete > 0) {
        for (auto& row : rows(std::string_view(pending).substr(0, before + complete))) {
          joined.push_back(std::move(row));
        }
        pending.erase(0, before + complete);
      }
    }
    for (auto& row : rows(pending)) {
      joined.push_back(std::move(row));
    }
    CHECK(joined == whole);
  }
}

TEST_CASE("A field is written quoted where needed, and comes back") {
  const auto written = [](std::string_view field, char delimiter = ',') {
    std::string out;
    csv_field(out, field, delimiter);
    return out;
  };
  CHECK(written("plain") == "plain");
  CHECK(written("") == "");
  CHECK(written("a,b") == "\"a,b\"");
  CHECK(written("a,b", ';') == "a,b");
  CHECK(written("a;b", ';') == "\"a;b\"");
  CHECK(written("say \"yes\"") == "\"say \"\"yes\"\"\"");
  CHECK(written("a\nb\r") == "\"a\nb\r\"");
  for (const std::string field : {"x", "\"", "a\"\"b", "\n", ",", "\r\n,\"", " s "}) {
    std::string line = "0,";
    csv_field(line, field);
    CHECK(rows(line + "\n") == Rows{{"0", field}});
  }
}

TEST_CASE("The delimiter is guessed from the header") {
  CHECK(csv_delimiter("a,b,c") == ',');
  CHECK(csv_delimiter("a;b;c") == ';');
  CHECK(csv_delimiter("a\tb, and c\td\n,,,,,") == '\t');
  CHECK(csv_delimiter("\"a,b,c\";d") == ';');
  CHECK(csv_delimiter("single") == ',');
  CHECK(csv_delimiter("") == ',');
}
