#include "core/fx.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/day.h"
#include "core/error.h"

using namespace costwar;

namespace {

const Currency kCny("CNY");
const Currency kUsd("USD");
const std::int64_t kDay = parse_day("2026-08-17")->day;

std::string message_of(std::string_view csv) {
  try {
    FxTable::parse(csv, "fx.csv");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("An amount is converted at the rate of its day, direction as given") {
  const FxTable table =
      FxTable::parse("rate,date,to,from\n0.1394,2026-08-17,USD,CNY\n7.17,2026-08-18,CNY,USD\n", "fx.csv");
  CHECK(table.size() == 2);
  CHECK(table.convert(Money::parse(kCny, "100"), kUsd, kDay) == Money::parse(kUsd, "13.94"));
  CHECK(table.convert(Money::parse(kCny, "-0.5"), kUsd, kDay) == Money::parse(kUsd, "-0.0697"));
  CHECK(table.convert(Money::parse(kUsd, "2"), kUsd, 0) == Money::parse(kUsd, "2"));  // no rate needed
  CHECK_FALSE(table.convert(Money::parse(kUsd, "1"), kCny, kDay));                    // never inverted
  CHECK_FALSE(table.convert(Money::parse(kCny, "1"), kUsd, kDay + 1));                // never carried over
  CHECK(table.rate(kCny, kUsd, kDay) == "0.1394");
  CHECK_FALSE(table.rate(kUsd, kCny, kDay));
}

TEST_CASE("A chain through a third currency is not followed") {
  const FxTable table =
      FxTable::parse("date,from,to,rate\n2026-08-17,CNY,EUR,0.12\n2026-08-17,EUR,USD,1.1\n", "f");
  CHECK_FALSE(table.convert(Money::parse(kCny, "1"), kUsd, kDay));
}

TEST_CASE("Conversion rounds once, half away from zero, at 1e-18") {
  const auto converted = [](const std::string& amount, const std::string& rate) {
    const FxTable table = FxTable::parse("date,from,to,rate\n2026-08-17,CNY,USD," + rate + "\n", "f");
    return table.convert(Money::parse(kCny, amount), kUsd, kDay)->decimal();
  };
  CHECK(converted("0.000000000000000001", "0.5") == "0.000000000000000001");
  CHECK(converted("-0.000000000000000001", "0.5") == "-0.000000000000000001");
  CHECK(converted("0.000000000000000001", "0.499999999999999999") == "0");
  // Python: Decimal("123456.789012345678901234") * Decimal("7.123456789012345678") to 18 places
  CHECK(converted("123456.789012345678901234", "7.123456789012345678") == "879439.10183965858894787");
  CHECK(converted("999999999999", "1000") == "999999999999000");
}

TEST_CASE("What is no table of rates is refused with the line") {
  CHECK(message_of("") == "fx.csv line 1: there is no header");
  CHECK(message_of("date,from,to\n") == "fx.csv line 1: the header has no column rate");
  CHECK(message_of("date,from,to,rate\n2026-13-01,CNY,USD,1\n") ==
        "fx.csv line 2: '2026-13-01' is not a date");
  CHECK(message_of("date,from,to,rate\n2026-08-17,CNY,USD,0\n") ==
        "fx.csv line 2: a rate of 0 is not above 0");
  CHECK(message_of("date,from,to,rate\n2026-08-17,CNY,USD,-1\n") ==
        "fx.csv line 2: a rate of -1 is not above 0");
  CHECK(message_of("date,from,to,rate\n2026-08-17,yuan,USD,1\n") ==
        "fx.csv line 2: 'yuan' is not a currency");
  CHECK(message_of("date,from,to,rate\n2026-08-17,CNY,USD,1e3\n") ==
        "fx.csv line 2: '1e3' is not an amount of money");
  CHECK(message_of("date,from,to,rate\n2026-08-17,CNY,USD,1\n2026-08-17,CNY,USD,2\n") ==
        "fx.csv line 3: a second rate from CNY to USD on 2026-08-17");
  CHECK(message_of("date,from,to,rate\n2026-08-17,CNY,USD,1\n2026-08-17,CNY,USD,1.0\n") == "");  // the same
  CHECK(message_of("date,from,to,rate\n\"2026-08-17,CNY,USD,1\n") ==
        "fx.csv line 2: the quote that opens a field is never closed");
}

TEST_CASE("An amount beyond money's range is refused, not wrapped") {
  const FxTable table = FxTable::parse("date,from,to,rate\n2026-08-17,CNY,USD,999999999999999999\n", "f");
  CHECK_THROWS_AS(table.convert(Money::parse(kCny, "999999999999999999"), kUsd, kDay), Error);
}

TEST_CASE("Days are the printed ones") {
  CHECK(parse_day("1970-01-02")->day == 1);
  CHECK(parse_day("20260817")->day == kDay);
  CHECK(parse_day("2026-08-17 23:59:59")->day == kDay);
  CHECK_FALSE(parse_day("2026-08-17 23:59:59")->offset_ns);
  CHECK(parse_day("2026-08-17T00:00:00+08:00")->day == kDay);  // the 16th in UTC
  CHECK(parse_day("2026-08-17T00:00:00+08:00")->offset_ns == 28'800'000'000'000);
  CHECK(parse_day("2026-08-17T00:00:00.000Z")->offset_ns == 0);
  CHECK(parse_day("2026-08-17 00:00:00 UTC")->offset_ns == 0);
  CHECK(parse_day("2026-08-17T00:00-05:30")->offset_ns == -19'800'000'000'000);
  for (const char* bad :
       {"", "2026-8-17", "17.08.2026", "2026-02-30", "2026-08-17x", "2026-08-17T", "20261301",
        "2026-08-17T00:00:00+8", "2026-08-17T00:00:00+99:00", "2026-08-17T0a:00"})
    CHECK_MESSAGE(!parse_day(bad), bad);
  CHECK(format_day(kDay) == "2026-08-17");
  CHECK(format_day(-1) == "1969-12-31");
  CHECK(parse_offset("+08:00") == 28'800'000'000'000);
  CHECK(parse_offset("Z") == 0);
  CHECK_THROWS_AS(parse_offset(""), Error);
  CHECK_THROWS_AS(parse_offset("8"), Error);
  CHECK(format_offset(28'800'000'000'000) == "UTC+08:00");
  CHECK(format_offset(-19'800'000'000'000) == "UTC-05:30");
  CHECK(format_offset(0) == "UTC");
}

TEST_CASE("The example table is one") {
  std::ifstream in("examples/fx.csv", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK(FxTable::parse(text, "examples/fx.csv").rate(kCny, kUsd, kDay) == "0.1394");
}

TEST_CASE("A table without a name still says the line") {
  CHECK(message_of("date,from,to,rate\n2026-08-17,CNY,USD,much\n").starts_with("fx.csv line 2: "));
  try {
    FxTable::parse("date,from,to,rate\n2026-08-17,yuan,USD,1\n", "");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with(" line 2: "));
  }
}
