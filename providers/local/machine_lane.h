// The lane of this machine: one thread that computes one job after the other, in the order of submission. All
// local models share one lane, so two never compute at once and the seconds of a job are seconds of the whole
// machine's attention. submit() is safe from any thread. The destructor finishes what was submitted, then
// joins the thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace costwar::local {

class MachineLane {
 public:
  MachineLane();
  ~MachineLane();
  MachineLane(const MachineLane&) = delete;
  MachineLane& operator=(const MachineLane&) = delete;

  // `job` must not throw.
  void submit(std::function<void()> job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace costwar::local
