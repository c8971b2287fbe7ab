// CSV files beside each other, and their sidecar: a folder with every table of a document, or one file.
#pragma once

#include <filesystem>

#include "core/document.h"
#include "core/item_rows.h"
#include "reports/render/format.h"

namespace costwar::cli {

// KEY.csv for every table, and datapackage.json. Makes the folder where its parent is there; files of other
// names in it stay. Error{input} where it cannot.
void write_csv_folder(const std::filesystem::path& folder, const Document& document, ItemRows* items,
                      const reports::RenderOptions& options);

// FILE.datapackage.json for FILE.csv, which has the table that `options` names.
std::filesystem::path sidecar_of(const std::filesystem::path& csv);
void write_sidecar(const std::filesystem::path& csv, const Document& document, ItemRows* items,
                   const reports::RenderOptions& options);

}  // namespace costwar::cli
