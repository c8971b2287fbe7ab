#include "reports/views/table_builder.h"

#include <fmt/format.h>

#include <memory>

#include "core/error.h"

namespace costwar::reports {

TableBuilder::TableBuilder(std::string key, std::string title) {
  table_.key = std::move(key);
  table_.title = std::move(title);
}

TableBuilder& TableBuilder::number(std::string key, std::string title) {
  table_.columns.push_back({std::move(key), std::move(title), Align::right, Show::everywhere});
  return *this;
}

TableBuilder& TableBuilder::text(std::string key, std::string title) {
  table_.columns.push_back({std::move(key), std::move(title), Align::left, Show::everywhere});
  return *this;
}

TableBuilder& TableBuilder::data(std::string key) {
  table_.columns.push_back({std::move(key), "", Align::left, Show::data_only});
  return *this;
}

TableBuilder& TableBuilder::shown(std::string title, Align align) {
  table_.columns.push_back({"", std::move(title), align, Show::text_only});
  return *this;
}

TableBuilder& TableBuilder::detail() {
  table_.detail = true;
  return *this;
}

TableBuilder& TableBuilder::show(Show show) {
  table_.show = show;
  return *this;
}

TableBuilder& TableBuilder::when_empty(std::string text) {
  table_.empty_text = std::move(text);
  return *this;
}

TableBuilder& TableBuilder::row(std::vector<Cell> cells) {
  if (cells.size() != table_.columns.size())
    throw Error(ErrorKind::internal, fmt::format("table {}: a row of {} cells for {} columns", table_.key,
                                                 cells.size(), table_.columns.size()));
  table_.rows.push_back(std::move(cells));
  return *this;
}

Cell text_cell(std::string text) {
  if (text.empty()) return Unknown{};
  return TextCell{std::move(text)};
}

Cell integer_cell(std::optional<std::int64_t> value) {
  if (!value) return Unknown{};
  return IntegerCell{*value};
}

Cell number_cell(std::optional<double> value, int decimals, NumberStyle style) {
  if (!value) return Unknown{};
  return NumberCell{*value, decimals, style};
}

Cell money_cell(const std::optional<Money>& amount) {
  if (!amount) return Unknown{};
  return MoneyCell{*amount};
}

Cell record_cell(std::vector<std::pair<std::string, Cell>> members) {
  return std::make_shared<const RecordCell>(RecordCell{std::move(members)});
}

Cell table_cell(Table table) {
  return TableCell{std::make_shared<const Table>(std::move(table))};
}

}  // namespace costwar::reports
