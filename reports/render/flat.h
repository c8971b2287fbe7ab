// Flat tables: what CSV, JSON Lines, flat JSON and their sidecar have in common. A document's tables with
// records and intervals spread over columns, its nested tables as tables of their own, and the items of a run
// one row per item, repeat and model. Rows come one by one, so that no format holds a run.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/document.h"
#include "core/item_rows.h"

namespace costwar::reports {

enum class FlatType : std::uint8_t { text, integer, number, boolean, decimal };

// An exact decimal: written with every digit, never through a floating point number.
struct Decimal {
  std::string text;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// std::monostate: unknown.
using FlatValue = std::variant<std::monostate, std::string, std::int64_t, double, bool, Decimal>;

struct FlatColumn {
  std::string key;
  FlatType type = FlatType::text;
  std::string title;  // for people; may be empty
};

using FlatRow = std::span<const FlatValue>;

struct FlatTable {
  std::string key;
  std::string title;
  std::vector<FlatColumn> columns;
  // Calls it for every row, with one value per column; the values are reused.
  std::function<void(const std::function<void(FlatRow)>&)> rows;
};

// `key` becomes `key` and, where a row has more than a value, `key_low`, `key_high`, `key_currency` (of
// money, which is an exact decimal), `key_unbounded` (no upper bound is known to exist) and `key_member` (of
// a record). Columns for terminals alone are left out. The table must outlive the result.
FlatTable flat_table(const Table& table);

// One row per item, repeat and model, with the texts. `items` must outlive the result.
inline constexpr std::string_view kItemsTable = "items";
FlatTable flat_items(ItemRows& items);

// The document's tables with data in order, a nested one behind its own under both keys
// ("models_tasks", whose first column says which row of `models` it belongs to), and `items` where there are
// any. The document must outlive them.
std::vector<FlatTable> flat_tables(const Document& document, ItemRows* items);

// The one that is asked for; an empty key: the first. Error{usage} that lists the keys.
FlatTable chosen_table(const Document& document, ItemRows* items, std::string_view key);

// As text: "true", shortest digits that read back as the same number, unknown empty.
std::string flat_text(const FlatValue& value);

}  // namespace costwar::reports
