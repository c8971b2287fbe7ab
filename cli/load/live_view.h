// What a load does while it runs, on stderr: on a terminal a few lines that are drawn again four times a
// second, elsewhere one plain line every ten seconds. Drawn by a thread of its own, which only reads
// counters, so that watching slows nothing.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/environment.h"
#include "harness/load/load_counters.h"

namespace costwar::cli {

// The lines for two looks, the later one second: rates are differences. At most `width` columns each; 0: as
// long as they get. Pure.
std::vector<std::string> live_lines(const harness::LoadSnapshot& before, const harness::LoadSnapshot& now,
                                    int width);

// The same in one line, for logs.
std::string live_line(const harness::LoadSnapshot& before, const harness::LoadSnapshot& now);

class LiveView {
 public:
  LiveView(const harness::LoadCounters& counters, const Environment& environment);
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;
  ~LiveView();  // takes the lines off the terminal

 private:
  void work();
  void draw(const std::vector<std::string>& lines);
  void erase();

  const harness::LoadCounters& counters_;
  const Environment& environment_;
  std::size_t drawn_ = 0;  // lines that stand on the terminal
  std::mutex mutex_;
  std::condition_variable ended_;
  bool closing_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace costwar::cli
