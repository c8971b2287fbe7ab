#include "system/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace costwar {
namespace {

Nanos from_timeval(const timeval& t) {
  return {std::int64_t{t.tv_sec} * 1'000'000'000 + std::int64_t{t.tv_usec} * 1000};
}

class PipeEnd {
 public:
  PipeEnd() = default;
  PipeEnd(const PipeEnd&) = delete;
  PipeEnd& operator=(const PipeEnd&) = delete;
  ~PipeEnd() { reset(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  PipeEnd read, write;

  void make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw Error(ErrorKind::internal, fmt::format("pipe2 failed: {}", std::strerror(errno)));
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

bool is_withheld(const ChildCommand& command, std::string_view variable) {
  return std::any_of(command.withheld.begin(), command.withheld.end(), [&](const std::string& name) {
    return name.ends_with('*') ? variable.starts_with(std::string_view(name).substr(0, name.size() - 1))
                               : variable == name;
  });
}

// The child's argument and environment vectors, made before fork: after it, nothing may allocate.
struct Vectors {
  std::vector<std::string> environment;
  std::vector<char*> argv, envp;

  explicit Vectors(ChildCommand& command) {
    for (std::string& argument : command.argv) argv.push_back(argument.data());
    argv.push_back(nullptr);
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      bool replaced = is_withheld(command, text.substr(0, text.find('=')));
      for (const auto& [name, value] : command.extra_environment)
        replaced = replaced || (text.starts_with(name) && text.substr(name.size()).starts_with('='));
      if (!replaced) environment.emplace_back(text);
    }
    for (const auto& [name, value] : command.extra_environment) environment.push_back(name + "=" + value);
    for (std::string& entry : environment) envp.push_back(entry.data());
    envp.push_back(nullptr);
  }
};

// The child between fork and exec; only async-signal-safe calls. An errno goes through `report` when exec
// fails.
[[noreturn]] void become(const ChildCommand& command, const Vectors& vectors, pid_t parent, int out, int err,
                         int report) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before prctl could arm
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);

  const int nothing = ::open("/dev/null", O_RDONLY);
  bool fine = nothing >= 0 && ::dup2(nothing, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
              ::dup2(err, STDERR_FILENO) >= 0;
  fine = fine && (command.working_directory.empty() || ::chdir(command.working_directory.c_str()) == 0);
  if (fine) {
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what a library opened without O_CLOEXEC stays ours
    ::execvpe(vectors.argv[0], vectors.argv.data(), vectors.envp.data());
  }
  const int cause = errno;
  [[maybe_unused]] const auto written = ::write(report, &cause, sizeof cause);
  ::_exit(127);
}

// How long the pipes of a program that has ended are read on.
constexpr Nanos kLinger = seconds(2);

class Child final : public ChildProcess {
 public:
  Child(EventLoop& loop, ChildCommand command, ChildCallbacks callbacks)
      : loop_(loop), callbacks_(std::move(callbacks)) {
    if (command.argv.empty()) throw Error(ErrorKind::input, "a child process needs a program");
    spawn(command);
    watch_stream(out_, callbacks_.out);
    watch_stream(err_, callbacks_.err);
    watch_end();
  }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ~Child() override {
    for (PipeEnd* fd : {&out_.read, &err_.read, &pidfd_})
      if (fd->open()) loop_.unwatch(fd->get());
    loop_.cancel(poll_timer_);
    if (exit_) return;
    kill();
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  std::int64_t pid() const override { return pid_; }
  void terminate() override { signal_group(SIGTERM); }
  void kill() override { signal_group(SIGKILL); }

 private:
  void spawn(ChildCommand& command) {
    Vectors vectors(command);
    Pipe report;
    for (Pipe* pipe : {&out_, &err_, &report}) pipe->make();
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0)
      throw Error(ErrorKind::input,
                  fmt::format("cannot start {}: {}", command.argv[0], std::strerror(errno)));
    if (pid_ == 0) become(command, vectors, parent, out_.write.get(), err_.write.get(), report.write.get());
    ::setpgid(pid_, pid_);  // both sides, so that the group exists whoever comes first
    for (Pipe* pipe : {&out_, &err_, &report}) pipe->write.reset();

    int cause = 0;
    ssize_t got = 0;
    do got = ::read(report.read.get(), &cause, sizeof cause);
    while (got < 0 && errno == EINTR);
    if (got == 0) return;  // exec closed the pipe: it runs
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    const std::string where = command.working_directory.empty() ? "" : " in " + command.working_directory;
    throw Error(ErrorKind::input,
                fmt::format("cannot start {}{}: {}", command.argv[0], where, std::strerror(cause)));
  }

  void watch_stream(Pipe& pipe, const std::function<void(std::string_view)>& callback) {
    ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
    loop_.watch(pipe.read.get(), FdEvents::read,
                [this, &pipe, &callback](FdEvents) { drain(pipe, callback); });
  }

  // One read a turn: a child that writes without end must not hold up the loop.
  void drain(Pipe& pipe, const std::function<void(std::string_view)>& callback) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(pipe.read.get(), buffer.data(), buffer.size());
    if (got > 0 && callback) callback({buffer.data(), static_cast<std::size_t>(got)});
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return;
    loop_.unwatch(pipe.read.get());
    pipe.read.reset();
    finish();
  }

  void watch_end() {
    // By number: glibc 2.36 declares pidfd_open without C linkage.
    pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (pidfd_.open())
      loop_.watch(pidfd_.get(), FdEvents::read, [this](FdEvents) { reap(); });
    else
      reap();  // a kernel or a sandbox without pidfd: look every few milliseconds
  }

  void reap() {
    siginfo_t ended{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        ended.si_pid != pid_) {
      if (!pidfd_.open()) poll_timer_ = loop_.at(loop_.clock().mono() + milliseconds(5), [this] { reap(); });
      return;
    }
    // What it left in its group goes with it. Its number is the group's alone until it is reaped.
    ::kill(-pid_, SIGKILL);
    int status = 0;
    rusage usage{};
    while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    exit_.emplace();
    if (WIFEXITED(status)) exit_->code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) exit_->signal = WTERMSIG(status);
    exit_->max_resident_bytes = std::int64_t{usage.ru_maxrss} * 1024;
    exit_->user_time = from_timeval(usage.ru_utime);
    exit_->system_time = from_timeval(usage.ru_stime);
    if (pidfd_.open()) loop_.unwatch(pidfd_.get());
    pidfd_.reset();
    // Whoever left the group may hold the pipes for ever.
    if (out_.read.open() || err_.read.open())
      poll_timer_ = loop_.at(loop_.clock().mono() + kLinger, [this] { let_pipes_go(); });
    finish();
  }

  void let_pipes_go() {
    for (Pipe* pipe : {&out_, &err_}) {
      if (!pipe->read.open()) continue;
      loop_.unwatch(pipe->read.get());
      pipe->read.reset();
    }
    finish();
  }

  // The last thing that a turn does with this object: the callback may destroy it.
  void finish() {
    if (!exit_ || out_.read.open() || err_.read.open() || !callbacks_.exited) return;
    loop_.cancel(std::exchange(poll_timer_, 0));
    const auto exited = std::move(callbacks_.exited);
    exited(*exit_);
  }

  void signal_group(int number) {
    if (!exit_) ::kill(-pid_, number);
  }

  EventLoop& loop_;
  ChildCallbacks callbacks_;
  pid_t pid_ = -1;
  Pipe out_, err_;
  PipeEnd pidfd_;
  TimerId poll_timer_ = 0;  // waits for its end, and after that for its pipes
  std::optional<ChildExit> exit_;
};

}  // namespace

std::unique_ptr<ChildProcess> start_child(EventLoop& loop, ChildCommand command, ChildCallbacks callbacks) {
  return std::make_unique<Child>(loop, std::move(command), std::move(callbacks));
}

}  // namespace costwar
