#include "core/money.h"

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

using costwar::Currency;
using costwar::Error;
using costwar::format_money;
using costwar::Money;

namespace {
const Currency kDollar;
Money usd(std::string_view text) {
  return Money::parse(kDollar, text);
}
}  // namespace

TEST_CASE("decimal text goes in and out without loss") {
  for (const std::string text :
       {"0", "1.245", "-0.000001", "0.000000000000000001", "999999999999999999.999999999999999999", "-12"})
    CHECK(usd(text).decimal() == text);
  CHECK(usd("1.500").decimal() == "1.5");
  CHECK(usd("007").decimal() == "7");
}

TEST_CASE("text that is no amount is refused with the text repeated") {
  for (const std::string text :
       {"", ".5", "5.", "1e3", "1,000", "+1", "--1", "0.0000000000000000001", "1000000000000000000", "NaN"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(usd(text), doctest::Contains("is not an amount of money"), Error);
  }
}

TEST_CASE("a price per million tokens times a discount and a count is exact") {
  // 0.003625 per million, times 1.1 and 0.5, for one token: 1.99375e-9.
  const Money per_token = usd("0.003625").scaled(1, 1'000'000).scaled(11, 10).scaled(1, 2);
  CHECK(per_token.decimal() == "0.00000000199375");
  CHECK(usd("60").scaled(1, 1'000'000).times(1'000'000'000).decimal() == "60000");
}

TEST_CASE("scaling rounds half away from zero, on both sides of it") {
  CHECK(Money(kDollar, 5).scaled(1, 2).atto() == 3);
  CHECK(Money(kDollar, -5).scaled(1, 2).atto() == -3);
  CHECK(Money(kDollar, 4).scaled(1, 3).atto() == 1);
}

TEST_CASE("arithmetic is checked") {
  const Money huge(kDollar, (costwar::int128{1} << 126));
  CHECK_THROWS_AS(huge + huge, Error);
  CHECK_THROWS_AS(huge.times(4), Error);
  CHECK_THROWS_WITH_AS(usd("1") + Money::parse(Currency("CNY"), "1"), "amounts in USD and CNY were combined",
                       Error);
  CHECK_THROWS_AS((void)(usd("1") < Money::parse(Currency("CNY"), "1")), Error);
  CHECK(usd("1") < usd("1.000000000000000001"));
}

TEST_CASE("people read three digits below one and two decimals above") {
  CHECK(format_money(usd("12.4")) == "$12.40");
  CHECK(format_money(usd("0.00127349")) == "$0.00127");
  CHECK(format_money(usd("0.0012799")) == "$0.00128");
  CHECK(format_money(usd("0.996")) == "$0.996");
  CHECK(format_money(usd("0")) == "$0.00");
  CHECK(format_money(usd("-0.5")) == "-$0.500");
  CHECK(format_money(Money::parse(Currency("CNY"), "3.5")) == "CNY 3.50");
  CHECK(format_money(usd("0.000000000000000001")) == "$0.000000000000000001");
}

TEST_CASE("a currency is three capital letters") {
  CHECK(Currency("CNY").code() == "CNY");
  CHECK_THROWS_AS(Currency("usd"), Error);
  CHECK_THROWS_AS(Currency("EURO"), Error);
}

TEST_CASE("a price keeps every digit and has at least two after the point") {
  const auto price = [](const char* currency, const char* decimal) {
    return format_price(Money::parse(Currency(currency), decimal));
  };
  CHECK(price("USD", "0.003625") == "$0.003625");
  CHECK(price("USD", "1.3") == "$1.30");
  CHECK(price("USD", "0") == "$0.00");
  CHECK(price("USD", "-2.5") == "-$2.50");
  CHECK(price("CNY", "12") == "CNY 12.00");
  CHECK(price("USD", "0.000000000000000001") == "$0.000000000000000001");
}
