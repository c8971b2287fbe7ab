#include "core/text.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/millionths.h"

using namespace costwar;

TEST_CASE("text: blanks, case, groups of digits") {
  CHECK(trimmed(" \t a b\r\n") == "a b");
  CHECK(trimmed(" \n") == "");
  CHECK(lowered("GPT-5 Ä") == "gpt-5 Ä");
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(-999) == "-999");
  CHECK(with_commas(-1000) == "-1,000");
  CHECK(with_commas(1'234'567) == "1,234,567");
  CHECK(with_commas(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
}

TEST_CASE("millionths: exact both ways, or nothing") {
  CHECK(parse_millionths("1.05") == 1'050'000);
  CHECK(parse_millionths("-0.000001") == -1);
  CHECK_FALSE(parse_millionths("0.0000001"));
  CHECK_FALSE(parse_millionths("1e3"));
  CHECK_FALSE(parse_millionths(""));
  CHECK(parse_millionths("9223372036854.775807") == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(parse_millionths("9223372036854.775808"));
  CHECK(millionths_text(1'050'000) == "1.05");
  CHECK(millionths_text(-1) == "-0.000001");
}

TEST_CASE("one word in the place of another") {
  const auto replaced = [](std::string text, std::string_view what, std::string_view with) {
    replace_each(text, what, with);
    return text;
  };
  CHECK(replaced("a key and a key", "key", "[redacted]") == "a [redacted] and a [redacted]");
  CHECK(replaced("keykey", "key", "") == "");
  CHECK(replaced("aaa", "aa", "b") == "ba");
  CHECK(replaced("key", "key", "a key") == "a key");  // what was put in is not looked at again
  CHECK(replaced("none", "key", "x") == "none");
  CHECK(replaced("", "key", "x") == "");
}
