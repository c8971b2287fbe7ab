// What a sandboxed program may ask of the kernel: the seccomp filter and the Landlock ruleset.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "core/error.h"
#include "system/sandbox_child.h"

namespace costwar::sandbox {
namespace {

// Allowed as they are. What is not listed does not exist for the program (ENOSYS), so that system calls newer
// than this list are closed too.
constexpr const char* kHarmless[] = {
    "access", "alarm", "arch_prctl", "brk", "capget", "chdir", "clock_getres", "clock_gettime",
    "clock_nanosleep", "close", "close_range", "dup", "dup2", "dup3", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "execve", "exit",
    "exit_group", "faccessat", "faccessat2", "fadvise64", "fchdir", "fdatasync", "flock", "fstat", "fstatfs",
    "fsync", "futex", "get_robust_list", "getcpu", "getcwd", "getdents", "getdents64", "getegid", "geteuid",
    "getgid", "getgroups", "getitimer", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom",
    "getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "gettid", "gettimeofday", "getuid", "lseek",
    "lstat", "madvise", "membarrier", "mincore", "mmap", "mprotect", "mremap", "msync", "munmap", "nanosleep",
    "newfstatat", "pause", "pipe", "pipe2", "poll", "ppoll", "pread64", "preadv", "preadv2", "pselect6",
    "pwrite64", "pwritev", "pwritev2", "read", "readlink", "readlinkat", "readv", "restart_syscall",
    "riscv_flush_icache", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield", "select", "sendfile",
    "set_robust_list", "set_tid_address", "setitimer", "setpgid", "setrlimit", "setsid", "sigaltstack",
    "stat", "statfs", "statx", "sysinfo", "time", "timer_create", "timer_delete", "timer_getoverrun",
    "timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime", "timerfd_settime", "times",
    "umask", "uname", "wait4", "waitid", "write", "writev",
    // On the socket that is handed to it and on pairs of its own; socket() itself is closed.
    "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmsg", "sendmsg", "sendto", "shutdown"};

// Change files or send signals: only where the files and the processes are its own.
constexpr const char* kOwnWorld[] = {"chmod",     "copy_file_range", "creat",           "fallocate",
                                     "fchmod",    "fchmodat",        "ftruncate",       "kill",
                                     "link",      "linkat",          "mkdir",           "mkdirat",
                                     "open",      "openat",          "rename",          "renameat",
                                     "renameat2", "rmdir",           "rt_sigqueueinfo", "rt_tgsigqueueinfo",
                                     "symlink",   "symlinkat",       "tgkill",          "tkill",
                                     "truncate",  "unlink",          "unlinkat",        "utime",
                                     "utimensat", "utimes",          "futimesat"};

// Closed with "not permitted", which programs understand better than a missing call.
constexpr const char* kRefused[] = {"accept",
                                    "accept4",
                                    "acct",
                                    "add_key",
                                    "adjtimex",
                                    "bind",
                                    "bpf",
                                    "chown",
                                    "chroot",
                                    "clock_adjtime",
                                    "clock_settime",
                                    "connect",
                                    "delete_module",
                                    "execveat",
                                    "fanotify_init",
                                    "fchown",
                                    "fchownat",
                                    "finit_module",
                                    "fsopen",
                                    "init_module",
                                    "io_uring_enter",
                                    "io_uring_register",
                                    "io_uring_setup",
                                    "ioperm",
                                    "iopl",
                                    "kcmp",
                                    "kexec_file_load",
                                    "kexec_load",
                                    "keyctl",
                                    "lchown",
                                    "listen",
                                    "lookup_dcookie",
                                    "mbind",
                                    "memfd_create",
                                    "migrate_pages",
                                    "mknod",
                                    "mknodat",
                                    "mlock",
                                    "mlock2",
                                    "mlockall",
                                    "mount",
                                    "mount_setattr",
                                    "move_mount",
                                    "move_pages",
                                    "msgget",
                                    "name_to_handle_at",
                                    "nfsservctl",
                                    "open_by_handle_at",
                                    "open_tree",
                                    "perf_event_open",
                                    "personality",
                                    "pidfd_getfd",
                                    "pidfd_open",
                                    "pidfd_send_signal",
                                    "pivot_root",
                                    "process_madvise",
                                    "process_vm_readv",
                                    "process_vm_writev",
                                    "ptrace",
                                    "quotactl",
                                    "reboot",
                                    "request_key",
                                    "seccomp",
                                    "semget",
                                    "setdomainname",
                                    "setfsgid",
                                    "setfsuid",
                                    "setgid",
                                    "setgroups",
                                    "sethostname",
                                    "setns",
                                    "setpriority",
                                    "setregid",
                                    "setresgid",
                                    "setresuid",
                                    "setreuid",
                                    "settimeofday",
                                    "setuid",
                                    "shmget",
                                    "socket",
                                    "swapoff",
                                    "swapon",
                                    "syslog",
                                    "umount2",
                                    "unshare",
                                    "uselib",
                                    "userfaultfd",
                                    "vhangup",
                                    "vmsplice"};

constexpr int kSafePrctl[] = {PR_SET_NAME,      PR_GET_NAME,         PR_GET_DUMPABLE, PR_SET_DUMPABLE,
                              PR_SET_PDEATHSIG, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ};
// Not F_SETOWN, F_SETOWN_EX and F_SETSIG, with which a pipe sends any process of the same user any signal.
constexpr int kSafeFcntl[] = {F_DUPFD,     F_DUPFD_CLOEXEC, F_GETFD,      F_SETFD,    F_GETFL,
                              F_SETFL,     F_GETLK,         F_SETLK,      F_SETLKW,   F_OFD_GETLK,
                              F_OFD_SETLK, F_OFD_SETLKW,    F_GETPIPE_SZ, F_GET_SEALS};
// Not datagrams, which a pair sends to any socket that has a name, as that of the system's log.
constexpr std::uint64_t kSocketType = 0xf;
constexpr int kSafePairs[] = {SOCK_STREAM, SOCK_SEQPACKET};
constexpr unsigned long kSafeIoctl[] = {FIOCLEX,   FIONCLEX, FIONBIO, FIONREAD, 0x5401 /* TCGETS */,
                                        TIOCGWINSZ};
constexpr std::uint64_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS))) {
    if (!context_) throw Error(ErrorKind::internal, "seccomp_init failed");
  }

  template <typename... Conditions>
  void rule(std::uint32_t action, const char* name, Conditions... conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || number < 0) return;  // not a call of this machine
    const int result = seccomp_rule_add(context_.get(), action, number, sizeof...(conditions), conditions...);
    if (result != 0)
      throw Error(ErrorKind::internal, fmt::format("seccomp rule for {}: {}", name, std::strerror(-result)));
  }

  std::vector<sock_filter> finish() {
    const int fd = static_cast<int>(::syscall(SYS_memfd_create, "filter", MFD_CLOEXEC));
    if (fd < 0 || seccomp_export_bpf(context_.get(), fd) != 0) {
      if (fd >= 0) ::close(fd);
      throw Error(ErrorKind::internal, "cannot build the seccomp filter");
    }
    const auto size = ::lseek(fd, 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    const auto got = ::pread(fd, program.data(), static_cast<std::size_t>(size), 0);
    ::close(fd);
    if (got != size || program.empty()) throw Error(ErrorKind::internal, "cannot read the seccomp filter");
    return program;
  }

 private:
  std::unique_ptr<void, Release> context_;
};

// libseccomp's own macros are compound literals, which C++ does not have.
scmp_arg_cmp argument(unsigned index, scmp_compare how, scmp_datum_t first, scmp_datum_t second = 0) {
  return {index, how, first, second};
}

void allow_processes(Filter& filter, bool may_start) {
  if (may_start) {
    filter.rule(SCMP_ACT_ALLOW, "fork");
    filter.rule(SCMP_ACT_ALLOW, "vfork");
    filter.rule(SCMP_ACT_ALLOW, "clone", argument(0, SCMP_CMP_MASKED_EQ, kNewNamespaces, 0));
    return;
  }
  filter.rule(SCMP_ACT_ERRNO(EPERM), "fork");
  filter.rule(SCMP_ACT_ERRNO(EPERM), "vfork");
  filter.rule(SCMP_ACT_ALLOW, "clone",
              argument(0, SCMP_CMP_MASKED_EQ, kNewNamespaces | CLONE_THREAD, CLONE_THREAD));
  filter.rule(SCMP_ACT_ERRNO(EPERM), "clone", argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

// Where the files and processes are not its own: files are only read, and nobody is signalled.
void close_the_world(Filter& filter) {
  constexpr std::uint64_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  filter.rule(SCMP_ACT_ALLOW, "open", argument(1, SCMP_CMP_MASKED_EQ, kWriting, 0));
  filter.rule(SCMP_ACT_ALLOW, "openat", argument(2, SCMP_CMP_MASKED_EQ, kWriting, 0));
  for (const char* name : kOwnWorld)
    if (std::strcmp(name, "open") != 0 && std::strcmp(name, "openat") != 0)
      filter.rule(SCMP_ACT_ERRNO(EPERM), name);
  for (const std::uint64_t way : {1UL, 2UL, 3UL}) {
    filter.rule(SCMP_ACT_ERRNO(EACCES), "open", argument(1, SCMP_CMP_MASKED_EQ, O_ACCMODE, way));
    filter.rule(SCMP_ACT_ERRNO(EACCES), "openat", argument(2, SCMP_CMP_MASKED_EQ, O_ACCMODE, way));
  }
}

}  // namespace

std::vector<sock_filter> make_filter(SandboxTier tier, bool may_start_processes) {
  Filter filter;
  for (const char* name : kHarmless) filter.rule(SCMP_ACT_ALLOW, name);
  for (const char* name : kRefused) filter.rule(SCMP_ACT_ERRNO(EPERM), name);
  for (const int option : kSafePrctl)
    filter.rule(SCMP_ACT_ALLOW, "prctl", argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option)));
  for (const unsigned long request : kSafeIoctl)
    filter.rule(SCMP_ACT_ALLOW, "ioctl", argument(1, SCMP_CMP_EQ, request));
  for (const int command : kSafeFcntl)
    filter.rule(SCMP_ACT_ALLOW, "fcntl", argument(1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
  for (const int type : kSafePairs)
    filter.rule(SCMP_ACT_ALLOW, "socketpair", argument(0, SCMP_CMP_EQ, AF_UNIX),
                argument(1, SCMP_CMP_MASKED_EQ, kSocketType, static_cast<scmp_datum_t>(type)));
  filter.rule(SCMP_ACT_ALLOW, "prlimit64", argument(0, SCMP_CMP_EQ, 0));  // its own limits, not another's
  allow_processes(filter, may_start_processes);
  if (tier == SandboxTier::namespaces)
    for (const char* name : kOwnWorld) filter.rule(SCMP_ACT_ALLOW, name);
  else
    close_the_world(filter);
  return filter.finish();
}

namespace {

// Rights of each version of the interface; https://docs.kernel.org/userspace-api/landlock.html. Written out
// because the header of Debian 12 knows only the first three.
std::uint64_t handled_rights(int abi) {
  std::uint64_t rights = (1U << 13) - 1;  // 1: execute, write, read, folders, remove, make
  if (abi >= 2) rights |= 1U << 13;       // refer
  if (abi >= 3) rights |= 1U << 14;       // truncate
  if (abi >= 5) rights |= 1U << 15;       // ioctl of devices
  return rights;
}

struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // from version 4: bind and connect of TCP
  std::uint64_t scoped = 0;   // from version 6: abstract sockets and signals
};

int landlock_abi() {
  return static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

}  // namespace

bool has_landlock() {
  return landlock_abi() >= 1;
}

int make_landlock(const std::vector<std::string>& readable) {
  const int abi = landlock_abi();
  if (abi < 1) return -1;
  const Ruleset rules{handled_rights(abi), 3, 3};
  const std::size_t size = abi >= 6 ? sizeof rules : abi >= 4 ? 16 : 8;
  const int ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0));
  if (ruleset < 0) return -1;
  for (const std::string& path : readable) {
    const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (fd < 0) continue;
    landlock_path_beneath_attr rule{};
    rule.parent_fd = fd;
    rule.allowed_access =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
      // A file takes no rights of folders.
      rule.allowed_access &= ~std::uint64_t{LANDLOCK_ACCESS_FS_READ_DIR};
      ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    ::close(fd);
  }
  return ruleset;
}

}  // namespace costwar::sandbox
