// JSON Lines and flat JSON: one flat object per row, unknown null, exact decimals as strings, as in the JSON
// of documents. With items a line is an item, repeat and model; otherwise a row of the main table.
#include "core/json.h"
#include "reports/render/flat.h"
#include "reports/render/format.h"

namespace costwar::reports {
namespace {

struct ToJson {
  Json operator()(const std::monostate&) const { return nullptr; }
  Json operator()(const Decimal& exact) const { return exact.text; }
  template <typename T>
  Json operator()(const T& value) const {
    return value;
  }
};

std::string object_of(const FlatTable& table, FlatRow row) {
  Json object = Json::object();
  for (std::size_t i = 0; i < row.size(); ++i) object[table.columns[i].key] = std::visit(ToJson{}, row[i]);
  // Text of unknown origin may be invalid UTF-8.
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void render_jsonl(const Document& document, ItemRows* items, const RenderOptions& options,
                  const Output& out) {
  const bool by_item = options.table.empty() && items != nullptr;
  const FlatTable table =
      chosen_table(document, items, by_item ? kItemsTable : std::string_view(options.table));
  table.rows([&](FlatRow row) { out(object_of(table, row) + "\n"); });
}

void render_flat_json(const Document& document, ItemRows* items, const RenderOptions& options,
                      const Output& out) {
  const FlatTable table = chosen_table(document, items, options.table);
  out("[");
  bool first = true;
  table.rows([&](FlatRow row) {
    out(first ? "\n" : ",\n");
    out(object_of(table, row));
    first = false;
  });
  out("\n]\n");
}

}  // namespace costwar::reports
