// How flat tables become CSV: shared by the renderers and the files of a folder.
#pragma once

#include <string>
#include <string_view>

#include "reports/render/flat.h"
#include "reports/render/format.h"

namespace costwar::reports {

char csv_separator(CsvDialect dialect);

// Appends a text that no spreadsheet takes for a formula: behind an apostrophe where it begins with one of
// = + - @, a tab or a carriage return.
void csv_text_field(std::string& out, std::string_view text, char delimiter);

// Header and rows, piece by piece.
void write_csv(const FlatTable& table, const RenderOptions& options, const Output& out);

}  // namespace costwar::reports
