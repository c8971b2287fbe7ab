// Files: whole reads with a size limit, and atomic writes. Errors are Error{input} that name the path and the
// cause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace costwar {

// The whole file. Larger than `limit` bytes, missing or unreadable: Error{input}.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{1} << 32);

// Writes a neighbour file, syncs it, and renames it over `path`: readers see the old bytes or the new ones,
// never a part. Parent folders must exist. On failure the old file stays and the neighbour is removed.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// The same, piece by piece: a neighbour file that becomes `path` with commit(). Without it, the neighbour is
// removed and the old file stays.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  void write(std::string_view piece);
  void commit();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
};

// A read-only memory mapping of a whole file; the span lives as long as the object. Movable.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace costwar
