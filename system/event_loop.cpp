#include "system/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"

namespace costwar {
namespace {

std::int64_t read_clock(clockid_t which) {
  timespec now{};
  clock_gettime(which, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] void fail(std::string_view call) {
  throw Error(ErrorKind::internal, fmt::format("{} failed: {}", call, std::strerror(errno)));
}

// A descriptor that the loop itself owns.
class OwnFd {
 public:
  OwnFd(int fd, std::string_view call) : fd_(fd) {
    if (fd_ < 0) fail(call);
  }
  OwnFd(const OwnFd&) = delete;
  OwnFd& operator=(const OwnFd&) = delete;
  ~OwnFd() { ::close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool includes(FdEvents set, FdEvents one) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

std::uint32_t epoll_mask(FdEvents events) {
  std::uint32_t mask = 0;
  if (includes(events, FdEvents::read)) mask |= EPOLLIN;
  if (includes(events, FdEvents::write)) mask |= EPOLLOUT;
  return mask;
}

// What the owner hears: an error or a hang-up makes everything that is watched ready, so that the next read
// or write finds the cause.
FdEvents ready_events(std::uint32_t mask, FdEvents watched) {
  if ((mask & (EPOLLERR | EPOLLHUP)) != 0) return watched;
  unsigned ready = 0;
  if ((mask & EPOLLIN) != 0) ready |= static_cast<unsigned>(FdEvents::read);
  if ((mask & EPOLLOUT) != 0) ready |= static_cast<unsigned>(FdEvents::write);
  return static_cast<FdEvents>(ready & static_cast<unsigned>(watched));
}

class EpollLoop final : public EventLoop {
 public:
  EpollLoop()
      : epoll_(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create"),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd") {
    for (const int fd : {timer_.get(), wake_.get()}) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = static_cast<std::uint32_t>(fd);  // generation 0: the loop's own
      if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
    }
  }

  const Clock& clock() const override { return clock_; }
  LoopStats stats() const override { return stats_; }

  TimerId at(Mono due, Task task) override {
    const TimerId id = next_timer_++;
    timers_.emplace(std::pair{due, id}, std::move(task));
    due_of_.emplace(id, due);
    return id;
  }

  void cancel(TimerId timer) override {
    const auto found = due_of_.find(timer);
    if (found == due_of_.end()) return;
    timers_.erase({found->second, timer});
    due_of_.erase(found);
  }

  void post(Task task) override {
    bool first = false;
    const bool from_outside = runner_.load(std::memory_order_relaxed) != std::this_thread::get_id();
    {
      const std::lock_guard lock(posts_mutex_);
      first = posts_.empty();
      posts_.push_back(std::move(task));
    }
    // The loop never waits while something is queued: later posts need no second wake-up, and what its own
    // tasks post needs none at all.
    if (first && from_outside) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
    }
  }

  void watch(int fd, FdEvents events, FdCallback ready) override {
    const bool known = watch_of(fd) != nullptr;
    const std::uint32_t generation = next_generation_;
    next_generation_ = next_generation_ == UINT32_MAX ? 1 : next_generation_ + 1;
    epoll_event event{};
    event.events = epoll_mask(events);
    event.data.u64 = (std::uint64_t{generation} << 32) | static_cast<std::uint32_t>(fd);
    int result = epoll_ctl(epoll_.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    // Closed without unwatch and opened again under the same number: the kernel has forgotten it, we have
    // not.
    if (result != 0 && known && errno == ENOENT) result = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    if (result != 0) fail("epoll_ctl");
    const auto place = static_cast<std::size_t>(fd);
    if (place >= watches_.size()) watches_.resize(place + 1);
    retire(watches_[place]);
    watches_[place] = Watch{generation, events, std::make_unique<FdCallback>(std::move(ready))};
  }

  void unwatch(int fd) override {
    Watch* const watch = watch_of(fd);
    if (watch == nullptr) return;
    retire(*watch);
    epoll_event unused{};
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);  // fails only when the descriptor is closed already
  }

  void run(const std::function<bool()>& done) override {
    runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    while (!done()) turn();
  }

 private:
  struct Watch {
    std::uint32_t generation = 0;
    FdEvents events = FdEvents::none;
    std::unique_ptr<FdCallback> ready;  // none: nobody watches
  };

  Watch* watch_of(int fd) {
    if (fd < 0 || static_cast<std::size_t>(fd) >= watches_.size()) return nullptr;
    Watch& watch = watches_[static_cast<std::size_t>(fd)];
    return watch.ready == nullptr ? nullptr : &watch;
  }

  // A callback may unwatch or replace itself: while one runs, none goes.
  void retire(Watch& watch) {
    if (dispatching_ > 0 && watch.ready != nullptr) retired_.push_back(std::move(watch.ready));
    watch = {};
  }

  void turn() {
    arm();
    std::array<epoll_event, 256> events;
    const int count =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), posted() > 0 ? 0 : -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    if (count > 0) {
      ++stats_.wakeups;
      stats_.ready += static_cast<std::uint64_t>(count);
      if (static_cast<std::size_t>(count) > LoopStats::kCrowd) ++stats_.crowded_wakeups;
    }
    serve(events.data(), count);
    run_timers();
    run_posts();
  }

  void serve(const epoll_event* events, int count) {
    struct Dispatching {
      EpollLoop& loop;
      explicit Dispatching(EpollLoop& its_loop) : loop(its_loop) { ++loop.dispatching_; }
      Dispatching(const Dispatching&) = delete;
      Dispatching& operator=(const Dispatching&) = delete;
      ~Dispatching() {
        if (--loop.dispatching_ > 0) return;
        const auto gone = std::exchange(loop.retired_, {});  // what they held may unwatch in turn
      }
    } dispatching(*this);
    for (int i = 0; i < count; ++i) dispatch(events[i]);
  }

  // Sets the timerfd to the earliest timer; a system call only when that changed.
  void arm() {
    const Mono due = timers_.empty() ? Mono{} : timers_.begin()->first.first;
    const bool wanted = !timers_.empty();
    if (wanted == is_armed_ && due == armed_) return;
    is_armed_ = wanted;
    armed_ = due;
    itimerspec spec{};
    if (is_armed_) {
      const std::int64_t ns = std::max<std::int64_t>(due.ns, 1);  // 0 would disarm
      spec.it_value.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
      spec.it_value.tv_nsec = static_cast<long>(ns % 1'000'000'000);
    }
    if (timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0) fail("timerfd_settime");
  }

  void dispatch(const epoll_event& event) {
    const auto fd = static_cast<int>(event.data.u64 & UINT32_MAX);
    const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
    if (generation == 0) {
      std::uint64_t unused = 0;
      [[maybe_unused]] const auto got = ::read(fd, &unused, sizeof unused);
      if (fd == timer_.get()) is_armed_ = false;
      return;
    }
    // An earlier callback of this turn may have closed this descriptor, or opened another one of the same
    // number.
    const Watch* const watch = watch_of(fd);
    if (watch == nullptr || watch->generation != generation) return;
    const FdCallback& callback = *watch->ready;
    callback(ready_events(event.events, watch->events));
  }

  // What is due now; timers that these tasks set wait for the next turn, so that descriptors are never
  // starved.
  void run_timers() {
    const Mono now = clock_.mono();
    const TimerId limit = next_timer_;
    while (!timers_.empty() && timers_.begin()->first.first <= now && timers_.begin()->first.second < limit) {
      auto node = timers_.extract(timers_.begin());
      due_of_.erase(node.key().second);
      node.mapped()();
    }
  }

  // What was posted before this turn's end, one by one: those after a task that throws are kept for the next
  // run().
  void run_posts() {
    for (std::size_t left = posted(); left > 0; --left) {
      Task task;
      {
        const std::lock_guard lock(posts_mutex_);
        task = std::move(posts_.front());
        posts_.pop_front();
      }
      task();
    }
  }

  std::size_t posted() {
    const std::lock_guard lock(posts_mutex_);
    return posts_.size();
  }

  SystemClock clock_;
  LoopStats stats_;
  OwnFd epoll_;
  OwnFd timer_;
  OwnFd wake_;
  std::map<std::pair<Mono, TimerId>, Task> timers_;
  std::unordered_map<TimerId, Mono> due_of_;
  TimerId next_timer_ = 1;
  bool is_armed_ = false;
  Mono armed_;
  std::vector<Watch> watches_;  // by descriptor: they are small numbers
  std::vector<std::unique_ptr<FdCallback>> retired_;
  int dispatching_ = 0;  // of run() within a callback, one more
  std::uint32_t next_generation_ = 1;
  std::atomic<std::thread::id> runner_{};  // the thread that runs the loop, or did last
  std::mutex posts_mutex_;
  std::deque<Task> posts_;
};

}  // namespace

Mono SystemClock::mono() const {
  return {read_clock(CLOCK_MONOTONIC)};
}
Wall SystemClock::wall() const {
  return {read_clock(CLOCK_REALTIME)};
}

std::unique_ptr<EventLoop> make_event_loop() {
  return std::make_unique<EpollLoop>();
}

}  // namespace costwar
