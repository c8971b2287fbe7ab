#include "harness/scoring/sequence_match.h"

#include <doctest/doctest.h>

#include <string>

#include "harness/scoring/unicode.h"

using namespace costwar::harness;

namespace {

SequenceMatch match(std::string_view a, std::string_view b, std::uint64_t steps = 1'000'000'000) {
  return sequence_match(code_points(a), code_points(b), steps);
}

std::string repeated(std::string_view unit, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += unit;
  return text;
}

}  // namespace

TEST_CASE("the ratio is that of Python 3's difflib.SequenceMatcher(None, a, b).ratio()") {
  // Values printed by Python 3.11.
  CHECK(match("abxcd", "abcd").ratio == 0.8888888888888888);
  CHECK(match("bcde", "abcd").ratio == 0.75);
  CHECK(match("", "").ratio == 1.0);
  CHECK(match("a", "").ratio == 0.0);
  CHECK(match("private Thread currentThread;", "private volatile Thread currentThread;").ratio ==
        0.8656716417910447);
  CHECK(match(repeated("ab", 99), repeated("ba", 99)).ratio == 0.9949494949494949);
  CHECK(match(repeated("ab", 100), repeated("ba", 100)).ratio == 0.0);
  CHECK(match(repeated("abcdefghij", 30), repeated("abcdefghiX", 30)).ratio == 0.03);
  CHECK(match(std::string("Z") + repeated("abc", 100), std::string("Z") + repeated("acb", 100)).ratio ==
        0.006644518272425249);
  CHECK(match("caf\xc3\xa9 \xe6\xbc\xa2", "cafe \xe6\xbc\xa2").ratio == 0.8333333333333334);
}

TEST_CASE("work is bounded and the ratio then says so") {
  const std::string a = repeated("ab", 5'000), b = repeated("ba", 90);
  const SequenceMatch whole = match(a, b), cut = match(a, b, 1'000);
  CHECK_FALSE(whole.bounded);
  CHECK(cut.bounded);
  CHECK(cut.ratio <= whole.ratio);
}
