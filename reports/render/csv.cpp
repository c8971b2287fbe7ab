// CSV as RFC 4180 has it: CRLF, quotes where needed, one header line of keys. Numbers have a point in every
// dialect, unknown is empty. A spreadsheet reads a text that begins like a formula as one, and model output
// may begin so: such texts get an apostrophe in front. Numbers never do.
#include "core/csv.h"

#include "reports/render/flat.h"
#include "reports/render/format.h"
#include "reports/render/safe_csv.h"

namespace costwar::reports {
namespace {

constexpr std::size_t kPiece = 1U << 16U;

}  // namespace

char csv_separator(CsvDialect dialect) {
  return dialect == CsvDialect::excel_eu ? ';' : ',';
}

void csv_text_field(std::string& out, std::string_view text, char delimiter) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    std::string safe = "'";
    safe += text;
    csv_field(out, safe, delimiter);
  } else {
    csv_field(out, text, delimiter);
  }
}

void write_csv(const FlatTable& table, const RenderOptions& options, const Output& out) {
  const char delimiter = csv_separator(options.csv_dialect);
  std::string piece = options.csv_dialect == CsvDialect::excel_eu ? "\xEF\xBB\xBF" : "";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) piece += delimiter;
    csv_text_field(piece, table.columns[i].key, delimiter);
  }
  piece += "\r\n";
  table.rows([&](FlatRow row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) piece += delimiter;
      if (const auto* text = std::get_if<std::string>(&row[i]))
        csv_text_field(piece, *text, delimiter);
      else
        csv_field(piece, flat_text(row[i]), delimiter);
    }
    piece += "\r\n";
    if (piece.size() < kPiece) return;
    out(piece);
    piece.clear();
  });
  out(piece);
}

void render_csv(const Document& document, ItemRows* items, const RenderOptions& options, const Output& out) {
  write_csv(chosen_table(document, items, options.table), options, out);
}

}  // namespace costwar::reports
