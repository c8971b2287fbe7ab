#include "system/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace costwar {
namespace {

[[noreturn]] void fail(std::string_view action, const std::filesystem::path& path, int error) {
  throw Error(ErrorKind::input, fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(error)));
}

// Closes on every way out; release() hands the closing to the caller, who wants to see its error.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int open_for_reading(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open", path, errno);
  return fd;
}

void write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

// A rename is durable once its folder is. Some file systems cannot sync a folder: the file itself is safe by
// then.
void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  const FileDescriptor folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const FileDescriptor file(open_for_reading(path));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) fail("read", path, errno);
  // A pipe or a file of /proc has no size to trust: grow as it comes, and hold the limit either way.
  const auto expected = static_cast<std::uint64_t>(facts.st_size > 0 ? facts.st_size : 0);
  std::string content;
  std::size_t used = 0;
  content.resize(static_cast<std::size_t>(std::min(expected, limit)) + 1);
  for (;;) {
    const ssize_t got = ::read(file.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > limit)
      throw Error(ErrorKind::input, fmt::format("{} is larger than {} bytes", path.string(), limit));
    if (used == content.size()) content.resize(content.size() + std::max<std::size_t>(content.size(), 65536));
  }
  content.resize(used);
  return content;
}

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(path_.string() + ".XXXXXX") {
  // A name of our own next to the file: a rename is atomic only within one file system.
  descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    temporary_.clear();
    fail();
  }
  struct stat facts {};
  const bool replaces = ::stat(path_.c_str(), &facts) == 0;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(descriptor_, replaces ? facts.st_mode & 07777 : 0666 & ~mask) != 0) {
    const int error = errno;
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
    costwar::fail("write", path_, error);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view piece) {
  write_all(descriptor_, piece, path_);
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail();
  if (::close(std::exchange(descriptor_, -1)) != 0) fail();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) costwar::fail("replace", path_, errno);
  temporary_.clear();
  sync_folder_of(path_);
}

void AtomicFile::fail() const {
  costwar::fail("write", path_, errno);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const FileDescriptor file(open_for_reading(path));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) fail("read", path, errno);
  if (!S_ISREG(facts.st_mode)) throw Error(ErrorKind::input, fmt::format("{} is not a file", path.string()));
  size_ = static_cast<std::size_t>(facts.st_size);
  if (size_ == 0) return;  // an empty mapping is an error to mmap, an empty span is none to us
  void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) fail("map", path, errno);
  data_ = static_cast<const std::byte*>(mapped);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace costwar
