// Where a project keeps its things: the store's path.
#pragma once

#include <filesystem>
#include <string>

#include "cli/environment.h"

namespace costwar::cli {

// The nearest folder upward that holds costwar.json, else the working directory.
std::filesystem::path project_folder(const Environment& environment);

// --store, else COSTWAR_STORE, else .costwar/store.db in the project folder. Creates the folder of the
// default.
std::filesystem::path store_path(const Environment& environment, const std::string& flag);

}  // namespace costwar::cli
