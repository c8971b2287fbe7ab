// The parts of the workbook that a Document becomes. Internal to reports/render.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/document.h"
#include "reports/render/cell_plan.h"
#include "reports/render/workbook.h"

namespace costwar::reports {

// "cost_per_solved" reads "Cost per solved".
std::string title_of_key(std::string_view key);

// Number formats as spreadsheets write them, with a point.
std::string style_format(NumberStyle style, int decimals);
std::string money_format(const Currency& currency, int decimals);

enum class DateKind : std::uint8_t { none, day, instant };

struct SheetColumn {
  std::string title;
  double width = 9;
  bool folded = false;  // for machines: behind the outline's plus sign
  bool right = false;
  int decimals = 0;  // of money: what its smallest amount needs
  DateKind dates = DateKind::none;
};

// A table on its way to a sheet: people's columns first, those for data alone folded behind them, intervals
// over three columns, records over one per member. Nested tables are left out; CSV has them.
struct SheetPlan {
  const Table* table = nullptr;
  std::size_t sheet = 0;
  std::size_t rows = 0;  // that fit
  std::vector<SheetColumn> columns;
  std::vector<std::pair<std::size_t, CellPlan>> plans;  // a column of the table each

  bool has_column(std::string_view key) const;
  std::size_t column_of(std::string_view key) const;  // of the sheet
};

SheetPlan plan_sheet(const Table& table);

// The sheets of a document by the keys of their tables, and which of their columns others compute from.
struct SheetBook {
  std::vector<SheetPlan> sheets;
  std::set<std::pair<std::string, std::string>> inputs;  // table, column
  const SheetPlan* find(std::string_view table) const;
};

void write_sheet(Workbook& book, const SheetBook& sheets, const SheetPlan& plan);

// A sheet of charts and one of what they are drawn from; nothing where there is none. To be called in two
// steps, because the sheets stand apart.
void draw_charts(Workbook& book, const std::vector<Chart>& charts, std::size_t chart_sheet,
                 std::size_t data_sheet);

}  // namespace costwar::reports
