#include "cli/csv_files.h"

#include <fmt/format.h>

#include <system_error>

#include "core/error.h"
#include "reports/render/datapackage.h"
#include "reports/render/flat.h"
#include "reports/render/safe_csv.h"
#include "system/files.h"

namespace costwar::cli {

namespace fs = std::filesystem;

void write_csv_folder(const fs::path& folder, const Document& document, ItemRows* items,
                      const reports::RenderOptions& options) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error)
    throw Error(ErrorKind::input, fmt::format("cannot make {}: {}", folder.string(), error.message()),
                "name another folder with --output");
  const std::vector<reports::FlatTable> tables = reports::flat_tables(document, items);
  std::vector<reports::DataFile> files;
  for (const reports::FlatTable& table : tables) {
    const std::string name = table.key + ".csv";
    AtomicFile file(folder / name);
    reports::write_csv(table, options, [&](std::string_view piece) { file.write(piece); });
    file.commit();
    files.push_back({name, &table});
  }
  write_file_atomically(folder / "datapackage.json",
                        reports::datapackage_json(document, files, options.csv_dialect));
}

fs::path sidecar_of(const fs::path& csv) {
  fs::path sidecar = csv;
  return sidecar.replace_extension("datapackage.json");
}

void write_sidecar(const fs::path& csv, const Document& document, ItemRows* items,
                   const reports::RenderOptions& options) {
  const reports::FlatTable table = reports::chosen_table(document, items, options.table);
  write_file_atomically(
      sidecar_of(csv),
      reports::datapackage_json(document, {{csv.filename().string(), &table}}, options.csv_dialect));
}

}  // namespace costwar::cli
