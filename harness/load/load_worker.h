// The second half of a thread of load: makes calls ready before they are due and reads them after they have
// ended, so that the event loop's thread does neither. Runs at a lower priority than that thread.
//
// Sessions go back and forth; results are posted to the loop in groups.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/error.h"
#include "harness/load/load_session.h"
#include "harness/load/load_settings.h"
#include "harness/load/load_sink.h"
#include "system/event_loop.h"

namespace costwar::harness {

// What all threads of a run add to. Only atomics.
struct LoadTally {
  std::atomic<std::uint64_t> begun{0};  // without those that the schedule cut
  std::atomic<std::uint64_t> ended{0};
  std::atomic<std::uint64_t> answered{0};
};

class LoadWorker {
 public:
  // All of them are called on the loop's thread.
  struct Replies {
    // More sessions of this stage, their first calls made ready; `last`: there are no more, and the schedule
    // is not looked at again.
    std::function<void(std::uint32_t stage, std::vector<SessionPtr> sessions, bool last)> ready;
    // The next turn of a session is ready: due so long after its last call's end.
    std::function<void(SessionPtr session)> next;
    // A session is over: its last call was read. `kept_place`: it was expected to go on.
    std::function<void(bool kept_place, Mono ended)> over;
    // A call failed in a way that makes it hopeless to go on.
    std::function<void(Error error)> hopeless;
  };

  struct Parts {
    std::uint32_t thread = 0;
    const LoadTarget* target = nullptr;
    const LoadSettings* settings = nullptr;
    LoadSink* sink = nullptr;
    LoadTally* tally = nullptr;
    EventLoop* loop = nullptr;
    std::function<void(std::exception_ptr)> failed{};  // from the worker's thread: it has ended
  };

  LoadWorker(Parts parts, Replies replies);
  LoadWorker(const LoadWorker&) = delete;
  LoadWorker& operator=(const LoadWorker&) = delete;
  ~LoadWorker();  // finishes what it was given

  // From here on sessions are those of this schedule with the numbers first, first + step, ... in the stage
  // of this number. `schedule` must live until ready() has said `last` for the stage.
  void begin(const LoadSchedule& schedule, std::uint32_t stage, std::uint64_t first, std::uint64_t step);
  void order(std::size_t sessions);  // make so many more ready
  void cease();                      // no more of this stage: ready() says `last`
  void read(SessionPtr session, RawCall call);
  void never_sent(SessionPtr session, Mono at);  // its call was due and did not leave

  Nanos cpu() const { return {cpu_.load(std::memory_order_relaxed)}; }  // of its thread, so far

 private:
  struct Job {
    enum class Kind : std::uint8_t { begin, order, read, never_sent };
    Kind kind = Kind::order;
    SessionPtr session{};
    RawCall call{};
    const LoadSchedule* schedule = nullptr;
    std::uint32_t stage = 0;
    std::uint64_t first = 0;
    std::uint64_t step = 1;
    std::size_t count = 0;
  };
  struct Results;

  void submit(Job job);
  void work();
  void run(Job job, Results& results);
  void make_ready(std::size_t count);
  void prepare(LoadSession& session);
  void take(SessionPtr session, const RawCall& raw, Results& results);
  LoadCall call_of(const LoadSession& session) const;
  void count(const Attempt& attempt, Results& results);
  void post(const std::shared_ptr<Results>& results);

  Parts parts_;
  Replies replies_;
  CallPrices prices_;
  const LoadSchedule* schedule_ = nullptr;
  std::uint32_t stage_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t step_ = 1;
  bool exhausted_ = false;
  std::atomic<bool> ceased_{false};
  std::atomic<std::int64_t> cpu_{0};

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Job> queue_;
  bool closing_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace costwar::harness
