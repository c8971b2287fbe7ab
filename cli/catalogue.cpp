#include "cli/catalogue.h"

#include <fmt/format.h>

#include <array>

#include "core/error.h"

extern "C" {
#define EMBEDDED_FILE(path, symbol, symbol_end) \
  extern const char symbol[];                   \
  extern const char symbol_end[];
#include "embedded_table.inc"
#undef EMBEDDED_FILE
}

namespace costwar::cli {

std::span<const CatalogueFile> catalogue() {
#define EMBEDDED_FILE(path, symbol, symbol_end) \
  CatalogueFile{path, std::string_view(symbol, static_cast<std::size_t>(symbol_end - symbol))},
  static const std::array kFiles{
#include "embedded_table.inc"
  };
#undef EMBEDDED_FILE
  return kFiles;
}

std::string_view catalogue_file(std::string_view path) {
  for (const CatalogueFile& file : catalogue())
    if (file.path == path) return file.bytes;
  throw Error(ErrorKind::internal, fmt::format("the catalogue has no file {}", path));
}

std::vector<CatalogueFile> catalogue_folder(std::string_view folder) {
  std::vector<CatalogueFile> files;
  for (const CatalogueFile& file : catalogue())
    if (file.path.starts_with(folder) && file.path.substr(folder.size()).starts_with("/"))
      files.push_back(file);
  return files;
}

}  // namespace costwar::cli
