// Tables as sheets: where each part of a cell goes, in which format, and which cells are formulas.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "core/error.h"
#include "reports/render/cell_text.h"
#include "reports/render/sheet_days.h"
#include "reports/render/text.h"
#include "reports/render/xlsx_parts.h"

namespace costwar::reports {
namespace {

constexpr double kNarrowest = 9;
constexpr double kWidest = 44;
constexpr int kMostDecimals = 12;

int digits_behind_point(const Money& money) {
  const std::string text = money.decimal();
  const std::size_t point = text.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

DateKind date_kind(const std::string& text) {
  if (text.size() < 10 || text.size() > 24) return DateKind::none;
  const auto read = read_wall(text);
  if (!read || !read->strict) return DateKind::none;
  return text.size() == 10 ? DateKind::day : read->has_zone ? DateKind::instant : DateKind::none;
}

// Gives every part of a plan its column.
void lay_out(CellPlan& plan, const std::string& title, bool folded, std::vector<SheetColumn>& columns) {
  plan.column = columns.size();
  if (plan.type || plan.members.empty()) {
    SheetColumn column;
    column.title = title;
    column.folded = folded;
    column.right = plan.type && *plan.type != FlatType::text;
    columns.push_back(column);
    if (plan.is_bounded)
      for (const char* bound : {", low", ", high"}) {
        column.title = title + bound;
        columns.push_back(column);
      }
  }
  for (CellPlan& member : plan.members)
    lay_out(member, fmt::format("{}, {}", title, member.key), folded, columns);
}

// What a sheet's columns need to be: wide enough, with the decimals of their smallest amount, dates or not.
struct Measure {
  const CellPlan& plan;
  std::vector<SheetColumn>& columns;
  std::vector<std::pair<std::size_t, std::size_t>>& dates;  // texts, and how many of them are dates

  SheetColumn& own() const { return columns[plan.column]; }
  void widen(std::size_t at, std::size_t letters) const {
    columns[at].width = std::max(columns[at].width, static_cast<double>(letters) + 2);
  }
  void money(const std::optional<Money>& amount, bool exact, std::size_t at) const {
    if (!amount) return;
    int decimals = exact ? std::max(2, digits_behind_point(*amount)) : money_decimals(*amount);
    decimals = std::min(decimals, kMostDecimals);
    for (std::size_t part = plan.column; part <= at; ++part)
      columns[part].decimals = std::max(columns[part].decimals, decimals);
    columns[at].decimals = columns[plan.column].decimals;
    widen(at, money_text(*amount, columns[at].decimals).size() + 2);
  }

  void operator()(const Unknown&) const {}
  void operator()(const TextCell& cell) const {
    widen(plan.column, display_width(cell.text));
    auto& [texts, days] = dates[plan.column];
    ++texts;
    const DateKind kind = date_kind(cell.text);
    if (kind == DateKind::none || (own().dates != DateKind::none && own().dates != kind)) return;
    own().dates = kind;
    ++days;
  }
  void operator()(const IntegerCell& cell) const { widen(plan.column, grouped(cell.value).size()); }
  void operator()(const BooleanCell&) const {}
  void operator()(const NumberCell& cell) const { widen(plan.column, cell_text(cell).text.size()); }
  void operator()(const IntervalCell& cell) const { widen(plan.column, cell_text(cell).text.size()); }
  void operator()(const MoneyCell& cell) const { money(cell.amount, cell.exact, plan.column); }
  void operator()(const CostCell& cell) const {
    money(cell.amount, cell.exact, plan.column);
    money(cell.low, cell.exact, plan.column + 1);
    money(cell.high, cell.exact, plan.column + 2);
  }
  void operator()(const std::shared_ptr<const RecordCell>& record) const {
    if (!record) return;
    for (const auto& [key, cell] : record->members)
      for (const CellPlan& member : plan.members)
        if (member.key == key) std::visit(Measure{member, columns, dates}, cell);
  }
  void operator()(const TableCell&) const {}
  void operator()(const ProductCell& cell) const { money(cell.value, false, plan.column); }
  void operator()(const SumCell& cell) const { money(cell.value, false, plan.column); }
};

// A literal in a criterion of SUMIFS: quoted, and without wildcards.
std::string criterion(const std::string& key) {
  std::string text = "\"=";
  for (const char letter : key) {
    if (letter == '~' || letter == '*' || letter == '?') text += '~';
    if (letter == '"') text += '"';
    text += letter;
  }
  return text + "\"";
}

constexpr std::size_t kLongestLiteral = 250;  // Excel takes 255 characters within a formula

class CellWriter {
 public:
  CellWriter(Workbook& book, const SheetBook& sheets, const SheetPlan& plan, std::size_t row)
      : book_(book), sheets_(sheets), plan_(plan), row_(row) {}

  void write(const CellPlan& plan, const Cell& cell) {
    at_ = &plan;
    std::visit(*this, cell);
  }

  void operator()(const Unknown&) const {}
  void operator()(const TextCell& cell) const {
    const DateKind dates = column().dates;
    if (dates == DateKind::none) {
      book_.text(plan_.sheet, row_ + 1, at_->column, cell.text);
      return;
    }
    const double days = sheet_days(parse_wall(cell.text));
    put(0, days, dates == DateKind::day ? "yyyy-mm-dd" : "yyyy-mm-dd hh:mm:ss");
  }
  void operator()(const IntegerCell& cell) const { put(0, static_cast<double>(cell.value), "#,##0"); }
  void operator()(const BooleanCell& cell) const {
    book_.boolean(plan_.sheet, row_ + 1, at_->column, cell.value, {Look::plain, "", true});
  }
  void operator()(const NumberCell& cell) const {
    put(0, cell.value, style_format(cell.style, cell.decimals));
  }
  void operator()(const IntervalCell& cell) const {
    const std::string format = style_format(cell.style, cell.decimals);
    put(0, cell.estimate, format);
    put(1, cell.low, format);
    put(2, cell.high, format);
  }
  void operator()(const MoneyCell& cell) const { put(0, cell.amount); }
  void operator()(const CostCell& cell) const {
    put(0, cell.amount);
    put(1, cell.low);
    put(2, cell.high);
    if (cell.low && !cell.high)
      book_.text(plan_.sheet, row_ + 1, at_->column + 2, "no upper bound", {Look::plain, "", true});
  }
  void operator()(const std::shared_ptr<const RecordCell>& record) {
    if (!record) return;
    const CellPlan& whole = *at_;
    for (const auto& [key, cell] : record->members)
      for (const CellPlan& member : whole.members)
        if (member.key == key) write(member, cell);
    at_ = &whole;
  }
  void operator()(const TableCell&) const {}
  void operator()(const ProductCell& cell) const {
    const SheetPlan* rates = sheets_.find(cell.rate.table);
    if (rates == nullptr || cell.rate.row >= rates->rows || !rates->has_column(cell.rate.column) ||
        !plan_.has_column(cell.count_column)) {
      put(0, cell.value);
      return;
    }
    compute(
        cell.value,
        fmt::format("={}*{}/{}", book_.reference(plan_.sheet, row_ + 1, plan_.column_of(cell.count_column)),
                    book_.reference(rates->sheet, cell.rate.row + 1, rates->column_of(cell.rate.column)),
                    cell.per));
  }
  void operator()(const SumCell& cell) const {
    if (!cell.value) return;
    const SheetPlan* of = sheets_.find(cell.table);
    const bool by_key = !cell.key_column.empty();
    if (of == nullptr || of->rows == 0 || of->rows < of->table->rows.size() || !of->has_column(cell.column) ||
        (by_key && (!of->has_column(cell.key_column) || cell.key.size() > kLongestLiteral))) {
      put(0, *cell.value);
      return;
    }
    const std::string sum = book_.reference({of->sheet, 1, of->rows, of->column_of(cell.column)});
    if (!by_key) {
      compute(*cell.value, fmt::format("=SUM({})", sum));
      return;
    }
    const std::string keys = book_.reference({of->sheet, 1, of->rows, of->column_of(cell.key_column)});
    compute(*cell.value, fmt::format("=SUMIFS({},{},{})", sum, keys, criterion(cell.key)));
  }

 private:
  const SheetColumn& column() const { return plan_.columns[at_->column]; }
  void put(std::size_t part, double value, const std::string& format) const {
    book_.number(plan_.sheet, row_ + 1, at_->column + part, value, {Look::plain, format, false});
  }
  void put(std::size_t part, const std::optional<Money>& amount) const {
    if (amount)
      book_.number(plan_.sheet, row_ + 1, at_->column + part, amount->approximate(), money_style(*amount));
  }
  void compute(const Money& value, const std::string& formula) const {
    book_.formula(plan_.sheet, row_ + 1, at_->column, formula, value.approximate(), money_style(value));
  }
  CellStyle money_style(const Money& amount) const {
    const bool input = sheets_.inputs.count({plan_.table->key, at_->key}) != 0;
    return {input ? Look::input : Look::plain, money_format(amount.currency(), column().decimals), false};
  }

  Workbook& book_;
  const SheetBook& sheets_;
  const SheetPlan& plan_;
  std::size_t row_;
  const CellPlan* at_ = nullptr;
};

}  // namespace

std::string title_of_key(std::string_view key) {
  std::string title(key);
  std::replace(title.begin(), title.end(), '_', ' ');
  if (!title.empty() && title.front() >= 'a' && title.front() <= 'z')
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
  return title;
}

std::string style_format(NumberStyle style, int decimals) {
  const std::string places =
      decimals > 0 ? "." + std::string(static_cast<std::size_t>(decimals), '0') : std::string();
  switch (style) {
    case NumberStyle::plain:
      return "#,##0" + places;
    case NumberStyle::share:
      return "0" + places + "%";
    case NumberStyle::points:
      return fmt::format("+0{0}%;-0{0}%;0{0}%", places);
    case NumberStyle::factor:
      return fmt::format("0{}\"×\"", places);
  }
  return "";
}

std::string money_format(const Currency& currency, int decimals) {
  const std::string places =
      decimals > 0 ? "." + std::string(static_cast<std::size_t>(decimals), '0') : std::string();
  const std::string sign = currency == Currency() ? "\"$\"" : fmt::format("\"{} \"", currency.code());
  return fmt::format("{0}#,##0{1};-{0}#,##0{1}", sign, places);
}

bool SheetPlan::has_column(std::string_view key) const {
  return std::any_of(plans.begin(), plans.end(), [&](const auto& entry) { return entry.second.key == key; });
}

std::size_t SheetPlan::column_of(std::string_view key) const {
  for (const auto& [column, plan] : plans)
    if (plan.key == key) return plan.column;
  throw Error(ErrorKind::internal, fmt::format("the sheet of {} has no column {}", table->key, key));
}

const SheetPlan* SheetBook::find(std::string_view table) const {
  for (const SheetPlan& plan : sheets)
    if (plan.table->key == table && plan.table->show != Show::text_only) return &plan;
  return nullptr;
}

SheetPlan plan_sheet(const Table& table) {
  SheetPlan sheet;
  sheet.table = &table;
  sheet.rows = std::min(table.rows.size(), kSheetRows - 1);
  for (const bool folded : {false, true})
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const Column& column = table.columns[c];
      const bool behind = table.show != Show::data_only && column.show == Show::data_only;
      if (behind != folded || is_nested(table, c)) continue;
      CellPlan plan = plan_of(table, c);
      lay_out(plan, column.title.empty() ? title_of_key(column.key) : column.title, folded, sheet.columns);
      sheet.plans.emplace_back(c, std::move(plan));
    }
  for (SheetColumn& column : sheet.columns)
    column.width = std::max(kNarrowest, std::min(18.0, static_cast<double>(display_width(column.title)) + 4));
  std::vector<std::pair<std::size_t, std::size_t>> dates(sheet.columns.size());
  for (const std::vector<Cell>& row : table.rows)
    for (const auto& [column, plan] : sheet.plans)
      std::visit(Measure{plan, sheet.columns, dates}, row.at(column));
  for (std::size_t c = 0; c < sheet.columns.size(); ++c) {
    SheetColumn& column = sheet.columns[c];
    column.width = std::min(column.width, kWidest);
    if (dates[c].first != dates[c].second) column.dates = DateKind::none;
    if (column.dates == DateKind::instant) column.width = std::max(column.width, 20.0);
  }
  return sheet;
}

void write_sheet(Workbook& book, const SheetBook& sheets, const SheetPlan& plan) {
  for (std::size_t c = 0; c < plan.columns.size(); ++c)
    book.column_width(plan.sheet, c, plan.columns[c].width, plan.columns[c].folded);
  book.row_lines(plan.sheet, 0, 2);
  for (std::size_t c = 0; c < plan.columns.size(); ++c)
    book.text(plan.sheet, 0, c, plan.columns[c].title, {Look::header, "", plan.columns[c].right});
  for (std::size_t row = 0; row < plan.rows; ++row) {
    CellWriter writer(book, sheets, plan, row);
    for (const auto& [column, cell_plan] : plan.plans)
      writer.write(cell_plan, plan.table->rows[row].at(column));
  }
  book.freeze(plan.sheet, 1, 1);
  if (plan.rows > 0) book.filter(plan.sheet, plan.rows, plan.columns.size() - 1);
  book.landscape(plan.sheet);
}

}  // namespace costwar::reports
