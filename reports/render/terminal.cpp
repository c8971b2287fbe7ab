// The terminal: a headline, tables ruled with one light line, notes. Right-aligned numbers; intervals aligned
// piece by piece; long text wraps; a table that still does not fit is stacked, one block per row.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "reports/render/cell_text.h"
#include "reports/render/chart.h"
#include "reports/render/format.h"
#include "reports/render/text.h"

namespace costwar::reports {
namespace {

constexpr std::size_t kWideGutter = 3;
constexpr std::size_t kNarrowGutter = 2;
constexpr std::size_t kTextColumnMinimum = 12;  // text columns wrap down to this
constexpr std::size_t kHeadingMaximum = 14;     // headings wrap, first to this
constexpr std::size_t kHeadingMinimum = 6;      // and at last to this
constexpr std::size_t kProseWidth = 100;        // longer lines of prose are hard to read

struct Pen {
  std::size_t width;
  bool colour;
  bool ascii;

  std::string clean(std::string_view text) const {
    return ascii ? to_ascii(printable(text)) : printable(text);
  }
  std::string rule(std::size_t columns) const {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i) line += ascii ? "-" : "─";
    return line;
  }
  std::string bold(const std::string& text) const { return styled(text, "1"); }
  std::string dim(const std::string& text) const { return styled(text, "2"); }
  std::string warn(const std::string& text) const { return styled(text, "1;33"); }
  std::string styled(const std::string& text, const char* code) const {
    return colour && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
};

struct Body {
  std::string title;
  Align align = Align::right;
  std::vector<CellText> pieces;    // one per row
  std::vector<std::string> cells;  // the same, aligned with each other
  std::size_t cells_width = 0;     // of the widest cell
  std::size_t width = 0;           // as laid out
};

// Aligns estimates with estimates, so that their bounds begin below each other:
//   "87.3 % [83.1, 90.6]" over " 9.0 % [7.1, 11.0]".
void align_pieces(Body& column) {
  std::size_t text = 0;
  const bool bounds = std::any_of(column.pieces.begin(), column.pieces.end(),
                                  [](const CellText& cell) { return cell.has_bounds(); });
  // Text without bounds may reach into their place; only figures with bounds set the width.
  for (const CellText& cell : column.pieces)
    if (cell.has_bounds()) text = std::max(text, display_width(cell.text));
  for (const CellText& cell : column.pieces) {
    column.cells.push_back(joined({bounds ? pad_left(cell.text, text) : cell.text, cell.low, cell.high}));
    column.cells_width = std::max(column.cells_width, display_width(column.cells.back()));
  }
  if (!bounds) return;
  for (std::string& cell : column.cells) cell = pad_right(std::move(cell), column.cells_width);
}

std::vector<Body> bodies(const Table& table, const Pen& pen) {
  std::vector<Body> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].show == Show::data_only) continue;
    Body column;
    column.title = pen.clean(table.columns[i].title);
    column.align = table.columns[i].align;
    for (const auto& row : table.rows) {
      const CellText cell = cell_text(row.at(i));
      column.pieces.push_back({pen.clean(cell.text), pen.clean(cell.low), pen.clean(cell.high)});
    }
    align_pieces(column);
    column.width = std::max(display_width(column.title), column.cells_width);
    columns.push_back(std::move(column));
  }
  return columns;
}

struct Layout {
  std::vector<Body> columns;
  std::size_t gutter = kWideGutter;

  std::size_t width() const {
    std::size_t total = 1 + gutter * (columns.size() - 1);
    for (const Body& column : columns) total += column.width;
    return total;
  }
};

std::size_t longest_word(const std::string& text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    longest = std::max(longest, display_width(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

// Headings over several lines until the table is as narrow as asked. False where that is not enough.
bool narrow_headings(Layout& layout, std::size_t width, bool whole_words) {
  for (std::size_t heading = kHeadingMaximum; heading >= kHeadingMinimum; heading -= 2) {
    for (Body& column : layout.columns) {
      if (layout.width() <= width) return true;
      const std::size_t most = whole_words ? std::max(heading, longest_word(column.title)) : heading;
      column.width = std::min(column.width, std::max(column.cells_width, most));
    }
  }
  return layout.width() <= width;
}

// Text over several lines, the widest column first, no narrower than its heading's words.
bool narrow_text(Layout& layout, std::size_t width) {
  while (layout.width() > width) {
    Body* widest = nullptr;
    for (Body& column : layout.columns)
      if (column.align == Align::left &&
          column.width > std::max(kTextColumnMinimum, longest_word(column.title)) &&
          (widest == nullptr || column.width > widest->width))
        widest = &column;
    if (widest == nullptr) return false;
    --widest->width;
  }
  return true;
}

// Makes the table as narrow as asked, gently first: gutters, then headings, then text, and the words of
// headings last. False where it cannot.
bool fit(Layout& layout, std::size_t width) {
  if (layout.width() > width) layout.gutter = kNarrowGutter;
  return narrow_headings(layout, width, true) || narrow_text(layout, width) ||
         narrow_headings(layout, width, false);
}

std::string place(const Body& column, std::string text) {
  return column.align == Align::right ? pad_left(std::move(text), column.width)
                                      : pad_right(std::move(text), column.width);
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// One row of cells, over several lines where text wraps.
std::string row_lines(const Layout& layout, const std::vector<std::string>& cells, const Pen& pen,
                      bool heading) {
  const std::vector<Body>& columns = layout.columns;
  std::vector<std::vector<std::string>> wrapped;
  std::size_t height = 1;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool breaks = display_width(cells[i]) > columns[i].width;
    wrapped.push_back(breaks ? wrap(cells[i], columns[i].width) : std::vector<std::string>{cells[i]});
    height = std::max(height, wrapped.back().size());
  }
  std::string out;
  for (std::size_t line = 0; line < height; ++line) {
    std::string text = " ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += std::string(layout.gutter, ' ');
      // Headings stand on their rule; other text begins at the top.
      const std::size_t skipped = heading ? height - wrapped[i].size() : 0;
      const bool here = line >= skipped && line - skipped < wrapped[i].size();
      text += place(columns[i], here ? wrapped[i][line - skipped] : "");
    }
    text = without_trailing_spaces(std::move(text));
    out += (heading ? pen.bold(text) : text) + "\n";
  }
  return out;
}

std::string ruled(const Layout& layout, std::size_t rows, const Pen& pen) {
  const std::vector<Body>& columns = layout.columns;
  std::vector<std::string> titles;
  titles.reserve(columns.size());
  std::string rule = " ";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    titles.push_back(columns[i].title);
    rule += (i > 0 ? std::string(layout.gutter, ' ') : std::string()) + pen.rule(columns[i].width);
  }
  std::string out = row_lines(layout, titles, pen, true) + pen.dim(rule) + "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const Body& column : columns) cells.push_back(column.cells[row]);
    out += row_lines(layout, cells, pen, false);
  }
  return out;
}

// For narrow terminals: the first column as a heading, the others below it with their titles.
std::string stacked(const std::vector<Body>& columns, std::size_t rows, const Pen& pen) {
  std::size_t titles = 0;
  for (std::size_t i = 1; i < columns.size(); ++i) titles = std::max(titles, display_width(columns[i].title));
  titles = std::min(titles, pen.width / 2);
  const std::size_t values = pen.width > titles + 8 ? pen.width - titles - 4 : 8;
  std::string out;
  for (std::size_t row = 0; row < rows; ++row) {
    if (row > 0) out += '\n';
    for (const std::string& line : wrap(joined(columns[0].pieces[row]), pen.width - 1))
      out += " " + pen.bold(line) + "\n";
    for (std::size_t i = 1; i < columns.size(); ++i) {
      const std::vector<std::string> names = wrap(columns[i].title, titles);
      const std::vector<std::string> lines = wrap(joined(columns[i].pieces[row]), values);
      for (std::size_t line = 0; line < std::max(names.size(), lines.size()); ++line)
        out += without_trailing_spaces(fmt::format("  {}  {}",
                                                   pad_right(line < names.size() ? names[line] : "", titles),
                                                   line < lines.size() ? lines[line] : "")) +
               "\n";
    }
  }
  return out;
}

void append_table(std::string& out, const Table& table, const Pen& pen) {
  Layout layout{bodies(table, pen)};
  const std::vector<Body>& columns = layout.columns;
  if (columns.empty() || (table.rows.empty() && table.empty_text.empty())) return;
  if (!out.empty()) out += '\n';
  if (!table.title.empty())
    for (const std::string& line : wrap(pen.clean(table.title), pen.width)) out += pen.bold(line) + "\n";
  if (table.rows.empty()) {
    for (const std::string& line : wrap(pen.clean(table.empty_text), pen.width)) out += line + "\n";
    return;
  }
  out += fit(layout, pen.width) ? ruled(layout, table.rows.size(), pen)
                                : stacked(columns, table.rows.size(), pen);
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto* nested = std::get_if<TableCell>(&table.rows[row].at(i));
      if (table.columns[i].show == Show::data_only || nested == nullptr || !nested->table) continue;
      Table titled = *nested->table;
      titled.title = fmt::format("{}: {}", table.columns[i].title, joined(columns[0].pieces[row]));
      append_table(out, titled, pen);
    }
  }
}

void append_chart(std::string& out, const StepChart& chart, const Pen& pen) {
  if (!out.empty()) out += '\n';
  if (!chart.title.empty())
    for (const std::string& line : wrap(pen.clean(chart.title), pen.width)) out += pen.bold(line) + "\n";
  out += draw_chart(chart, {std::min(pen.width, kProseWidth), pen.ascii});
}

void append_note(std::string& out, const Note& note, const Pen& pen) {
  const std::string lead = note.kind == NoteKind::warning     ? "Warning: "
                           : note.kind == NoteKind::next_step ? "Next: "
                                                              : "Note: ";
  // All lines keep room for the indentation of the later ones.
  const std::vector<std::string> lines =
      wrap(pen.clean(lead + note.text), std::min(pen.width, kProseWidth) - 2);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) {
      out += "  " + lines[i] + "\n";
      continue;
    }
    const bool whole = lines[0].starts_with(lead);
    const std::string head = whole ? lead.substr(0, lead.size() - 1) : "";
    const std::string shown = note.kind == NoteKind::warning ? pen.warn(head) : pen.bold(head);
    out += shown + lines[0].substr(head.size()) + "\n";
  }
}

}  // namespace

std::string render_terminal(const Document& document, const RenderOptions& options) {
  const Pen pen{static_cast<std::size_t>(std::max(options.width, 20)), options.colour, options.ascii};
  std::string out;
  if (!document.headline.empty())
    for (const std::string& line : wrap(pen.clean(document.headline), std::min(pen.width, kProseWidth)))
      out += pen.bold(line) + "\n";
  for (const Chart& chart : document.charts)
    if (const auto* steps = std::get_if<StepChart>(&chart); steps != nullptr && !steps->key.empty())
      append_chart(out, *steps, pen);
  std::size_t end_of_notes = std::string::npos;  // two runs of notes without a table between are one
  const auto append_tables = [&](bool detail) {
    for (const Table& table : document.tables)
      if (table.show != Show::data_only && table.detail == detail) append_table(out, table, pen);
  };
  const auto append_notes = [&](bool steps) {
    for (const Note& note : document.notes) {
      if ((note.kind == NoteKind::next_step) != steps) continue;
      if (!out.empty() && out.size() != end_of_notes) out += '\n';
      append_note(out, note, pen);
      end_of_notes = out.size();
    }
  };
  append_tables(false);
  append_notes(false);
  append_tables(true);
  append_notes(true);
  return out;
}

}  // namespace costwar::reports
