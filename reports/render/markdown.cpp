// Markdown for job summaries, pull requests and wikis: GitHub's tables, every piece of text escaped so that
// names and answers cannot become markup, links, HTML or mentions.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "reports/render/cell_text.h"
#include "reports/render/chart.h"
#include "reports/render/format.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr std::size_t kDrawingWidth = 80;  // pages scroll what is wider

std::string escape_markdown(std::string_view text) {
  const std::string clean = printable(text);
  std::string escaped;
  char previous = ' ';
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    const bool in_word = std::isalnum(static_cast<unsigned char>(previous)) != 0;
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      // A mention starts at "@" after anything but a letter or digit; "model@high" is none.
      case '@':
        escaped += in_word ? "@" : "&#64;";
        break;
      // GitHub takes what stands between two dollar signs for a formula.
      case '$':
      case '\\':
      case '`':
      case '*':
      case '_':
      case '~':
      case '|':
      case '[':
      case ']':
      case '#':
        escaped += '\\';
        escaped += c;
        break;
      default:
        escaped += c;
    }
    previous = c;
  }
  return escaped;
}

void append_table(std::string& out, const Table& table);

void append_nested(std::string& out, const Table& table, const std::vector<std::size_t>& visible) {
  for (const auto& row : table.rows) {
    for (const std::size_t column : visible) {
      const auto* nested = std::get_if<TableCell>(&row.at(column));
      if (nested == nullptr || !nested->table || nested->table->rows.empty()) continue;
      Table titled = *nested->table;
      titled.title =
          fmt::format("{}: {}", table.columns[column].title, joined(cell_text(row.at(visible.front()))));
      append_table(out, titled);
    }
  }
}

void append_table(std::string& out, const Table& table) {
  const std::vector<std::size_t> visible = visible_columns(table);
  if (visible.empty() || (table.rows.empty() && table.empty_text.empty())) return;
  if (!table.title.empty()) out += fmt::format("### {}\n\n", escape_markdown(table.title));
  if (table.rows.empty()) {
    out += escape_markdown(table.empty_text) + "\n\n";
    return;
  }
  out += '|';
  for (const std::size_t column : visible)
    out += fmt::format(" {} |", escape_markdown(table.columns[column].title));
  out += "\n|";
  for (const std::size_t column : visible)
    out += table.columns[column].align == Align::right ? " ---: |" : " --- |";
  out += '\n';
  for (const auto& row : table.rows) {
    out += '|';
    for (const std::size_t column : visible)
      out += fmt::format(" {} |", escape_markdown(joined(cell_text(row.at(column)))));
    out += '\n';
  }
  out += '\n';
  append_nested(out, table, visible);
}

std::string_view lead(NoteKind kind) {
  switch (kind) {
    case NoteKind::note:
      return "Note:";
    case NoteKind::warning:
      return "Warning:";
    case NoteKind::next_step:
      return "Next:";
  }
  return "Note:";
}

}  // namespace

std::string render_markdown(const Document& document, const RenderOptions&) {
  std::string out;
  if (!document.headline.empty()) out += fmt::format("**{}**\n\n", escape_markdown(document.headline));
  for (const Chart& each : document.charts) {
    const auto* chart = std::get_if<StepChart>(&each);
    if (chart == nullptr || chart->key.empty()) continue;
    if (!chart->title.empty()) out += fmt::format("### {}\n\n", escape_markdown(chart->title));
    std::string drawing = draw_chart(*chart, {kDrawingWidth, false});
    std::replace(drawing.begin(), drawing.end(), '`', '\'');  // nothing ends the block early
    out += fmt::format("```text\n{}```\n\n", drawing);
  }
  const auto append_tables = [&](bool detail) {
    for (const Table& table : document.tables)
      if (table.show != Show::data_only && table.detail == detail) append_table(out, table);
  };
  const auto append_notes = [&](bool steps) {
    const std::size_t before = out.size();
    for (const Note& note : document.notes)
      if ((note.kind == NoteKind::next_step) == steps)
        out += fmt::format("- **{}** {}\n", lead(note.kind), escape_markdown(note.text));
    if (out.size() > before) out += '\n';
  };
  append_tables(false);
  append_notes(false);
  append_tables(true);
  append_notes(true);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace costwar::reports
