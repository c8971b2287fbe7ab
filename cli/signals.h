// Ctrl-C and SIGTERM as events of the loop.
#pragma once

#include <functional>

#include "system/event_loop.h"

namespace costwar::cli {

// While it lives, the first SIGINT or SIGTERM calls `interrupted` on the loop; the second ends the process as
// usual. Make it before any thread is started, so that every thread leaves the signals to it.
class InterruptWatch {
 public:
  InterruptWatch(EventLoop& loop, std::function<void()> interrupted);
  // In two steps: the first SIGINT calls `wind_down`; a second one, or SIGTERM, calls `interrupted`, and from
  // then on signals end the process as usual.
  InterruptWatch(EventLoop& loop, std::function<void()> wind_down, std::function<void()> interrupted);
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  EventLoop& loop_;
  std::function<void()> wind_down_;  // empty: there is one step
  int fd_ = -1;
};

}  // namespace costwar::cli
