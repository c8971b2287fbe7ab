// Workbook: an XLSX file as a few calls, over libxlsxwriter, which this file's .cpp alone includes. Rows and
// columns count from 0. Text is always text, never a formula, whatever it begins with; what XML cannot hold
// becomes U+FFFD. Numbers are written with a point whatever the locale, and the same calls give the same
// bytes. With `streaming`, the cells of a sheet must be written row by row, sheet after sheet, and memory
// does not grow with them. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "reports/render/format.h"

namespace costwar::reports {

inline constexpr std::size_t kSheetRows = 1'048'576;  // Excel's limits
inline constexpr std::size_t kSheetColumns = 16'384;
inline constexpr std::size_t kCellCharacters = 32'767;

enum class Look : std::uint8_t { plain, header, headline, label, wrapped, input };

struct CellStyle {
  Look look = Look::plain;
  std::string number_format{};  // Excel's code; empty: general
  bool right = false;
  auto operator<=>(const CellStyle&) const = default;
};

struct SheetRange {
  std::size_t sheet = 0;
  std::size_t first_row = 0;
  std::size_t last_row = 0;
  std::size_t column = 0;
};

struct DrawnSeries {
  std::string name;  // empty: not in the legend
  SheetRange x;      // of bars: the categories
  SheetRange y;
  bool line = false;    // joined
  bool marker = false;  // of points
  bool dashed = false;
  std::uint32_t colour = 0;
};

struct DrawnAxis {
  std::string title;
  std::string number_format;
  bool logarithmic = false;
  bool is_share = false;  // ends at 100 %
};

enum class DrawnKind : std::uint8_t { points, bars, stacked_bars };

struct DrawnChart {
  DrawnKind kind = DrawnKind::points;
  std::string title;
  DrawnAxis x;  // of bars: the values
  DrawnAxis y;
  std::vector<DrawnSeries> series;
};

class Workbook {
 public:
  struct About {
    std::string title;
    Wall created;
  };
  Workbook(const About& about, bool streaming);
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;
  ~Workbook();

  // The name is shortened and made unique; sheet_name() says how it came out.
  std::size_t add_sheet(std::string_view name);
  const std::string& sheet_name(std::size_t sheet) const;

  void text(std::size_t sheet, std::size_t row, std::size_t column, std::string_view text,
            const CellStyle& style = {}, std::size_t most = kCellCharacters);
  void number(std::size_t sheet, std::size_t row, std::size_t column, double value, const CellStyle& style);
  void boolean(std::size_t sheet, std::size_t row, std::size_t column, bool value, const CellStyle& style);
  // `value`: what it came to, for readers that do not compute.
  void formula(std::size_t sheet, std::size_t row, std::size_t column, const std::string& formula,
               double value, const CellStyle& style);

  // Before its cells; readers do not all make room for wrapped text by themselves.
  void row_lines(std::size_t sheet, std::size_t row, std::size_t lines, double points = 15);
  void column_width(std::size_t sheet, std::size_t column, double width, bool folded = false);
  void freeze(std::size_t sheet, std::size_t rows, std::size_t columns);
  void filter(std::size_t sheet, std::size_t last_row, std::size_t last_column);
  void landscape(std::size_t sheet);  // and as wide as a page when printed
  void draw(std::size_t sheet, std::size_t row, std::size_t column, const DrawnChart& chart);

  // "'Prices'!$D$2", absolute.
  std::string reference(std::size_t sheet, std::size_t row, std::size_t column) const;
  std::string reference(const SheetRange& range) const;

  // The whole file; nothing may be written after it. Error{input} where no temporary file can be had.
  void finish(const Output& out);

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace costwar::reports
