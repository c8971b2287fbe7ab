// Building tables row by row: columns first, then rows of as many cells. The helpers make typed cells of
// values that may be unknown, so that unknown stays a dash and never becomes zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/document.h"

namespace costwar::reports {

class TableBuilder {
 public:
  TableBuilder(std::string key, std::string title);

  // For everyone: numbers to the right, text to the left.
  TableBuilder& number(std::string key, std::string title);
  TableBuilder& text(std::string key, std::string title);

  // Only in JSON and CSV, or only on terminals and in Markdown.
  TableBuilder& data(std::string key);
  TableBuilder& shown(std::string title, Align align = Align::right);

  TableBuilder& show(Show show);
  TableBuilder& detail();
  TableBuilder& when_empty(std::string text);

  // Error{internal} unless there is one cell per column.
  TableBuilder& row(std::vector<Cell> cells);

  std::size_t rows() const { return table_.rows.size(); }
  Table build() { return std::move(table_); }

 private:
  Table table_;
};

// Empty text is unknown.
Cell text_cell(std::string text);
Cell integer_cell(std::optional<std::int64_t> value);
Cell number_cell(std::optional<double> value, int decimals, NumberStyle style = NumberStyle::plain);
Cell money_cell(const std::optional<Money>& amount);
Cell record_cell(std::vector<std::pair<std::string, Cell>> members);
Cell table_cell(Table table);

}  // namespace costwar::reports
