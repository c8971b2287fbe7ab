// Formats: the ways to turn a Document into bytes, one row and one file each. A renderer writes the whole
// document, piece by piece; text of unknown origin (answers, names, messages of servers) is made harmless for
// its medium. Numbers have a point whatever the locale.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/document.h"
#include "core/item_rows.h"

namespace costwar::reports {

enum class CsvDialect : std::uint8_t {
  rfc4180,   // commas, CRLF, UTF-8
  excel_eu,  // semicolons and a byte order mark, as spreadsheets expect where the comma is the decimal sign
};

enum class JsonShape : std::uint8_t {
  document,  // members and tables as docs/schema has them
  table,     // one array of flat objects: a table's rows, for Power Query and Google Sheets
};

// What a format cannot know by itself; each reads what concerns it.
struct RenderOptions {
  int width = 100;      // terminal: columns; tables that do not fit are stacked
  bool colour = false;  // terminal: emphasis by escape sequences, never the only carrier of meaning
  bool ascii = false;   // terminal: no character outside ASCII
  CsvDialect csv_dialect = CsvDialect::rfc4180;
  JsonShape shape = JsonShape::document;
  std::string table{};  // CSV, flat JSON: the key of the table that is written; empty: the main one
};

// Takes the bytes as they come.
using Output = std::function<void(std::string_view)>;

// `items` is nullptr where the document has none to show.
using Render = void (*)(const Document& document, ItemRows* items, const RenderOptions& options,
                        const Output& out);

struct Format {
  std::string_view name;       // as --format takes it
  std::string_view extension;  // of a file, with the dot; two formats may share one: the first is meant
  std::string_view media;      // media type
  bool binary = false;         // not for a terminal
  bool shows_items = false;    // makes something of `items`
  Render render;
  // Of a format whose reader also watches a job's standard output: what is said there, wherever the report
  // goes. The report also goes where that reader keeps summaries (cli/output.cpp).
  Render annotate = nullptr;
  bool shows_data = false;  // also the tables that people do not read: Show::data_only
};

std::span<const Format> formats();

// nullptr when there is none of that name.
const Format* format_by_name(std::string_view name);

// Whole, in memory: for tests and short documents.
std::string rendered(const Format& format, const Document& document, const RenderOptions& options,
                     ItemRows* items = nullptr);

// Stream; each in its own file.
void render_csv(const Document& document, ItemRows* items, const RenderOptions& options, const Output& out);
void render_jsonl(const Document& document, ItemRows* items, const RenderOptions& options, const Output& out);
void render_flat_json(const Document& document, ItemRows* items, const RenderOptions& options,
                      const Output& out);
void render_focus(const Document& document, ItemRows* items, const RenderOptions& options, const Output& out);
void render_xlsx(const Document& document, ItemRows* items, const RenderOptions& options, const Output& out);

std::string render_terminal(const Document& document, const RenderOptions& options);
std::string render_json(const Document& document, const RenderOptions& options);
std::string render_markdown(const Document& document, const RenderOptions& options);
std::string render_comment(const Document& document, const RenderOptions& options);
std::string render_junit(const Document& document, const RenderOptions& options);
std::string render_annotations(const Document& document, const RenderOptions& options);

}  // namespace costwar::reports
