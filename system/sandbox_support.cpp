// Which tier works here, what it holds, and what to do where none does.
#include <fmt/format.h>
#include <sys/prctl.h>

#include "core/error.h"
#include "system/sandbox.h"
#include "system/sandbox_child.h"

namespace costwar {
namespace {

// Runs a shell that ends with a code which nothing else ends with; the problem, or nothing.
std::string try_tier(SandboxTier tier) {
  const std::unique_ptr<EventLoop> loop = make_event_loop();
  const std::unique_ptr<Sandbox> sandbox = make_sandbox(*loop, tier, 1);
  std::optional<SandboxResult> result;
  SandboxJob job;
  job.argv = {"/bin/sh", "-c", "exit 73"};
  sandbox->run(std::move(job), [&](SandboxResult ended) { result = std::move(ended); });
  loop->run([&] { return result.has_value(); });
  if (result->exit_code == 73) return {};
  return result->problem.empty() ? fmt::format("the probe ended as {}", sandbox_end_name(result->end))
                                 : result->problem;
}

}  // namespace

std::string_view sandbox_tier_name(SandboxTier tier) {
  constexpr std::string_view kNames[] = {"none", "restricted (weaker)", "namespaces"};
  return kNames[static_cast<std::size_t>(tier)];
}

std::string_view sandbox_end_name(SandboxEnd end) {
  constexpr std::string_view kNames[] = {"exited",      "timed out", "out of memory",
                                         "output full", "killed",    "not started"};
  return kNames[static_cast<std::size_t>(end)];
}

SandboxSupport probe_sandbox() {
  SandboxSupport support;
  support.landlock = sandbox::has_landlock();
  const std::string namespaces = try_tier(SandboxTier::namespaces);
  if (namespaces.empty()) {
    support.tier = SandboxTier::namespaces;
    return support;
  }
  support.why_not_better = "namespaces: " + namespaces;
  const std::string restricted = try_tier(SandboxTier::restricted);
  if (restricted.empty()) {
    support.tier = SandboxTier::restricted;
  } else {
    support.why_not_better += "; restricted: " + restricted;
  }
  return support;
}

std::unique_ptr<Sandbox> open_sandbox(EventLoop& loop, const SandboxSupport& support, CodePolicy policy,
                                      unsigned parallel) {
  if (support.tier == SandboxTier::none && !policy.allow_unsafe)
    throw Error(
        ErrorKind::input,
        fmt::format("model-written code needs a sandbox, and none works here ({})", support.why_not_better),
        "allow user namespaces or seccomp in this container, or give --unsafe-code to run such code "
        "with the rights of this user");
  // Without namespaces the program may be of our user, who reads the environment of his processes, and with
  // it the keys, unless the kernel keeps ours closed.
  if (support.tier != SandboxTier::namespaces) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return make_sandbox(loop, support.tier, parallel);
}

std::string sandbox_promises(const SandboxSupport& support) {
  switch (support.tier) {
    case SandboxTier::namespaces:
      return "model-written code ran in namespaces of its own: no network, no files but the system's "
             "libraries, no other processes";
    case SandboxTier::restricted:
      return support.landlock
                 ? "model-written code ran in the weaker sandbox (seccomp and Landlock): no network, no "
                   "new processes, no writing, reading only of the system's libraries"
                 : "model-written code ran in the weaker sandbox (seccomp without Landlock): no network, no "
                   "new processes, no writing, but it could read files as this user";
    case SandboxTier::none:
      break;
  }
  return "model-written code ran without a sandbox, with the rights of this user";
}

}  // namespace costwar
