#include "reports/render/text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace costwar::reports;
using Lines = std::vector<std::string>;

TEST_CASE("width is counted in columns, not bytes") {
  CHECK(display_width("tiny") == 4);
  CHECK(display_width("−6.5 ×") == 6);
  CHECK(display_width("模型") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("") == 0);
  CHECK(pad_left("模", 4) == "  模");
  CHECK(pad_right("−1", 4) == "−1  ");
  CHECK(pad_left("longer", 3) == "longer");
}

TEST_CASE("text of unknown origin cannot drive a terminal") {
  CHECK(printable("a\x1b[31mred") == "a\uFFFD[31mred");
  CHECK(printable("two\nlines\tand\rmore") == "two lines and more");
  CHECK(printable("bad \xff byte") == "bad \uFFFD byte");
  CHECK(printable("right\u202Eleft") == "rightleft");
  CHECK(printable("\u009b31m") == "\uFFFD31m");
  CHECK(printable("größe 模型") == "größe 模型");
}

TEST_CASE("ASCII keeps the meaning of the signs that reports use") {
  CHECK(to_ascii("−6.5 ≥ 2× µs ∞ –") == "-6.5 >= 2x us inf -");
  CHECK(to_ascii("模") == "?");
}

TEST_CASE("lines break at spaces, then within words, never within figures") {
  CHECK(wrap("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrap("abcdefgh ij", 3) == Lines{"abc", "def", "gh", "ij"});
  CHECK(wrap("it solves 87.3 % [83.1, 90.6] of all", 12) ==
        Lines{"it solves", "87.3 %", "[83.1, 90.6]", "of all"});
  CHECK(wrap("", 5) == Lines{""});
  CHECK(wrap("模型模型", 4) == Lines{"模型", "模型"});
  CHECK(wrap("模", 1) == Lines{"模"});
  for (const std::string& line :
       wrap("an [ unclosed bracket does not keep a whole answer together for ever", 20))
    CHECK(display_width(line) <= 20);
}
