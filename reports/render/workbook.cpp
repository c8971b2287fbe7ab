#include "reports/render/workbook.h"

#include <fmt/format.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>
#include <utf8proc.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "core/error.h"

namespace costwar::reports {
namespace {

constexpr lxw_color_t kHeaderColour = 0x1F3A5F;
constexpr lxw_color_t kInputColour = 0xFFF7D6;

// The library prints numbers by the thread's locale.
class PointLocale {
 public:
  PointLocale() : plain_(newlocale(LC_ALL_MASK, "C", nullptr)), before_(uselocale(plain_)) {}
  PointLocale(const PointLocale&) = delete;
  PointLocale& operator=(const PointLocale&) = delete;
  ~PointLocale() {
    uselocale(before_);
    freelocale(plain_);
  }

 private:
  locale_t plain_;
  locale_t before_;
};

bool fits_xml(utf8proc_int32_t letter) {
  return letter == '\t' || letter == '\n' ||
         (letter >= 0x20 && letter != 0x7F && letter != 0xFFFE && letter != 0xFFFF);
}

// "_x0041_" in a cell reads as "A": such an underscore is written as its own escape.
bool begins_escape(std::string_view text) {
  return text.size() >= 7 && text[0] == '_' && text[1] == 'x' && text[6] == '_' &&
         std::all_of(text.begin() + 2, text.begin() + 6,
                     [](unsigned char letter) { return std::isxdigit(letter) != 0; });
}

// At most `most` characters as Excel counts them: UTF-16 units.
std::string cell_string(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t units = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    utf8proc_int32_t letter = -1;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                         static_cast<utf8proc_ssize_t>(text.size() - at), &letter);
    const bool escape = begins_escape(text.substr(at));
    units += letter > 0xFFFF ? 2 : escape ? 7 : 1;
    if (units >= most) return out + "…";
    if (size < 1) {
      out += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    if (escape) out += "_x005F";
    if (fits_xml(letter))
      out.append(text.substr(at, static_cast<std::size_t>(size)));
    else if (letter != '\r')
      out += "\xEF\xBF\xBD";
    at += static_cast<std::size_t>(size);
  }
  return out;
}

std::string lower(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

std::string column_letters(std::size_t column) {
  std::string letters;
  for (std::size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  return letters;
}

lxw_row_t row_of(std::size_t row) {
  return static_cast<lxw_row_t>(row);
}
lxw_col_t col_of(std::size_t column) {
  return static_cast<lxw_col_t>(column);
}

// A file of our own that is gone when this is.
class TemporaryFile {
 public:
  TemporaryFile() : path_((std::filesystem::temp_directory_path() / "costwar-XXXXXX").string()) {
    const int descriptor = mkstemp(path_.data());
    if (descriptor < 0)
      throw Error(ErrorKind::input, fmt::format("no temporary file can be made at {}", path_),
                  "set TMPDIR to a folder that can be written to");
    close(descriptor);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

struct Workbook::Library {
  explicit Library(bool streaming) {
    lxw_workbook_options options = {};
    options.constant_memory = streaming ? LXW_TRUE : LXW_FALSE;
    options.use_zip64 = LXW_FALSE;
    book = workbook_new_opt(file.path().c_str(), &options);
    if (book == nullptr) throw Error(ErrorKind::internal, "libxlsxwriter gave no workbook");
  }

  lxw_format* format(const CellStyle& style) {
    const auto found = formats.find(style);
    if (found != formats.end()) return found->second;
    lxw_format* made = workbook_add_format(book);
    if (!style.number_format.empty()) format_set_num_format(made, style.number_format.c_str());
    format_set_align(made, LXW_ALIGN_VERTICAL_TOP);
    if (style.right) format_set_align(made, LXW_ALIGN_RIGHT);
    // Text behind a column of numbers would touch them.
    if (!style.right && style.number_format.empty() && style.look != Look::label) format_set_indent(made, 1);
    switch (style.look) {
      case Look::plain:
        break;
      case Look::header:
        format_set_bold(made);
        format_set_font_color(made, LXW_COLOR_WHITE);
        format_set_bg_color(made, kHeaderColour);
        format_set_text_wrap(made);
        format_set_align(made, LXW_ALIGN_VERTICAL_CENTER);
        break;
      case Look::headline:
        format_set_bold(made);
        format_set_font_size(made, 14);
        format_set_font_color(made, kHeaderColour);
        format_set_text_wrap(made);
        break;
      case Look::label:
        format_set_bold(made);
        break;
      case Look::wrapped:
        format_set_text_wrap(made);
        break;
      case Look::input:
        format_set_bg_color(made, kInputColour);
        format_set_border(made, LXW_BORDER_THIN);
        format_set_border_color(made, 0xD9C66A);
        format_set_unlocked(made);
        break;
    }
    return formats.emplace(style, made).first->second;
  }

  lxw_worksheet* sheet(std::size_t index) { return sheets.at(index); }

  PointLocale point;
  TemporaryFile file;
  lxw_workbook* book = nullptr;
  std::vector<lxw_worksheet*> sheets;
  std::vector<std::string> names;
  std::map<CellStyle, lxw_format*> formats;
};

Workbook::Workbook(const About& about, bool streaming) : library_(std::make_unique<Library>(streaming)) {
  lxw_doc_properties properties = {};
  std::string title = cell_string(about.title, 255);
  std::string company = "costwar";
  properties.title = title.data();
  properties.author = company.data();
  // 0 would be taken for "now".
  properties.created = static_cast<time_t>(std::max<std::int64_t>(1, about.created.ns / 1'000'000'000));
  workbook_set_properties(library_->book, &properties);
}

Workbook::~Workbook() {
  // An unfinished workbook is closed so that the library gives its memory back; its file goes with it.
  if (library_->book != nullptr) workbook_close(library_->book);
}

std::size_t Workbook::add_sheet(std::string_view name) {
  std::string base;
  for (const char letter : name)
    base +=
        std::string_view("[]:*?/\\'").find(letter) != std::string_view::npos || letter < ' ' ? ' ' : letter;
  if (base.empty() || lower(base) == "history") base += " sheet";
  base.resize(std::min<std::size_t>(base.size(), 31));
  std::string unique = base;
  const auto taken = [&] {
    return std::any_of(library_->names.begin(), library_->names.end(),
                       [&](const std::string& other) { return lower(other) == lower(unique); });
  };
  for (int copy = 2; taken(); ++copy) {
    const std::string suffix = fmt::format(" {}", copy);
    unique = base.substr(0, 31 - suffix.size()) + suffix;
  }
  lxw_worksheet* sheet = workbook_add_worksheet(library_->book, unique.c_str());
  if (sheet == nullptr) throw Error(ErrorKind::internal, fmt::format("no sheet can be named '{}'", unique));
  library_->sheets.push_back(sheet);
  library_->names.push_back(unique);
  return library_->sheets.size() - 1;
}

const std::string& Workbook::sheet_name(std::size_t sheet) const {
  return library_->names.at(sheet);
}

void Workbook::text(std::size_t sheet, std::size_t row, std::size_t column, std::string_view text,
                    const CellStyle& style, std::size_t most) {
  worksheet_write_string(library_->sheet(sheet), row_of(row), col_of(column), cell_string(text, most).c_str(),
                         library_->format(style));
}

void Workbook::number(std::size_t sheet, std::size_t row, std::size_t column, double value,
                      const CellStyle& style) {
  if (!std::isfinite(value)) return;
  worksheet_write_number(library_->sheet(sheet), row_of(row), col_of(column), value, library_->format(style));
}

void Workbook::boolean(std::size_t sheet, std::size_t row, std::size_t column, bool value,
                       const CellStyle& style) {
  worksheet_write_boolean(library_->sheet(sheet), row_of(row), col_of(column), value ? 1 : 0,
                          library_->format(style));
}

void Workbook::formula(std::size_t sheet, std::size_t row, std::size_t column, const std::string& formula,
                       double value, const CellStyle& style) {
  worksheet_write_formula_num(library_->sheet(sheet), row_of(row), col_of(column), formula.c_str(),
                              library_->format(style), value);
}

void Workbook::row_lines(std::size_t sheet, std::size_t row, std::size_t lines, double points) {
  worksheet_set_row(library_->sheet(sheet), row_of(row), static_cast<double>(lines) * points, nullptr);
}

void Workbook::column_width(std::size_t sheet, std::size_t column, double width, bool folded) {
  lxw_row_col_options options = {};
  options.hidden = folded ? 1 : 0;
  options.level = folded ? 1 : 0;
  worksheet_set_column_opt(library_->sheet(sheet), col_of(column), col_of(column), width, nullptr, &options);
}

void Workbook::freeze(std::size_t sheet, std::size_t rows, std::size_t columns) {
  worksheet_freeze_panes(library_->sheet(sheet), row_of(rows), col_of(columns));
}

void Workbook::filter(std::size_t sheet, std::size_t last_row, std::size_t last_column) {
  worksheet_autofilter(library_->sheet(sheet), 0, 0, row_of(last_row), col_of(last_column));
}

void Workbook::landscape(std::size_t sheet) {
  worksheet_set_landscape(library_->sheet(sheet));
  worksheet_set_paper(library_->sheet(sheet), 9);  // A4
  worksheet_fit_to_pages(library_->sheet(sheet), 1, 0);
}

std::string Workbook::reference(std::size_t sheet, std::size_t row, std::size_t column) const {
  return fmt::format("'{}'!${}${}", sheet_name(sheet), column_letters(column), row + 1);
}

std::string Workbook::reference(const SheetRange& range) const {
  const std::string letters = column_letters(range.column);
  return fmt::format("'{}'!${}${}:${}${}", sheet_name(range.sheet), letters, range.first_row + 1, letters,
                     range.last_row + 1);
}

namespace {

// The library takes a name that begins with '=' as a formula.
std::string chart_text(const std::string& text) {
  return cell_string(text.starts_with('=') ? " " + text : text, 255);
}

void set_axis(lxw_chart_axis* axis, const DrawnAxis& drawn) {
  if (!drawn.title.empty()) chart_axis_set_name(axis, chart_text(drawn.title).c_str());
  if (!drawn.number_format.empty()) chart_axis_set_num_format(axis, drawn.number_format.c_str());
  if (drawn.logarithmic) chart_axis_set_log_base(axis, 10);
  if (drawn.is_share) chart_axis_set_max(axis, 1);
  lxw_chart_line grid = {};
  grid.color = 0xDDDDDD;
  grid.width = 0.75F;
  chart_axis_major_gridlines_set_visible(axis, LXW_TRUE);
  chart_axis_major_gridlines_set_line(axis, &grid);
  chart_axis_set_label_position(axis, LXW_CHART_AXIS_LABEL_POSITION_LOW);
}

void set_series(lxw_chart_series* series, const DrawnSeries& drawn, bool bars) {
  if (!drawn.name.empty()) chart_series_set_name(series, chart_text(drawn.name).c_str());
  const lxw_color_t colour = drawn.colour;
  lxw_chart_fill fill = {};
  fill.color = colour;
  if (bars) {
    chart_series_set_fill(series, &fill);
    return;
  }
  lxw_chart_line line = {};
  line.color = colour;
  line.width = drawn.dashed ? 1.0F : 1.75F;
  line.none = drawn.line ? LXW_FALSE : LXW_TRUE;
  line.dash_type = drawn.dashed ? LXW_CHART_LINE_DASH_DASH : LXW_CHART_LINE_DASH_SOLID;
  chart_series_set_line(series, &line);
  chart_series_set_marker_type(series, drawn.marker ? LXW_CHART_MARKER_CIRCLE : LXW_CHART_MARKER_NONE);
  if (!drawn.marker) return;
  lxw_chart_line edge = {};
  edge.color = colour;
  chart_series_set_marker_size(series, 9);
  chart_series_set_marker_fill(series, &fill);
  chart_series_set_marker_line(series, &edge);
}

}  // namespace

void Workbook::draw(std::size_t sheet, std::size_t row, std::size_t column, const DrawnChart& chart) {
  const bool bars = chart.kind != DrawnKind::points;
  lxw_chart* made =
      workbook_add_chart(library_->book, chart.kind == DrawnKind::points ? LXW_CHART_SCATTER_STRAIGHT
                                         : chart.kind == DrawnKind::bars ? LXW_CHART_BAR
                                                                         : LXW_CHART_BAR_STACKED);
  std::vector<std::int16_t> unnamed;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const DrawnSeries& drawn = chart.series[i];
    set_series(chart_add_series(made, ("=" + reference(drawn.x)).c_str(), ("=" + reference(drawn.y)).c_str()),
               drawn, bars);
    if (drawn.name.empty()) unnamed.push_back(static_cast<std::int16_t>(i));
  }
  if (!unnamed.empty()) {
    unnamed.push_back(-1);
    chart_legend_delete_series(made, unnamed.data());
  }
  chart_title_set_name(made, chart_text(chart.title).c_str());
  lxw_chart_font font = {};
  font.size = 12;
  font.bold = LXW_TRUE;
  chart_title_set_name_font(made, &font);
  set_axis(made->x_axis, chart.x);
  if (bars) {
    // The first category on top, the values' labels below all the same.
    chart_axis_set_reverse(made->y_axis);
    chart_axis_set_label_position(made->x_axis, LXW_CHART_AXIS_LABEL_POSITION_HIGH);
  } else {
    set_axis(made->y_axis, chart.y);
  }
  chart_legend_set_position(made, LXW_CHART_LEGEND_BOTTOM);
  lxw_chart_options options = {};
  options.x_scale = 1.6;
  options.y_scale = 1.6;
  worksheet_insert_chart_opt(library_->sheet(sheet), row_of(row), col_of(column), made, &options);
}

void Workbook::finish(const Output& out) {
  lxw_workbook* book = library_->book;
  library_->book = nullptr;  // the library frees it, whatever happens
  const lxw_error error = workbook_close(book);
  if (error != LXW_NO_ERROR)
    throw Error(ErrorKind::input, fmt::format("the workbook cannot be written: {}", lxw_strerror(error)),
                "set TMPDIR to a folder with room");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(library_->file.path().c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr) throw Error(ErrorKind::input, "the workbook cannot be read back");
  std::vector<char> buffer(1U << 16U);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get()))
    out(std::string_view(buffer.data(), got));
}

}  // namespace costwar::reports
