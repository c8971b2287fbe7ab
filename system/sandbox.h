// A sandbox for programs that a model wrote: argument vector, standard input and a few files in; how it ended
// and what it printed out. The program sees a read-only part of the system, none of our files, variables or
// descriptors, no network and no other process. What each tier holds, and how: docs/sandbox.md.
//
// Everything happens on the event loop's thread and nothing blocks it. A Sandbox outlives the programs in it;
// destroying it kills them, and their callbacks never come.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "system/event_loop.h"

namespace costwar {

enum class SandboxTier : std::uint8_t {
  none,        // only limits and an empty environment: nothing is kept from it
  restricted,  // weaker: seccomp, limits, Landlock where there is one; see sandbox_promises()
  namespaces,  // namespaces of its own for users, mounts, processes, network, IPC and host name
};
std::string_view sandbox_tier_name(SandboxTier tier);  // "none", "restricted (weaker)", "namespaces"

// What this machine allows, found out by running a small program in each tier, not by guessing. Costs a few
// milliseconds and blocks.
struct SandboxSupport {
  SandboxTier tier = SandboxTier::none;
  bool landlock = false;       // a Landlock that limits what `restricted` can read
  std::string why_not_better;  // "namespaces: clone3: Operation not permitted"; empty in the best tier
};
SandboxSupport probe_sandbox();

struct SandboxLimits {
  Nanos wall = seconds(10);  // from the start; then the program and all that it started are killed
  Nanos cpu = seconds(10);   // of each process, rounded up to seconds
  std::uint64_t memory_bytes = std::uint64_t{512} << 20;  // address space of each process
  std::uint64_t disk_bytes = std::uint64_t{16} << 20;     // of /tmp, and of each file
  std::uint64_t output_bytes = std::uint64_t{1} << 20;    // standard output and error together
  // 1: it may start threads and no process. More is for the namespaces tier; the weaker one always holds 1.
  std::uint32_t processes = 1;
};

struct SandboxFile {
  std::string name;  // plain, without a slash
  std::string bytes;
};

struct SandboxJob {
  std::vector<std::string> argv;   // argv[0] is a whole path
  std::string input;               // standard input
  std::vector<SandboxFile> files;  // in the folder where the program starts
  // Seen read-only besides the system's folders, where an interpreter lies elsewhere. Whole paths.
  std::vector<std::string> also_visible;
  SandboxLimits limits;
};

enum class SandboxEnd : std::uint8_t {
  exited,         // by itself, with `exit_code`
  timed_out,      // wall or processor time
  out_of_memory,  // the kernel killed it; an interpreter that survives a refused allocation has `exited`
  output_full,
  killed,       // by `signal`
  not_started,  // `problem` says why
};
std::string_view sandbox_end_name(SandboxEnd end);

struct SandboxResult {
  SandboxEnd end = SandboxEnd::not_started;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string out, err;  // together at most output_bytes
  Nanos wall, cpu;       // cpu: of the program and of what it waited for
  // Unknown where the program stayed smaller than the process that it was started from.
  std::optional<std::uint64_t> peak_memory_bytes;
  SandboxTier tier = SandboxTier::none;
  std::string problem;
};

using SandboxDone = std::function<void(SandboxResult)>;
using SandboxPairDone = std::function<void(SandboxResult first, SandboxResult second)>;

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  virtual SandboxTier tier() const = 0;

  // Starts the job when one of the `parallel` places is free; jobs start in the order given. `done` comes
  // once, from the loop, and may run further jobs. Throws Error{internal} for a job that is wrong in itself.
  virtual void run(SandboxJob job, SandboxDone done) = 0;

  // Two programs, each in a sandbox of its own, that share nothing but one stream socket, descriptor 3 of
  // both. The second is killed when the first has ended. Takes one place.
  virtual void run_pair(SandboxJob first, SandboxJob second, SandboxPairDone done) = 0;
};

// parallel 0: as many as there are processors. The tier is taken as given; probe_sandbox() says which works.
std::unique_ptr<Sandbox> make_sandbox(EventLoop& loop, SandboxTier tier, unsigned parallel = 0);

struct CodePolicy {
  bool allow_unsafe = false;  // --unsafe-code
};
// The best sandbox that there is. Where there is none: Error{input} with the remedy, unless the policy allows
// model-written code to run with the rights of this user.
std::unique_ptr<Sandbox> open_sandbox(EventLoop& loop, const SandboxSupport& support, CodePolicy policy,
                                      unsigned parallel = 0);

// One sentence for reports: what is held in this tier and what is not.
std::string sandbox_promises(const SandboxSupport& support);

}  // namespace costwar
