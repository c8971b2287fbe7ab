#include "pricing/import/numbers.h"

#include <doctest/doctest.h>

#include "core/error.h"

using namespace costwar;
using namespace costwar::pricing;

namespace {

std::string per_million(std::string_view number) {
  const Decimal decimal = to_decimal(number, 6, 7, 12);
  switch (decimal.fit) {
    case Fit::exact:
      return decimal.text;
    case Fit::negative:
      return "negative";
    case Fit::too_fine:
      return "too fine";
    case Fit::too_large:
      return "too large";
  }
  return "";
}

}  // namespace

TEST_CASE("a printed number becomes exact decimal text") {
  CHECK(per_million("5e-06") == "5");
  CHECK(per_million("5E-6") == "5");
  CHECK(per_million("1.25e-07") == "0.125");
  CHECK(per_million("0.00000028") == "0.28");
  CHECK(per_million("2.8e-9") == "0.0028");
  CHECK(per_million("1e-18") == "0.000000000001");
  CHECK(per_million("0.1") == "100000");
  CHECK(per_million("1") == "1000000");
  CHECK(per_million("1e+0") == "1000000");
  CHECK(per_million("0") == "0");
  CHECK(per_million("0.0") == "0");
  CHECK(per_million("-0.0") == "0");
  CHECK(per_million("0e999999999999999999999") == "0");
  CHECK(per_million("10.50e-6") == "10.5");
}

TEST_CASE("what cannot be held exactly is told apart") {
  CHECK(per_million("-1e-6") == "negative");
  CHECK(per_million("1e-19") == "too fine");
  CHECK(per_million("2.9999900000000002e-06") == "too fine");
  CHECK(per_million("1e-999999999999999999999") == "too fine");
  CHECK(per_million("10") == "too large");
  CHECK(per_million("1e999999999999999999999") == "too large");
}

TEST_CASE("floats keep their text, integers their value") {
  const Json document =
      parse_keeping_numbers(R"({"a":[0.1,2,1e-5,-7],"b":{"c":2.50,"d":"x","e":"3e-6"}})", "f");
  const JsonIn in(document, "f");
  const auto list = in.at("a").elements();
  CHECK(number_text(list[0]) == "0.1");
  CHECK(number_text(list[1]) == "2");
  CHECK(number_text(list[2]) == "1e-5");
  CHECK(number_text(list[3]) == "-7");
  CHECK(number_text(in.at("b").at("c")) == "2.50");
  CHECK(number_text(in.at("b").at("e")) == "3e-6");  // some files quote numbers
  try {
    number_text(in.at("b").at("d"));
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "f: /b/d: expected a number");
  }
}

TEST_CASE("counts of tokens") {
  const Json document = parse_keeping_numbers(R"([200000, 2e5, 256000.0, 0.5, -1, 1e30])", "f");
  const auto list = JsonIn(document, "f").elements();
  CHECK(read_tokens(list[0]) == 200'000);
  CHECK(read_tokens(list[1]) == 200'000);
  CHECK(read_tokens(list[2]) == 256'000);
  for (std::size_t i = 3; i < 6; ++i) CHECK_THROWS_AS(read_tokens(list[i]), Error);
}
