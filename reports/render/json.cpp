// JSON: the pipe between verbs and to other tools. Members keep the order of the document, numbers their full
// precision, money is a decimal string, unknown is null. The shapes are in docs/schema.
#include <cmath>
#include <memory>

#include "core/json.h"
#include "reports/render/format.h"

namespace costwar::reports {
namespace {

constexpr int kSchemaVersion = 1;

Json table_to_json(const Table& table);

Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json json_decimal(const std::optional<Money>& money) {
  return money ? Json(money->decimal()) : Json(nullptr);
}

Json cell_to_json(const Cell& cell);

struct CellToJson {
  Json operator()(const Unknown&) const { return nullptr; }
  Json operator()(const TextCell& text) const { return text.text; }
  Json operator()(const IntegerCell& integer) const { return integer.value; }
  Json operator()(const BooleanCell& boolean) const { return boolean.value; }
  Json operator()(const NumberCell& cell) const { return json_number(cell.value); }
  Json operator()(const IntervalCell& cell) const {
    return {{"estimate", json_number(cell.estimate)},
            {"low", json_number(cell.low)},
            {"high", json_number(cell.high)}};
  }
  Json operator()(const MoneyCell& money) const {
    return {{"amount", money.amount.decimal()}, {"currency", money.amount.currency().code()}};
  }
  Json operator()(const CostCell& cost) const {
    Json out = {{"amount", json_decimal(cost.amount)},
                {"currency", cost.currency.code()},
                {"low", json_decimal(cost.low)},
                {"high", json_decimal(cost.high)}};
    if (cost.low && !cost.high) out["unbounded"] = true;
    return out;
  }
  Json operator()(const std::shared_ptr<const RecordCell>& record) const {
    Json out = Json::object();
    if (record)
      for (const auto& [key, member] : record->members) out[key] = cell_to_json(member);
    return out;
  }
  Json operator()(const TableCell& table) const {
    return table.table ? table_to_json(*table.table) : Json::array();
  }
  Json operator()(const ProductCell& product) const { return (*this)(MoneyCell{product.value}); }
  Json operator()(const SumCell& sum) const {
    return sum.value ? (*this)(MoneyCell{*sum.value}) : Json(nullptr);
  }
};

Json cell_to_json(const Cell& cell) {
  return std::visit(CellToJson{}, cell);
}

Json table_to_json(const Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      if (table.columns[i].show != Show::text_only) object[table.columns[i].key] = cell_to_json(row.at(i));
    rows.push_back(std::move(object));
  }
  return rows;
}

Json chart_to_json(const StepChart& chart) {
  Json points = Json::array();
  for (const StepPanel& panel : chart.panels)
    for (const StepSeries& series : panel.series)
      for (const StepPoint& point : series.points)
        points.push_back({{"panel", panel.key},
                          {"series", series.name.empty() ? Json(nullptr) : Json(series.name)},
                          {"from", format_wall(point.from)},
                          {"value", json_decimal(point.value)}});
  return points;
}

std::string_view note_kind_name(NoteKind kind) {
  switch (kind) {
    case NoteKind::note:
      return "note";
    case NoteKind::warning:
      return "warning";
    case NoteKind::next_step:
      return "next_step";
  }
  return "note";
}

}  // namespace

std::string render_json(const Document& document, const RenderOptions&) {
  Json out = {{"kind", document.kind}, {"schema_version", kSchemaVersion}, {"headline", document.headline}};
  if (document.schema_minor > 0) out["schema_minor"] = document.schema_minor;
  for (const auto& [key, cell] : document.facts) out[key] = cell_to_json(cell);
  for (const Chart& chart : document.charts)
    if (const auto* steps = std::get_if<StepChart>(&chart); steps != nullptr && !steps->key.empty())
      out[steps->key] = chart_to_json(*steps);
  for (const Table& table : document.tables)
    if (table.show != Show::text_only) out[table.key] = table_to_json(table);
  out["notes"] = Json::array();
  for (const Note& note : document.notes)
    out["notes"].push_back({{"kind", note_kind_name(note.kind)}, {"text", note.text}});
  // Text of unknown origin may be invalid UTF-8.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costwar::reports
