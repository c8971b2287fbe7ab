#include "cli/project.h"

#include <fmt/format.h>

#include <system_error>

#include "core/error.h"

namespace costwar::cli {

namespace fs = std::filesystem;

fs::path project_folder(const Environment& environment) {
  std::error_code ignored;
  for (fs::path folder = environment.working_directory;; folder = folder.parent_path()) {
    if (fs::exists(folder / "costwar.json", ignored)) return folder;
    if (folder == folder.parent_path()) return environment.working_directory;
  }
}

fs::path store_path(const Environment& environment, const std::string& flag) {
  if (!flag.empty()) return flag;
  if (const auto variable = environment.variable("COSTWAR_STORE")) return *variable;
  const fs::path folder = project_folder(environment) / ".costwar";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(ErrorKind::input,
                fmt::format("{}: the store's folder cannot be made: {}", folder.string(), error.message()),
                "run costwar in a folder that you may write to, or name a file with --store");
  return folder / "store.db";
}

}  // namespace costwar::cli
