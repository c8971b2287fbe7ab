#include "cli/host/shape_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include "core/error.h"
#include "providers/local/gguf.h"
#include "providers/local/model_shape.h"
#include "system/files.h"

namespace costwar::cli {

namespace fs = std::filesystem;

namespace {

// Files that go when a signal ends the program: gigabytes nobody would find again. Slots of paths that live
// as long as they are in one.
std::array<std::atomic<const char*>, 8> unfinished{};

// Real weights must not be lost to random ones.
void require_random_weights(const fs::path& path) {
  const std::string name = path.string();
  bool random = false;
  try {
    const MappedFile mapped(path);
    random = local::has_random_weights(local::Gguf::parse(mapped.bytes(), name));
  } catch (const Error&) {
    random = false;  // no weight file at all
  }
  if (!random)
    throw Error(ErrorKind::input, fmt::format("{} is there already, and no file of random weights", name),
                "name another file with --file, or remove this one");
}

void remove_and_end(int number) {
  for (const auto& slot : unfinished)
    if (const char* const path = slot.load()) ::unlink(path);
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void remove_when_ended(const char* path) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, remove_and_end);
  for (auto& slot : unfinished) {
    const char* none = nullptr;
    if (slot.compare_exchange_strong(none, path)) return;
  }
}

void keep_when_ended(const char* path) {
  for (auto& slot : unfinished) {
    const char* here = path;
    if (slot.compare_exchange_strong(here, nullptr)) return;
  }
}

}  // namespace

ShapeFile::ShapeFile(fs::path path, bool keep)
    : path_(std::move(path)), writing_(keep ? path_.string() + ".part" : path_.string()), keep_(keep) {
  std::error_code ignored;
  if (keep_ && fs::exists(path_, ignored)) require_random_weights(path_);
  remove_when_ended(writing_.c_str());
}

ShapeFile::~ShapeFile() {
  std::error_code ignored;
  fs::remove(writing_, ignored);
  keep_when_ended(writing_.c_str());
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
  std::ofstream file(writing_, std::ios::binary | std::ios::trunc);
  model.write(
      [&](std::string_view piece) { file.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  file.close();
  if (!file)
    throw Error(ErrorKind::input, fmt::format("{}: cannot be written: {}", writing_, std::strerror(errno)));
  if (!keep_) return;
  fs::rename(writing_, path_, failed);
  if (failed) throw Error(ErrorKind::input, fmt::format("{}: {}", path_.string(), failed.message()));
}

fs::path temporary_shape_path(const std::string& name) {
  std::error_code failed;
  const fs::path folder = fs::temp_directory_path(failed);
  if (failed)
    throw Error(ErrorKind::input, fmt::format("there is no folder for temporary files: {}", failed.message()),
                "let TMPDIR name one with room for the weights");
  return folder / fmt::format("costwar-{}-{}.gguf", name, ::getpid());
}

}  // namespace costwar::cli
