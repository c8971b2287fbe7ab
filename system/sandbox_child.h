// The child's side of a sandbox, between its birth and exec. The parent may have threads, so what runs here
// only makes system calls: everything that needs memory is prepared in a ChildPlan before. No part of this
// allocates, locks, or calls into a library that might.
#pragma once

#include <linux/filter.h>
#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/sandbox.h"

namespace costwar::sandbox {

constexpr unsigned kNobody = 65534;  // user and group of the program wherever we may choose

struct Mount {
  enum class Kind : std::uint8_t { folder, file, device, link } kind = Kind::folder;
  std::string source;  // whole path outside; of a link: its text
  std::string target;  // relative to the new root
};

// Descriptors of the parent, all above kFirstFree, or -1.
struct ChildFds {
  int in = -1, out = -1, err = -1, channel = -1, report = -1, sync = -1, landlock = -1;
};
constexpr int kFirstFree = 16;

struct ChildPlan {
  SandboxTier tier = SandboxTier::none;
  bool from_root = false;   // we are root, so the program becomes nobody
  std::int64_t parent = 0;  // our process id
  ChildFds fds;
  std::string new_root;              // a folder to mount the new root on
  std::vector<std::string> folders;  // to make in the new root, parents first
  std::vector<Mount> mounts;
  std::string tmp_options;  // of the private /tmp
  std::vector<SandboxFile> files;
  std::string start_folder;
  std::vector<std::pair<int, rlimit>> limits;
  std::vector<sock_filter> filter;  // empty: none
  std::vector<std::string> arguments, variables;
  std::vector<char*> argv, envp;
};

// What the child writes to its report descriptor: a failed step, or how the program ended.
struct ChildReport {
  bool ended = false;
  int error = 0;  // errno of the step
  std::array<char, 48> step{};
  int status = 0;  // as of wait4
  std::int64_t max_resident_kib = 0;
};

// Clones the child into `plan.tier` and returns its process id, or -1 with errno.
int start(ChildPlan& plan);

std::vector<sock_filter> make_filter(SandboxTier tier, bool may_start_processes);

// A ruleset that lets the paths be read and executed and nothing else; -1 where the kernel has none.
int make_landlock(const std::vector<std::string>& readable);
bool has_landlock();

}  // namespace costwar::sandbox
