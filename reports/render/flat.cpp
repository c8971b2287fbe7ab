#include "reports/render/flat.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "core/error.h"
#include "reports/render/cell_plan.h"

namespace costwar::reports {
namespace {

void add_columns(CellPlan& node, const std::string& prefix, std::vector<FlatColumn>& columns) {
  const std::string key = prefix.empty() ? node.key : prefix + "_" + node.key;
  node.column = columns.size();
  if (node.type || node.members.empty()) {
    columns.push_back({key, node.type.value_or(FlatType::text), node.title});
    const FlatType type = node.type.value_or(FlatType::text);
    if (node.is_bounded) columns.push_back({key + "_low", type, ""});
    if (node.is_bounded) columns.push_back({key + "_high", type, ""});
    if (node.is_unbounded) columns.push_back({key + "_unbounded", FlatType::boolean, ""});
    if (node.is_money) columns.push_back({key + "_currency", FlatType::text, ""});
  }
  for (CellPlan& member : node.members) add_columns(member, key, columns);
}

FlatValue flat_number(double value) {
  if (!std::isfinite(value)) return std::monostate();
  return value;
}

FlatValue decimal(const std::optional<Money>& money) {
  if (!money) return std::monostate();
  return Decimal{money->decimal()};
}

struct Fill {
  const CellPlan& node;
  std::vector<FlatValue>& row;

  void put(FlatValue value) const {
    if (node.type == FlatType::text && !std::holds_alternative<std::string>(value) &&
        !std::holds_alternative<std::monostate>(value))
      value = flat_text(value);
    row[node.column] = std::move(value);
  }
  void put_currency(const Currency& currency) const {
    row[node.column + (node.is_bounded ? 3U : 1U) + (node.is_unbounded ? 1U : 0U)] = currency.code();
  }

  void operator()(const Unknown&) const {}
  void operator()(const TextCell& text) const { put(text.text); }
  void operator()(const IntegerCell& integer) const { put(integer.value); }
  void operator()(const BooleanCell& boolean) const { put(boolean.value); }
  void operator()(const NumberCell& cell) const { put(flat_number(cell.value)); }
  void operator()(const IntervalCell& cell) const {
    put(flat_number(cell.estimate));
    row[node.column + 1] = flat_number(cell.low);
    row[node.column + 2] = flat_number(cell.high);
  }
  void operator()(const MoneyCell& money) const {
    put(decimal(money.amount));
    put_currency(money.amount.currency());
  }
  void operator()(const CostCell& cost) const {
    put(decimal(cost.amount));
    row[node.column + 1] = decimal(cost.low);
    row[node.column + 2] = decimal(cost.high);
    if (node.is_unbounded) row[node.column + 3] = cost.low && !cost.high;
    if (cost.amount || cost.low || cost.high) put_currency(cost.currency);
  }
  void operator()(const std::shared_ptr<const RecordCell>& record) const {
    if (!record) return;
    for (const auto& [key, cell] : record->members)
      for (const CellPlan& member : node.members)
        if (member.key == key) std::visit(Fill{member, row}, cell);
  }
  void operator()(const TableCell&) const {}
  void operator()(const ProductCell& product) const { (*this)(MoneyCell{product.value}); }
  void operator()(const SumCell& sum) const {
    if (sum.value) (*this)(MoneyCell{*sum.value});
  }
};

bool has_data(const Column& column) {
  return column.show != Show::text_only;
}

// Two columns of one name would be one in many readers.
void make_unique(std::vector<FlatColumn>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string key = columns[i].key;
    for (int copy = 2; std::any_of(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const FlatColumn& other) { return other.key == columns[i].key; });
         ++copy)
      columns[i].key = fmt::format("{}_{}", key, copy);
  }
}

// The nested tables of a column, one below the other, each row behind the first data cell of its own.
std::shared_ptr<const Table> unfolded(const Table& table, std::size_t nested) {
  auto all = std::make_shared<Table>();
  all->key = table.key + "_" + table.columns[nested].key;
  const auto first = static_cast<std::size_t>(
      std::find_if(table.columns.begin(), table.columns.end(), has_data) - table.columns.begin());
  for (const std::vector<Cell>& row : table.rows) {
    const auto* cell = std::get_if<TableCell>(&row.at(nested));
    if (cell == nullptr || !cell->table) continue;
    if (all->columns.empty()) {
      all->columns.push_back(table.columns[first]);
      for (const Column& column : cell->table->columns) all->columns.push_back(column);
    }
    for (const std::vector<Cell>& inner : cell->table->rows) {
      std::vector<Cell> cells{row.at(first)};
      cells.insert(cells.end(), inner.begin(), inner.end());
      if (cells.size() == all->columns.size()) all->rows.push_back(std::move(cells));
    }
  }
  return all;
}

}  // namespace

FlatTable flat_table(const Table& table) {
  FlatTable flat;
  flat.key = table.key;
  flat.title = table.title;
  auto nodes = std::make_shared<std::vector<std::pair<std::size_t, CellPlan>>>();
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (!has_data(table.columns[c]) || is_nested(table, c)) continue;
    CellPlan node = plan_of(table, c);
    add_columns(node, "", flat.columns);
    nodes->emplace_back(c, std::move(node));
  }
  make_unique(flat.columns);
  flat.rows = [&table, nodes, width = flat.columns.size()](const std::function<void(FlatRow)>& each) {
    std::vector<FlatValue> values(width);
    for (const std::vector<Cell>& row : table.rows) {
      std::fill(values.begin(), values.end(), FlatValue());
      for (const auto& [column, node] : *nodes) std::visit(Fill{node, values}, row.at(column));
      each(values);
    }
  };
  return flat;
}

std::vector<FlatTable> flat_tables(const Document& document, ItemRows* items) {
  std::vector<FlatTable> tables;
  for (const Table& table : document.tables) {
    if (table.show == Show::text_only) continue;
    tables.push_back(flat_table(table));
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (!has_data(table.columns[c]) || !is_nested(table, c)) continue;
      const std::shared_ptr<const Table> inner = unfolded(table, c);
      if (inner->columns.empty()) continue;
      FlatTable flat = flat_table(*inner);
      flat.rows = [inner, rows = flat.rows](const std::function<void(FlatRow)>& each) { rows(each); };
      tables.push_back(std::move(flat));
    }
  }
  if (items != nullptr) tables.push_back(flat_items(*items));
  return tables;
}

FlatTable chosen_table(const Document& document, ItemRows* items, std::string_view key) {
  std::vector<FlatTable> tables = flat_tables(document, items);
  std::string keys;
  for (FlatTable& table : tables) {
    if (key.empty() || table.key == key) return std::move(table);
    keys += (keys.empty() ? "" : ", ") + table.key;
  }
  if (keys.empty()) throw Error(ErrorKind::usage, "there is no table in this report");
  throw Error(ErrorKind::usage, fmt::format("--table: this report has no table '{}'", key),
              fmt::format("its tables are {}", keys));
}

std::string flat_text(const FlatValue& value) {
  struct Text {
    std::string operator()(const std::monostate&) const { return {}; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t integer) const { return fmt::format("{}", integer); }
    std::string operator()(double figure) const { return fmt::format("{}", figure); }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(const Decimal& exact) const { return exact.text; }
  };
  return std::visit(Text{}, value);
}

}  // namespace costwar::reports
