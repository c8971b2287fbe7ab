// The lane of this machine: one thread that computes one job after the other, in the order of submission. All
// local models share one lane, so two never compute at once and the seconds of a job are seconds of the whole
// machine's attention. submit() and hold() are safe from any thread. The destructor finishes what was
// submitted, then joins the thread.
//
// What computes elsewhere (a server of our own) holds the lane while it does, so that nothing else begins.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace costwar::local {

// A claim on the lane. Released once, from any thread; also before its turn comes.
class LaneHold {
 public:
  void release();

 private:
  friend class MachineLane;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
};

class MachineLane {
 public:
  MachineLane();
  ~MachineLane();
  MachineLane(const MachineLane&) = delete;
  MachineLane& operator=(const MachineLane&) = delete;

  // `job` must not throw.
  void submit(std::function<void()> job);

  // Calls `held` on the lane's thread when its turn has come, and lets nothing else begin until release().
  std::shared_ptr<LaneHold> hold(std::function<void()> held);

  // Releases all holds: for one who must wait for a job of its own on the thread that would release them.
  void let_go();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::weak_ptr<LaneHold>> holds_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace costwar::local
