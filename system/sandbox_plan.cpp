#include "system/sandbox_plan.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "core/error.h"

namespace costwar::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSystem{"/bin",
                             "/lib",
                             "/lib32",
                             "/lib64",
                             "/libx32",
                             "/sbin",
                             "/usr/bin",
                             "/usr/lib",
                             "/usr/lib32",
                             "/usr/lib64",
                             "/usr/libx32",
                             "/usr/libexec",
                             "/usr/local/bin",
                             "/usr/local/lib",
                             "/usr/local/lib64",
                             "/usr/share/zoneinfo",
                             "/etc/alternatives",
                             "/etc/ld.so.cache",
                             "/etc/localtime"};
constexpr std::array kDevices{"/dev/null", "/dev/zero", "/dev/urandom"};

constexpr std::uint32_t kThreads = 32;  // that any program may have besides its processes

std::string relative(const std::string& path) {
  return path.substr(1);
}

bool lies_under(const std::string& path, const std::string& folder) {
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

void add_folders_above(ChildPlan& plan, const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = relative(path.substr(0, slash));
    if (std::find(plan.folders.begin(), plan.folders.end(), folder) == plan.folders.end())
      plan.folders.push_back(folder);
  }
}

void add_path(ChildPlan& plan, const std::string& path, bool device) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(path, ignored);
  if (!fs::exists(status)) return;
  add_folders_above(plan, path);
  if (fs::is_symlink(status)) {
    plan.mounts.push_back({Mount::Kind::link, fs::read_symlink(path, ignored).string(), relative(path)});
  } else if (fs::is_directory(status)) {
    plan.folders.push_back(relative(path));
    plan.mounts.push_back({Mount::Kind::folder, path, relative(path)});
  } else {
    plan.mounts.push_back({device ? Mount::Kind::device : Mount::Kind::file, path, relative(path)});
  }
}

void plan_root(ChildPlan& plan, const SandboxJob& job) {
  // Any folder will do: it is covered for this one process alone.
  for (const char* folder : {"/proc", "/sys", "/tmp"})
    if (plan.new_root.empty() && fs::is_directory(folder)) plan.new_root = folder;
  for (const char* path : kSystem) add_path(plan, path, false);
  for (const char* path : kDevices) add_path(plan, path, true);
  for (const std::string& path : job.also_visible) {
    const bool seen = std::any_of(plan.mounts.begin(), plan.mounts.end(), [&](const Mount& mount) {
      return mount.kind == Mount::Kind::folder && lies_under(path, mount.source);
    });
    if (!seen) add_path(plan, path, false);
  }
  plan.tmp_options = fmt::format("size={},nr_inodes=4096,mode=700", job.limits.disk_bytes);
}

// Threads of all processes of a user, for a limit that counts those too. Nothing where /proc is not readable.
std::optional<std::uint64_t> tasks_of(uid_t user) {
  std::uint64_t count = 0;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator("/proc", problem)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    struct stat facts {};
    if (::stat(entry.path().c_str(), &facts) != 0 || facts.st_uid != user) continue;
    std::ifstream status(entry.path() / "status");
    std::string line;
    while (std::getline(status, line))
      if (line.starts_with("Threads:")) count += std::strtoull(line.c_str() + 8, nullptr, 10);
  }
  if (problem) return std::nullopt;
  return count;
}

void plan_limits(ChildPlan& plan, const SandboxLimits& limits) {
  const auto set = [&](auto resource, std::uint64_t soft, std::uint64_t hard) {
    plan.limits.emplace_back(static_cast<int>(resource), rlimit{soft, hard});
  };
  const auto whole_seconds =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, (limits.cpu.count + 999'999'999) / 1'000'000'000));
  set(RLIMIT_CPU, whole_seconds, whole_seconds + 1);  // SIGXCPU, and a second later SIGKILL
  set(RLIMIT_AS, limits.memory_bytes, limits.memory_bytes);
  set(RLIMIT_FSIZE, limits.disk_bytes, limits.disk_bytes);
  set(RLIMIT_NOFILE, 64, 64);
  for (const auto none : {RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_RTPRIO}) set(none, 0, 0);
  if (plan.tier == SandboxTier::namespaces) {
    // Counted within the user namespace since Linux 5.14: process 1, the program, and what it starts.
    set(RLIMIT_NPROC, 1 + limits.processes + kThreads, 1 + limits.processes + kThreads);
  } else if (const auto others = tasks_of(plan.from_root ? kNobody : ::geteuid())) {
    set(RLIMIT_NPROC, *others + 1 + limits.processes + kThreads, *others + 1 + limits.processes + kThreads);
  }
}

}  // namespace

std::vector<std::string> system_paths() {
  std::vector<std::string> paths(kSystem.begin(), kSystem.end());
  paths.insert(paths.end(), kDevices.begin(), kDevices.end());
  return paths;
}

void check_job(const SandboxJob& job) {
  const auto need = [](bool fine, const char* what) {
    if (!fine) throw Error(ErrorKind::internal, fmt::format("a job for the sandbox {}", what));
  };
  need(!job.argv.empty() && job.argv[0].starts_with('/'), "needs the whole path of its program");
  for (const SandboxFile& file : job.files)
    need(!file.name.empty() && file.name != "." && file.name != ".." &&
             file.name.find('/') == std::string::npos && file.name.find('\0') == std::string::npos,
         "has a file without a plain name");
  for (const std::string& path : job.also_visible)
    need(path.size() > 1 && path.starts_with('/'), "shows what is not a whole path");
  need(job.limits.processes >= 1 && job.limits.wall > Nanos{}, "has no limits");
}

ChildPlan make_plan(SandboxJob job, SandboxTier tier) {
  ChildPlan plan;
  plan.tier = tier;
  plan.from_root = tier != SandboxTier::none && ::geteuid() == 0;
  plan.parent = ::getpid();
  if (tier == SandboxTier::namespaces) plan_root(plan, job);
  plan_limits(plan, job.limits);
  plan.files = std::move(job.files);
  plan.arguments = std::move(job.argv);
  // Nothing of ours. One thread for numerical libraries, whose pools would take address space for each
  // processor; a fixed hash seed, so that the same program does the same again.
  plan.variables = {"PATH=/usr/local/bin:/usr/bin:/bin",
                    "LANG=C.UTF-8",
                    "HOME=/tmp",
                    "PYTHONHASHSEED=0",
                    "PYTHONSAFEPATH=1",
                    "OMP_NUM_THREADS=1",
                    "OPENBLAS_NUM_THREADS=1"};
  return plan;
}

}  // namespace costwar::sandbox
