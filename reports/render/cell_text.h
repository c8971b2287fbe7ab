// How a typed cell reads: shared by the formats for people. Pieces of an interval stay apart so that a table
// can align them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/document.h"

namespace costwar::reports {

// "87.3 %" and its bounds "83.1" and "90.6". Both bounds are empty where the cell has none.
struct CellText {
  std::string text;
  std::string low;
  std::string high;
  bool has_bounds() const { return !low.empty() || !high.empty(); }
};

// The text is not yet made harmless. A nested table reads as its number of rows.
CellText cell_text(const Cell& cell);

// In one piece: "87.3 % [83.1, 90.6]".
std::string joined(const CellText& cell);

// "1,234,567"
std::string grouped(std::int64_t value);

// "1 day", "1,234 days"
std::string plural(std::int64_t count, std::string_view one, std::string_view many);

// Rounded at `decimals` places (0 to 18), without the currency: "0.00127", "1,534.82".
std::string money_digits(const Money& money, int decimals);

// Decimals that give three significant digits below one unit, and two from one unit up.
int money_decimals(const Money& money);

// "$0.00127", "CNY 3.50"
std::string money_text(const Money& money, int decimals);

// The columns of a table that people see, by their place.
std::vector<std::size_t> visible_columns(const Table& table);

}  // namespace costwar::reports
