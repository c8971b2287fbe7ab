// Child processes: started with an argument vector (never a shell), watched through the event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "system/event_loop.h"

namespace costwar {

struct ChildExit {
  std::optional<int> code;    // set when it exited
  std::optional<int> signal;  // set when a signal ended it
  std::int64_t max_resident_bytes = 0;
  Nanos user_time;
  Nanos system_time;
};

struct ChildCommand {
  std::vector<std::string> argv;  // argv[0] is searched in PATH
  std::vector<std::pair<std::string, std::string>> extra_environment;
  std::string working_directory;        // empty: ours
  std::vector<std::string> withheld{};  // names of variables that it does not get; NAME* is all that begin so
};

struct ChildCallbacks {
  std::function<void(std::string_view)> out;  // bytes of standard output as they come; may be empty
  std::function<void(std::string_view)> err;
  std::function<void(ChildExit)> exited;  // once, after both streams ended, or 2 s after the program did
};

// The child gets its own process group and dies with us (PR_SET_PDEATHSIG). Destroying a running child kills
// its group and waits for it.
class ChildProcess {
 public:
  virtual ~ChildProcess() = default;
  virtual std::int64_t pid() const = 0;
  virtual void terminate() = 0;  // SIGTERM to the group
  virtual void kill() = 0;       // SIGKILL to the group
};

// Throws Error{input} naming the program when it cannot be started.
std::unique_ptr<ChildProcess> start_child(EventLoop& loop, ChildCommand command, ChildCallbacks callbacks);

}  // namespace costwar
