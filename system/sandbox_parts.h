// What the parent makes for one sandboxed child: descriptors out of the way of the child's own numbers,
// pipes, the input, the folder of the weaker tiers, and the map of users. Internal to the sandbox; a step
// that the system refuses is thrown as Refused and becomes a result.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "system/sandbox.h"

namespace costwar::sandbox {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset() { *this = Descriptor(); }

 private:
  int fd_;
};

// A step of starting that the system refused; a value for the result, not an Error.
struct Refused {
  std::string problem;
};
[[noreturn]] void refuse(const char* step);  // with errno

// Moves a descriptor out of the way of the child's own numbers.
Descriptor lift(int fd, const char* step);

struct Pipe {
  Descriptor read, write;
};
Pipe make_pipe();  // whose reading end does not block

// The input as a file in memory: nobody has to feed it.
Descriptor make_input(const std::string& bytes);

// The folder of the weaker tiers. The program only reads there, so removing it meets nothing but our files.
class PrivateFolder {
 public:
  PrivateFolder() = default;
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder();
  void make(const std::vector<SandboxFile>& files);
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Who the child is outside: nobody where we are root, else we ourselves under the name of nobody.
void write_user_map(int child, bool from_root);

std::uint64_t resident_bytes();  // of this process

}  // namespace costwar::sandbox
