// Files of exported load runs: JSON Lines (core/load_json.h, docs/schema/load-run.schema.json); gzip or not.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/load.h"

namespace costwar::cli {

// Streams the file into the store, which is made where it is missing: all of it or, with Error{input} that
// names the line, nothing. nullopt, with nothing done, where it is not the file of a load run.
std::optional<LoadHeader> import_load_file(const std::string& file, const std::filesystem::path& store);

// The lines of the load run of this label, id, or beginning of an id. False, with no line, where there is
// none.
bool export_load_run(const std::filesystem::path& store, const std::string& run,
                     const std::function<void(std::string_view)>& each);

}  // namespace costwar::cli
