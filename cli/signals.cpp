#include "cli/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "core/error.h"

namespace costwar::cli {
namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

InterruptWatch::InterruptWatch(EventLoop& loop, std::function<void()> interrupted)
    : InterruptWatch(loop, {}, std::move(interrupted)) {}

InterruptWatch::InterruptWatch(EventLoop& loop, std::function<void()> wind_down,
                               std::function<void()> interrupted)
    : loop_(loop), wind_down_(std::move(wind_down)) {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw Error(ErrorKind::internal, "signals cannot be watched");
  loop_.watch(fd_, FdEvents::read, [this, interrupted = std::move(interrupted)](FdEvents) {
    signalfd_siginfo info{};
    if (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
    if (wind_down_ && info.ssi_signo == SIGINT) return std::exchange(wind_down_, {})();
    const sigset_t second = watched_signals();
    pthread_sigmask(SIG_UNBLOCK, &second, nullptr);
    interrupted();
  });
}

InterruptWatch::~InterruptWatch() {
  loop_.unwatch(fd_);
  close(fd_);
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace costwar::cli
