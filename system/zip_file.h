// ZipFile: a zip archive on disk, read member by member: stored, deflated, or compressed with Zstandard
// (method 93), which Inspect's newer logs are. What a member may grow to is the caller's to say, so that no
// small file fills the memory. An archive belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace costwar {

// Whether the bytes begin as a zip archive does.
bool looks_like_zip(std::string_view beginning);

class ZipFile {
 public:
  // Error{input} when the file is missing or no archive.
  explicit ZipFile(const std::filesystem::path& path);
  ZipFile(ZipFile&&) noexcept;
  ZipFile& operator=(ZipFile&&) noexcept;
  ~ZipFile();

  // Names as the archive has them, in its order.
  const std::vector<std::string>& names() const { return names_; }

  // Position of the member of this name, the last where there are several; nullopt: none.
  std::optional<std::size_t> find(std::string_view name) const;

  // The member's bytes. Error{input} with its name when it is damaged, encrypted or compressed in a way that
  // is not known here, and when it holds more than `most` bytes.
  std::string read(std::size_t member, std::size_t most) const;

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
  std::string path_;
  std::vector<std::string> names_;
};

}  // namespace costwar
