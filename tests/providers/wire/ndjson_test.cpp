#include "providers/wire/ndjson.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using costwar::wire::NdjsonParser;
using Lines = std::vector<std::string>;

namespace {

struct Parsed {
  Lines lines;
  std::string residue;
  bool saw_line = false;
};

Parsed parse(const std::string& text, std::size_t piece) {
  NdjsonParser parser(1000);
  Parsed out;
  for (std::size_t at = 0; at < text.size(); at += piece)
    parser.feed(std::string_view(text).substr(at, piece),
                [&](std::string_view line) { out.lines.emplace_back(line); });
  CHECK_FALSE(parser.overflowed());
  out.residue = parser.residue().value_or("");
  out.saw_line = parser.saw_line();
  return out;
}

}  // namespace

TEST_CASE("lines are the same however the bytes are cut") {
  const std::string text =
      "{\"a\":1}\n\r\n  {\"b\":2}\t\r\n\n"
      "{\"c\":\"x\xE2\x80\xA8y\xC2\x85\r z\"}\n{\"d\"";
  const Lines expected{"{\"a\":1}", "{\"b\":2}", "{\"c\":\"x\xE2\x80\xA8y\xC2\x85\r z\"}"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    CAPTURE(piece);
    const Parsed got = parse(text, piece);
    CHECK(got.lines == expected);
    CHECK(got.residue == "{\"d\"");
  }
}

TEST_CASE("what is left at the end") {
  CHECK(parse("a\n b ", 1).residue == "b");
  CHECK(parse("a\n \t\r", 1).residue.empty());
  CHECK(parse("a\n", 1).residue.empty());
  CHECK_FALSE(parse("", 1).saw_line);
  CHECK_FALSE(parse("\n \n\r\n", 1).saw_line);
  CHECK_FALSE(parse("no end", 1).saw_line);
  CHECK(parse("a\n", 1).saw_line);
}

TEST_CASE("a line beyond the limit ends the reading") {
  NdjsonParser parser(4);
  Lines lines;
  const auto hear = [&](std::string_view line) { lines.emplace_back(line); };
  parser.feed("1234\n", hear);
  CHECK_FALSE(parser.overflowed());
  parser.feed("123", hear);
  parser.feed("45\n6\n", hear);
  CHECK(parser.overflowed());
  parser.feed("7\n", hear);
  CHECK(lines == Lines{"1234"});
  CHECK_FALSE(parser.residue());
}

TEST_CASE("blanks of JSON") {
  CHECK(costwar::wire::without_blanks(" \t\r\nx y\n") == "x y");
  CHECK(costwar::wire::without_blanks(" \t\r\n").empty());
  CHECK(costwar::wire::without_blanks("").empty());
  CHECK(costwar::wire::without_blanks("\xC2\xA0x") == "\xC2\xA0x");  // no blank of JSON
}
