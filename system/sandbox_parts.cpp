#include "system/sandbox_parts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "system/sandbox_child.h"

namespace costwar::sandbox {
namespace {

bool write_whole(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.open() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

void refuse(const char* step) {
  throw Refused{fmt::format("{}: {}", step, std::strerror(errno))};
}

Descriptor lift(int fd, const char* step) {
  if (fd < 0) refuse(step);
  Descriptor low(fd);
  Descriptor high(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstFree));
  if (!high.open()) refuse(step);
  return high;
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) refuse("pipe2");
  Descriptor write_end(ends[1]);
  Pipe pipe{lift(ends[0], "pipe2"), lift(::dup(write_end.get()), "pipe2")};
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

Descriptor make_input(const std::string& bytes) {
  Descriptor file = lift(::memfd_create("input", MFD_CLOEXEC), "memfd_create");
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t wrote =
        ::pwrite(file.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (wrote < 0 && errno != EINTR) refuse("input");
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
  return file;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

void PrivateFolder::make(const std::vector<SandboxFile>& files) {
  std::string name = "/tmp/costwar-XXXXXX";  // where nobody can go as well; TMPDIR may lie in a home
  if (::mkdtemp(name.data()) == nullptr) refuse("mkdtemp");
  path_ = name;
  ::chmod(path_.c_str(), 0755);
  for (const SandboxFile& file : files) std::ofstream(path_ + "/" + file.name) << file.bytes;
}

void write_user_map(int child, bool from_root) {
  const std::string folder = fmt::format("/proc/{}/", child);
  const unsigned user = from_root ? kNobody : ::geteuid();
  const unsigned group = from_root ? kNobody : ::getegid();
  if (!write_whole(folder + "uid_map", fmt::format("{} {} 1\n", kNobody, user))) refuse("uid_map");
  if (!from_root && !write_whole(folder + "setgroups", "deny")) refuse("setgroups");
  if (!write_whole(folder + "gid_map", fmt::format("{} {} 1\n", kNobody, group))) refuse("gid_map");
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace costwar::sandbox
