// A folder that only this user can read, gone with the object.
#pragma once

#include <filesystem>

namespace costwar {

class PrivateFolder {
 public:
  // In TMPDIR, or in /tmp where its path would be longer than `longest` bytes (a UNIX socket's address holds
  // 107). Error{input} when none can be made.
  explicit PrivateFolder(std::size_t longest = 4096);
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace costwar
