#include "reports/render/cell_text.h"

#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <string>

#include "reports/views/comparison_parts.h"
#include "reports/views/table_builder.h"

using namespace costwar;
using namespace costwar::reports;

namespace {
Money usd(std::string_view text) {
  return Money::parse(Currency{}, text);
}
std::string shown(const Cell& cell) {
  return joined(cell_text(cell));
}
CostCell cost(const char* amount, const char* low, const char* high) {
  const auto money = [](const char* text) {
    return text == nullptr ? std::nullopt : std::optional(usd(text));
  };
  return {Currency{}, money(amount), money(low), money(high)};
}
}  // namespace

TEST_CASE("unknown is a dash, never a zero") {
  CHECK(shown(Unknown{}) == "–");
  CHECK(shown(integer_cell(std::nullopt)) == "–");
  CHECK(shown(number_cell(std::nullopt, 2)) == "–");
  CHECK(shown(money_cell(std::nullopt)) == "–");
  CHECK(shown(text_cell("")) == "–");
  CHECK(shown(cost(nullptr, nullptr, nullptr)) == "–");
  CHECK(shown(IntegerCell{0}) == "0");
}

TEST_CASE("numbers") {
  CHECK(shown(IntegerCell{1234567}) == "1,234,567");
  CHECK(shown(IntegerCell{-1000}) == "−1,000");
  CHECK(shown(IntegerCell{999}) == "999");
  CHECK(shown(BooleanCell{true}) == "yes");
  CHECK(shown(NumberCell{0.8734, 1, NumberStyle::share}) == "87.3 %");
  CHECK(shown(NumberCell{-0.065, 1, NumberStyle::points}) == "−6.5");
  CHECK(shown(NumberCell{0.065, 1, NumberStyle::points}) == "+6.5");
  CHECK(shown(NumberCell{0.0001, 1, NumberStyle::points}) == "0.0");
  CHECK(shown(NumberCell{-0.0001, 1, NumberStyle::points}) == "0.0");
  CHECK(shown(NumberCell{1.305, 1, NumberStyle::factor}) == "1.3×");
  CHECK(shown(NumberCell{std::numeric_limits<double>::infinity(), 1, NumberStyle::factor}) == "∞");
  CHECK(shown(NumberCell{std::numeric_limits<double>::quiet_NaN(), 1, NumberStyle::share}) == "–");
}

TEST_CASE("intervals") {
  CHECK(shown(IntervalCell{0.873, 0.831, 0.906, 1, NumberStyle::share}) == "87.3 % [83.1, 90.6]");
  CHECK(shown(IntervalCell{-0.065, -0.104, 0.026, 1, NumberStyle::points}) == "−6.5 [−10.4, 2.6]");
  CHECK(shown(IntervalCell{2, 1.5, std::numeric_limits<double>::infinity(), 1, NumberStyle::factor}) ==
        "2.0× [1.5, ∞]");
}

TEST_CASE("money has three digits below one unit and its bounds the same unit") {
  CHECK(shown(MoneyCell{usd("12.4")}) == "$12.40");
  CHECK(shown(MoneyCell{usd("0.00127349")}) == "$0.00127");
  CHECK(shown(MoneyCell{usd("0.996")}) == "$0.996");
  CHECK(shown(MoneyCell{usd("0")}) == "$0.00");
  CHECK(shown(MoneyCell{usd("-0.5")}) == "−$0.500");
  CHECK(shown(MoneyCell{Money::parse(Currency("CNY"), "3.5")}) == "CNY 3.50");
  CHECK(shown(MoneyCell{usd("0.000000000000000001")}) == "$0.000000000000000001");
  CHECK(shown(cost("0.00127349", "0.001149", "0.01")) == "$0.00127 [0.00115, 0.01000]");
  CHECK(shown(cost("12.4", "9.999", "15")) == "$12.40 [10.00, 15.00]");
}

TEST_CASE("costs without an estimate or a bound") {
  CHECK(shown(cost("0.5", "0.2", nullptr)) == "$0.500 [0.200, ∞]");
  CHECK(shown(cost(nullptr, "0.2", nullptr)) == "≥ $0.200");
  CHECK(shown(cost(nullptr, nullptr, "0.2")) == "≤ $0.200");
  CHECK(shown(cost(nullptr, "0.02", "0.06")) == "$0.0200 to 0.0600");
  CHECK(shown(cost("0", nullptr, nullptr)) == "$0.00");
}

TEST_CASE("records show their first member, tables their size") {
  CHECK(shown(record_cell({{"input", IntegerCell{12}}, {"output", IntegerCell{3}}})) == "12");
  CHECK(shown(record_cell({})) == "–");
  TableBuilder nested("list", "");
  nested.text("name", "Name").row({TextCell{"a"}});
  CHECK(shown(table_cell(nested.build())) == "1 row, below");
  CHECK(shown(TableCell{nullptr}) == "–");
}

TEST_CASE("decimals follow the width of the interval") {
  CHECK(supported_decimals(30) == 0);
  CHECK(supported_decimals(7.5) == 1);
  CHECK(supported_decimals(0.7) == 2);
  CHECK(supported_decimals(0) == 0);
  CHECK(supported_decimals(std::numeric_limits<double>::infinity()) == 0);
}
