// The parent's side: places, one Program per child, and its end.
#include "system/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <thread>
#include <utility>

#include "core/error.h"
#include "system/sandbox_child.h"
#include "system/sandbox_parts.h"
#include "system/sandbox_plan.h"

namespace costwar {
namespace sandbox {
namespace {

// One child from start to end. `ended` comes from the loop and may destroy the Program.
class Program {
 public:
  Program(EventLoop& loop, SandboxTier tier, SandboxJob job, Descriptor channel, SandboxDone ended)
      : loop_(loop), ended_(std::move(ended)), alive_(std::make_shared<bool>(true)) {
    result_.tier = tier;
    began_ = loop_.clock().mono();
    most_output_ = job.limits.output_bytes;
    cpu_limit_ = job.limits.cpu;
    try {
      const Nanos wall = job.limits.wall;
      launch(std::move(job), std::move(channel));
      watch();
      timer_ = loop_.at(began_ + wall, [this] { stop(SandboxEnd::timed_out); });
    } catch (const Refused& refused) {
      result_.problem = refused.problem;
      put_down();
      loop_.post([this, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) finish();
      });
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    for (const Descriptor* fd : {&out_, &err_, &pidfd_})
      if (fd->open()) loop_.unwatch(fd->get());
    loop_.cancel(timer_);
    loop_.cancel(poll_timer_);
    put_down();
  }

  // The first reason counts.
  void stop(SandboxEnd why) {
    if (pid_ <= 0 || stopped_) return;
    stopped_ = why;
    kill();
  }

 private:
  void launch(SandboxJob job, Descriptor channel) {
    const Descriptor input = make_input(job.input);
    // The kernel does not count the processes of the machine's root, so one that stays root may start none.
    const bool counted = ::geteuid() != 0 || can_become_nobody();
    if (result_.tier == SandboxTier::restricted || (result_.tier == SandboxTier::namespaces && !counted))
      job.limits.processes = 1;
    const bool may_start = job.limits.processes > 1;
    std::vector<std::string> readable = job.also_visible;
    ChildPlan plan = make_plan(std::move(job), result_.tier);
    Descriptor landlock;
    if (result_.tier != SandboxTier::namespaces) {
      folder_.make(plan.files);
      plan.start_folder = folder_.path();
      for (const std::string& path : system_paths()) readable.push_back(path);
      readable.push_back(folder_.path());
    }
    if (result_.tier == SandboxTier::restricted && has_landlock())
      landlock = lift(make_landlock(readable), "landlock_create_ruleset");
    if (result_.tier != SandboxTier::none) plan.filter = make_filter(result_.tier, may_start);
    Pipe out = make_pipe(), err = make_pipe(), report = make_pipe(), sync = make_pipe();
    ::fcntl(sync.read.get(), F_SETFL, 0);
    plan.fds = {input.get(),        out.write.get(), err.write.get(), channel.get(),
                report.write.get(), sync.read.get(), landlock.get()};
    before_ = resident_bytes();
    pid_ = start(plan);
    if (pid_ < 0) refuse("clone");
    if (result_.tier == SandboxTier::namespaces) {
      write_user_map(pid_, plan.from_root);
      if (::write(sync.write.get(), "1", 1) != 1) refuse("user map");
    }
    out_ = std::move(out.read);
    err_ = std::move(err.read);
    report_ = std::move(report.read);
  }

  void watch() {
    loop_.watch(out_.get(), FdEvents::read, [this](FdEvents) { drain_once(out_, result_.out); });
    loop_.watch(err_.get(), FdEvents::read, [this](FdEvents) { drain_once(err_, result_.err); });
    pidfd_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (pidfd_.open())
      loop_.watch(pidfd_.get(), FdEvents::read, [this](FdEvents) { reap(); });
    else  // a kernel without it: look every few milliseconds
      poll_timer_ = loop_.at(loop_.clock().mono() + milliseconds(2), [this] { reap(); });
  }

  // False when there is nothing to read now, or ever.
  bool read_some(Descriptor& from, std::string& into) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) return true;
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) {
      loop_.unwatch(from.get());
      from.reset();
      return false;
    }
    const std::uint64_t room = most_output_ - result_.out.size() - result_.err.size();
    into.append(buffer.data(), std::min<std::uint64_t>(room, static_cast<std::uint64_t>(got)));
    if (static_cast<std::uint64_t>(got) > room) stop(SandboxEnd::output_full);
    return !stopped_;
  }
  // One read a turn: who writes without end must not hold up the loop.
  void drain_once(Descriptor& from, std::string& into) { read_some(from, into); }

  void reap() {
    int status = 0;
    rusage usage{};
    if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) {
      if (!pidfd_.open()) poll_timer_ = loop_.at(loop_.clock().mono() + milliseconds(2), [this] { reap(); });
      return;
    }
    const auto span = [](const timeval& t) {
      return Nanos{std::int64_t{t.tv_sec} * 1'000'000'000 + std::int64_t{t.tv_usec} * 1000};
    };
    // In a session of its own, whose other members only the tier `none` leaves alive.
    if (result_.tier == SandboxTier::none) ::kill(-pid_, SIGKILL);
    pid_ = -1;
    if (pidfd_.open()) loop_.unwatch(pidfd_.get());
    pidfd_.reset();
    loop_.cancel(timer_);
    result_.cpu = span(usage.ru_utime) + span(usage.ru_stime);
    for (auto* stream : {&out_, &err_})
      while (stream->open() && read_some(*stream, stream == &out_ ? result_.out : result_.err)) {
      }
    judge(status, std::int64_t{usage.ru_maxrss});
    finish();
  }

  // What the end means. The report of process 1 stands above the status of its own end.
  void judge(int status, std::int64_t resident_kib) {
    ChildReport report;
    bool reported = false;
    while (::read(report_.get(), &report, sizeof report) == static_cast<ssize_t>(sizeof report)) {
      if (!report.ended) {
        result_.end = SandboxEnd::not_started;
        result_.problem = fmt::format("{}: {}", report.step.data(), std::strerror(report.error));
        return;
      }
      reported = true;
    }
    if (reported) {
      status = report.status;
      resident_kib = report.max_resident_kib;
    }
    const std::uint64_t peak = static_cast<std::uint64_t>(resident_kib) * 1024;
    // The figure begins with the copy of this process that the child was before exec.
    if (peak > before_ + (before_ >> 3) && (reported || result_.tier != SandboxTier::namespaces))
      result_.peak_memory_bytes = peak;
    if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    // A second of a pair may have ended by itself just before it was put down.
    const bool put_down_late = stopped_ == SandboxEnd::killed && result_.exit_code;
    if (stopped_ && !put_down_late) {
      result_.end = *stopped_;
      result_.exit_code.reset();
    } else if (result_.exit_code) {
      result_.end = SandboxEnd::exited;
    } else {
      // The kernel kills with the same signal who ignores SIGXCPU and who takes its last memory.
      const bool spent = result_.signal == SIGXCPU || result_.cpu >= cpu_limit_;
      const bool starved = result_.signal == SIGKILL;
      result_.end = spent ? SandboxEnd::timed_out : starved ? SandboxEnd::out_of_memory : SandboxEnd::killed;
    }
  }

  void finish() {
    result_.wall = loop_.clock().mono() - began_;
    const auto ended = std::move(ended_);
    if (ended) ended(std::move(result_));
  }

  void kill() {
    ::kill(result_.tier == SandboxTier::none ? -pid_ : pid_, SIGKILL);
    if (result_.tier == SandboxTier::none) ::kill(pid_, SIGKILL);  // before its setsid there is no group
  }

  // Kills what runs and waits for it, which is short: the kernel asks nobody.
  void put_down() {
    if (pid_ <= 0) return;
    kill();
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }

  EventLoop& loop_;
  SandboxDone ended_;
  std::shared_ptr<bool> alive_;
  SandboxResult result_;
  PrivateFolder folder_;
  std::uint64_t most_output_ = 0;
  Nanos cpu_limit_;
  std::uint64_t before_ = 0;
  Mono began_;
  int pid_ = -1;
  Descriptor out_, err_, report_, pidfd_;
  TimerId timer_ = 0, poll_timer_ = 0;
  std::optional<SandboxEnd> stopped_;
};

// One place: a program, or two that are joined.
struct Place {
  std::unique_ptr<Program> first, second;
  std::optional<SandboxResult> first_result, second_result;
  bool paired = false;
  SandboxPairDone done;
};

struct Waiting {
  SandboxJob first;
  std::optional<SandboxJob> second;
  SandboxPairDone done;
};

class RealSandbox final : public Sandbox {
 public:
  RealSandbox(EventLoop& loop, SandboxTier tier, unsigned parallel)
      : loop_(loop),
        tier_(tier),
        parallel_(parallel > 0 ? parallel : std::max(1U, std::thread::hardware_concurrency())) {}

  SandboxTier tier() const override { return tier_; }

  void run(SandboxJob job, SandboxDone done) override {
    check_job(job);
    waiting_.push_back(
        {std::move(job), std::nullopt, [done = std::move(done)](SandboxResult result, const SandboxResult&) {
           if (done) done(std::move(result));
         }});
    fill_places();
  }

  void run_pair(SandboxJob first, SandboxJob second, SandboxPairDone done) override {
    check_job(first);
    check_job(second);
    waiting_.push_back({std::move(first), std::move(second), std::move(done)});
    fill_places();
  }

 private:
  void fill_places() {
    while (places_.size() < parallel_ && !waiting_.empty()) {
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      begin(std::move(next));
    }
  }

  void begin(Waiting next) {
    const std::uint64_t number = next_++;
    Place& place = places_[number];
    place.done = std::move(next.done);
    place.paired = next.second.has_value();
    Descriptor ours, theirs;
    if (place.paired) {
      std::array<int, 2> ends{-1, -1};
      // Out of descriptors: the programs fail to start for the same reason and say so.
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
        Descriptor low(ends[0]), other(ends[1]);
        ours = Descriptor(::fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstFree));
        theirs = Descriptor(::fcntl(other.get(), F_DUPFD_CLOEXEC, kFirstFree));
      }
      place.second = std::make_unique<Program>(
          loop_, tier_, std::move(*next.second), std::move(theirs),
          [this, number](SandboxResult result) { second_ended(number, std::move(result)); });
    }
    place.first = std::make_unique<Program>(
        loop_, tier_, std::move(next.first), std::move(ours),
        [this, number](SandboxResult result) { first_ended(number, std::move(result)); });
  }

  void first_ended(std::uint64_t number, SandboxResult result) {
    Place& place = places_.at(number);
    place.first_result = std::move(result);
    if (place.paired && !place.second_result) place.second->stop(SandboxEnd::killed);
    settle(number);
  }
  void second_ended(std::uint64_t number, SandboxResult result) {
    places_.at(number).second_result = std::move(result);
    settle(number);
  }

  // Destroys the programs, also the one that calls: it does nothing after its callback.
  void settle(std::uint64_t number) {
    Place& place = places_.at(number);
    if (!place.first_result || (place.paired && !place.second_result)) return;
    auto node = places_.extract(number);
    fill_places();
    Place& ended = node.mapped();
    ended.done(std::move(*ended.first_result),
               ended.second_result ? std::move(*ended.second_result) : SandboxResult{});
  }

  EventLoop& loop_;
  SandboxTier tier_;
  unsigned parallel_;
  std::deque<Waiting> waiting_;
  std::map<std::uint64_t, Place> places_;
  std::uint64_t next_ = 0;
};

}  // namespace
}  // namespace sandbox

std::unique_ptr<Sandbox> make_sandbox(EventLoop& loop, SandboxTier tier, unsigned parallel) {
  return std::make_unique<sandbox::RealSandbox>(loop, tier, parallel);
}

}  // namespace costwar
