// What the tests of the sandbox share: the tiers that work here, running one program, and attempts to escape.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "system/sandbox.h"
#include "system/sandbox_plan.h"

namespace costwar::sandbox_tests {

namespace fs = std::filesystem;

inline const SandboxSupport& support() {
  static const SandboxSupport found = probe_sandbox();
  return found;
}

inline std::vector<SandboxTier> tiers() {
  if (support().tier == SandboxTier::none) {
    MESSAGE("no tier works on this machine: " << support().why_not_better);
    return {};
  }
  if (support().tier == SandboxTier::namespaces) return {SandboxTier::namespaces, SandboxTier::restricted};
  MESSAGE("only the weaker tier is tested here: " << support().why_not_better);
  return {SandboxTier::restricted};
}

// Root that cannot become another user, as in a container without those rights, is not held to any number of
// processes and threads by the kernel; then a program may start none, and its threads end with its memory.
inline bool tasks_are_counted() {
  return ::geteuid() != 0 || sandbox::can_become_nobody();
}

inline SandboxJob python(const std::string& program) {
  SandboxJob job;
  job.argv = {"/usr/bin/python3", "-sSB", "-c", program};
  job.limits.wall = seconds(60);  // a busy machine is no escape
  return job;
}

inline SandboxJob shell(const std::string& program) {
  SandboxJob job;
  job.argv = {"/bin/sh", "-c", program};
  job.limits.wall = seconds(60);
  job.limits.processes = 16;
  return job;
}

inline SandboxResult run(SandboxTier tier, SandboxJob job) {
  const auto loop = make_event_loop();
  const auto sandbox = make_sandbox(*loop, tier, 1);
  std::optional<SandboxResult> result;
  sandbox->run(std::move(job), [&](SandboxResult ended) { result = std::move(ended); });
  loop->run([&] { return result.has_value(); });
  CHECK_MESSAGE(result->problem.empty(), result->problem);
  CHECK(result->tier == tier);
  return *result;
}

// Runs each attempt, Python text, in one program. Only a refusal by the system (OSError) counts as held; an
// attempt that is wrong in itself is told apart, so that it cannot pass for one.
inline std::vector<std::string> try_all(SandboxTier tier, const std::vector<std::string>& attempts) {
  SandboxJob job = python(
      "import os, sys, socket, ctypes, signal, subprocess, resource\n"
      "c = ctypes.CDLL(None, use_errno=True)\nc.syscall.restype = ctypes.c_long\n"
      "def call(*a):\n    if c.syscall(*a) < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
      "for attempt in sys.stdin.read().split('\\0'):\n"
      "    try: exec(attempt)\n"
      "    except OSError as e: print('held')\n"
      "    except BaseException as e: print('broken:', type(e).__name__, e)\n"
      "    else: print('escaped')\n");
  for (const std::string& attempt : attempts)
    job.input += (job.input.empty() ? "" : std::string(1, '\0')) + attempt;
  const SandboxResult result = run(tier, job);
  CHECK_MESSAGE(result.err.empty(), result.err);
  std::istringstream lines(result.out);
  std::vector<std::string> outcomes;
  for (std::string line; std::getline(lines, line);) outcomes.push_back(line);
  REQUIRE(outcomes.size() == attempts.size());
  return outcomes;
}

inline void all_held(SandboxTier tier, const std::vector<std::string>& attempts) {
  const std::vector<std::string> outcomes = try_all(tier, attempts);
  for (std::size_t i = 0; i < attempts.size(); ++i)
    CHECK_MESSAGE(outcomes[i] == "held", attempts[i] << ": " << outcomes[i]);
}

// A folder of this test's own, in the test's working folder as a project's store is.
struct Folder {
  fs::path path = fs::absolute(fs::path("build") / ("sandbox-test-" + std::to_string(::getpid())));
  Folder() { fs::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
};

// Running processes whose command line holds the marker.
inline std::size_t processes_with(const std::string& marker) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    try {
      std::ifstream file(entry.path() / "cmdline");
      std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      if (line.find(marker) != std::string::npos) ++count;
    } catch (const std::ios_base::failure&) {  // it ended while it was read
    }
  }
  return count;
}

}  // namespace costwar::sandbox_tests
