// What the cells of a column have in common: of which type its values are, whether some have bounds, which
// members its records have. Formats that give every part a column of its own lay them out by it. Internal to
// reports/render.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/document.h"
#include "reports/render/flat.h"

namespace costwar::reports {

struct CellPlan {
  std::string key;
  std::string title;
  std::optional<FlatType> type;  // of the values; text where they differ; nullopt: no row has any
  bool is_bounded = false;       // some value has low and high
  bool is_unbounded = false;     // some value has a low and no high
  bool is_money = false;
  std::vector<CellPlan> members;  // of records, in the order in which they first appear
  std::size_t column = 0;         // of its first part, for whoever lays it out
};

CellPlan plan_of(const Table& table, std::size_t column);

// Whether a cell of the column is a table.
bool is_nested(const Table& table, std::size_t column);

}  // namespace costwar::reports
