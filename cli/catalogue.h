// The embedded catalogue: prices, tasks and the tiny models, as files that were put into the program when it
// was built.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace costwar::cli {

struct CatalogueFile {
  std::string_view path;   // below catalog/: "tasks/builtin.json"
  std::string_view bytes;  // lives as long as the program
};

// All files, ordered by path.
std::span<const CatalogueFile> catalogue();

// Error{internal} when there is no such file.
std::string_view catalogue_file(std::string_view path);

std::vector<CatalogueFile> catalogue_folder(std::string_view folder);

}  // namespace costwar::cli
