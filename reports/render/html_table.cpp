#include "reports/render/html_table.h"

#include <fmt/format.h>

#include <vector>

#include "reports/render/cell_text.h"
#include "reports/render/html_text.h"

namespace costwar::reports {
namespace {

std::string cell_html(const Cell& cell) {
  if (std::holds_alternative<Unknown>(cell))
    return "<span aria-hidden=\"true\">–</span><span class=\"vh\">unknown</span>";
  const CellText text = cell_text(cell);
  if (!text.has_bounds()) return html_escaped(text.text);
  return fmt::format("{} <span class=\"bounds\">[{}, {}]</span>", html_escaped(text.text),
                     html_escaped(text.low), html_escaped(text.high));
}

std::string_view align_class(Align align) {
  return align == Align::right ? " class=\"n\"" : "";
}

void append_row(std::string& out, const Table& table, const std::vector<Cell>& row,
                const std::vector<std::size_t>& visible) {
  out += "<tr>";
  for (const std::size_t i : visible) {
    // What a row is about stands first.
    const bool heading = i == visible.front() && table.columns[i].align == Align::left;
    out += heading ? fmt::format("<th scope=\"row\">{}</th>", cell_html(row.at(i)))
                   : fmt::format("<td{}>{}</td>", align_class(table.columns[i].align), cell_html(row.at(i)));
  }
  out += "</tr>\n";
}

}  // namespace

std::string html_table(const Table& table, const std::string& id, bool hidden_caption) {
  const std::vector<std::size_t> visible = visible_columns(table);
  if (visible.empty() || table.show == Show::data_only || (table.rows.empty() && table.empty_text.empty()))
    return {};
  const std::string title = html_escaped(table.title.empty() ? table.key : table.title);
  if (table.rows.empty())
    return fmt::format("<p><strong>{}</strong>: {}</p>\n", title, html_escaped(table.empty_text));
  std::string out = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{0}\">\n<table>\n"
      "<caption id=\"{0}\"{1}>{2}</caption>\n<thead><tr>",
      html_escaped(id), hidden_caption ? " class=\"vh\"" : "", title);
  for (const std::size_t i : visible) {
    const std::string heading = html_escaped(table.columns[i].title);
    out += heading.empty()
               ? "<td></td>"
               : fmt::format("<th scope=\"col\"{}>{}</th>", align_class(table.columns[i].align), heading);
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) append_row(out, table, row, visible);
  out += "</tbody>\n</table>\n</div>\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    for (const std::size_t i : visible) {
      const auto* nested = std::get_if<TableCell>(&table.rows[row].at(i));
      if (nested == nullptr || !nested->table) continue;
      Table titled = *nested->table;
      titled.title = fmt::format("{}: {}", table.columns[i].title,
                                 joined(cell_text(table.rows[row].at(visible.front()))));
      out += html_table(titled, fmt::format("{}-{}-{}", id, row, i));
    }
  }
  return out;
}

}  // namespace costwar::reports
