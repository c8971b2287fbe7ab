#include "system/sandbox_child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace costwar::sandbox {
namespace {

// Where the descriptors lie in the child.
constexpr int kChannel = 3, kReport = 4, kSync = 5, kLandlock = 6, kAfter = 7;

void write_report(const ChildReport& report) {
  [[maybe_unused]] const auto written = ::write(kReport, &report, sizeof report);
}

[[noreturn]] void fail(const char* step) {
  ChildReport report;
  report.error = errno;
  std::strncpy(report.step.data(), step, report.step.size() - 1);
  write_report(report);
  ::_exit(127);
}

void need(bool fine, const char* step) {
  if (!fine) fail(step);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < 65; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void move_descriptors(const ChildFds& fds) {
  const auto place = [](int from, int to, int flags) {
    if (from >= 0) return ::dup3(from, to, flags) == to;
    ::close(to);
    return true;
  };
  // The report first, so that any later failure can be told.
  if (!place(fds.report, kReport, O_CLOEXEC)) ::_exit(127);
  need(place(fds.sync, kSync, O_CLOEXEC) && place(fds.landlock, kLandlock, O_CLOEXEC) &&
           place(fds.in, 0, 0) && place(fds.out, 1, 0) && place(fds.err, 2, 0) &&
           place(fds.channel, kChannel, 0) && ::close_range(kAfter, ~0U, 0) == 0,
       "descriptors");
}

void become_nobody() {
  need(::syscall(SYS_setgroups, 0, nullptr) == 0, "setgroups");
  need(::syscall(SYS_setresgid, kNobody, kNobody, kNobody) == 0, "setresgid");
  need(::syscall(SYS_setresuid, kNobody, kNobody, kNobody) == 0, "setresuid");
}

void drop_bounding_set() {
  for (unsigned long capability = 0; capability < 64; ++capability)
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);  // fails for those that are not, or not ours to drop
}

void drop_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> nothing{};
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  need(::syscall(SYS_capset, &head, nothing.data()) == 0, "capset");
}

// After the change of user, which clears it. The pipe of the report has no reader when the parent is gone
// already.
void die_with_parent() {
  need(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
  pollfd report{kReport, 0, 0};
  if (::poll(&report, 1, 0) > 0) ::_exit(127);
}

bool close_mount(const char* path, unsigned flags, std::uint64_t attributes) {
  mount_attr attr{};
  attr.attr_set = attributes;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof attr) == 0;
}

void add_mount(const Mount& mount) {
  const char* const target = mount.target.c_str();
  if (mount.kind == Mount::Kind::link) {
    need(::symlink(mount.source.c_str(), target) == 0, target);
    return;
  }
  if (mount.kind != Mount::Kind::folder) {
    const int fd = ::open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    need(fd >= 0, target);
    ::close(fd);
  }
  need(::mount(mount.source.c_str(), target, nullptr, MS_BIND | MS_REC, nullptr) == 0, target);
  const std::uint64_t device = mount.kind == Mount::Kind::device ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_NODEV;
  need(close_mount(target, AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | device), "mount_setattr");
}

void write_files(const ChildPlan& plan) {
  for (const SandboxFile& file : plan.files) {
    const int fd = ::open(file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    need(fd >= 0, "file");
    for (std::size_t done = 0; done < file.bytes.size();) {
      const ssize_t wrote = ::write(fd, file.bytes.data() + done, file.bytes.size() - done);
      need(wrote > 0 || errno == EINTR, "file");
      if (wrote > 0) done += static_cast<std::size_t>(wrote);
    }
    ::close(fd);
  }
}

// The new root: a small file system in memory with parts of the real one mounted in it, read-only, and a
// /tmp. There is no /proc, so there is nothing to learn or reach of other processes.
void change_root(const ChildPlan& plan) {
  need(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  need(::mount("root", plan.new_root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
               "size=1m,nr_inodes=1024,mode=755") == 0,
       "mount of the root");
  need(::chdir(plan.new_root.c_str()) == 0, "chdir to the root");
  for (const std::string& folder : plan.folders)
    need(::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST, folder.c_str());
  for (const Mount& mount : plan.mounts) add_mount(mount);
  need(::mkdir("tmp", 0755) == 0, "mkdir /tmp");
  need(::mount("tmp", "tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, plan.tmp_options.c_str()) == 0,
       "mount of /tmp");
  need(::syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
  need(::umount2(".", MNT_DETACH) == 0, "umount of the old root");
  need(::chdir("/") == 0 && close_mount("/", 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID), "root read-only");
  need(::chdir("/tmp") == 0, "chdir to /tmp");
  write_files(plan);
}

[[noreturn]] void become_program(const ChildPlan& plan) {
  ::setsid();
  for (const auto& [resource, limit] : plan.limits)
    need(::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0, "setrlimit");
  need(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  if (plan.fds.landlock >= 0)
    need(::syscall(SYS_landlock_restrict_self, kLandlock, 0) == 0, "landlock_restrict_self");
  if (!plan.filter.empty()) {
    const sock_fprog program{static_cast<unsigned short>(plan.filter.size()),
                             const_cast<sock_filter*>(plan.filter.data())};
    need(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "seccomp");
  }
  ::execve(plan.argv[0], plan.argv.data(), plan.envp.data());
  fail("execve");
}

// Process 1 of the new namespaces: starts the program, buries what it leaves behind, and tells how it ended.
// With its own end the kernel kills every process that is left.
[[noreturn]] void be_init(const ChildPlan& plan) {
  ::setsid();
  char go = 0;
  need(::read(kSync, &go, 1) == 1, "user map");  // the parent has written who we are
  ::close(kSync);
  become_nobody();
  die_with_parent();
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  need(::sethostname("sandbox", 7) == 0, "sethostname");
  change_root(plan);
  drop_bounding_set();
  drop_capabilities();

  const long program =
      ::syscall(SYS_clone, static_cast<unsigned long>(SIGCHLD), nullptr, nullptr, nullptr, 0);
  need(program >= 0, "clone");
  if (program == 0) become_program(plan);
  ::close_range(0, kChannel, 0);
  ChildReport report;
  report.ended = true;
  while (true) {
    rusage usage{};
    const pid_t got = ::wait4(-1, &report.status, 0, &usage);
    if (got != program && (got > 0 || errno == EINTR)) continue;
    report.max_resident_kib = usage.ru_maxrss;
    break;
  }
  write_report(report);
  ::_exit(0);
}

[[noreturn]] void be_restricted(const ChildPlan& plan) {
  if (plan.tier == SandboxTier::restricted) {
    if (plan.from_root) {
      drop_bounding_set();
      become_nobody();
    }
    drop_capabilities();
  }
  die_with_parent();
  need(::chdir(plan.start_folder.c_str()) == 0, "chdir to the private folder");
  become_program(plan);
}

}  // namespace

int start(ChildPlan& plan) {
  for (std::string& argument : plan.arguments) plan.argv.push_back(argument.data());
  for (std::string& variable : plan.variables) plan.envp.push_back(variable.data());
  plan.argv.push_back(nullptr);
  plan.envp.push_back(nullptr);
  unsigned long flags = SIGCHLD;
  if (plan.tier == SandboxTier::namespaces)
    flags |= CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
             CLONE_NEWCGROUP;
  // A handler of ours must not run in the child, which shares our pipes.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // The bare call: fork() runs handlers of libraries, which may wait for locks that another thread held.
  const long child = ::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0);
  if (child == 0) {
    reset_signals();
    move_descriptors(plan.fds);
    if (plan.tier == SandboxTier::namespaces) be_init(plan);
    be_restricted(plan);
  }
  const int cause = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = cause;
  return static_cast<int>(child);
}

}  // namespace costwar::sandbox
