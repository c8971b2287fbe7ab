// XLSX: a summary, the charts, a sheet per table with live formulas, and the items. A document's tables fit
// into memory; the items are streamed.
#include <fmt/format.h>

#include <algorithm>

#include "reports/render/cell_text.h"
#include "reports/render/flat.h"
#include "reports/render/format.h"
#include "reports/render/text.h"
#include "reports/render/xlsx_parts.h"

namespace costwar::reports {
namespace {

// That fit into a line of the summary, of both sizes.
constexpr std::size_t kLetters = 124;
constexpr std::size_t kLargeLetters = 76;
constexpr std::size_t kItemCharacters = 1'000;  // of a prompt or reply: the CSV has all of it

std::string_view note_title(NoteKind kind) {
  switch (kind) {
    case NoteKind::note:
      return "Note";
    case NoteKind::warning:
      return "Warning";
    case NoteKind::next_step:
      return "Next step";
  }
  return "Note";
}

Wall created_of(const Document& document) {
  for (const auto& [key, cell] : document.facts)
    if (const auto* text = std::get_if<TextCell>(&cell); text != nullptr && key == "created")
      if (const auto read = read_wall(text->text)) return read->wall;
  return {};
}

void collect_inputs(const Table& table, SheetBook& book) {
  for (const std::vector<Cell>& row : table.rows)
    for (const Cell& cell : row)
      if (const auto* product = std::get_if<ProductCell>(&cell))
        book.inputs.emplace(product->rate.table, product->rate.column);
}

// Tables with rows; of two with one key the first, which has the data.
SheetBook plan_sheets(const Document& document) {
  SheetBook book;
  for (const Table& table : document.tables) {
    const bool again = std::any_of(book.sheets.begin(), book.sheets.end(), [&](const SheetPlan& plan) {
      return plan.table->key == table.key && !table.key.empty();
    });
    if (table.rows.empty() || again) continue;
    book.sheets.push_back(plan_sheet(table));
    collect_inputs(table, book);
  }
  return book;
}

std::size_t replies_of(const ItemRows& items) {
  std::size_t rows = 0;
  for (std::size_t i = 0; i < items.size(); ++i)
    for (const ReplyFacts& reply : items.facts(i).replies) rows += reply.there ? 1 : 0;
  return rows;
}

class Summary {
 public:
  Summary(Workbook& book, std::size_t sheet) : book_(book), sheet_(sheet) {
    book_.column_width(sheet_, 0, 22);
    book_.column_width(sheet_, 1, 110);
    book_.landscape(sheet_);
  }
  void line(std::string_view label, std::string_view text, Look look = Look::wrapped) {
    const bool large = look == Look::headline;
    const std::size_t lines = wrap(text, large ? kLargeLetters : kLetters).size();
    book_.row_lines(sheet_, row_, lines, large ? 20 : 15);
    book_.text(sheet_, row_, 0, label, {Look::label});
    book_.text(sheet_, row_, 1, text, {look});
    ++row_;
  }
  void section(std::string_view title) {
    ++row_;
    book_.text(sheet_, row_, 0, title, {Look::header});
    book_.text(sheet_, row_, 1, "", {Look::header});
    ++row_;
  }

 private:
  Workbook& book_;
  std::size_t sheet_;
  std::size_t row_ = 0;
};

void write_notes(Summary& summary, const Document& document, const SheetBook& sheets, Workbook& book,
                 std::size_t replies) {
  for (const Note& note : document.notes) summary.line(note_title(note.kind), note.text);
  if (!sheets.inputs.empty())
    summary.line("Live",
                 "The yellow cells are rates. Change one, and every cost and total that rests on it "
                 "is computed again.");
  for (const SheetPlan& plan : sheets.sheets)
    if (plan.rows < plan.table->rows.size())
      summary.line("Warning",
                   fmt::format("The sheet {} was cut: it has {} of {} rows, which is what a sheet "
                               "holds. CSV has them all.",
                               book.sheet_name(plan.sheet), grouped(static_cast<std::int64_t>(plan.rows)),
                               grouped(static_cast<std::int64_t>(plan.table->rows.size()))));
  if (replies > kSheetRows - 1)
    summary.line("Warning",
                 fmt::format("The sheet Items was cut: it has {} of {} rows, which is what a sheet "
                             "holds. CSV has them all (--format csv --table items).",
                             grouped(static_cast<std::int64_t>(kSheetRows - 1)),
                             grouped(static_cast<std::int64_t>(replies))));
  if (replies > 0)
    summary.line("Note", fmt::format("Prompts and replies of the sheet Items are shortened to {} characters; "
                                     "CSV has them whole (--format csv --table items).",
                                     grouped(kItemCharacters)));
}

void write_summary(Workbook& book, std::size_t sheet, const Document& document, const SheetBook& sheets,
                   std::size_t replies) {
  Summary summary(book, sheet);
  summary.line(title_of_key(document.kind), document.headline, Look::headline);
  summary.section("How to read it");
  write_notes(summary, document, sheets, book, replies);
  summary.section("Sheets");
  for (const SheetPlan& plan : sheets.sheets)
    summary.line(book.sheet_name(plan.sheet),
                 plan.table->title.empty() ? title_of_key(plan.table->key) : plan.table->title);
  if (replies > 0) summary.line("Items", "One row per item, repeat and model");
  summary.section("Facts");
  for (const auto& [key, cell] : document.facts)
    if (!std::holds_alternative<TableCell>(cell)) summary.line(title_of_key(key), joined(cell_text(cell)));
}

void write_items(Workbook& book, std::size_t sheet, ItemRows& items) {
  const FlatTable table = flat_items(items);
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool long_text = c + 5 >= table.columns.size();
    book.column_width(sheet, c, long_text ? 40 : c < 2 || c == 4 ? 24 : 12);
  }
  book.row_lines(sheet, 0, 2);
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    book.text(sheet, 0, c, table.columns[c].title, {Look::header});
  std::size_t row = 1;
  table.rows([&](FlatRow values) {
    if (row >= kSheetRows) return;
    for (std::size_t c = 0; c < values.size(); ++c) {
      const FlatValue& value = values[c];
      if (const auto* text = std::get_if<std::string>(&value))
        book.text(sheet, row, c, *text, {}, kItemCharacters);
      else if (const auto* integer = std::get_if<std::int64_t>(&value))
        book.number(sheet, row, c, static_cast<double>(*integer), {Look::plain, "#,##0"});
      else if (const auto* number = std::get_if<double>(&value))
        book.number(sheet, row, c, *number, {});
      else if (const auto* truth = std::get_if<bool>(&value))
        book.boolean(sheet, row, c, *truth, {});
      else if (const auto* exact = std::get_if<Decimal>(&value))
        book.number(sheet, row, c, Money::parse(Currency(), exact->text).approximate(),
                    {Look::plain, "#,##0.00##########"});
    }
    ++row;
  });
  book.freeze(sheet, 1, 2);
  if (row > 1) book.filter(sheet, row - 1, table.columns.size() - 1);
}

}  // namespace

void render_xlsx(const Document& document, ItemRows* items, const RenderOptions&, const Output& out) {
  const std::size_t replies = items != nullptr ? replies_of(*items) : 0;
  Workbook book({document.headline, created_of(document)}, replies > 0);
  SheetBook sheets = plan_sheets(document);
  const std::size_t summary = book.add_sheet("Summary");
  const bool drawn = !document.charts.empty();
  const std::size_t charts = drawn ? book.add_sheet("Charts") : 0;
  for (SheetPlan& plan : sheets.sheets)
    plan.sheet = book.add_sheet(title_of_key(plan.table->key.empty() ? plan.table->title : plan.table->key));
  const std::size_t item_sheet = replies > 0 ? book.add_sheet("Items") : 0;
  const std::size_t chart_data = drawn ? book.add_sheet("Chart data") : 0;
  write_summary(book, summary, document, sheets, replies);
  for (const SheetPlan& plan : sheets.sheets) write_sheet(book, sheets, plan);
  if (replies > 0) write_items(book, item_sheet, *items);
  if (drawn) book.landscape(charts);
  if (drawn) draw_charts(book, document.charts, charts, chart_data);
  book.finish(out);
}

}  // namespace costwar::reports
