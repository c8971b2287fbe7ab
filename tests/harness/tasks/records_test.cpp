#include "harness/tasks/records.h"

#include <doctest/doctest.h>

#include "harness/tasks/line_reader.h"
#include "tests/harness/tasks/text_source.h"

using namespace costwar;
using namespace costwar::harness;
using namespace costwar::harness::test;

namespace {

struct Read {
  std::vector<std::string> values;
  std::vector<std::string> places;
};

Read read(const std::string& text, const RecordSpec& spec = {}, const std::string& name = "f",
          std::size_t piece = 7) {
  Read all;
  for (const auto records = Records::open(source_of(text, piece), name, spec); records->next();) {
    all.values.push_back(records->value().dump());
    all.places.push_back(records->place());
  }
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the content decides the format") {
  CHECK(read("{\"a\":1}\n\n{\"a\":2}\r\n").values == Texts{R"({"a":1})", R"({"a":2})"});
  CHECK(read("{\"a\":1}\n\n{\"a\":2}").places == Texts{"f:1", "f:3"});
  CHECK(read("\xEF\xBB\xBF[{\"a\":1},\n{\"a\":2}]").values == Texts{R"({"a":1})", R"({"a":2})"});
  CHECK(read("{\n\"about\": \"x\", \"examples\": [{\"a\":1},{\"a\":2}]}").places ==
        Texts{"f: /examples/0", "f: /examples/1"});
  CHECK(read("q,a\nx,1\n").values == Texts{R"({"q":"x","a":"1"})"});
  CHECK(read("q;a\nx;1\n").values == Texts{R"({"q":"x","a":"1"})"});
  CHECK(read("x\t1\n", {RecordFormat::automatic, false}, "f.tsv").values == Texts{R"({"1":"x","2":"1"})"});
}

TEST_CASE("a byte at a time reads the same as all at once") {
  const std::string table = "q,a\n\"two\nlines, \"\"quoted\"\"\",1\r\n\nplain,2";
  for (const std::size_t piece : {1U, 2U, 1000U}) {
    CHECK(read(table, {}, "f.csv", piece).values ==
          Texts{R"({"q":"two\nlines, \"quoted\"","a":"1"})", R"({"q":"plain","a":"2"})"});
    CHECK(read(table, {}, "f.csv", piece).places == Texts{"f.csv:2", "f.csv:5"});
  }
}

TEST_CASE("a quote means nothing in TSV") {
  CHECK(read("\"a\tb\n", {RecordFormat::tsv, false}).values == Texts{R"({"1":"\"a","2":"b"})"});
}

TEST_CASE("bad records are named by file and line") {
  CHECK(complaint_of([] { read("{\"a\":1}\n{\"a\":\n", {RecordFormat::jsonl}); }) ==
        "f:2:1:6: not JSON: it ends too early");
  CHECK(complaint_of([] { read("{\"a\":1}\n[1]\n", {RecordFormat::jsonl}); }) ==
        "f:2: the line is no JSON object | each line of a JSON Lines file is one object");
  CHECK(complaint_of([] { read("q,a\nx\n", {RecordFormat::csv}); }) ==
        "f:2: 1 fields, but 2 columns | a field with the delimiter or a line end in it stands in double "
        "quotes");
  CHECK(complaint_of([] { read("q,a\n\"x,1\ny,2\n", {RecordFormat::csv}); }) ==
        "f:2: a quote opens here that is never closed | double a quote that is part of a quoted field");
  CHECK(complaint_of([] {
          read("q,q\nx,1\n", {RecordFormat::csv});
        }).starts_with("f:1: two columns are named \"q\""));
  CHECK(complaint_of([] { read("[1]", {RecordFormat::json}); }) == "f: /0: the record is no JSON object");
  CHECK(complaint_of([] { read("{\"a\":[{}],\"b\":[{}]}", {RecordFormat::json}); }) ==
        "f: it has 2 arrays of records | name one as \"records\" of the reader, a JSON pointer");
  CHECK(complaint_of([] {
          read("{}", {RecordFormat::json, true, "/x"});
        }).starts_with("f: there is nothing at /x"));
}

TEST_CASE("tables hold UTF-8, and say so when they do not") {
  const auto read_cell = [](const std::string& cell) {
    return complaint_of([&] { read("q,a\n" + cell + ",1\n", {RecordFormat::csv}); });
  };
  // Two, three and four bytes; the first and last character of each length.
  for (const char* good : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(read_cell(good) == "no error");
  for (const char* bad : {"caf\xe9", "\x80", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"})
    CHECK(read_cell(bad) ==
          "f:2: the text is not UTF-8 | convert it, for instance with iconv -f latin1 -t utf-8");
}

TEST_CASE("a million lines take no more memory than a few") {
  // 1,000,000 lines of 32 bytes, made as they are read.
  std::size_t made = 0;
  const ByteSource endless = [&](std::span<char> into) {
    constexpr std::string_view kLine = "{\"q\":\"what is this?\",\"a\":\"it\"}  \n";
    constexpr std::size_t kEndlessBytes = kLine.size() * 1'000'000;
    std::size_t given = 0;
    for (; given < into.size() && made < kEndlessBytes; ++given, ++made)
      into[given] = kLine[made % kLine.size()];
    return given;
  };
  std::size_t lines = 0;
  LineReader reader(endless, "f");
  std::size_t longest = 0;
  while (const auto line = reader.next()) {
    ++lines;
    longest = std::max(longest, line->size());
  }
  CHECK(lines == 1'000'000);
  CHECK(longest == 32);
}
