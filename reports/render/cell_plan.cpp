#include "reports/render/cell_plan.h"

#include <algorithm>
#include <iterator>
#include <memory>

namespace costwar::reports {
namespace {

void merge_type(CellPlan& node, FlatType type) {
  if (!node.type || *node.type == type) {
    node.type = type;
    return;
  }
  const bool both_numbers = (*node.type == FlatType::integer && type == FlatType::number) ||
                            (*node.type == FlatType::number && type == FlatType::integer);
  node.type = both_numbers ? FlatType::number : FlatType::text;
}

struct See {
  CellPlan& node;

  void operator()(const Unknown&) const {}
  void operator()(const TextCell&) const { merge_type(node, FlatType::text); }
  void operator()(const IntegerCell&) const { merge_type(node, FlatType::integer); }
  void operator()(const BooleanCell&) const { merge_type(node, FlatType::boolean); }
  void operator()(const NumberCell&) const { merge_type(node, FlatType::number); }
  void operator()(const IntervalCell&) const {
    merge_type(node, FlatType::number);
    node.is_bounded = true;
  }
  void operator()(const MoneyCell&) const {
    merge_type(node, FlatType::decimal);
    node.is_money = true;
  }
  void operator()(const CostCell& cost) const {
    (*this)(MoneyCell{});
    node.is_bounded = true;
    node.is_unbounded |= cost.low && !cost.high;
  }
  void operator()(const std::shared_ptr<const RecordCell>& record) const {
    if (!record) return;
    for (const auto& [key, cell] : record->members) {
      auto found = std::find_if(node.members.begin(), node.members.end(),
                                [&name = key](const CellPlan& member) { return member.key == name; });
      if (found == node.members.end()) {
        node.members.emplace_back().key = key;
        found = std::prev(node.members.end());
      }
      std::visit(See{*found}, cell);
    }
  }
  void operator()(const TableCell&) const {}
  void operator()(const ProductCell&) const { (*this)(MoneyCell{}); }
  void operator()(const SumCell&) const { (*this)(MoneyCell{}); }
};

}  // namespace

CellPlan plan_of(const Table& table, std::size_t column) {
  CellPlan plan;
  plan.key = table.columns.at(column).key;
  plan.title = table.columns[column].title;
  for (const std::vector<Cell>& row : table.rows) std::visit(See{plan}, row.at(column));
  return plan;
}

bool is_nested(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const std::vector<Cell>& row) {
    return std::holds_alternative<TableCell>(row.at(column));
  });
}

}  // namespace costwar::reports
