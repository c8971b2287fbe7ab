#include "cli/host/shape_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <system_error>

#include "core/error.h"
#include "system/files.h"

namespace costwar::cli {

namespace fs = std::filesystem;

ShapeFile::~ShapeFile() {
  std::error_code ignored;
  if (!keep_) fs::remove(path_, ignored);
}

void ShapeFile::write(const local::RandomModel& model) const {
  constexpr std::uint64_t kSpare = std::uint64_t{256} << 20;
  const fs::path folder = fs::absolute(path_).parent_path();
  std::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  if (failed) throw Error(ErrorKind::input, fmt::format("{}: there is no such folder", folder.string()));
  if (space.available < model.file_bytes() + kSpare)
    throw Error(ErrorKind::input,
                fmt::format("{}: the file takes {:.1f} GB and {:.1f} GB are free", folder.string(),
                            static_cast<double>(model.file_bytes()) / 1e9,
                            static_cast<double>(space.available) / 1e9),
                "name a file elsewhere with --file, or fewer layers with --layers");
  AtomicFile file(path_);
  model.write([&](std::string_view piece) { file.write(piece); });
  file.commit();
}

fs::path temporary_shape_path(const std::string& name) {
  return fs::temp_directory_path() / fmt::format("costwar-{}-{}.gguf", name, ::getpid());
}

}  // namespace costwar::cli
