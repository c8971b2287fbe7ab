// One thread of load: an event loop, connections of its own, and a worker. It begins sessions when they are
// due (open loops) or when a place is free (closed loops), keeps what comes back as it came, and watches
// itself while doing so. Threads share nothing but the sink, the tally and the spending gate.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/duration_histogram.h"
#include "core/error.h"
#include "harness/load/load_session.h"
#include "harness/load/load_settings.h"
#include "harness/load/load_sink.h"
#include "harness/load/load_target.h"
#include "harness/load/load_worker.h"
#include "system/event_loop.h"

namespace costwar::harness {

// What a thread says at the end of a stage.
struct LoadThreadEnd {
  LoopAudit audit;
  Mono last_due;  // of the calls that it began
};

class LoadThread {
 public:
  struct Parts {
    std::uint32_t thread = 0;
    std::uint32_t threads = 1;
    const LoadTarget* target = nullptr;
    const LoadSettings* settings = nullptr;
    LoadSink* sink = nullptr;
    LoadTally* tally = nullptr;
    // From this thread or its worker.
    std::function<void(std::exception_ptr)> failed;
    std::function<void()> ready;                  // the stage may begin
    std::function<void(Error)> stopped;           // it makes no sense to go on: all threads should stop
    std::function<void(LoadThreadEnd)> finished;  // everything of the stage has ended and was read
  };

  explicit LoadThread(Parts parts);
  LoadThread(const LoadThread&) = delete;
  LoadThread& operator=(const LoadThread&) = delete;
  ~LoadThread();

  // From any thread; they take effect on this one.
  void prepare(const LoadSchedule& schedule, std::uint32_t stage);  // then ready()
  void begin(Mono at);                                              // then, in the end, finished()
  void stop();    // nothing more leaves; calls that are out are awaited
  void cancel();  // the same, and they are cancelled

 private:
  struct Flight {
    SessionPtr session;
    std::uint64_t call = 0;  // of the lane
    TimerId cut = 0;
  };
  struct Pause {
    SessionPtr session;
    TimerId timer = 0;
  };

  void run();
  void on_loop(Task task) { loop_->post(std::move(task)); }

  // load_thread.cpp: sessions begin, calls leave and come back
  void reset(const LoadSchedule& schedule, std::uint32_t stage);
  void start(Mono at);
  void take_ready(std::vector<SessionPtr> sessions, bool last);
  void order_more();
  void pump();
  std::optional<Mono> next_due() const;  // of the session that is ready; nullopt: none, or no place
  void leave(SessionPtr session);
  bool may_leave(const LoadSession& session);
  void pump_waiting();
  void issue(SessionPtr session);
  void ended(std::uint64_t number, RawCall raw);
  void free_place(Mono since);
  void pause(SessionPtr session);
  void over(bool kept_place, Mono ended);

  // load_thread_end.cpp: how a stage ends, and the self-audit
  void close_now();
  void stop_now();
  void cancel_now();
  void check_finished();
  void begin_audit();
  void end_audit();
  void probe(Mono due);

  Parts parts_;
  std::shared_ptr<EventLoop> loop_;  // shared with those who may wake it late
  std::unique_ptr<LoadLane> lane_;
  std::unique_ptr<LoadWorker> worker_;

  // Of the stage.
  const LoadSchedule* schedule_ = nullptr;
  std::uint32_t stage_ = 0;
  std::size_t places_ = 0;   // closed: sessions at once on this thread; open: most calls in flight, 0: any
  std::size_t ahead_ = 16;   // sessions that are kept ready
  std::size_t ordered_ = 0;  // of the worker, not here yet
  bool exhausted_ = false;   // there are no more
  bool told_ready_ = false;
  bool running_ = false;
  bool closed_ = false;  // no session begins any more
  Mono begin_{};
  Mono last_due_{};
  std::deque<SessionPtr> ready_;
  std::size_t ready_bytes_ = 0;
  std::deque<Mono> free_places_;    // closed: since when
  std::deque<SessionPtr> waiting_;  // due, and held back by a limit
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::unordered_map<std::uint64_t, Pause> pauses_;  // between two turns
  std::size_t in_hand_ = 0;                          // sessions begun and not over
  std::uint64_t next_number_ = 1;
  TimerId wake_ = 0;
  Mono wake_at_{};
  TimerId close_ = 0;
  TimerId drain_ = 0;

  // What the thread notices of itself.
  TimerId probe_ = 0;
  TimerId audit_timer_ = 0;
  bool auditing_ = false;
  DurationHistogram lag_;
  DurationHistogram connects_;  // of the whole stage
  LoopStats loop_at_begin_{};
  LoopAudit audit_;
  Nanos cpu_at_begin_{};
  Nanos worker_cpu_at_begin_{};
  Mono audit_begin_{};

  bool quit_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace costwar::harness
